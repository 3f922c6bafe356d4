import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Budget, BudgetExceeded } from './budget.ts';
import type { RunResult } from './isolation/tool-run.ts';

export interface RenderCacheOptions {
  /** Null: nothing is kept between runs. */
  readonly folder: string | null;
  /** Renders side by side. */
  readonly parallel: number | (() => number);
  /** What all renders together may cost; left out: the usual. */
  readonly budget?: Budget;
  /** Bytes of output that stay in memory; what was used longest ago goes first. */
  readonly kept?: number;
}

/** Output that stays in memory, in bytes: enough for some hundred roots, and no more than a process can spare. */
const KEPT = 256 * 2 ** 20;

/**
 * Renders by the content they were made from. In memory for one run; with a folder, also between runs (failures are
 * never kept on disk: a tool may fail for reasons that are not in the files). What would exceed the budget is not rendered.
 */
export class RenderCache {
  readonly #memory = new Map<string, { readonly result: Promise<RunResult>; size: number }>();
  readonly #folder: string | null;
  readonly #budget: Budget;
  readonly #most: number;
  #kept = 0;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #parallel: () => number;

  constructor({ folder, parallel, budget = new Budget(), kept = KEPT }: RenderCacheOptions) {
    this.#folder = folder;
    this.#parallel = typeof parallel === 'number' ? () => parallel : parallel;
    this.#budget = budget;
    this.#most = kept;
  }

  /** What a budget did not allow has failed, and is tried again the next time. */
  get(key: string, build: () => Promise<RunResult>): Promise<RunResult> {
    const known = this.#memory.get(key);
    if (known) {
      this.#memory.delete(key);
      this.#memory.set(key, known);
      return known.result;
    }
    const entry = { result: withinBudget(() => this.#load(key, build)), size: 0 };
    this.#memory.set(key, entry);
    void entry.result.then((result) => {
      // The next scan has a budget of its own.
      if (!result.ok && result.stopped) this.#memory.delete(key);
      else if (result.ok) this.#kept += entry.size = result.stdout.length;
      this.#forgetOldest();
    });
    return entry.result;
  }

  /** Builds without the cache, to find random output. */
  again(build: () => Promise<RunResult>): Promise<RunResult> {
    return withinBudget(() => this.#limited(build));
  }

  #forgetOldest(): void {
    for (const [key, { size }] of this.#memory) {
      if (this.#kept <= this.#most) return;
      if (size === 0) continue;
      this.#memory.delete(key);
      this.#kept -= size;
    }
  }

  async #load(key: string, build: () => Promise<RunResult>): Promise<RunResult> {
    const file = this.#folder && join(this.#folder, key.slice(0, 2), key);
    const kept = file ? await this.#read(file) : null;
    if (kept !== null) return { ok: true, stdout: kept };
    const result = await this.#limited(build);
    if (file && result.ok) await this.#keep(file, result.stdout);
    return result;
  }

  /** Null where it is not kept, or no longer: then it is built. */
  async #read(file: string): Promise<string | null> {
    const size = await stat(file).then(
      (found) => found.size,
      () => null,
    );
    if (size === null) return null;
    this.#budget.receive(size);
    return readFile(file, 'utf8').catch(() => null);
  }

  async #limited(build: () => Promise<RunResult>): Promise<RunResult> {
    if (this.#running >= this.#parallel()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    try {
      const result = await this.#budget.spend(build);
      if (result.ok) this.#budget.receive(result.stdout.length);
      return result;
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

/** A budget that is used up is a failure like another: one root that does not render stops nothing else. */
async function withinBudget(render: () => Promise<RunResult>): Promise<RunResult> {
  try {
    return await render();
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    return { ok: false, message: error.message, stopped: error.budget };
  }
}
