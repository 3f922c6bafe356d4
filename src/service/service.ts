import { ChatOps, type IncomingComment, type Response } from '../chatops/respond.ts';
import { mayHoldCommands } from '../chatops/parse.ts';
import { commands } from '../chatops/commands/index.ts';
import { Boxes, type BoxesParts, type Edit, type Ticked } from '../chatops/tick.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { CONFIG_FILE } from '../config/defaults.ts';
import { messageOf } from '../errors/error-message.ts';
import { HostError, type Host } from '../github/host.ts';
import { configCheck } from '../onboarding/check.ts';
import { onboard } from '../onboarding/open.ts';
import type { Outcome } from '../lifecycle/outcome.ts';
import type { Store, UnansweredComment } from '../store/store.ts';
import { OutOfTime, withinTime } from '../concurrency/time-limit.ts';
import { turns } from '../concurrency/keyed-lock.ts';
import { Approvals } from './approvals.ts';
import { readCluster, type ReadCluster, type WatchedCluster } from './clusters.ts';
import { RepositoryDesk } from './desk.ts';
import { Lane } from './lane.ts';
import type { Log } from './log.ts';
import { onboardingOf } from './onboarding.ts';
import { readAgain } from './read-again.ts';
import { recordLook } from './record-look.ts';
import { RepositoryWatch, type Look, type Presence, type Round } from './watch.ts';
import { Workspace } from './workspace.ts';

