import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunResult } from './run.ts';

/**
 * Renders by the content they were made from. In memory for one run; with a folder, also between runs (failures are
 * never kept on disk: a tool may fail for reasons that are not in the files).
 */
export class RenderCache {
  readonly #memory = new Map<string, Promise<RunResult>>();
  readonly #folder: string | null;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #parallel: number;

  constructor(options: { readonly folder: string | null; readonly parallel: number }) {
    this.#folder = options.folder;
    this.#parallel = options.parallel;
  }

  get(key: string, build: () => Promise<RunResult>): Promise<RunResult> {
    let result = this.#memory.get(key);
    if (!result) {
      result = this.#load(key, build);
      this.#memory.set(key, result);
    }
    return result;
  }

  async #load(key: string, build: () => Promise<RunResult>): Promise<RunResult> {
    const file = this.#folder && join(this.#folder, key.slice(0, 2), key);
    if (file) {
      try {
        return { ok: true, stdout: await readFile(file, 'utf8') };
      } catch {
        // Not kept, or kept by somebody else's cleaning no longer: build it.
      }
    }
    const result = await this.#limited(build);
    if (file && result.ok) await this.#keep(file, result.stdout);
    return result;
  }

  async #limited(build: () => Promise<RunResult>): Promise<RunResult> {
    if (this.#running >= this.#parallel) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    try {
      return await build();
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** Written aside and renamed, so that a reader never sees half a render. A cache that cannot be written is no error. */
  async #keep(file: string, text: string): Promise<void> {
    try {
      await mkdir(join(file, '..'), { recursive: true });
      const aside = `${file}.${process.pid}`;
      await writeFile(aside, text);
      await rename(aside, file);
    } catch {
      // The next run builds it again.
    }
  }
}
