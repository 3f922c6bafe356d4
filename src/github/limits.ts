import type { Octokit } from '@octokit/rest';
import { keyedLock } from '../concurrency/keyed-lock.ts';
import { brokenOff, hostErrorOf } from './errors.ts';
import { HostError, LimitedError } from './host-error.ts';
import { pauseAfter, type LimitKind, type Pause } from './pauses.ts';

/**
 * How calls to GitHub are made: writes to one repository one after the other, all of them at the pace GitHub allows, and
 * again after a failure that passes. Written here and not taken from Octokit's plugins, because those repeat a call that
 * creates something without looking whether it was created.
 */
export interface Calls {
  /** A call that changes nothing. */
  read<T>(call: Call<T>): Promise<T>;
  /** A call that leaves the same behind however often it is made. */
  write<T>(call: Call<T>): Promise<T>;
  /**
   * A call that creates something each time. After a failure that does not tell whether it took effect, `find` looks for what
   * may be there before the call is made again.
   */
  create<T, R>(call: Call<T>, made: (data: T) => R, find: () => Promise<R | null>): Promise<R>;
  graphql<T>(kind: 'read' | 'write', query: string, variables: Readonly<Record<string, unknown>>): Promise<T>;
  /** Writes of one repository that belong together; nothing else is written to it meanwhile. Not to be nested. */
  locked<T>(action: () => Promise<T>): Promise<T>;
  /** GitHub's clock: milliseconds since the epoch. */
  serverTime(): number;
  /** Milliseconds until so many writes may follow each other without a pause, by what is known now. */
  timeUntilWrites(count: number): number;
}

export type Call<T> = () => Promise<Answer<T>>;

export interface Answer<T> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data: T;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
}

/** What one token may do: all repositories that are reached with it share this. */
export interface Limits {
  /** @param repository `acme/infra` */
  calls(repository: string): Calls;
}

/** Attempts of a call that fails without a reason of its own: 1, 2, 4 and 8 seconds apart. */
const ATTEMPTS = 5;
/** How often a call waits for a limit before its failure is the caller's. */
const PAUSES = 8;
/** GitHub's limits for what creates content (docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api). */
const PACES = [
  { writes: 80, within: 60_000 },
  { writes: 500, within: 3_600_000 },
] as const;

/**
 * Milliseconds from one write to the next where there are many (docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api,
 * "Pause between mutative requests").
 */
export const WRITE_PAUSE = 1_000;

/** So many writes are few: they follow each other at once, in the time of as many pauses. Two pull requests. */
export const BURST = 8;

const known = new WeakMap<object, Limits>();

/** What the clients of one token have spent, and what GitHub told them. Times are milliseconds since the epoch. */
export interface Spent {
  /** When writes were made, or will be, oldest first. */
  readonly writes: readonly number[];
  readonly closedUntil: Readonly<Record<LimitKind, number>>;
}

export const NOTHING_SPENT: Spent = { writes: [], closedUntil: { rest: 0, graphql: 0 } };

/** Shares what is spent with other processes that use the same token. */
export interface Budget {
  /** Puts something in the place of what is known; null changes nothing. One call after the other, whoever calls. Answers with what is known then. */
  change(change: (spent: Spent) => Spent | null): Promise<Spent>;
}

/** What one client is held to beside what GitHub answers. */
export interface Patience {
  /** Default: no other process uses the token. */
  readonly budget?: Budget;
  /** Milliseconds; where GitHub asks for more, a call throws {@link LimitedError} at once, and so do those behind it. Default: any wait. */
  readonly longestWait?: number;
  /**
   * Milliseconds from one write to the next where there are more than {@link BURST}. Default: {@link WRITE_PAUSE}. With 0, writes have no pace
   * at all: for a GitHub Enterprise Server without rate limits.
   */
  readonly writePause?: number;
}

