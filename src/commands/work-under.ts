import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Memory } from '../github/context.ts';
import { Installations } from '../github/installations.ts';
import { Answers } from '../github/remembered.ts';
import { apiUrl, appClient, type AppClient, type SharedParts } from '../github/tokens.ts';
import type { Transport } from '../github/transport.ts';
import { WebhookDeliveries } from '../github/webhook-deliveries.ts';
import { HOUR } from '../kubernetes/durations.ts';
import type { Observation, WatchHealth } from '../observation/observation.ts';
import { InProcessQueue } from '../queue/in-process.ts';
import type { Queue } from '../queue/queue.ts';
import { sumOf, type TaskCount } from '../queue/tally.ts';
import { shardOfRepository, shardsOf, type Shard } from '../replicas/shards.ts';
import { newExplainer } from '../service/new-explainer.ts';
import type { WatchedCluster } from '../service/clusters.ts';
import { LiveCluster } from '../service/live-cluster.ts';
import { logFailure, type Log } from '../service/log.ts';
import { watchedCluster } from '../service/open-clusters.ts';
import { openNotifications } from '../service/open-notifications.ts';
import { Replica, type ServedShard } from '../service/replica.ts';
import { Service } from '../service/service.ts';
import { Serving } from '../service/serving.ts';
import type { Settings } from '../service/settings.ts';
import { ofShard, sharedListing, type InstallationsOfShard } from '../service/shard-installations.ts';
import { sharedBudget } from '../service/shared-budget.ts';
import { MirrorSweep } from '../service/sweep-mirrors.ts';
import { notifyTask, whoseIs, type ServeTasks } from '../service/tasks.ts';
import type { Work } from '../service/work.ts';
import type { Store } from '../store/store.ts';

export interface WorkParts {
  readonly store: Store;
  readonly log: Log;
  readonly observation: Observation;
  readonly transport: Transport;
  readonly app: { readonly appId: string; readonly privateKey: string };
  readonly env: NodeJS.ProcessEnv;
  /** As Faultline was started. */
  readonly writePause: number;
}

/** How settings become work, and the end of what all of them share. */
export interface Workshop {
  readonly under: (settings: Settings) => Work;
  readonly close: () => Promise<void>;
}

const CLOCK = { now: Date.now, sleep: setTimeout };

/** All of the work in this process, which has the store for itself. */
export function workInOneProcess(parts: WorkParts): Workshop {
  const { log, observation } = parts;
  const client = clientOf(parts);
  const installations = new Installations(client, CLOCK, memoryIn(parts.store));
  const deliveries = deliveriesOf(parts, client);
  return {
    under: (settings) => {
      const queue = new InProcessQueue<ServeTasks>({
        now: Date.now,
        onFailure: (failure) => logFailure(log, failure),
        around: (task, work) => observation.task(task, work),
        whoseOf: whoseIs,
      });
      const clusters = settings.clusters.map(watchedCluster);
      observe(observation, clusters, () => queue.counts());
      return servingOf(parts, settings, {
        queue,
        clusters,
        installations,
        deliveries,
        place: '',
        isForAll: true,
      });
    },
    close: async () => undefined,
  };
}

/** A replica's part of the work. @param address of the PostgreSQL database that all replicas share */
export async function workAmongReplicas(parts: WorkParts, address: string): Promise<Workshop> {
  const { newClient, newPool } = await import('../store/postgres/pool.ts');
  const { SCHEMA } = await import('../store/postgres.ts');
  const { GraphileQueue } = await import('../queue/postgres.ts');
  const { prepareQueue } = await import('../queue/postgres/schema.ts');
  const { freeLostTasks, tidyTasks } = await import('../queue/postgres/lost-tasks.ts');
  const { Leases } = await import('../replicas/leases.ts');
  const { store, log, observation, transport } = parts;
  const pool = newPool(address, { schema: SCHEMA, most: CONNECTIONS });
  await prepareQueue(pool);
  // One name for the process, whatever settings it has.
  const id = `${hostname()} ${randomUUID().slice(0, 8)}`;
  const answers = new Answers();
  const budget = (owner: string) => sharedBudget(store, owner);
  const memory = memoryIn(store);
  const list = sharedListing(
    new Installations(clientOf(parts, { answers, budget }), CLOCK, memory),
    Date.now,
  );
  let tidiedAt = 0;

  function serve(
    settings: Settings,
    shards: readonly Shard[],
    shard: Shard,
    mayAct: () => boolean,
  ): ServedShard {
    const isForAll = shard.repositories === null;
    const tellers = shards.find((one) => one.repositories === null)!.name;
    // Whoever holds the shard that tells people hears of what another shard recorded.
    const telling = new GraphileQueue<ServeTasks>({ pool, place: tellers, now: Date.now });
    const queue = new GraphileQueue<ServeTasks>({
      pool,
      place: shard.name,
      now: Date.now,
      whoseOf: whoseIs,
      onFailure: (failure) => logFailure(log, failure),
      around: async (task, work) => {
        await observation.task(task, work);
        if (!isForAll && settings.routes.length > 0 && RECORDING.has(task.name))
          await telling.add(notifyTask(null));
      },
      onTrouble: (problem) => log.warn({ problem }, 'the queue has trouble; it goes on'),
    });
    const client = clientOf({ ...parts, transport: fenced(transport, mayAct) }, { answers, budget });
    const installations = ofShard(
      list,
      (repository) => shardOfRepository(shards, repository) === shard,
      new Installations(client, CLOCK, memory),
    );
    const own = settings.clusters.filter(({ name }) => shard.clusters.includes(name));
    const clusters = own.map(watchedCluster);
    // One shard asks, for all.
    const deliveries = isForAll ? deliveriesOf(parts, client) : null;
    return {
      queue,
      serving: servingOf(
        parts,
        { ...settings, clusters: own },
        {
          queue,
          clusters,
          installations,
          deliveries,
          place: shard.name,
          isForAll,
        },
      ),
    };
  }

  return {
    under: (settings) => {
      const shards = shardsOf(settings.clusters);
      const mirrors = mirrorSweep(settings, log);
      return new Replica({
        shards,
        settings,
        store,
        log,
        now: Date.now,
        sweep: () => mirrors.sweep(),
        serve: (shard, mayAct) => serve(settings, shards, shard, mayAct),
        lease: (told) =>
          new Leases({ ...told, id, schema: SCHEMA, all: shards, connect: () => newClient(address) }),
        freeLost: async (alive) => {
          const gone = await freeLostTasks(pool, alive);
          if (gone.length > 0) log.warn({ gone: gone.length }, 'tasks of a replica that is gone run again');
          if (Date.now() - tidiedAt < HOUR) return;
          tidiedAt = Date.now();
          await tidyTasks(pool);
        },
        observe: (held) =>
          observe(
            observation,
            held.flatMap(({ serving }) => serving.service.clusters.all),
            () => sumOf(held.flatMap(({ queue }) => queue.counts())),
          ),
      });
    },
    // A query that has no answer yet does not keep the process.
    close: () => Promise.race([pool.end(), setTimeout(LAST_QUERIES, undefined, { ref: false })]),
  };
}

