import { Installations } from '../../src/github/installations.ts';
import type { Clock } from '../../src/github/limits.ts';
import { appClient } from '../../src/github/tokens.ts';
import { WebhookDeliveries } from '../../src/github/webhook-deliveries.ts';
import type { WatchedCluster } from '../../src/service/clusters.ts';
import { RecordedCluster } from '../../src/service/recorded-cluster.ts';
import type { Explainer } from '../../src/explanation/explainer.ts';
import type { IncomingComment, Response } from '../../src/chatops/respond.ts';
import { InProcessQueue } from '../../src/queue/in-process.ts';
import { logFailure, type Log } from '../../src/service/log.ts';
import { poll } from '../../src/service/poll.ts';
import { Service, type ServiceParts } from '../../src/service/service.ts';
import { Serving } from '../../src/service/serving.ts';
import { reconcileTask, type ServeTasks } from '../../src/service/tasks.ts';
import type { Settings } from '../../src/service/settings.ts';
import type { Store } from '../../src/store/store.ts';
import type { StandIn } from '../github/stand-in/interface.ts';

/** The stand-in's clock. Who sleeps does not wait: the time passes at once. */
export function clockOf({ clock }: StandIn): Clock {
  return { now: clock.now, sleep: async (milliseconds) => clock.advance(milliseconds) };
}

/** Where the App is installed, asked with its own key. */
export function installationsOf(
  github: StandIn,
  clock = clockOf(github),
  store: Pick<Store, 'cursors'> | null = null,
  writePause = 0,
): Installations {
  const { appId, privateKey, apiUrl } = github;
  const memory = store && {
    get: async (key: string) => await store.cursors.get(key),
    set: (key: string, value: string) => store.cursors.set(key, value),
  };
  const client = appClient({ appId, privateKey, baseUrl: apiUrl, clock, writePause });
  return new Installations(client, clock, memory ?? undefined);
}

/** A cluster for all repositories, recorded in a folder that is read again when it changes. */
export function recordedIn(path: string, name = 'prod'): WatchedCluster {
  return new RecordedCluster(name, path, null);
}

/** No cluster and no polling, and writes follow each other at once. */
export const bareSettings: Settings = {
  placeOf: () => null,
  clusters: [],
  interval: 60_000,
  polling: null,
  writePause: 0,
  onboarding: 'none',
  alerts: null,
  ceiling: [],
  mostMirrored: null,
  routes: [],
  explanation: null,
  folder: '',
};

export interface ServiceOptions {
  readonly store: Store;
  readonly clusters: readonly WatchedCluster[];
  /** A folder. */
  readonly mirrors: string;
  /** Told of warnings and errors. Default: nobody is. */
  readonly problem?: (facts: object) => void;
  /** Default: `none`, since most tests are about something else. */
  readonly onboarding?: 'required' | 'none';
  /** Default: no language model is asked. */
  readonly explainer?: Pick<Explainer, 'explain'> | null;
}

/** The service with its queue, and what a test does without waiting for anything. */
export class ServedOnStandIn extends Service {
  readonly queue: InProcessQueue<ServeTasks>;
  readonly #parts: ServiceParts;

  constructor(parts: Omit<ServiceParts, 'queue'>) {
    const queue = new InProcessQueue<ServeTasks>({
      now: parts.now,
      onFailure: (failure) => logFailure(parts.log, failure),
    });
    super({ ...parts, queue });
    this.queue = queue;
    this.#parts = { ...parts, queue };
  }

  /** One scan of a cluster, and of every repository that is deployed there. */
  async scan(cluster: string): Promise<void> {
    for (const repository of await this.watch(cluster)) await this.queue.add(reconcileTask(repository));
    await this.queue.drain();
  }

  async scanAll(): Promise<void> {
    const names = this.#parts.clusters.map(({ name }) => name);
    const found = await Promise.all(names.map((name) => this.watch(name)));
    for (const repository of new Set(found.flat())) await this.queue.add(reconcileTask(repository));
    await this.queue.drain();
  }

  /** Brings GitHub in line with the clusters as they were read last. */
  async nudge(repository: string): Promise<void> {
    await this.queue.add(reconcileTask(repository));
    await this.queue.drain();
  }

  /** What webhooks would have told of a repository, asked for instead. */
  async poll(repository: string): Promise<void> {
    await poll(this, repository, this.#parts.store, this.#parts.now());
    await this.queue.drain();
  }

  /** Answers a comment, which is noted before, and answered later where that fails. */
  async comment(repository: string, comment: IncomingComment): Promise<Response | null> {
    const { kind, id, thread, root = null, author, createdAt } = comment;
    await this.#parts.store.unanswered.add({ repository, kind, id, thread, root, author, createdAt });
    return this.answer(repository, comment);
  }
}

/** The service as `faultline serve` makes it. It serves no repository yet; nobody is told that an answer takes long. */
export function serviceOn(github: StandIn, options: ServiceOptions): ServedOnStandIn {
  const { store, clusters, mirrors, problem = () => {}, onboarding = 'none', explainer = null } = options;
  const log: Log = { debug: () => {}, info: () => {}, warn: problem, error: problem };
  const sleep = (): Promise<never> => new Promise(() => {});
  const { now } = github.clock;
  const service = new ServedOnStandIn({ store, clusters, mirrors, log, onboarding, explainer, now, sleep });
  service.queue.start(servingOn(github, service, { store, log }).tasks());
  return service;
}

/** What `faultline serve` runs beside the service, by tasks that a test adds. */
export function servingOn(
  github: StandIn,
  service: ServedOnStandIn,
  {
    store,
    log,
    settings = bareSettings,
    hasWebhooks = false,
  }: Pick<ServiceParts, 'store' | 'log'> & { readonly settings?: Settings; readonly hasWebhooks?: boolean },
): Serving {
  const { queue } = service;
  const installations = installationsOf(github, undefined, store);
  const clock = clockOf(github);
  const { appId, privateKey, apiUrl: baseUrl } = github;
  const deliveries = hasWebhooks
    ? new WebhookDeliveries(appClient({ appId, privateKey, baseUrl, clock, writePause: 0 }), clock)
    : null;
  const { now } = github.clock;
  return new Serving({ service, queue, installations, deliveries, settings, store, log, now });
}
