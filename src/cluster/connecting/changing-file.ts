import { readFile, stat } from 'node:fs/promises';

/** Changes when one of the files does, or comes or goes. */
export async function versionOfFiles(files: readonly string[]): Promise<string> {
  const versions = await Promise.all(
    files.map(async (file) => {
      const found = await stat(file).catch(() => null);
      return found === null ? '' : `${found.ino} ${found.size} ${found.mtimeMs}`;
    }),
  );
  return versions.join('\n');
}

/** A file that others replace now and then: read again when it has changed. One that cannot be read right now is what it was. */
export class ChangingFile {
  readonly #path: string;
  #version = '';
  #content: Buffer | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** @returns the same buffer until the file changes. @throws when it was never readable */
  async read(): Promise<Buffer> {
    const version = await versionOfFiles([this.#path]);
    if (this.#content !== null && (version === this.#version || version === '')) return this.#content;
    try {
      this.#content = await readFile(this.#path);
      this.#version = version;
    } catch (error) {
      if (this.#content === null) throw error;
    }
    return this.#content;
  }
}
