import { messageOf } from '../errors/error-message.ts';
import type { LeaseOptions, Leases } from '../replicas/leases.ts';
import { shardOfRepository, type Shard } from '../replicas/shards.ts';
import type { GraphileQueue } from '../queue/postgres.ts';
import type { Queue, Task } from '../queue/queue.ts';
import type { Store } from '../store/store.ts';
import { AlertIntake } from './alert-intake.ts';
import type { AlertSettings } from './alert-settings.ts';
import type { Log } from './log.ts';
import { SWEEPING, type Serving } from './serving.ts';
import type { Settings } from './settings.ts';
import { alertTask, type ServeTasks } from './tasks.ts';
import type { Work } from './work.ts';

/** What serves one shard, once it is started. */
export interface ServedShard {
  readonly serving: Serving;
  readonly queue: GraphileQueue<ServeTasks>;
}

export interface ReplicaParts {
  readonly shards: readonly Shard[];
  readonly settings: Pick<Settings, 'clusters' | 'interval' | 'alerts'>;
  /** Makes what serves a shard. What it asks of GitHub is refused while this replica may not act for the shard. */
  readonly serve: (shard: Shard, mayAct: () => boolean) => ServedShard;
  readonly lease: (
    told: Pick<LeaseOptions, 'pools' | 'taken' | 'lost' | 'letGo' | 'beaten' | 'trouble'>,
  ) => Leases;
  /** Told at each beat of the ids of what holds the tasks of all replicas that live. */
  readonly freeLost: (alive: readonly string[]) => Promise<void>;
  /** Told of what is held, each time that this changes. */
  readonly observe: (held: readonly (ServedShard & { readonly shard: Shard })[]) => void;
  /** Keeps the mirrors of this process to their budget, of whatever shards it has them. */
  readonly sweep: () => Promise<void>;
  readonly store: Store;
  readonly log: Log;
  readonly now: () => number;
}

/**
 * One of several replicas of `faultline serve`. It takes webhooks and alerts for all shards, which become tasks for whoever holds the shard; it
 * watches the clusters and serves the repositories of those that it holds itself.
 */
