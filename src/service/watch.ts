import { isDeepStrictEqual } from 'node:util';
import type { ClusterState } from '../model/cluster-state.ts';
import { CONFIG_FILE, DEFAULT_CONFIG } from '../config/defaults.ts';
import type { Config } from '../config/schema.ts';
import type { Desk } from '../chatops/desk.ts';
import type { Place } from '../chatops/tick.ts';
import { parseDashboardMarker } from '../dashboard/marker.ts';
import { updateDashboard } from '../dashboard/update.ts';
import { entriesOf } from '../dashboard/entries.ts';
import { knownFingerprints } from './known-fingerprints.ts';
import { knownOf } from './known-incidents.ts';
import { isKnownAs } from '../model/incident.ts';
import type { Host } from '../github/host.ts';
import { sharedReads, type SharedReads } from '../github/shared-reads.ts';
import { parseReportLine } from '../lifecycle/report-issue.ts';
import { reconcile } from '../lifecycle/reconcile.ts';
import type { Outcome } from '../lifecycle/outcome.ts';
import { askedIn, GivenCommands, type CommandsChange } from './given-commands.ts';
import type { IncidentResult, Report } from '../model/report.ts';
import { messageOf } from '../errors/error-message.ts';
import { diagnose } from '../pipeline.ts';
import type { ValueAsked } from '../decisions/set-values.ts';
import { idOf, tickedIn, withTicks, type Box, type BoxesIn } from '../pull-requests/boxes.ts';
import type { ClusterScan, Store } from '../store/store.ts';
import { repositoryProblems } from '../sources/problems.ts';
import { turns } from '../concurrency/keyed-lock.ts';
import { plainText, prose } from '../untrusted/prose.ts';
import { readCluster, type ReadCluster, type WatchedCluster } from './clusters.ts';
import type { Log } from './log.ts';
import { hasConfiguration, keepOnboarding } from './onboarding.ts';
import type { Checkout, Workspace } from './workspace.ts';

export interface WatchParts {
  readonly host: Host;
  /** Those that deploy the repository. */
  readonly clusters: readonly WatchedCluster[];
  readonly store: Store;
  readonly workspace: Workspace;
  /** Whether the repository must have a configuration before anything is proposed in it. */
  readonly onboarding: 'required' | 'none';
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What GitHub lets us do in a repository now. */
export interface Presence {
  /** Why nothing is asked or written for now; null where something is. */
  readonly paused: string | null;
  readonly hasIssues: boolean;
  readonly hasPullRequests: boolean;
  /** What people should know about it, one sentence each. */
  readonly notices: readonly string[];
}

export const PRESENT: Presence = { paused: null, hasIssues: true, hasPullRequests: true, notices: [] };

/** One scan of one repository, over all of its clusters: what is the same for all of them is asked for once. */
export interface Round {
  readonly host: Host;
  checkOut(): Promise<Checkout | null>;
  /** True the first time. */
  isFirst(what: string): boolean;
}

/** How old a checkout may be to be used for another cluster, in milliseconds. */
const FRESH = 30_000;

/** One look at a cluster, for one repository. */
export interface Look {
  /** Of the cluster. */
  readonly name: string;
  readonly report: Report;
  readonly cluster: ClusterState;
  readonly checkout: Checkout;
  /** Values that people had asked for in pull requests until then. */
  readonly asked: readonly ValueAsked[];
  readonly at: number;
}

const NOT_CONFIGURED = prose`${CONFIG_FILE} is not there yet, so nothing is opened`;

export interface Acting {
  /** The scan that it belongs to. */
  readonly round?: Round;
  readonly begin?: () => Promise<void>;
  /** The pull request whose branch is to be written anew. */
  readonly rebuild?: number;
}

/** One repository: what clusters show of it, and what is done about that on GitHub. */
export class RepositoryWatch {
  /** What GitHub lets us do, as it was listed last. */
  presence: Presence = PRESENT;
  readonly #reads: SharedReads;
  readonly #parts: WatchParts;
  readonly #looks = new Map<string, Look>();
  /** What kept this process from scanning a cluster when it tried last; null where nothing did. */
  readonly #problems = new Map<string, string | null>();
  readonly #turns = turns();
  readonly #commands: GivenCommands;

  constructor(parts: WatchParts) {
    this.#reads = sharedReads(parts.host, parts.now);
    this.#parts = parts;
    this.#commands = new GivenCommands(parts.host, parts.store);
  }

  get host(): Host {
    return this.#reads.host;
  }

  newRound(): Round {
    const host = this.#reads.forOneScan();
    const done = new Set<string>();
    let known: { readonly at: number; readonly checkout: Promise<Checkout | null> } | null = null;
    return {
      host,
      checkOut: () => {
        const at = this.#parts.now();
        if (known === null || at - known.at >= FRESH) known = { at, checkout: this.checkOut() };
        return known.checkout;
      },
      isFirst: (what) => {
        const isFirst = !done.has(what);
        done.add(what);
        return isFirst;
      },
    };
  }

