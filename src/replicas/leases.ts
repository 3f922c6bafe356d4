import { setTimeout } from 'node:timers/promises';
import type { Client } from 'pg';
import { LeaseTables, type KnownReplica } from './lease-tables.ts';

/** What one replica at a time may hold. */
export interface Leased {
  readonly name: string;
  /** What nobody else may hold at the same time. */
  readonly locks: readonly string[];
}

export interface LeaseOptions {
  /** Of this process. */
  readonly id: string;
  /** A connection that is not shared. */
  readonly connect: () => Client;
  readonly schema: string;
  readonly all: readonly Leased[];
  /** Ids of what holds this replica's tasks. */
  readonly pools: () => readonly string[];
  /** From now on this replica holds it. */
  readonly taken: (name: string) => void;
  /** Another replica holds it, or may. */
  readonly lost: (name: string) => void;
  /** Ends what is done under it, so that another replica can have it. */
  readonly letGo: (name: string) => Promise<void>;
  /** Told at each beat of the replicas that live. */
  readonly beaten?: (alive: readonly KnownReplica[]) => Promise<void>;
  /** Told why leases are not kept for now, once, and null when they are again. */
  readonly trouble: (problem: string | null) => void;
}

/** Milliseconds between two beats. */
const BEAT = 2_000;
/** How long a beat may take. */
const ANSWER = 5_000;
/** After a beat, a replica may act for so long. A beat that nobody confirmed counts for nothing. */
export const ACTS = 8_000;
/** After the last beat of the one before it, a replica takes what that one held. The rest is for requests that are under way, and clocks of different speed. */
export const TAKES = 10_000;
/** A replica that is silent for so long is gone. */
const GONE = 12_000;
const RECONNECT = 250;

/**
 * Who serves what, among several replicas: by advisory locks that end with a connection. A replica whose connection is cut may act until
 * {@link ACTS} after its last beat, and takes its locks again if nobody else did; another one takes them {@link TAKES} after that beat. So at no
 * moment two act, whatever fails and however clocks differ.
 */
