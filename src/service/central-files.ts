import { CENTRAL_REPOSITORY, type Organisation } from '../config/organisation.ts';
import { messageOf } from '../errors/error-message.ts';
import type { Host } from '../github/host.ts';
import type { Store } from '../store/store.ts';
import type { Log } from './log.ts';

interface CentralParts {
  /** The host of a repository that the App is installed in; null for any other. */
  readonly hostOf: (repository: string) => Pick<Host, 'file'> | null;
  readonly store: Pick<Store, 'cursors'>;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** How long what was read is used without asking, in milliseconds. A push is heard of at once. */
const FRESH = 60_000;

/**
 * Files of organisations' `.github` repositories, where the App is installed there. What was read last is remembered over restarts, and used while
 * GitHub does not answer: defaults that cannot be read are not absent.
 */
export class CentralFiles {
  readonly #parts: CentralParts;
  readonly #read = new Map<string, { readonly at: number; readonly text: Promise<string | null> }>();
  /** Files that could not be read, which was logged. */
  readonly #said = new Set<string>();

  constructor(parts: CentralParts) {
    this.#parts = parts;
  }

  /** @param repository `owner/name` of one that the owner's defaults apply to */
  organisationOf(repository: string): Organisation {
    const owner = repository.split('/')[0]!;
    const central = `${owner}/${CENTRAL_REPOSITORY}`;
    const isReachable = this.#parts.hostOf(central) !== null;
    return { owner, file: isReachable ? (path) => this.#file(central, path) : null };
  }

  /** Asks again for what was read of an owner's files, and answers whether something changed. */
  async reread(owner: string): Promise<boolean> {
    const central = `${owner}/${CENTRAL_REPOSITORY}`;
    const prefix = keyOf(central, '');
    const keys = [...this.#read.keys()].filter((key) => key.startsWith(prefix));
    let hasChanged = keys.length === 0;
    for (const key of keys) {
      const before = await this.#read.get(key)?.text.catch(() => undefined);
      this.#read.delete(key);
      if ((await this.#file(central, key.slice(prefix.length))) !== before) hasChanged = true;
    }
    return hasChanged;
  }

  async #file(central: string, path: string): Promise<string | null> {
    const { now } = this.#parts;
    const key = keyOf(central, path);
    const known = this.#read.get(key);
    if (known && now() - known.at < FRESH) return known.text;
    const text = this.#ask(central, path);
    this.#read.set(key, { at: now(), text });
    text.catch(() => this.#read.delete(key));
    return text;
  }

  async #ask(central: string, path: string): Promise<string | null> {
    const { hostOf, store, log } = this.#parts;
    const key = keyOf(central, path);
    const remembered = await store.cursors.get(key);
    try {
      const text = (await hostOf(central)?.file(path)) ?? null;
      const told = text === null ? ABSENT : `${PRESENT}${text}`;
      if (told !== remembered) await store.cursors.set(key, told);
      this.#said.delete(key);
      return text;
    } catch (error) {
      if (remembered === null) throw error;
      const facts = { file: `${central}:${path}`, problem: messageOf(error) };
      if (!this.#said.has(key)) log.warn(facts, 'central configuration not read; what was read last applies');
      this.#said.add(key);
      return remembered === ABSENT ? null : remembered.slice(PRESENT.length);
    }
  }
}

const ABSENT = 'absent';
const PRESENT = 'present ';

/** Names of repositories are the same in any case. */
function keyOf(central: string, path: string): string {
  return `central ${central.toLowerCase()} ${path}`;
}
