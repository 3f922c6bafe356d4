import type { Revision } from '../sources/revision.ts';
import { overlayKey } from '../tree/tree.ts';
import type { Wish } from './wishes.ts';

/**
 * Edits of shared lines that were accepted in one diagnosis. Hundreds of workloads can fail by one line; the first of them pays
 * for the search among other candidates, and the others take the same edit where it does for them what they want.
 */
export class AcceptedEdits {
  readonly #known = new WeakMap<Revision, Set<string>>();
  readonly #wished = new Map<string, number>();

  /** @param wishes of every object that is located in this diagnosis */
  constructor(wishes: readonly Wish[]) {
    for (const wish of wishes) this.#wished.set(valuesOf(wish), (this.#wished.get(valuesOf(wish)) ?? 0) + 1);
  }

  /** True when another field is wished to change from the same value to the same one. */
  isOneOfMany(wish: Wish): boolean {
    return (this.#wished.get(valuesOf(wish)) ?? 0) > 1;
  }

  has(revision: Revision, files: ReadonlyMap<string, Buffer>): boolean {
    return this.#known.get(revision)?.has(overlayKey(files)) ?? false;
  }

  add(revision: Revision, files: ReadonlyMap<string, Buffer>): void {
    const known = this.#known.get(revision) ?? new Set();
    this.#known.set(revision, known.add(overlayKey(files)));
  }
}

function valuesOf({ field, after }: Wish): string {
  return JSON.stringify([field.path.at(-1), field.value, after]);
}
