import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

/** What is put into a sandbox. Paths are relative to it, with `/`. */
export interface SandboxContents {
  readonly files: ReadonlyMap<string, Buffer | string>;
  /** Symlinks, each with the path in the sandbox that it leads to; `.` is the sandbox itself. */
  readonly links?: ReadonlyMap<string, string>;
}

/** Budget of one sandbox. */
export const MOST_BYTES = 256 * 2 ** 20;
/** Files, symlinks and the folders that they need. */
export const MOST_ENTRIES = 60_000;
/** Bytes of one name, as every common file system has it. */
const LONGEST_NAME = 255;
/** Bytes of a path. Linux takes 4096, and the sandbox's own path comes before. */
const LONGEST_PATH = 3_500;

interface Plan {
  /** Parents before what is in them. */
  readonly folders: readonly string[];
  readonly files: ReadonlyMap<string, Buffer | string>;
  /** By path, with the target relative to the symlink's folder. */
  readonly links: ReadonlyMap<string, string>;
}

/** Written side by side. */
const AT_ONCE = 64;

/**
 * Every write into a sandbox goes through here. Nothing is written unless everything stays inside: a repository chooses these
 * paths, also by the names of charts and of entries in git's trees. Null when all is written, else why not, with the path:
 * then this one root cannot be rendered, and no other suffers.
 */
export async function writeContents(folder: string, contents: SandboxContents): Promise<string | null> {
  const plan = planOf(contents);
  if (typeof plan === 'string') return plan;
  // Under root, the tool is another user, who has to read this whatever our umask is. The folder itself is closed to all others.
  const opened = process.getuid?.() === 0 && (process.umask() & 0o055) !== 0;
  // Exclusively, folders first and symlinks last: nothing is overwritten, and nothing goes through a symlink.
  const steps: readonly Step[] = [
    ...plan.folders.map((path): Step => [path, (at) => mkdir(at), opened ? 0o755 : null]),
    ...[...plan.files].map(([path, content]): Step => [
      path,
      (at) => writeFile(at, content, { flag: 'wx' }),
      opened ? 0o644 : null,
    ]),
    ...[...plan.links].map(([path, target]): Step => [path, (at) => symlink(target, at), null]),
  ];
  const take = async ([path, write, mode]: Step): Promise<string | null> => {
    const at = join(folder, path);
    try {
      await write(at);
      if (mode !== null) await chmod(at, mode);
      return null;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return `${shown(path)} cannot be written (${code ?? String(error)})`;
    }
  };
  let from = 0;
  while (from < steps.length) {
    const atOnce = from < plan.folders.length ? 1 : AT_ONCE;
    const refused = await Promise.all(steps.slice(from, from + atOnce).map(take));
    const refusal = refused.find((each) => each !== null);
    if (refusal) return refusal;
    from += atOnce;
  }
  return null;
}

type Step = readonly [path: string, write: (at: string) => Promise<unknown>, mode: number | null];

/** What there is to write, in an order that works; a text says why nothing is. */
export function planOf({ files, links = new Map() }: SandboxContents): Plan | string {
  const folders = new Set<string>();
  let bytes = 0;
  for (const [path, content] of files) {
    bytes += Buffer.byteLength(content);
    if (bytes > MOST_BYTES) return `${shown(path)}: its files are more than ${MOST_BYTES / 2 ** 20} MiB`;
  }
  for (const path of [...files.keys(), ...links.keys()]) {
    const refusal = refusalOf(path);
    if (refusal) return `${shown(path)} ${refusal}`;
    for (let above = posix.dirname(path); above !== '.' && !folders.has(above); above = posix.dirname(above))
      folders.add(above);
    if (files.size + links.size + folders.size > MOST_ENTRIES)
      return `${shown(path)}: it reads more than ${MOST_ENTRIES} files and folders`;
  }
  for (const folder of folders) {
    if (files.has(folder)) return `${shown(folder)} is a file and a folder`;
    if (links.has(folder)) return `${shown(folder)} is a symlink and a folder`;
  }
  const relative = new Map<string, string>();
  for (const [path, target] of links) {
    if (files.has(path)) return `${shown(path)} is a file and a symlink`;
    const refusal = target === '.' ? null : refusalOf(target);
    if (refusal) return `${shown(path)} leads to ${shown(target)}, which ${refusal}`;
    relative.set(path, posix.relative(posix.dirname(path), target) || '.');
  }
  return { folders: [...folders].sort(byDepth), files, links: relative };
}

function byDepth(a: string, b: string): number {
  return a.split('/').length - b.split('/').length;
}

/** Why a path is no place inside of a folder, as the end of a sentence. */
function refusalOf(path: string): string | null {
  if (path === '') return 'is empty';
  if (path.startsWith('/')) return 'is absolute';
  if (path.includes('\0')) return 'has a zero byte';
  // Written as UTF-8, half a surrogate pair becomes another name.
  if (!path.isWellFormed()) return 'is not Unicode text';
  if (Buffer.byteLength(path) > LONGEST_PATH) return `is longer than ${LONGEST_PATH} bytes`;
  for (const name of path.split('/')) {
    if (name === '..') return 'leads out of its folder';
    if (name === '' || name === '.') return 'has an empty part';
    if (Buffer.byteLength(name) > LONGEST_NAME) return `has a part longer than ${LONGEST_NAME} bytes`;
  }
  return null;
}

/** For a message of one line. */
function shown(path: string): string {
  const printable = JSON.stringify(path.toWellFormed());
  const text = printable === `"${path}"` ? path : printable;
  return text.length > 120 ? `${text.slice(0, 119)}…` : text || '""';
}