export interface ServiceParts {
  readonly store: Store;
  readonly clusters: readonly WatchedCluster[];
  /** Where mirrors of repositories are. */
  readonly mirrors: string;
  readonly log: Log;
  /** Whether a repository must have a configuration before anything is proposed in it. */
  readonly onboarding: 'required' | 'none';
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

/** How long a comment may take until people are told that it is being worked on, in milliseconds. */
const PATIENCE = 5_000;
/** So many repositories are scanned at the same time. */
const AT_ONCE = 4;
/** So many clusters are read at the same time. */
const CLUSTERS_AT_ONCE = 8;
/** How long a cluster may take to be read, in milliseconds. */
const CLUSTER_TIME = 2 * 60_000;
/** How long others wait for the scan of one repository, in milliseconds. It goes on behind them. */
const REPOSITORY_TIME = 60_000;

interface Served {
  readonly watch: RepositoryWatch;
  readonly approvals: Approvals;
  readonly desk: RepositoryDesk;
  readonly chat: ChatOps;
  readonly boxes: Boxes;
  /** What failed and was said, so that it is said once. */
  readonly said: Map<string, string>;
  /** Clusters whose scan has not ended, each with the time limit that it has exceeded or not. */
  readonly underWay: Set<string>;
}

/**
 * Everything that one `faultline serve` does, whoever tells it that there is something to do: webhooks, polling, or the clock. What
 * concerns one repository is done one thing after the other.
 */
export class Service {
  readonly #parts: ServiceParts;
  readonly #served = new Map<string, Served>();
  readonly #turns = turns();
  /** Looks that were asked for and have not begun. */
  readonly #nudges = new Map<string, Promise<void>>();
  readonly #clusters = new Lane(CLUSTERS_AT_ONCE, CLUSTER_TIME);
  readonly #quick = new Lane(AT_ONCE, REPOSITORY_TIME);
  /** Those that took too long last time wait for each other, and for nobody else. */
  readonly #slow = new Lane(1, REPOSITORY_TIME);
  readonly #isSlow = new Set<string>();
  readonly #reading = new Set<string>();
  readonly #running = new Set<Promise<void>>();

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  get repositories(): readonly string[] {
    return [...this.#served.keys()];
  }

  serves(repository: string): boolean {
    return this.#served.has(repository.toLowerCase());
  }

  /** Begins to look after a repository. Calling it again changes nothing. */
  add(host: Host): void {
    const key = host.repository.toLowerCase();
    if (this.#served.has(key)) return;
    const { store, log, now, sleep, mirrors, onboarding } = this.#parts;
    const clusters = this.#clustersOf(host.repository);
    const workspace = new Workspace(host, mirrors);
    const watch = new RepositoryWatch({ host, clusters, store, log, now, workspace, onboarding });
    const approvals = new Approvals({ watch, store, now });
    const scan = (cluster: WatchedCluster) => this.#scanFor(served, cluster);
    const desk = new RepositoryDesk({ watch, approvals, store, now, scan });
    const patience = (): Promise<unknown> => sleep(PATIENCE);
    const chat = new ChatOps({ host: watch.host, desk, store, commands, now, patience });
    const untick: BoxesParts['untick'] = (thread, ticked, where) => watch.untick(thread, ticked, where);
    const boxes = new Boxes({ host: watch.host, desk, store, commands, now, untick });
    const served: Served = {
      watch,
      approvals,
      desk,
      chat,
      boxes,
      said: new Map(),
      underWay: new Set(),
    };
    this.#served.set(key, served);
  }

  remove(repository: string): void {
    this.#served.delete(repository.toLowerCase());
  }

  /** The repository has another name or default branch, or is reached in another way. */
  replace(repository: string, host: Host): void {
    this.remove(repository);
    this.add(host);
  }

  /** What GitHub lets us do in a repository now. */
  setPresence(repository: string, presence: Presence): void {
    const served = this.#served.get(repository.toLowerCase());
    if (served) served.watch.presence = presence;
  }

  /** The host that a repository is served with, whose writes every scan of it notices. */
  hostOf(repository: string): Host | null {
    return this.#served.get(repository.toLowerCase())?.watch.host ?? null;
  }

  isPaused(repository: string): boolean {
    return (this.#served.get(repository.toLowerCase())?.watch.presence.paused ?? null) !== null;
  }

  /** When what is under way has ended, late or not. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /**
   * Scans every cluster once, for every repository that is deployed there: clusters and repositories side by side, each repository one
   * cluster after the other. What fails or takes long for one delays no other.
   */
  async scanAll(): Promise<void> {
    const rounds = new Map<Served, Round>();
    await Promise.all(this.#parts.clusters.map(({ name }) => this.scan(name, rounds)));
  }

  async scan(name: string, rounds = new Map<Served, Round>()): Promise<void> {
    const { clusters, log } = this.#parts;
    const cluster = clusters.find((one) => one.name === name);
    if (!cluster || this.#reading.has(name)) return;
    const concerned = this.#concernedBy(cluster);
    let read: ReadCluster;
    this.#reading.add(name);
    try {
      const what = `reading cluster ${name}`;
      read = await this.#clusters.run(() => {
        const reading = this.#read(cluster, concerned);
        // As long as it is being read, it is not read again.
        void reading.finally(() => this.#reading.delete(name)).catch(() => undefined);
        return withinTime(reading, CLUSTER_TIME, what);
      });
    } catch (error) {
      log.warn({ cluster: name, problem: messageOf(error) }, 'cluster not read');
      if (!(error instanceof OutOfTime)) return;
      for (const { watch } of concerned) await watch.noteProblem(name, error.message);
      await Promise.all(
        concerned.map((served) => this.#attempt(served, 'dashboard', () => served.watch.showDashboard())),
      );
      return;
    }
    await Promise.all(
      concerned.map((served) => {
        const round = rounds.get(served) ?? served.watch.newRound();
        rounds.set(served, round);
        return this.#take(served, cluster, read, round);
      }),
    );
  }

  /** Resolves when the repository is scanned, or when others need not wait for it any longer. */
  #take(served: Served, cluster: WatchedCluster, read: ReadCluster, round: Round): Promise<void> {
    const { repository } = served.watch.host;
    const key = repository.toLowerCase();
    if (served.underWay.has(cluster.name)) {
      this.#parts.log.debug({ repository, cluster: cluster.name }, 'the last scan has not ended');
      return Promise.resolve();
    }
    served.underWay.add(cluster.name);
    const isSlow = this.#isSlow.has(key);
    return new Promise((resolve) => {
      // Who waits behind a slow one need not wait for it.
      if (isSlow) resolve();
      let isLate = false;
      const onLate = (): void => {
        isLate = true;
        this.#isSlow.add(key);
        const facts = { repository, cluster: cluster.name };
        this.#parts.log.warn(facts, 'a scan takes long; it goes on, and others do not wait for it');
        resolve();
      };
      const scanned = this.#turns(key, () =>
        (isSlow ? this.#slow : this.#quick).run(() => this.#scanOne(served, cluster, read, round), onLate),
      ).finally(() => {
        served.underWay.delete(cluster.name);
        this.#running.delete(scanned);
        if (!isLate) this.#isSlow.delete(key);
        resolve();
      });
      this.#running.add(scanned);
    });
  }

  async #scanOne(served: Served, cluster: WatchedCluster, read: ReadCluster, round: Round): Promise<void> {
    const { watch } = served;
    const { unanswered } = this.#parts.store;
    await this.#attempt(served, `look at ${cluster.name}`, async () => {
      const look = await watch.look(cluster.name, read, null, round);
      if (!look) return;
      await this.#record(cluster, read.state, look);
      await this.#attempt(served, `act on ${cluster.name}`, () => this.#settle(served, look, round));
      if (!round.isFirst('comments')) return;
      for (const comment of await unanswered.list(watch.host.repository))
        await this.#attempt(served, `comment ${comment.id}`, () => this.#commentAgain(watch.host, comment));
    });
  }

  /**
   * Answers a comment. When it cannot be answered, that is tried again after each scan.
   *
   * @throws {HostError} when GitHub could not be asked or told
   */
  async comment(repository: string, comment: IncomingComment): Promise<Response | null> {
    const served = this.#served.get(repository.toLowerCase());
    if (!served) return null;
    const { unanswered } = this.#parts.store;
    const kept = unansweredOf(served.watch.host.repository, comment);
    if (served.watch.presence.paused !== null) {
      if (!comment.isBot && mayHoldCommands(comment.body)) await unanswered.add(kept);
      return null;
    }
    try {
      const response = await served.chat.respond(comment);
      await unanswered.remove(kept);
      return response;
    } catch (error) {
      await unanswered.add(kept);
      throw error;
    }
  }

  async #commentAgain(host: Host, kept: UnansweredComment): Promise<void> {
    const comment = await readAgain(host, kept);
    if (comment) await this.comment(host.repository, comment);
    else await this.#parts.store.unanswered.remove(kept);
  }

