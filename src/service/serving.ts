import { messageOf } from '../errors/error-message.ts';
import type { Installations } from '../github/installations.ts';
import type { WebhookDeliveries } from '../github/webhook-deliveries.ts';
import { DAY, HOUR, MINUTE } from '../kubernetes/durations.ts';
import type { Queue, Task, Tasks } from '../queue/queue.ts';
import type { Store } from '../store/store.ts';
import type { AlertSettings } from './alert-settings.ts';
import { AlertIntake } from './alert-intake.ts';
import { InstalledRepositories } from './installed-repositories.ts';
import type { Log } from './log.ts';
import { askForMissed } from './missed-deliveries.ts';
import type { Notifications } from '../notifications/notifications.ts';
import { poll } from './poll.ts';
import type { Service } from './service.ts';
import type { Settings } from './settings.ts';
import type { MirrorSweep } from './sweep-mirrors.ts';
import {
  alertTask,
  deliveriesTask,
  installationsTask,
  mirrorsTask,
  notifyTask,
  rereadTask,
  pollTask,
  reconcileTask,
  retainTask,
  watchTask,
  type ServeTasks,
} from './tasks.ts';

export interface ServingParts {
  readonly service: Service;
  readonly queue: Queue<ServeTasks>;
  readonly installations: Pick<Installations, 'listEach' | 'hostFor'>;
  /** Left out where no webhooks are taken. */
  readonly deliveries?: Pick<WebhookDeliveries, 'failedSince' | 'redeliver'> | null;
  readonly settings: Pick<Settings, 'clusters' | 'interval' | 'polling' | 'alerts'>;
  /** Left out where mirrors have no budget, or somebody else keeps them to it. */
  readonly mirrors?: MirrorSweep | null;
  readonly store: Store;
  /** Default: nobody is told of incidents. */
  readonly notifications?: Notifications | null;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Time between two polls of a repository whose webhooks arrive: GitHub delivers each once, whether anybody was there or not. */
const POLLING_BESIDE_WEBHOOKS = 10 * MINUTE;
/** Time between two looks at what the mirrors take. */
export const SWEEPING = 10 * MINUTE;
/** How long what is over is remembered, and records of the audit log are kept whole. */
const KEPT = 400 * DAY;
/** An alert that was not told again for so long is over, whether or not its end was told. */
const ALERTS_KEPT = 7 * DAY;
/** Clusters are read side by side: so long, one that was read waits for the others, so that a repository is reconciled once for all of them. */
const GATHERING = 2_000;

/** So long, in milliseconds, a cluster that changes is left to say the rest: a state, the events about it, and the next pod. */
const SETTLING = 200;
/** Grace periods of many objects that end one after the other are looked at together, once in so many milliseconds. */
const TIMES = 2_000;
/**
 * Reading a cluster that changes all the time, or that alerts never end about, takes at most one part in so many of the time, beside so
 * many milliseconds that it may take without a pause.
 */
const SHARE = 6;
const BURST = 2_000;

/** Runs the tasks of `faultline serve` under one version of the settings, from the start until it is told to stop. */
export class Serving {
  readonly service: Service;
  readonly queue: Queue<ServeTasks>;
  readonly alerts: AlertIntake;
  readonly #parts: ServingParts;
  readonly #repositories: InstalledRepositories;
  /** What failed and was logged, so that it is logged once. */
  readonly #said = new Map<string, string>();
  /** Clusters that have changed since they were read. */
  readonly #changed = new Set<string>();
  /** By cluster, how long it was read for its changes and alerts, less what its share has paid for since. */
  readonly #spent = new Map<string, { readonly milliseconds: number; readonly at: number }>();
  #unsubscribe: () => void = () => undefined;

