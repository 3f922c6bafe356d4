/** A file of a tar archive. */
export interface TarFile {
  readonly path: string;
  readonly content: Buffer;
}

const BLOCK = 512;

/**
 * The regular files of a tar archive (ustar, pax and GNU names), in order; null for what is no such archive, or has what two
 * readers could see differently: sparse files, sizes or names in more than one way, a checksum that is wrong.
 */
export function readTar(archive: Buffer): readonly TarFile[] | null {
  const files: TarFile[] = [];
  let named: string | null = null;
  for (let at = 0; at + BLOCK <= archive.length;) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    if (!hasChecksum(header)) return null;
    const size = octal(header.subarray(124, 136));
    const start = at + BLOCK;
    if (size === null || start + size > archive.length) return null;
    const content = archive.subarray(start, start + size);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[156]!);
    if (type === 'L') named = textOf(content);
    else if (type === 'x') {
      const records = paxRecords(content);
      if (records === null || [...records.keys()].some((key) => /^(GNU\.sparse|size$)/.test(key)))
        return null;
      named = records.get('path') ?? named;
    } else if (type === 'g') {
      // Git writes one with the commit. What else it could say would hold for every file.
      const records = paxRecords(content);
      if (records === null || [...records.keys()].some((key) => key !== 'comment')) return null;
    } else {
      const path: string = named ?? nameIn(header);
      named = null;
      if (type === '0' || type === '\0' || type === '7') {
        if (!path.endsWith('/')) files.push({ path, content });
      } else if (!['1', '2', '3', '4', '5', '6'].includes(type)) return null;
    }
  }
  return files;
}

/** An archive with these files and nothing else, the same for the same files. */
export function writeTar(files: readonly TarFile[]): Buffer {
  const blocks: Buffer[] = [];
  for (const { path, content } of files) {
    if (Buffer.byteLength(path) > 100) {
      const record = paxRecord('path', path);
      blocks.push(header('PaxHeader', record.length, 'x'), padded(record));
    }
    blocks.push(header(path.slice(0, 100), content.length, '0'), padded(content));
  }
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function nameIn(block: Buffer): string {
  const name = textOf(block.subarray(0, 100));
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? textOf(block.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

function octal(bytes: Buffer): number | null {
  const text = textOf(bytes).trim();
  return /^[0-7]{1,11}$/.test(text) ? Number.parseInt(text, 8) : null;
}

function hasChecksum(block: Buffer): boolean {
  return octal(block.subarray(148, 156)) === checksumOf(block);
}

function checksumOf(block: Buffer): number {
  return block.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
}

function paxRecords(content: Buffer): ReadonlyMap<string, string> | null {
  const records = new Map<string, string>();
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(content.toString('latin1', at, space));
    if (!Number.isSafeInteger(length) || length <= space - at + 1 || at + length > content.length)
      return null;
    const record = content.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (equals < 0 || record.includes('\0')) return null;
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}

function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

function header(name: string, size: number, type: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100, 'utf8');
  block.write('0000644\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  block.write('00000000000\0', 136, 'latin1');
  block.write(type, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}
