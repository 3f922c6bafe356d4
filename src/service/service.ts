import type { IncomingComment, Response } from '../chatops/respond.ts';
import type { Edit, Ticked } from '../chatops/tick.ts';
import type { Host } from '../github/host.ts';
import type { Outcome } from '../lifecycle/outcome.ts';
import { onboard } from '../onboarding/open.ts';
import type { Queue } from '../queue/queue.ts';
import type { Store } from '../store/store.ts';
import type { UnansweredComment } from '../store/records.ts';
import { act } from './act.ts';
import { attempt } from './attempt.ts';
import { ceilingIn } from '../config/ceiling.ts';
import { ownerOfCentral } from '../config/organisation.ts';
import type { CeilingEntry } from '../config/schema.ts';
import type { Explainer } from '../explanation/explainer.ts';
import { CentralFiles } from './central-files.ts';
import { answer, answerNoted, hear, tickBoxes } from './comments.ts';
import { checkConfiguration } from './check-configuration.ts';
import type { ReadCluster, WatchedCluster } from './clusters.ts';
import { guardServed } from './guard-served.ts';
import { follow, actOn } from './follow.ts';
import { onboardingOf } from './keep-onboarding.ts';
import type { Log } from './log.ts';
import type { Observer } from '../observation/observer.ts';
import type { Presence } from './presence.ts';
import { Readings } from './readings.ts';
import { recordIncidents } from './record-incidents.ts';
import type { RepositoryScans } from './repository-scans.ts';
import type { RepositoryScan } from './scan.ts';
import { isAmong, served, type Served } from './served.ts';
import { showDashboard } from './show-dashboard.ts';
import { guardTask, reconcileTask, type ConfigurationCheck, type ServeTasks } from './tasks.ts';
import { WatchedClusters } from './watched-clusters.ts';

export interface ServiceParts {
  readonly store: Store;
  readonly queue: Pick<Queue<ServeTasks>, 'add'>;
  readonly clusters: readonly WatchedCluster[];
  /** Where mirrors of repositories are. */
  readonly mirrors: string;
  /** Adds what a language model wrote. Default: nothing is added. */
  readonly explainer?: Pick<Explainer, 'explain'> | null;
  /** What the settings allow at most. Default: everything. */
  readonly ceiling?: readonly CeilingEntry[];
  readonly log: Log;
  /** Default: nobody is told. */
  readonly observer?: Observer;
  /** Whether a repository must have a configuration before anything is proposed in it. */
  readonly onboarding: 'required' | 'none';
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

/** How long a scan may be used for what GitHub's limits did not let it do, in milliseconds. */
const LONGEST_USE = 5 * 60_000;

/**
 * The repositories that are served, and what is done for each. Of the methods that name a repository, only one may run at a time for the same
 * repository: the queue of tasks sees to that.
 */
export class Service {
  readonly clusters: WatchedClusters;
  readonly #parts: ServiceParts;
  readonly #readings: Readings;
  readonly #central: CentralFiles;
  /** By name, in lower case. */
  readonly #served = new Map<string, Served>();

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#readings = new Readings(parts);
    this.#central = new CentralFiles({ ...parts, hostOf: (name) => this.hostOf(name) });
    this.clusters = new WatchedClusters(parts.clusters, this.#readings, parts.observer);
  }