export class Leases {
  readonly #options: LeaseOptions;
  readonly #tables: LeaseTables;
  readonly #held = new Set<string>();
  #client: Client | null = null;
  /** Held on this connection. */
  #locked = new Set<string>();
  /** When the last confirmed beat was sent, by the clock that never goes back. */
  #beatAt = Number.NEGATIVE_INFINITY;
  #life: Promise<void> | null = null;
  #isClosing = false;
  #letting: string | null = null;
  /** When it let something go for others. */
  readonly #gave = new Map<string, number>();
  #problem: string | null = null;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#tables = new LeaseTables(options.schema);
  }

  get held(): readonly string[] {
    return [...this.#held];
  }

  /** Whether this replica holds it now, beyond doubt. */
  mayAct(name: string): boolean {
    return this.#held.has(name) && performance.now() - this.#beatAt < ACTS;
  }

  start(): void {
    this.#life ??= this.#live();
  }

  /** Lets all of it go. What is done under it has ended. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#life;
    const client = this.#client;
    if (client === null) return;
    await within(this.#tables.leave(client, this.#options.id)).catch(() => undefined);
    await within(client.end()).catch(() => undefined);
  }

  async #live(): Promise<void> {
    const { trouble } = this.#options;
    while (!this.#isClosing) {
      try {
        await this.#round();
        if (this.#problem !== null) trouble(null);
        this.#problem = null;
        await this.#rest(BEAT);
      } catch (error) {
        this.#drop();
        const problem = error instanceof Error ? error.message : String(error);
        if (this.#problem === null) trouble(problem);
        this.#problem = problem;
        await this.#rest(RECONNECT);
      }
    }
  }

  /** In short steps, so that closing does not wait. */
  async #rest(milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds;
    while (!this.#isClosing && performance.now() < until) await setTimeout(50);
  }

  #drop(): void {
    const client = this.#client;
    this.#client = null;
    this.#locked = new Set();
    void client?.end().catch(() => undefined);
  }

  async #round(): Promise<void> {
    const { id, all, pools, beaten } = this.#options;
    const client = (this.#client ??= await this.#connected());
    const sent = performance.now();
    const replicas = await within(this.#tables.beat(client, id, pools()));
    // Before this beat counts: what was held must still be ours.
    await within(this.#confirm(client));
    this.#beatAt = sent;
    await within(this.#tables.endSilent(client, GONE));
    const alive = replicas.filter(({ age }) => age < GONE);
    const quota = Math.ceil(all.length / Math.max(1, alive.length));
    await within(this.#take(client, replicas, quota));
    await within(this.#share(client, alive));
    await beaten?.(alive);
  }

  async #connected(): Promise<Client> {
    const client = this.#options.connect();
    await within(client.connect());
    await within(this.#tables.prepare(client));
    return client;
  }

  /** Locks again, on a new connection, what was held on the one before; what another replica has by now is lost. */
  async #confirm(client: Client): Promise<void> {
    const { id, all, lost } = this.#options;
    const unsure = all.filter(({ name }) => this.#held.has(name) && !this.#locked.has(name));
    if (unsure.length === 0) return;
    for (const { name, locks } of unsure) {
      const isLocked = await this.#tables.lock(client, locks);
      // Who holds it is asked under the lock: another one may have had it and be gone again.
      const isOurs = isLocked && (await this.#tables.holders(client)).get(name) === id;
      if (isOurs) this.#locked.add(name);
      else {
        if (isLocked) await this.#tables.unlock(client, locks);
        this.#held.delete(name);
        lost(name);
      }
    }
  }

  async #take(client: Client, replicas: readonly KnownReplica[], quota: number): Promise<void> {
    const { id, all, taken } = this.#options;
    const mayBeTaken = (holder: string | undefined): boolean => {
      if (holder === undefined || holder === id) return true;
      const other = replicas.find((one) => one.id === holder);
      return other === undefined || other.age >= TAKES;
    };
    const before = await this.#tables.holders(client);
    for (const { name, locks } of all) {
      if (this.#isClosing || this.#held.size >= quota) return;
      if (this.#held.has(name) || !mayBeTaken(before.get(name))) continue;
      // Somebody with fewer is to have it.
      if (performance.now() - (this.#gave.get(name) ?? Number.NEGATIVE_INFINITY) < TAKES) continue;
      if (!(await this.#tables.lock(client, locks))) continue;
      const holder = (await this.#tables.holders(client)).get(name);
      if (holder !== before.get(name)) {
        await this.#tables.unlock(client, locks);
        continue;
      }
      await this.#tables.hold(client, name, id);
      this.#locked.add(name);
      this.#held.add(name);
      taken(name);
    }
  }

  /** Lets one go where another replica has fewer by two or more: a replica that is new gets its part. */
  async #share(client: Client, alive: readonly KnownReplica[]): Promise<void> {
    const { id, all, letGo } = this.#options;
    if (this.#letting !== null || this.#held.size < 2) return;
    const holders = [...(await this.#tables.holders(client)).values()];
    // One that was killed is not known to be gone until what it held is taken: nothing is left to it.
    const others = alive.filter((one) => one.id !== id && one.age < ANSWER);
    const fewest = Math.min(...others.map((one) => holders.filter((holder) => holder === one.id).length));
    if (this.#held.size - fewest < 2) return;
    const name = this.held.at(-1)!;
    const { locks } = all.find((one) => one.name === name)!;
    this.#letting = name;
    void letGo(name)
      .then(async () => {
        this.#gave.set(name, performance.now());
        this.#held.delete(name);
        this.#locked.delete(name);
        if (this.#client !== client) return;
        await this.#tables.letGo(client, name, id);
        await this.#tables.unlock(client, locks);
      })
      .catch(() => this.#drop())
      .finally(() => (this.#letting = null));
  }
}

async function within<T>(work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = setTimeout(ANSWER, null, { signal: timer.signal }).then(() => {
    throw new Error(`the database has not answered for ${ANSWER / 1000} seconds`);
  });
  late.catch(() => undefined);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}
