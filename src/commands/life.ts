import { messageOf } from '../errors/error-message.ts';
import type { Transport } from '../github/transport.ts';
import type { Log } from '../service/log.ts';
import type { Work } from '../service/work.ts';

export interface LifeParts {
  readonly first: Work;
  /** What runs under the settings as they are now; null where they say the same and nobody asked. @throws {InputError} when they cannot be used */
  readonly reloaded: (why: ReloadReason) => Promise<Reloaded | null>;
  /** Told where settings could not be used. */
  readonly reloadFailed: () => void;
  readonly transport: Pick<Transport, 'close' | 'idle'>;
  /** Stops the server for webhooks; null where there is none. */
  readonly stopListening: (() => Promise<unknown>) | null;
  readonly closeStore: () => Promise<void>;
  readonly log: Log;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

/** A signal, or another content of the settings file. */
export type ReloadReason = 'asked' | 'file-changed';

export interface Reloaded {
  readonly serving: Work;
  /** What differs from the settings before, in words. */
  readonly changes: readonly string[];
}

/** How long a request that is under way may take when the process is to end, in milliseconds: most orchestrators kill after 30 s. */
const LAST_REQUEST = 8_000;
/** How long a scan may take to come to its next request, which is refused, or to its end. */
const LAST_STEPS = 1_000;

/** The life of `faultline serve` between its first scan and its end: reloaded by SIGHUP or when the settings file changes, ended by SIGTERM or SIGINT. */
export class Life {
  readonly #parts: LifeParts;
  #current: Work;
  #isStopping = false;
  #reloading: Promise<void> = Promise.resolve();

  constructor(parts: LifeParts) {
    this.#parts = parts;
    this.#current = parts.first;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** What runs now. */
  get serving(): Work {
    return this.#current;
  }

  /**
   * Reads the settings again. What runs finishes its scan before the new settings apply, so that no repository is scanned twice at
   * once. Settings that cannot be used change nothing.
   */
  reload(why: ReloadReason = 'asked'): Promise<void> {
    this.#reloading = this.#reloading.then(() => this.#reload(why));
    return this.#reloading;
  }

  async #reload(why: ReloadReason): Promise<void> {
    const { reloaded, reloadFailed, log } = this.#parts;
    if (this.#isStopping) return;
    let found: Reloaded | null;
    try {
      found = await reloaded(why);
    } catch (error) {
      reloadFailed();
      log.error({ problem: messageOf(error) }, 'settings not reloaded; the earlier ones stay in force');
      return;
    }
    if (found === null) return;
    const { serving: next, changes } = found;
    await this.#current.stop();
    if (this.#isStopping) return;
    try {
      await next.list();
    } catch (error) {
      log.warn({ problem: messageOf(error) }, 'installations not listed; tried again later');
    }
    this.#current = next;
    await next.start();
    log.info({ changes }, 'settings reloaded');
  }

  /**
   * Begins nothing new, lets the request that is under way finish, and closes the store. Ends within ten seconds whatever GitHub, a
   * cluster or a renderer does: every state that a scan leaves behind is one that the next start goes on from.
   */
  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const { transport, stopListening, closeStore, log, sleep } = this.#parts;
    log.info({}, 'stopping');
    transport.close();
    const listened = stopListening?.().catch((error: unknown) => {
      log.warn({ problem: messageOf(error) }, 'the server did not stop');
    });
    const ended = Promise.all([this.#current.stop(), listened]);
    await Promise.race([transport.idle(), sleep(LAST_REQUEST)]);
    await Promise.race([ended, sleep(LAST_STEPS)]);
    await closeStore();
    log.info({}, 'stopped');
  }
}