  get repositories(): readonly string[] {
    return [...this.#served.keys()];
  }

  /** What the clusters show of each repository. */
  get scans(): readonly RepositoryScans[] {
    return [...this.#served.values()].map(({ scans }) => scans);
  }

  serves(repository: string): boolean {
    return this.#of(repository) !== null;
  }

  /** Begins to serve a repository. Calling it again changes nothing. */
  add(host: Host): void {
    const key = host.repository.toLowerCase();
    if (this.#served.has(key)) return;
    const isCentral = ownerOfCentral(key) !== null;
    const clusters = this.#parts.clusters.filter(
      ({ repositories }) => !isCentral && isAmong(repositories, key),
    );
    const readings = this.#readings;
    const policy = {
      organisation: () => this.#central.organisationOf(host.repository),
      ceiling: ceilingIn(this.#parts.ceiling ?? [], key),
    };
    const scan = (cluster: WatchedCluster): Promise<readonly Outcome[]> => this.#scanNow(one, cluster);
    const guardAgain = (number: number): Promise<void> => this.guardLater(key, number);
    const one = served(host, { ...this.#parts, clusters, readings, policy, scan, guardAgain });
    this.#served.set(key, one);
  }

  remove(repository: string): void {
    this.#served.delete(repository.toLowerCase());
  }

  /** What GitHub lets us do in a repository now. */
  setPresence(repository: string, presence: Presence): void {
    const one = this.#of(repository);
    if (one) one.scans.presence = presence;
  }

  /** The host that a repository is served with, whose writes every scan of it notices. */
  hostOf(repository: string): Host | null {
    return this.#of(repository)?.scans.host ?? null;
  }

  isPaused(repository: string): boolean {
    return (this.#of(repository)?.scans.presence.paused ?? null) !== null;
  }

  /**
   * Reads a cluster, for all repositories that are deployed there. Answers with the names of these. A cluster that has not answered for long is
   * not asked again.
   */
  async watch(name: string): Promise<readonly string[]> {
    const cluster = this.clusters.toRead(name);
    if (!cluster) return [];
    await this.#read(cluster);
    return this.#concernedBy(cluster).map(({ scans }) => scans.host.repository);
  }

  /** Reads a cluster that has changed. Answers with no repository where it shows nothing that it did not show before. */
  async reread(name: string): Promise<readonly string[]> {
    const cluster = this.clusters.toRead(name);
    const isNew = cluster !== null && (await this.#read(cluster));
    return isNew ? this.#concernedBy(cluster).map(({ scans }) => scans.host.repository) : [];
  }

  /** Whether it shows something new. Where it cannot be read, that is noted. */
  async #read(cluster: WatchedCluster): Promise<boolean> {
    const read = await this.clusters.read(cluster);
    if (read.kind === 'read') return read.isNew;
    const { name } = cluster;
    this.#parts.log.warn({ cluster: name, problem: read.problem }, 'cluster not read');
    for (const { scans } of this.#concernedBy(cluster)) await scans.noteProblem(name, read.problem);
    return false;
  }

  /**
   * Diagnoses what the clusters of a repository show, as they were read last, and brings GitHub in line with it. What fails for one cluster
   * stops nothing else.
   */
  async reconcile(repository: string): Promise<void> {
    const owner = ownerOfCentral(repository);
    if (owner !== null) return this.#followDefaults(owner);
    const one = this.#of(repository);
    if (!one || this.isPaused(repository)) return;
    const { scans } = one;
    const round = scans.newRound();
    for (const cluster of scans.clusters)
      await attempt(this.#parts.log, one, `scan ${cluster.name}`, async () => {
        const read = await this.#readingOf(one, cluster);
        const scan = read && (await scans.scan(cluster.name, read, null, round));
        if (!scan) return;
        await this.#record(one, cluster, scan);
        await actOn(one, scan, round, this.#parts);
      });
    await follow(one, round, this.#parts);
  }

  /** The repositories of an owner whose defaults changed. */
  async #followDefaults(owner: string): Promise<void> {
    if (!(await this.#central.reread(owner))) return;
    this.#parts.log.info({ owner }, 'the defaults of an organisation changed');
    for (const name of this.#served.keys())
      if (name.startsWith(`${owner}/`) && ownerOfCentral(name) === null)
        await this.#parts.queue.add(reconcileTask(name));
  }

  /** Goes on where GitHub's limits ended the last scan's writing. A scan that is old is made again. */
  async open(repository: string): Promise<void> {
    const one = this.#of(repository);
    if (!one || this.isPaused(repository)) return;
    const { scans, postponed } = one;
    const left = scans.latest.filter(({ cluster }) => postponed.has(cluster));
    if (left.some(({ at }) => this.#parts.now() - at > LONGEST_USE)) return this.reconcile(repository);
    const round = scans.newRound();
    for (const scan of left) await actOn(one, scan, round, this.#parts);
    if (postponed.size === 0) await follow(one, round, this.#parts);
  }

  /** Null where the cluster could not be read, which is noted already, or is being read for the first time, which takes its time. */
  async #readingOf({ scans }: Served, cluster: WatchedCluster): Promise<ReadCluster | null> {
    const known = this.#readings.latest(cluster.name);
    if (known) return known.kind === 'read' ? known.read : null;
    return this.#readings.isUnderWay(cluster.name) ? null : scans.read(cluster);
  }

  /** For a command: one cluster, read now. Throws where the cluster or the repository could not be read. */
  async #scanNow(one: Served, cluster: WatchedCluster): Promise<readonly Outcome[]> {
    const { scans, parts } = one;
    const scan = await scans.scan(cluster.name, await scans.read(cluster));
    if (!scan) return [];
    await this.#record(one, cluster, scan);
    const outcomes = await act(parts, scan);
    await attempt(this.#parts.log, one, 'dashboard', () => showDashboard(parts));
    return outcomes;
  }

  /** Records a scan that may be partial, and its incidents. */
  async #record({ scans }: Served, cluster: WatchedCluster, scan: RepositoryScan): Promise<void> {
    const concerned = this.#concernedBy(cluster).map((one) => one.scans);
    await recordIncidents(this.#parts, scan, concerned);
    await scans.note(scan);
  }

  /** Notes a comment that may hold commands, until it is answered, and adds the task that does so. */
  async hear(repository: string, comment: IncomingComment): Promise<void> {
    const one = this.#of(repository);
    if (one) await hear(one, comment, this.#parts);
  }

  /**
   * Answers a comment that was noted, as it is now; in a repository that is paused, it waits.
   *
   * @throws {HostError} when GitHub could not be asked or told
   */
  async answerNoted(kept: UnansweredComment): Promise<void> {
    const one = this.#of(kept.repository);
    if (one && !this.isPaused(kept.repository)) await answerNoted(one, kept, this.#parts);
  }

  /** @throws {HostError} when GitHub could not be asked or told */
  async answer(repository: string, comment: IncomingComment): Promise<Response | null> {
    const one = this.#of(repository);
    return one && answer(one, comment, this.#parts);
  }

  /**
   * The description of an issue or pull request was edited, or may have been: ticked boxes in those of ours are commands.
   *
   * @param edit what a webhook tells of it; null where only the outcome is seen
   * @throws {HostError} when GitHub could not be asked or told
   */
  async boxes(repository: string, thread: number, edit: Edit | null): Promise<readonly Ticked[]> {
    const one = this.#of(repository);
    return one ? tickBoxes(one, thread, edit) : [];
  }

  /** Reports in a check what pull requests do to the configuration. */
  async checkConfiguration(check: ConfigurationCheck): Promise<void> {
    const host = this.hostOf(check.repository);
    if (!host || this.#of(check.repository)?.scans.presence.hasChecks === false) return;
    await checkConfiguration(host, this.#central.organisationOf(check.repository), check);
    // Whoever asks for a check again means all of ours.
    if (check.number === null)
      for (const { number } of await host.openAt(check.head)) await this.guardLater(check.repository, number);
  }

  /** Has the guard look at a pull request, or at the branch of a merge group, beside everything else. */
  async guardLater(repository: string, subject: number | string): Promise<void> {
    const { queue, now } = this.#parts;
    await this.#of(repository)?.waitingGuards.note(String(subject), now());
    await queue.add(guardTask(repository, subject));
  }

  /** Says in a check what it would deploy, and what would fail of it. It may run beside everything else. */
  async guard(repository: string, subject: number | string): Promise<void> {
    const one = this.#of(repository);
    if (!one) return;
    const clusters = () => one.scans.clusters.flatMap(({ name }) => this.clusters.latest(name) ?? []);
    await guardServed(one, subject, clusters, this.#parts);
  }

  /** Greets a repository once; where a configuration is required and missing, with a pull request that offers one. */
  async onboard(repository: string): Promise<void> {
    const scans = ownerOfCentral(repository) === null ? this.#of(repository)?.scans : null;
    if (!scans?.presence.hasIssues || scans.presence.paused !== null) return;
    await onboard(scans.host, async () => {
      const checkout = await scans.checkOut();
      if (!checkout) return null;
      const names = scans.clusters.map(({ name }) => name);
      return onboardingOf(scans.host, checkout, names, scans.latest, this.#parts.onboarding);
    });
  }

  #of(repository: string): Served | null {
    return this.#served.get(repository.toLowerCase()) ?? null;
  }

  #concernedBy({ repositories }: WatchedCluster): readonly Served[] {
    return [...this.#served]
      .filter(([name]) => isAmong(repositories, name) && ownerOfCentral(name) === null)
      .map(([, one]) => one)
      .filter(({ scans }) => scans.presence.paused === null);
  }
}
