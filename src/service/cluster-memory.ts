import { messageOf } from '../errors/error-message.ts';
import { remember } from '../facts/remember.ts';
import { withMemory } from '../facts/with-memory.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Remembered } from '../model/remembered.ts';
import type { Store } from '../store/store.ts';
import type { Log } from './log.ts';

/** What is remembered of one cluster: read from the store once, then kept in step with it. */
export class ClusterMemory {
  readonly #store: Pick<Store, 'memories'>;
  readonly #log: Pick<Log, 'warn'>;
  readonly #cluster: string;
  /** As the store has it; null before it was read. */
  #stored: ReadonlyMap<string, Remembered> | null = null;
  /** With what could not be written yet. */
  #known: ReadonlyMap<string, Remembered> = new Map();
  #problem: string | null = null;

  constructor(store: Pick<Store, 'memories'>, log: Pick<Log, 'warn'>, cluster: string) {
    this.#store = store;
    this.#log = log;
    this.#cluster = cluster;
  }

  /** Remembers what a scan shows, and answers with the scan and all that is remembered. A store that fails delays only the writing. */
  async with(state: ClusterState): Promise<ClusterState> {
    try {
      this.#stored ??= new Map((await this.#store.memories.of(this.#cluster)).map((one) => [one.id, one]));
      this.#known = remember(new Map([...this.#stored, ...this.#known]), state);
      await this.#write(this.#stored);
      this.#problem = null;
    } catch (error) {
      if (this.#stored === null) this.#known = remember(this.#known, state);
      this.#say(messageOf(error));
    }
    return withMemory(state, this.#known.values());
  }

  async #write(stored: ReadonlyMap<string, Remembered>): Promise<void> {
    const known = this.#known;
    const changed = [...known.values()].filter((one) => stored.get(one.id) !== one);
    const forgotten = [...stored.keys()].filter((id) => !known.has(id));
    if (changed.length + forgotten.length === 0) return;
    await this.#store.memories.change(this.#cluster, changed, forgotten);
    this.#stored = known;
  }

  /** Once, until it works again or fails in another way. */
  #say(problem: string): void {
    if (this.#problem === problem) return;
    this.#problem = problem;
    this.#log.warn(
      { cluster: this.#cluster, problem },
      'what the cluster showed is remembered in this process only',
    );
  }
}