  /** The last look at each cluster. */
  get looks(): readonly Look[] {
    return [...this.#looks.values()];
  }

  /** The last scan of each cluster, by this process or an earlier one. */
  async lastScans(): Promise<readonly ClusterScan[]> {
    const known = await this.#parts.store.scans.list(this.host.repository);
    return this.clusters.flatMap(({ name }) => known.find(({ cluster }) => cluster === name) ?? []);
  }

  async checkOut(): Promise<Checkout | null> {
    return this.#parts.workspace.checkOut();
  }

  /**
   * What is wrong in the cluster as far as this repository is concerned; with `change`, as it would be if people had asked for
   * something else. Null where the repository has no commit yet.
   *
   * @throws what kept it from being found out, which is noted as well
   */
  async look(
    name: string,
    read: ReadCluster,
    change: CommandsChange | null = null,
    round: Round = this.newRound(),
  ): Promise<Look | null> {
    try {
      const look = await this.#look(name, read, change, round);
      // What somebody asks for is not how things are, before it is done.
      if (look && !change) this.#looks.set(name, look);
      return look;
    } catch (error) {
      await this.noteProblem(name, messageOf(error));
      throw error;
    }
  }

  async #look(
    name: string,
    { source, state: cluster }: ReadCluster,
    change: CommandsChange | null,
    round: Round,
  ): Promise<Look | null> {
    const checkout = await round.checkOut();
    if (!checkout) return null;
    const { repository, revision, renderers, config, configErrors } = checkout;
    const asked = await this.asked(undefined, round.host);
    const valuesAsked = change ? await this.asked(change, round.host) : asked;
    const report = await diagnose({
      source,
      cluster,
      repository,
      revision,
      renderers,
      config,
      configErrors,
      valuesAsked,
      known: this.presence.hasPullRequests
        ? await knownFingerprints(round.host, this.#parts.store)
        : new Map<string, string>(),
      areLimitsElsewhere: true,
      requiredChecks: (branch) => round.host.requiredChecks(branch),
      isOwnCommit: ({ email }) => this.host.isOwnEmail(email),
    });
    return { name, report, cluster, checkout, asked, at: this.#parts.now() };
  }

  /** The values that people have asked for in open pull requests, as their commands say. */
  async asked(
    change: CommandsChange = (commands) => commands,
    host: Host = this.host,
  ): Promise<readonly ValueAsked[]> {
    return this.presence.hasPullRequests ? askedIn(host, this.#parts.store, this.#commands, change) : [];
  }

  get clusters(): readonly WatchedCluster[] {
    return this.#parts.clusters;
  }

  get config(): Config {
    return this.looks[0]?.checkout.config ?? DEFAULT_CONFIG;
  }

  /**
   * The last look at each cluster. After a start somebody may ask before there is one: it is taken now, once.
   *
   * @throws what kept every cluster from being looked at
   */
  async everyLook(): Promise<readonly Look[]> {
    for (const cluster of this.clusters) {
      const { name } = cluster;
      if (this.#looks.has(name) || this.#problems.has(name)) continue;
      try {
        await this.look(name, await readCluster(cluster));
      } catch (error) {
        await this.noteProblem(name, messageOf(error));
      }
    }
    const [problem] = [...this.#problems.values()].flatMap((one) => one ?? []);
    if (this.looks.length === 0 && problem !== undefined) throw new Error(problem);
    return this.looks;
  }

  /** What the last looks say of incidents, in the order in which they are asked for. */
  async resultsOf(fingerprints: readonly string[]): Promise<readonly IncidentResult[]> {
    const results = (await this.everyLook()).flatMap(({ report }) => report.results);
    const asked = fingerprints.flatMap((fingerprint) =>
      results.filter(({ incident }) => isKnownAs(incident, fingerprint)),
    );
    return [...new Set(asked)];
  }

  /** What was asked for is done: the look that was taken for it shows how things are. */
  goBy(look: Look): void {
    this.#looks.set(look.name, look);
  }

  /** The last look at one cluster. */
  lookAt(name: string): Look | null {
    return this.#looks.get(name) ?? null;
  }

  /** What changes something on GitHub is done one thing after the other: each decides by what the one before left behind. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns(this.host.repository, work);
  }

  /**
   * Brings GitHub in line with a look; null when a command has overtaken it, which it would undo: the next look goes by that.
   *
   * @param begin called when nothing can come between any more
   */
  async act(
    look: Look,
    { begin, rebuild, round = this.newRound() }: Acting = {},
  ): Promise<readonly Outcome[] | null> {
    const { store, now, log } = this.#parts;
    if (!this.presence.hasPullRequests) return [];
    const { report, cluster, checkout } = look;
    const outcomes = await this.inTurn(async () => {
      if (!isDeepStrictEqual(await this.asked(undefined, round.host), look.asked)) return null;
      await begin?.();
      return reconcile({
        host: round.host,
        store,
        report,
        cluster,
        config: this.presence.hasIssues ? checkout.config : { ...checkout.config, reports: false },
        repository: checkout.content,
        now: now(),
        hasBoxes: true,
        ...(this.#isPending(checkout) ? { opensNothing: NOT_CONFIGURED } : {}),
        ...(rebuild === undefined ? {} : { rebuild }),
      });
    });
    if (outcomes === null) {
      log.info({ repository: this.host.repository, cluster: look.name }, 'a scan was overtaken by a command');
      return null;
    }
    for (const { kind, number, why, key } of outcomes) {
      if (kind === 'unchanged') continue;
      const facts = { repository: this.host.repository, kind, number, key, why: plainText(why) };
      if (kind === 'failed') log.warn(facts, 'proposal');
      else log.info(facts, 'proposal');
    }
    return outcomes;
  }

  #isPending(checkout: Checkout): boolean {
    return this.#parts.onboarding === 'required' && !hasConfiguration(checkout);
  }

  /** Keeps the pull request that offers a configuration, where one is required. */
  async keepOnboarding(checkout: Checkout): Promise<void> {
    if (this.#parts.onboarding === 'none') return;
    const names = this.clusters.map(({ name }) => name);
    await this.inTurn(() => keepOnboarding(this.host, checkout, names, this.looks));
  }

  /** Records a scan that may be partial. */
  noteLook({ name, report, at }: Look): Promise<void> {
    const [problem] = report.problems.map(({ where, message }) => `${where}: ${message}`);
    return this.#noteScan(name, at, problem ?? null);
  }

  /** Records why a cluster could not be scanned. */
  noteProblem(name: string, problem: string): Promise<void> {
    return this.#noteScan(name, null, problem);
  }

  #noteScan(cluster: string, scannedAt: number | null, problem: string | null): Promise<void> {
    this.#problems.set(cluster, problem);
    const { repository } = this.host;
    return this.#parts.store.scans.note({ repository, cluster, scannedAt, problem });
  }

  /** Whether boxes in a thread are ours: in a pull request of Faultline, or in the dashboard. */
  async placeOfBoxes(thread: number, desk: Pick<Desk, 'subjectOf'>): Promise<Place | null> {
    const subject = await desk.subjectOf(thread);
    if (subject) return subject.pullRequest === null ? null : { kind: 'pull-request', subject };
    const issue = await this.host.issue(thread);
    if (!issue || issue.isPullRequest || issue.author !== this.host.login) return null;
    return parseDashboardMarker(issue.body) === null ? null : { kind: 'dashboard' };
  }

  /** Takes ticks off a description, as it is by then; what else is in it stays. */
  untick(thread: number, boxes: readonly Box[], where: BoxesIn): Promise<void> {
    return this.inTurn(async () => {
      const now = await this.host.edits(thread);
      if (now === null) return;
      const left = tickedIn(now.body, where).filter((box) => !boxes.some((one) => idOf(one) === idOf(box)));
      const body = withTicks(now.body, left, where);
      if (body === now.body.replaceAll('\r\n', '\n')) return;
      if (where === 'pull-request') await this.host.updatePullRequest(thread, { body });
      else await this.host.updateIssue(thread, { body });
    });
  }

  /** Keeps the one dashboard issue in place. @param known the repository, where it was looked at just now */
  showDashboard(known?: Checkout, round: Round = this.newRound()): Promise<void> {
    return this.inTurn(() => this.#showDashboard(known, round.host));
  }

  async #showDashboard(known: Checkout | undefined, host: Host): Promise<void> {
    const { store, now } = this.#parts;
    if (!this.presence.hasIssues || this.presence.paused !== null) return;
    const checkout = known ?? (await this.checkOut());
    if (!checkout) return;
    const mine = new Set(
      this.looks.flatMap(({ report }) => report.results.map(({ incident }) => incident.fingerprint)),
    );
    const issues = await host.ownIssues();
    const reports = new Map(
      issues.flatMap(({ number, body }) => {
        const line = parseReportLine(body);
        return line ? [[line.fingerprint, number] as const] : [];
      }),
    );
    const repository = this.host.repository;
    const entries = entriesOf({ ...(await knownOf(store, repository, mine, now())), reports });
    const { config, configErrors, revision } = checkout;
    const unread = await repositoryProblems(revision);
    const { notices } = this.presence;
    const clusters = (await this.lastScans()).map(({ cluster, scannedAt, problem }) => ({
      name: cluster,
      scannedAt,
      problem,
    }));
    const dashboard = { now: now(), entries, configErrors, clusters, unread, notices };
    const done = await updateDashboard(host, dashboard, config.dashboard, !this.#isPending(checkout));
    this.#parts.log.debug({ repository, done }, 'dashboard');
  }
}