  constructor(parts: ServingParts) {
    this.#parts = parts;
    this.service = parts.service;
    this.queue = parts.queue;
    this.alerts = new AlertIntake({
      ...parts,
      clusters: parts.settings.clusters,
      latest: (cluster) => parts.service.clusters.latest(cluster)?.state ?? null,
      investigate: (cluster) => parts.queue.add(alertTask(cluster), this.#earliestFor(cluster)),
    });
    this.#repositories = new InstalledRepositories(parts);
  }

  get alertSettings(): AlertSettings | null {
    return this.#parts.settings.alerts;
  }

  /**
   * Lists where the App is installed. Called once before the start, so that a webhook that comes then finds its repository.
   *
   * @throws {HostError} when GitHub cannot be asked
   */
  list(): Promise<void> {
    return this.#repositories.list();
  }

  async start(): Promise<void> {
    const { queue, settings, now } = this.#parts;
    queue.start(this.tasks());
    await queue.add(installationsTask(), now() + settings.interval);
    await queue.add(retainTask());
    if (this.#parts.deliveries) await queue.add(deliveriesTask());
    if (this.#parts.mirrors) await queue.add(mirrorsTask());
    await this.#tell();
    await this.watchAll();
    this.#unsubscribe = this.service.clusters.subscribe((cluster) => this.#changedIn(cluster));
  }

  /** Has all clusters read now. A task that failed is not left to wait for its next attempt. */
  async watchAll(): Promise<void> {
    const { queue, settings } = this.#parts;
    for (const { name } of settings.clusters) await queue.add(watchTask(name));
  }

  /** Resolves when the tasks that are under way have ended. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#parts.notifications?.stop();
    await this.#parts.queue.stop();
    this.service.clusters.close();
  }

  /** What each task does. */
  tasks(): Tasks<ServeTasks> {
    const { service, settings, store, now } = this.#parts;
    const { interval, polling } = settings;
    return {
      installations: () =>
        this.#again(installationsTask(), interval, () =>
          this.#sayingOnce('installations', {}, () => this.list()),
        ),
      watch: ({ cluster }) => this.#again(watchTask(cluster), interval, () => this.#watch(cluster)),
      reread: ({ cluster }) => this.#reread(cluster),
      alert: ({ cluster }) => this.#investigate(cluster),
      reconcile: ({ repository }) => this.#telling(() => service.reconcile(repository)),
      open: ({ repository }) => this.#telling(() => service.open(repository)),
      comment: (comment) => this.#telling(() => service.answerNoted(comment)),
      boxes: ({ repository, thread, edit }) => this.#telling(() => service.boxes(repository, thread, edit)),
      check: (check) => service.checkConfiguration(check),
      guard: ({ repository, subject }) => service.guard(repository, subject),
      greet: ({ repository }) => service.onboard(repository),
      poll: ({ repository }) => this.#poll(repository, polling ?? POLLING_BESIDE_WEBHOOKS),
      deliveries: () => this.#askForMissed(),
      mirrors: () => this.#again(mirrorsTask(), SWEEPING, async () => this.#parts.mirrors?.sweep()),
      notify: ({ route }) => (route === null ? this.#noteMessages() : this.#deliver(route)),
      retain: () =>
        this.#again(retainTask(), HOUR, async () => {
          await store.forgetBefore(now() - KEPT);
          await store.alerts.forgetBefore(now() - ALERTS_KEPT);
          await store.audit.retire(now() - KEPT, now());
        }),
    };
  }

  /** Whatever came of it, it may have recorded something that people are told. */
  async #telling(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } finally {
      await this.#tell();
    }
  }

  async #tell(): Promise<void> {
    if (this.#parts.notifications) await this.#parts.queue.add(notifyTask(null));
  }