/** The limits of a client: always the same for the same client, so that the other parameters count only the first time. */
export function limitsOf(octokit: Pick<Octokit, 'graphql'>, clock: Clock, patience: Patience = {}): Limits {
  const limits = known.get(octokit) ?? newLimits(octokit, clock, patience);
  known.set(octokit, limits);
  return limits;
}

function newLimits(octokit: Pick<Octokit, 'graphql'>, clock: Clock, patience: Patience): Limits {
  const locked = keyedLock();
  const gate = new Gate(clock, patience);
  return {
    calls: (repository) => ({
      read: (call) => attempt(gate, call, { kind: 'rest', writes: false, made: (data) => data }),
      write: (call) => attempt(gate, call, { kind: 'rest', writes: true, made: (data) => data }),
      create: (call, made, find) => attempt(gate, call, { kind: 'rest', writes: true, made, find }),
      graphql: <T>(kind: 'read' | 'write', query: string, variables: Readonly<Record<string, unknown>>) =>
        attempt<T, T>(
          gate,
          async () => ({ status: 200, headers: {}, data: await octokit.graphql<T>(query, variables) }),
          {
            kind: 'graphql',
            writes: kind === 'write',
            made: (data) => data,
          },
        ),
      locked: (action) => locked(repository.toLowerCase(), action),
      serverTime: () => gate.serverTime(),
      timeUntilWrites: (count) => gate.timeUntilWrites(count),
    }),
  };
}

/** When a call may be made: what GitHub has answered so far, and the writes that were made. */
class Gate {
  readonly #longestWait: number;
  readonly #paces: readonly { readonly writes: number; readonly within: number }[];
  readonly #budget: Budget | null;
  #spent: Spent = NOTHING_SPENT;
  #ahead = 0;
  #said: string | null = null;
  readonly clock: Clock;

  constructor(clock: Clock, { longestWait = Infinity, writePause = WRITE_PAUSE, budget }: Patience) {
    this.clock = clock;
    this.#longestWait = longestWait;
    this.#budget = budget ?? null;
    this.#paces = writePause === 0 ? [] : [{ writes: BURST, within: BURST * writePause }, ...PACES];
  }

