import type { Store } from '../store/store.ts';

/** Why somebody lets a pull request pass although the guard foresees something. */
export interface Acceptance {
  /** Login. */
  readonly by: string;
  readonly reason: string;
}

/** Holds for one head: a new push ends it. The audit log has the command itself. */
export class Acceptances {
  readonly #repository: string;
  readonly #store: Pick<Store, 'cursors'>;

  constructor(repository: string, store: Pick<Store, 'cursors'>) {
    this.#repository = repository.toLowerCase();
    this.#store = store;
  }

  async accept(number: number, head: string, acceptance: Acceptance): Promise<void> {
    await this.#store.cursors.set(this.#key(number), JSON.stringify({ head, ...acceptance }));
  }

  async of(number: number, head: string): Promise<Acceptance | null> {
    const noted = await this.#store.cursors.get(this.#key(number));
    if (noted === null || noted === undefined) return null;
    const known = JSON.parse(noted) as Acceptance & { readonly head: string };
    return known.head === head ? { by: known.by, reason: known.reason } : null;
  }

  #key(number: number): string {
    return `guard accepted ${this.#repository}#${number}`;
  }
}