/** Tasks that record what people are told of. */
const RECORDING = new Set(['reconcile', 'open', 'comment', 'boxes']);
/** Milliseconds. */
const LAST_QUERIES = 1_000;
/** For tasks; one of them listens. */
const CONNECTIONS = 10;

/** Refuses to write under a lease that is over. What only reads does no harm. */
function fenced(transport: Transport, mayAct: () => boolean): Transport {
  return {
    ...transport,
    fetch: async (input, init) => {
      // In words that the client knows: asking again would not help.
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      const isHarmless = init?.method === 'GET' || pathname.endsWith('/access_tokens');
      if (!isHarmless && !mayAct())
        throw new Error('this replica is stopping to serve this shard: another one may have taken it');
      return transport.fetch(input, init);
    },
  };
}

function clientOf(
  { app, env, transport, writePause }: Pick<WorkParts, 'app' | 'env' | 'transport' | 'writePause'>,
  shared: SharedParts = {},
): AppClient {
  return appClient({ ...app, ...shared, baseUrl: apiUrl(env), transport, writePause });
}

/** Those that did not arrive are asked for again where webhooks are taken. */
function deliveriesOf({ env }: WorkParts, client: AppClient): WebhookDeliveries | null {
  return env['WEBHOOK_SECRET'] ? new WebhookDeliveries(client, CLOCK) : null;
}

function memoryIn(store: Store): Memory {
  return {
    get: async (key) => await store.cursors.get(key),
    set: (key, value) => store.cursors.set(key, value),
  };
}

function servingOf(
  { store, log, observation }: WorkParts,
  settings: Settings,
  own: {
    readonly queue: Queue<ServeTasks>;
    readonly clusters: readonly WatchedCluster[];
    readonly installations: InstallationsOfShard;
    readonly deliveries: WebhookDeliveries | null;
    /** Below the folder of mirrors; empty where there is one service. */
    readonly place: string;
    /** Whether it does what is done once for all. */
    readonly isForAll: boolean;
  },
): Serving {
  const { queue, clusters, installations, deliveries, place, isForAll } = own;
  const common = { store, queue, log, now: Date.now };
  const mirrors = join(mirrorsIn(settings), place);
  const service = new Service({
    ...common,
    clusters,
    observer: observation,
    mirrors,
    onboarding: settings.onboarding,
    ceiling: settings.ceiling,
    explainer: newExplainer(settings.explanation, { store, log, environment: process.env, now: Date.now }),
    sleep: setTimeout,
  });
  // One shard tells people, of all incidents in the store.
  const notifications = openNotifications(isForAll ? settings.routes : [], {
    ...common,
    observer: observation,
    environment: process.env,
    fetch: globalThis.fetch,
    random: Math.random,
  });
  // A replica has mirrors of the shards that it held before, too.
  const sweep = place === '' && settings.mostMirrored !== null ? mirrorSweep(settings, log) : null;
  return new Serving({
    ...common,
    service,
    installations,
    deliveries,
    settings,
    mirrors: sweep,
    notifications,
  });
}

function mirrorsIn({ folder }: Settings): string {
  return join(folder, 'mirrors');
}

function mirrorSweep(settings: Settings, log: Log): MirrorSweep {
  return new MirrorSweep({
    folder: mirrorsIn(settings),
    maxBytes: settings.mostMirrored,
    log,
    now: Date.now,
  });
}

function observe(
  observation: Observation,
  clusters: readonly WatchedCluster[],
  tasks: () => readonly TaskCount[],
): void {
  observation.observe({
    clusters: clusters.map(({ name }) => name),
    tasks,
    watch: (name) => watchOf(clusters.find((one) => one.name === name)),
  });
}

function watchOf(cluster: WatchedCluster | undefined): WatchHealth | null {
  return cluster instanceof LiveCluster ? cluster.health() : null;
}