  async #noteMessages(): Promise<void> {
    const { notifications, queue } = this.#parts;
    if (!notifications) return;
    const next = await notifications.fill();
    for (const route of notifications.routes) await queue.add(notifyTask(route));
    if (next !== null) await queue.add(notifyTask(null), next);
  }

  async #deliver(route: string): Promise<void> {
    const { notifications, queue } = this.#parts;
    const next = (await notifications?.deliver(route)) ?? null;
    if (next !== null) await queue.add(notifyTask(route), next);
  }

  async #watch(cluster: string): Promise<void> {
    const { settings, now } = this.#parts;
    const at = now() + (settings.clusters.length > 1 ? GATHERING : 0);
    const { repositories } = await this.#read(cluster);
    await this.#reconcile(repositories, at);
    await this.#rereadInTime(cluster);
  }

  /** Reads a cluster, and looks up what alerts there are about: those that are new, and those that a process before this one took. */
  async #read(
    cluster: string,
  ): Promise<{ readonly repositories: readonly string[]; readonly isRead: boolean }> {
    const { service } = this.#parts;
    const before = service.clusters.latest(cluster);
    const repositories = await service.watch(cluster);
    const read = service.clusters.latest(cluster);
    const isRead = read !== null && read !== before;
    if (isRead) await this.alerts.settle(cluster, read.state);
    return { repositories, isRead };
  }

  async #reconcile(repositories: readonly string[], at?: number): Promise<void> {
    for (const repository of repositories) await this.#parts.queue.add(reconcileTask(repository), at);
  }

  /** What only time can tell is seen when it is time, not at the next scan. */
  async #rereadInTime(cluster: string): Promise<void> {
    const { service, queue, settings, now } = this.#parts;
    const wait = service.clusters.nextIn(cluster);
    if (wait === null || wait >= settings.interval) return;
    const at = Math.max(now() + Math.max(wait, TIMES), this.#earliestFor(cluster));
    await queue.add(rereadTask(cluster), at);
  }

  /** However often a cluster says that it has changed, it is read once for all of that. */
  #changedIn(cluster: string): void {
    const { queue, now } = this.#parts;
    if (this.#changed.has(cluster)) return;
    this.#changed.add(cluster);
    void queue.add(rereadTask(cluster), Math.max(now() + SETTLING, this.#earliestFor(cluster)));
  }

  async #reread(cluster: string): Promise<void> {
    const { service, now } = this.#parts;
    this.#changed.delete(cluster);
    const began = now();
    await this.#reconcile(await service.reread(cluster));
    this.#rest(cluster, began);
    await this.#rereadInTime(cluster);
  }

  /** @throws {Error} where the cluster cannot be read: the alerts wait */
  async #investigate(cluster: string): Promise<void> {
    const { now } = this.#parts;
    const began = now();
    const { repositories, isRead } = await this.#read(cluster);
    if (!isRead) throw new Error(`alerts about cluster ${cluster} wait until it can be read`);
    await this.#reconcile(repositories);
    this.#rest(cluster, began);
  }

  /** The first of many changes or alerts are read at once, those after them later, and all in one reading. */
  #rest(cluster: string, began: number): void {
    const at = this.#parts.now();
    this.#spent.set(cluster, { milliseconds: this.#spentOn(cluster, at) + at - began, at });
  }

  #spentOn(cluster: string, now: number): number {
    const { milliseconds, at } = this.#spent.get(cluster) ?? { milliseconds: 0, at: now };
    return Math.max(0, milliseconds - (now - at) / SHARE);
  }

  #earliestFor(cluster: string): number {
    const now = this.#parts.now();
    return now + Math.max(0, this.#spentOn(cluster, now) - BURST) * SHARE;
  }

  async #poll(repository: string, interval: number): Promise<void> {
    const { service, store, now } = this.#parts;
    if (!service.serves(repository)) return;
    await this.#again(pollTask(repository), interval, async () => {
      if (service.isPaused(repository)) return;
      await this.#sayingOnce('poll', { repository }, () => poll(service, repository, store, now()));
    });
  }

  async #askForMissed(): Promise<void> {
    const { deliveries, store, now, log } = this.#parts;
    if (!deliveries) return;
    const serves = (id: number): boolean => this.#repositories.has(id);
    await this.#again(deliveriesTask(), POLLING_BESIDE_WEBHOOKS, () =>
      this.#sayingOnce('deliveries', {}, async () => {
        const missed = await askForMissed({ deliveries, store, serves, now: now() });
        if (missed.asked > 0) log.info({ ...missed }, 'asked GitHub for missed webhooks once more');
      }),
    );
  }

  /** Does a task, and adds it again for an interval after its beginning. */
  async #again<Name extends keyof ServeTasks>(
    task: Task<ServeTasks, Name>,
    interval: number,
    work: () => Promise<void>,
  ): Promise<void> {
    const { queue, now } = this.#parts;
    const next = now() + interval;
    try {
      await work();
    } finally {
      await queue.add(task, next);
    }
  }

  /** What fails is logged once, until it works again or fails in another way. */
  async #sayingOnce(what: string, facts: object, work: () => Promise<void>): Promise<void> {
    const about = JSON.stringify({ what, ...facts });
    try {
      await work();
      this.#said.delete(about);
    } catch (error) {
      const problem = messageOf(error);
      if (this.#said.get(about) === problem) return;
      this.#said.set(about, problem);
      this.#parts.log.warn({ ...facts, what, problem }, 'GitHub could not be asked; tried again later');
    }
  }
}
