import type { Pool, PoolClient } from 'pg';

/** Milliseconds after which a connection that broke is made again. */
const AGAIN = 1_000;

type Told = (place: string, by: string) => void;

/** Where processes tell each other of tasks. @param schema of the queue */
export function channelOf(schema: string): string {
  return `${schema}_added`.slice(0, 63);
}

/** Tells the queues of this process of tasks that others added: one connection for all of them. What is missed while it is broken, queues see when they look. */
export class Announcements {
  readonly #pool: Pool;
  readonly #channel: string;
  readonly #told = new Set<Told>();
  #client: PoolClient | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isConnecting = false;

  constructor(pool: Pool, schema: string) {
    this.#pool = pool;
    this.#channel = channelOf(schema);
  }

  /** @returns ends it */
  subscribe(told: Told): () => void {
    this.#told.add(told);
    void this.#connect();
    return () => {
      this.#told.delete(told);
      if (this.#told.size === 0) this.#drop();
    };
  }

  async #connect(): Promise<void> {
    if (this.#client !== null || this.#isConnecting) return;
    this.#isConnecting = true;
    try {
      const client = await this.#pool.connect();
      this.#client = client;
      const broken = (): void => {
        if (this.#client === client) this.#drop();
        this.#connectLater();
      };
      client.once('error', broken);
      client.once('end', broken);
      client.on('notification', ({ payload = '' }) => {
        const [by = '', ...place] = payload.split(' ');
        for (const told of this.#told) told(place.join(' '), by);
      });
      await client.query(`listen "${this.#channel}"`);
    } catch {
      // Whoever looks for tasks tells that the database is away.
      this.#drop();
      this.#connectLater();
    } finally {
      this.#isConnecting = false;
      if (this.#told.size === 0) this.#drop();
    }
  }

  #connectLater(): void {
    clearTimeout(this.#timer);
    if (this.#told.size === 0) return;
    this.#timer = setTimeout(() => void this.#connect(), AGAIN);
    this.#timer.unref();
  }

  #drop(): void {
    const client = this.#client;
    this.#client = null;
    client?.removeAllListeners('notification');
    // It listens: nobody else may have it.
    client?.release(true);
  }
}

const known = new WeakMap<Pool, Map<string, Announcements>>();

/** Those of a pool: always the same. */
export function announcementsOn(pool: Pool, schema: string): Announcements {
  const ofPool = known.get(pool) ?? new Map<string, Announcements>();
  known.set(pool, ofPool);
  const found = ofPool.get(schema) ?? new Announcements(pool, schema);
  ofPool.set(schema, found);
  return found;
}