  /**
   * The description of an issue or pull request was edited, or may have been: ticked boxes in those of ours are commands.
   *
   * @param edit what a webhook tells of it; null where only the outcome is seen
   * @throws {HostError} when GitHub could not be asked or told
   */
  async boxes(repository: string, thread: number, edit: Edit | null): Promise<readonly Ticked[]> {
    const served = this.#served.get(repository.toLowerCase());
    // Most of what people edit is none of ours.
    const isOurs = edit === null || /<!-- faultline:/.test(`${edit.before}${edit.after}`);
    if (!served || edit?.isBot || !isOurs) return [];
    const place = await served.watch.placeOfBoxes(thread, served.desk);
    if (!place) return [];
    const ticked = await served.boxes.tick(thread, place, edit);
    if (place.kind === 'dashboard') await served.watch.showDashboard();
    return ticked;
  }

  /** A pull request was opened or got new commits: what it does to the configuration is said in a check. */
  async checkConfiguration(
    repository: string,
    number: number,
    head: string,
    isFork: boolean,
    again?: string,
  ): Promise<void> {
    const watch = this.#served.get(repository.toLowerCase())?.watch;
    if (!watch || isFork) return;
    const { host } = watch;
    const files = await host.files(number).catch((error: unknown) => {
      // More files than GitHub lists: whether this one is among them only the file itself tells.
      if (error instanceof HostError && error.status === null && !error.transient) return null;
      throw error;
    });
    if (files?.includes(CONFIG_FILE) === false) return;
    const [before, after] = await Promise.all([host.file(CONFIG_FILE), host.file(CONFIG_FILE, head)]);
    if (files === null && before === after) return;
    const check = { ...configCheck(before, after), head };
    await host.reportCheck(again === undefined ? check : { ...check, again });
  }

  /** Somebody pressed "Re-run" at our check. @param request tells one press from another */
  async checkAgain(repository: string, head: string, request: string): Promise<void> {
    const host = this.#served.get(repository.toLowerCase())?.watch.host;
    for (const { number, isFork } of (await host?.openAt(head)) ?? [])
      await this.checkConfiguration(repository, number, head, isFork, request);
  }