  /**
   * Waits for a call's time. A write takes the next place that is free when it comes, and waits for that: those that came before it, in any
   * process, are before it. A repository has one write at a time, so repositories take turns.
   *
   * @throws {LimitedError}
   */
  async comesUp(kind: LimitKind, isWrite: boolean): Promise<void> {
    let place = isWrite ? await this.#takePlace(kind) : 0;
    for (;;) {
      const until = Math.max(place, this.#spent.closedUntil[kind]);
      const wait = until - this.clock.now();
      if (wait <= 0) return;
      if (wait > this.#longestWait) throw new LimitedError(until, this.#said);
      await this.clock.sleep(wait);
      // GitHub may have closed meanwhile, to this process or to another: its place is over.
      if (isWrite && (await this.#closedUntil(kind)) > this.clock.now()) place = await this.#takePlace(kind);
    }
  }

  /** When a write may be made, which nobody else makes then. Where that is too late for this client, nothing is taken. */
  async #takePlace(kind: LimitKind): Promise<number> {
    let place = 0;
    await this.#change((spent) => {
      const now = this.clock.now();
      place = Math.max(now, spent.closedUntil[kind], this.#nextWrites(spent, 1));
      if (place - now > this.#longestWait) return null;
      return { ...spent, writes: [...recent(spent.writes, now), place] };
    });
    return place;
  }

  async #closedUntil(kind: LimitKind): Promise<number> {
    await this.#change(() => null);
    return this.#spent.closedUntil[kind];
  }

  /** Where what is shared cannot be reached, this process goes by what it knows. */
  async #change(change: (spent: Spent) => Spent | null): Promise<void> {
    if (this.#budget !== null) {
      try {
        this.#spent = await this.#budget.change(change);
        return;
      } catch {
        // Nothing was changed.
      }
    }
    this.#spent = change(this.#spent) ?? this.#spent;
  }

  /** When so many writes may be made at once, or as many as a pace allows. */
  #nextWrites({ writes }: Spent, count: number): number {
    const starts = this.#paces.map(
      ({ writes: limit, within }) => (writes.at(-1 - Math.max(0, limit - count)) ?? -Infinity) + within,
    );
    return Math.max(...starts);
  }

  timeUntilWrites(count: number): number {
    const { rest, graphql } = this.#spent.closedUntil;
    return Math.max(0, Math.max(rest, graphql, this.#nextWrites(this.#spent, count)) - this.clock.now());
  }

  learn(kind: LimitKind, { headers }: Pick<Answer<unknown>, 'headers'>): void {
    const date = Date.parse(String(headers['date']));
    if (!Number.isNaN(date)) this.#ahead = date - this.clock.now();
    if (String(headers['x-ratelimit-remaining']) !== '0') return;
    const reset = Number(headers['x-ratelimit-reset']) * 1000 - this.#ahead;
    if (reset > this.clock.now()) this.#closeUntil(kind, reset + 1000);
  }

  /** @param said GitHub's words */
  pause(kind: LimitKind, { milliseconds, ofBoth }: Pause, said: string | null): void {
    this.#said = said;
    const kinds: readonly LimitKind[] = ofBoth ? ['rest', 'graphql'] : [kind];
    for (const each of kinds) this.#closeUntil(each, this.clock.now() + milliseconds);
  }

  #closeUntil(kind: LimitKind, time: number): void {
    const close = (spent: Spent): Spent => {
      const until = Math.max(spent.closedUntil[kind], time);
      return { ...spent, closedUntil: { ...spent.closedUntil, [kind]: until } };
    };
    this.#spent = close(this.#spent);
    // The others hear of it before their next write.
    if (this.#budget !== null) void this.#change(close);
  }

  /** GitHub's clock: milliseconds since the epoch. */
  serverTime(): number {
    return this.clock.now() + this.#ahead;
  }
}

/** Writes that still count for a pace. */
function recent(writes: readonly number[], now: number): readonly number[] {
  const longest = Math.max(...PACES.map(({ within }) => within));
  return writes.filter((at) => at > now - longest);
}

interface Attempts<T, R> {
  readonly kind: LimitKind;
  readonly writes: boolean;
  readonly made: (data: T) => R;
  readonly find?: () => Promise<R | null>;
}

async function attempt<T, R>(
  gate: Gate,
  call: Call<T>,
  { kind, writes: isWrite, made, find }: Attempts<T, R>,
): Promise<R> {
  let failures = 0;
  let pauses = 0;
  for (;;) {
    await gate.comesUp(kind, isWrite);
    const outcome = await outcomeOf(call);
    if ('answer' in outcome) {
      gate.learn(kind, outcome.answer);
      return made(outcome.answer.data);
    }
    const { error, cause } = outcome;
    // A call within the call, for a token, has waited and tried again already.
    if (cause instanceof HostError) throw cause;
    const pause = pauseAfter(cause, pauses + 1, gate.clock.now());
    if (pause !== null) {
      pauses += 1;
      if (pauses > PAUSES) throw error;
      gate.pause(kind, pause, error.said);
      continue;
    }
    if (!error.transient) throw error;
    failures += 1;
    await gate.clock.sleep(1000 * 2 ** (failures - 1));
    const found = find ? await find() : null;
    if (found !== null) return found;
    if (failures === ATTEMPTS) throw error;
  }
}

type Outcome<T> = { readonly answer: Answer<T> } | { readonly error: HostError; readonly cause: unknown };

async function outcomeOf<T>(call: Call<T>): Promise<Outcome<T>> {
  try {
    const answer = await call();
    // Octokit takes a connection that breaks off within the answer for an empty answer.
    const isWhole = answer.status === 204 || (typeof answer.data === 'object' && answer.data !== null);
    return isWhole ? { answer } : { error: brokenOff(), cause: null };
  } catch (cause) {
    return { error: hostErrorOf(cause), cause };
  }
}