export class Replica implements Work {
  readonly alerts: AlertIntake;
  readonly #parts: ReplicaParts;
  readonly #leases: Leases;
  /** By shard, whether it is held or not. */
  readonly #served = new Map<string, ServedShard>();
  readonly #started = new Set<string>();
  /** What was lost or let go, while its last tasks end. */
  readonly #ending = new Set<ServedShard>();
  /** By shard: what is done with it goes on step by step. */
  readonly #steps = new Map<string, Promise<void>>();
  #listing: NodeJS.Timeout | undefined;
  #sweeping: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
    this.#leases = parts.lease({
      pools: () => [...this.#served.values(), ...this.#ending].flatMap(({ queue }) => queue.pools),
      taken: (name) => void this.#step(name, () => this.#start(name)),
      lost: (name) => void this.#step(name, () => this.#replace(name, 'lost')),
      letGo: (name) => this.#step(name, () => this.#replace(name, 'let go')),
      beaten: (alive) => this.#beaten(alive.flatMap(({ pools }) => pools)),
      trouble: (problem) => this.#sayTrouble(problem),
    });
    for (const shard of parts.shards) this.#served.set(shard.name, this.#made(shard));
    this.alerts = new AlertIntake({
      ...parts,
      clusters: parts.settings.clusters,
      latest: (cluster) => this.#ofCluster(cluster)?.serving.service.clusters.latest(cluster)?.state ?? null,
      investigate: (cluster) => this.queue.add(alertTask(cluster)),
    });
  }

  get alertSettings(): AlertSettings | null {
    return this.#parts.settings.alerts;
  }

  get service(): Work['service'] {
    const services = [...this.#served.values()].map(({ serving }) => serving.service);
    return {
      serves: (repository) => this.#of(repository).serving.service.serves(repository),
      hear: (repository, comment) => this.#of(repository).serving.service.hear(repository, comment),
      guardLater: (repository, subject) =>
        this.#of(repository).serving.service.guardLater(repository, subject),
      // What other replicas watch is known from the store.
      scans: services.flatMap(({ scans }) => scans),
      clusters: {
        all: services.flatMap(({ clusters }) => clusters.all),
        problemOf: (name) => this.#ofCluster(name)?.serving.service.clusters.problemOf(name) ?? null,
        latest: (name) => this.#ofCluster(name)?.serving.service.clusters.latest(name) ?? null,
      },
    };
  }

  /** Where the tasks of the repository or cluster that a task is about run; what is about neither runs for each shard. */
  get queue(): Pick<Queue<ServeTasks>, 'add'> {
    return {
      add: async <Name extends keyof ServeTasks>(task: Task<ServeTasks, Name>, runAt?: number) => {
        const { cluster, repository } = (task.payload ?? {}) as {
          readonly cluster?: string;
          readonly repository?: string;
        };
        const one =
          cluster !== undefined
            ? this.#ofCluster(cluster)
            : repository !== undefined
              ? this.#of(repository)
              : null;
        const places = one === null ? [...this.#served.values()] : [one];
        for (const { queue } of places) await queue.add(task, runAt);
      },
    };
  }

  async list(): Promise<void> {
    for (const { serving } of this.#served.values()) await serving.list();
  }

  async start(): Promise<void> {
    this.#parts.observe([]);
    this.#leases.start();
    this.#listing = setInterval(() => this.#listIdle(), this.#parts.settings.interval);
    this.#sweeping = setInterval(() => this.#sweep(), SWEEPING);
    this.#sweep();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#listing);
    clearInterval(this.#sweeping);
    await Promise.all(this.#steps.values());
    const all = [...this.#served.values(), ...this.#ending];
    const ended = await Promise.allSettled(all.map(({ serving }) => serving.stop()));
    for (const one of ended)
      if (one.status === 'rejected')
        // Its tasks are in the database: another replica runs them.
        this.#parts.log.warn({ problem: messageOf(one.reason) }, 'a shard was not left in order');
    await this.#leases.close();
  }

  #made(shard: Shard): ServedShard {
    return this.#parts.serve(shard, () => this.#leases.mayAct(shard.name));
  }

  #shard(name: string): Shard {
    return this.#parts.shards.find((one) => one.name === name)!;
  }

  #of(repository: string): ServedShard {
    return this.#served.get(shardOfRepository(this.#parts.shards, repository).name)!;
  }

  #ofCluster(cluster: string): ServedShard | null {
    const shard = this.#parts.shards.find(({ clusters }) => clusters.includes(cluster));
    return shard === undefined ? null : this.#served.get(shard.name)!;
  }

  #step(name: string, work: () => Promise<void>): Promise<void> {
    const before = this.#steps.get(name) ?? Promise.resolve();
    const step = before.then(work).catch((error: unknown) => {
      this.#parts.log.error({ shard: name, problem: messageOf(error) }, 'a shard could not be taken or left');
    });
    this.#steps.set(name, step);
    return step;
  }

  async #start(name: string): Promise<void> {
    // It may be lost again by now.
    if (this.#isStopping || !this.#leases.held.includes(name)) return;
    const { clusters } = this.#shard(name);
    this.#started.add(name);
    this.#parts.log.info({ shard: name, clusters }, 'serves a shard');
    await this.#served.get(name)!.serving.start();
    this.#observe();
  }

  /** Another one takes the place of what served it: it starts without what was read before. */
  async #replace(name: string, why: 'lost' | 'let go'): Promise<void> {
    const old = this.#served.get(name)!;
    if (!this.#started.delete(name)) return;
    const { clusters } = this.#shard(name);
    this.#parts.log.info({ shard: name, clusters, why }, 'serves a shard no longer');
    this.#ending.add(old);
    const ended = old.serving.stop().finally(() => this.#ending.delete(old));
    if (why === 'let go') await ended;
    else ended.catch(() => undefined);
    const next = this.#made(this.#shard(name));
    // Webhooks find its repositories all the time.
    await next.serving.list().catch((error: unknown) => this.#sayNotListed(error));
    this.#served.set(name, next);
    this.#observe();
  }

  /** Those that are held list where the App is installed by a task of their own. */
  #listIdle(): void {
    for (const name of this.#served.keys())
      void this.#step(name, async () => {
        if (this.#started.has(name) || this.#isStopping) return;
        await this.#served
          .get(name)!
          .serving.list()
          .catch((error: unknown) => this.#sayNotListed(error));
      });
  }

  #sweep(): void {
    this.#parts.sweep().catch((error: unknown) => {
      this.#parts.log.warn(
        { problem: messageOf(error) },
        'mirrors not kept to their budget; tried again later',
      );
    });
  }

  #observe(): void {
    const held = [...this.#started].map((name) => ({ ...this.#served.get(name)!, shard: this.#shard(name) }));
    this.#parts.observe(held);
  }

  async #beaten(alive: readonly string[]): Promise<void> {
    await this.#parts.freeLost(alive);
    for (const name of this.#started) await this.#served.get(name)!.queue.count();
  }

  #sayNotListed(error: unknown): void {
    this.#parts.log.warn({ problem: messageOf(error) }, 'installations not listed; tried again later');
  }

  #sayTrouble(problem: string | null): void {
    if (problem === null) {
      this.#parts.log.info({}, 'the database answers again');
      // Tasks that failed while it was away would be tried again a minute later.
      for (const name of this.#started)
        void this.#step(name, async () => {
          if (this.#started.has(name)) await this.#served.get(name)!.serving.watchAll();
        });
    } else this.#parts.log.warn({ problem }, 'the database cannot be asked who serves what; tried again');
  }
}
