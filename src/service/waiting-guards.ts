import type { Store } from '../store/store.ts';

/** How long a check may take until it counts as lost, in milliseconds. */
const LOST = 10 * 60_000;

/**
 * The checks of one repository that were asked for and are not over. The queue of one process forgets them when that dies: whoever pushed would wait
 * for ever for a check that never came, or never ended.
 */
export class WaitingGuards {
  readonly #key: string;
  readonly #store: Pick<Store, 'transaction' | 'cursors'>;
  readonly #startedAt: number;

  constructor(repository: string, store: Pick<Store, 'transaction' | 'cursors'>, startedAt: number) {
    this.#key = `guard waiting ${repository.toLowerCase()}`;
    this.#store = store;
    this.#startedAt = startedAt;
  }

  /** @param subject a number, or the branch of a merge group */
  note(subject: string, now: number): Promise<void> {
    return this.#change((known) => ({ ...known, [subject]: now }));
  }

  forget(subject: string): Promise<void> {
    return this.#change(({ [subject]: _over, ...others }) => others);
  }

  /** Those to be asked for again: all that were noted before this process, and later what takes too long. */
  async lost(now: number): Promise<readonly string[]> {
    const known = read(await this.#store.cursors.get(this.#key));
    return Object.entries(known)
      .filter(([, since]) => since < this.#startedAt || now - since > LOST)
      .map(([subject]) => subject);
  }

  async #change(change: (known: Noted) => Noted): Promise<void> {
    await this.#store.transaction(async ({ cursors }) => {
      const known = change(read(await cursors.get(this.#key)));
      if (Object.keys(known).length === 0) await cursors.remove(this.#key);
      else await cursors.set(this.#key, JSON.stringify(known));
    });
  }
}

type Noted = Readonly<Record<string, number>>;

function read(noted: string | null): Noted {
  return noted === null ? {} : (JSON.parse(noted) as Noted);
}
