import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A package as it was fetched, in this run or in an earlier one. */
export interface KeptChart {
  readonly bytes: Buffer;
  /** Of the package's bytes, as hexadecimal digits. */
  readonly digest: string;
  /** When its repository was asked for it last, in milliseconds since the epoch. */
  readonly askedAt: number;
}

/**
 * Packages of exact versions, kept between runs: each package under the digest of its content, and for each chart and version a
 * record of the digest that it has. A package that does not have its digest any more counts as none.
 */
export class KeptCharts {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(key: string): Promise<KeptChart | null> {
    const text = await readFile(this.#record(key), 'utf8').catch(() => null);
    const record = text === null ? null : recordIn(text);
    if (record === null) return null;
    const bytes = await readFile(this.#package(record.digest)).catch(() => null);
    return bytes && digestOf(bytes) === record.digest ? { ...record, bytes } : null;
  }

  /** A folder that cannot be written is no error: the next run fetches again. */
  async keep(key: string, { bytes, digest, askedAt }: KeptChart): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true });
      await written(this.#package(digest), bytes);
      await written(this.#record(key), JSON.stringify({ digest, askedAt }));
    } catch {
      // Not kept.
    }
  }

  #record(key: string): string {
    return join(this.#folder, `${key}.json`);
  }

  #package(digest: string): string {
    return join(this.#folder, `${digest}.tgz`);
  }
}

export function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function recordIn(text: string): Omit<KeptChart, 'bytes'> | null {
  try {
    const { digest, askedAt } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const isDigest = typeof digest === 'string' && /^[0-9a-f]{64}$/.test(digest);
    return isDigest && typeof askedAt === 'number' ? { digest, askedAt } : null;
  } catch {
    return null;
  }
}

/** Whole or not at all. */
async function written(file: string, content: Buffer | string): Promise<void> {
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, content);
  await rename(unfinished, file);
}
