import type { ApiAnswer } from '../kubernetes-api.ts';
import { backOff, type Pace } from './pace.ts';

/** How a watch ended. `version` is where the next one begins; null: the list has to be read again. */
export interface WatchEnd {
  readonly version: string | null;
  readonly lines: number;
  /** Why it did not end as it should. */
  readonly failure: ApiAnswer | null;
}

/** Watches in a row that end without one line, after which the list is read again: the server may be behind what it told. */
const SILENT_WATCHES = 2;
/** Milliseconds that a watch lasts at least where server and network are well. */
export const SHORT_WATCH = 1_000;

/** What is remembered from one request of a list to the next. */
export class WatchProgress {
  readonly pace: Pace;
  readonly #signal: AbortSignal;
  /** From which a watch goes on; null: the list has to be read. */
  version: string | null = null;
  #failures = 0;
  #silent = 0;

  constructor(pace: Pace, signal: AbortSignal) {
    this.pace = pace;
    this.#signal = signal;
  }

  /** @param lasted milliseconds */
  ended({ version, lines, failure }: WatchEnd, lasted: number): void {
    this.version = version;
    if (lines > 0 && lasted >= SHORT_WATCH) this.#failures = 0;
    this.#silent = lines > 0 || failure !== null ? 0 : this.#silent + 1;
    if (this.#silent < SILENT_WATCHES) return;
    this.version = null;
    this.#silent = 0;
  }

  /** Waits after a failure, longer each time in a row. */
  async rest(retryAfter = 0): Promise<void> {
    this.#failures += 1;
    await this.pace.pause(backOff(this.#failures, this.pace.random(), retryAfter), this.#signal);
  }

  /** Waits about so many milliseconds, so that not all lists come back at once. */
  async spread(milliseconds: number): Promise<void> {
    await this.pace.pause(milliseconds * (0.9 + this.pace.random() / 5), this.#signal);
  }
}