  /** Greets a repository once; where a configuration is required and missing, with a pull request that offers one. */
  async onboard(repository: string): Promise<void> {
    const watch = this.#served.get(repository.toLowerCase())?.watch;
    if (!watch?.presence.hasIssues || watch.presence.paused !== null) return;
    await watch.inTurn(() =>
      onboard(watch.host, async () => {
        const checkout = await watch.checkOut();
        if (!checkout) return null;
        const names = watch.clusters.map(({ name }) => name);
        return onboardingOf(watch.host, checkout, names, watch.looks, this.#parts.onboarding);
      }),
    );
  }

  /**
   * Something happened to a pull request of ours, or to what it is merged into: its clusters are looked at again. Whatever happens
   * until that begins is seen by the same look.
   */
  nudge(repository: string): Promise<void> {
    const key = repository.toLowerCase();
    const waiting = this.#nudges.get(key);
    if (waiting) return waiting;
    const nudged = this.#turns(key, async () => {
      this.#nudges.delete(key);
      const served = this.#served.get(key);
      if (!served || served.watch.presence.paused !== null) return;
      for (const cluster of served.watch.clusters)
        await this.#attempt(served, `look at ${cluster.name}`, () => this.#scanFor(served, cluster));
    });
    this.#nudges.set(key, nudged);
    return nudged;
  }

  /** One cluster, for one repository alone. Throws where the cluster or the repository could not be read. */
  async #scanFor(served: Served, cluster: WatchedCluster): Promise<readonly Outcome[]> {
    const read = await this.#read(cluster, [served]);
    const look = await served.watch.look(cluster.name, read);
    if (!look) return [];
    await this.#record(cluster, read.state, look);
    return this.#settle(served, look);
  }

  /** What keeps a cluster from being read is said where people look. */
  async #read(cluster: WatchedCluster, concerned: readonly Served[]): Promise<ReadCluster> {
    try {
      return await readCluster(cluster);
    } catch (error) {
      for (const served of concerned) {
        await served.watch.noteProblem(cluster.name, messageOf(error));
        await this.#attempt(served, 'dashboard', () => served.watch.showDashboard());
      }
      throw error;
    }
  }

  async #settle(
    served: Served,
    look: Look,
    round: Round = served.watch.newRound(),
  ): Promise<readonly Outcome[]> {
    const { watch, approvals } = served;
    await watch.noteLook(look);
    try {
      return (await watch.act(look, { round })) ?? [];
    } finally {
      if (round.isFirst('onboarding'))
        await this.#attempt(served, 'onboarding', () => watch.keepOnboarding(look.checkout));
      if (round.isFirst('approvals')) await this.#attempt(served, 'approvals', () => approvals.settle());
      await this.#attempt(served, 'dashboard', () => watch.showDashboard(look.checkout, round));
    }
  }

  #record(cluster: WatchedCluster, state: ClusterState, fresh: Look): Promise<void> {
    const known = this.#concernedBy(cluster).flatMap(({ watch }) => watch.lookAt(cluster.name) ?? []);
    return recordLook(this.#parts, { cluster: cluster.name, state, fresh, known });
  }

  #concernedBy(cluster: WatchedCluster): readonly Served[] {
    const wanted = cluster.repositories?.map((name) => name.toLowerCase());
    return [...this.#served]
      .filter(([name]) => wanted?.includes(name) ?? true)
      .map(([, served]) => served)
      .filter(({ watch }) => watch.presence.paused === null);
  }

  #clustersOf(repository: string): readonly WatchedCluster[] {
    return this.#parts.clusters.filter(
      ({ repositories }) =>
        repositories === null || repositories.some((name) => name.toLowerCase() === repository.toLowerCase()),
    );
  }

  /** What fails is said once, and once more when it works again or fails in another way. */
  async #attempt({ watch, said }: Served, what: string, work: () => Promise<unknown>): Promise<void> {
    const { log } = this.#parts;
    const facts = { repository: watch.host.repository, what };
    try {
      await work();
      if (said.delete(what)) log.info(facts, 'works again');
    } catch (error) {
      const problem = messageOf(error);
      const isSaid = said.get(what) === problem;
      said.set(what, problem);
      if (isSaid) log.debug({ ...facts, problem }, 'failed as before');
      else log.error({ ...facts, problem }, 'failed for now; the next scan tries again');
    }
  }
}

function unansweredOf(
  repository: string,
  { kind, id, thread, root, author, createdAt }: IncomingComment,
): UnansweredComment {
  return { repository, kind, id, thread, root: root ?? null, author, createdAt };
}
