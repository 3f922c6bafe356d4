import { NotedAlerts } from '../alerts/noted.ts';
import type { Config } from '../config/schema.ts';
import { DEFAULT_CONFIG } from '../config/defaults.ts';
import { messageOf } from '../errors/error-message.ts';
import type { Explainer } from '../explanation/explainer.ts';
import type { Host } from '../github/host.ts';
import { sharedReads, type SharedReads } from '../github/shared-reads.ts';
import { IncidentFinder, type Difference } from '../incidents/incident-finder.ts';
import { isKnownAs } from '../model/incident.ts';
import type { IncidentResult } from '../model/report.ts';
import { diagnose } from '../pipeline.ts';
import type { DiagnoseInput } from '../proposals/diagnose-input.ts';
import { StandingIncidents } from '../proposals/standing-incidents.ts';
import { rules } from '../rules/index.ts';
import type { ValueAsked } from '../decisions/set-values.ts';
import { inStep } from '../tracing/step.ts';
import type { ClusterScan } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { ReadCluster, WatchedCluster } from './clusters.ts';
import { ComparedFinder } from './compared-finder.ts';
import { askedIn, GivenCommands, type CommandsChange } from './given-commands.ts';
import { knownFingerprints } from './known-fingerprints.ts';
import { PRESENT, type Presence } from './presence.ts';
import type { Readings } from './readings.ts';
import type { RepositoryScan, Round } from './scan.ts';
import type { Checkout, Workspace } from './workspace.ts';

export interface ScanParts {
  readonly host: Host;
  /** Those that deploy the repository. */
  readonly clusters: readonly WatchedCluster[];
  readonly readings: Readings;
  readonly store: Store;
  readonly workspace: Workspace;
  /** Told where increments told an incident of a cluster otherwise than a full find. */
  readonly differed: (cluster: string, difference: Difference) => void;
  /** Adds what a language model wrote; null: nothing is added. */
  readonly explainer: Pick<Explainer, 'explain'> | null;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Known {
  readonly finder: Pick<IncidentFinder, 'find'>;
  readonly standing: StandingIncidents;
}

/** How old a checkout may be to be used for another cluster, in milliseconds. */
const FRESH = 30_000;

/** What the clusters show of one repository. The scans of this process are a cache: without one, a cluster is scanned again. */
export class RepositoryScans {
  /** What GitHub lets us do, as it was listed last. */
  presence: Presence = PRESENT;
  /** Numbers of the issues that report its incidents, by fingerprint, as GitHub listed them last. */
  reports: ReadonlyMap<string, number> = new Map();
  readonly #reads: SharedReads;
  readonly #parts: ScanParts;
  readonly #latest = new Map<string, RepositoryScan>();
  readonly #known = new Map<string, Known>();
  readonly #commands: GivenCommands;
  readonly #notedAlerts = new NotedAlerts();

  constructor(parts: ScanParts) {
    this.#reads = sharedReads(parts.host, parts.now);
    this.#parts = parts;
    this.#commands = new GivenCommands(parts.host, parts.store);
  }

  get host(): Host {
    return this.#reads.host;
  }

  get clusters(): readonly WatchedCluster[] {
    return this.#parts.clusters;
  }

  /** The last scan of each cluster by this process. */
  get latest(): readonly RepositoryScan[] {
    return [...this.#latest.values()];
  }

  latestOf(cluster: string): RepositoryScan | null {
    return this.#latest.get(cluster) ?? null;
  }

  get config(): Config {
    return this.latest[0]?.checkout.config ?? DEFAULT_CONFIG;
  }

  newRound(): Round {
    const host = this.#reads.forOneScan();
    let known: { readonly at: number; readonly checkout: Promise<Checkout | null> } | null = null;
    return {
      host,
      checkOut: () => {
        const at = this.#parts.now();
        if (known === null || at - known.at >= FRESH) known = { at, checkout: this.checkOut() };
        return known.checkout;
      },
    };
  }

  checkOut(): Promise<Checkout | null> {
    return this.#parts.workspace.checkOut();
  }

  /**
   * Diagnoses what a cluster shows of this repository; with `change`, as it would be if people had asked for something else. Null where
   * the repository has no commit yet.
   *
   * @throws what kept it from being diagnosed, which is noted as well
   */
  async scan(
    cluster: string,
    read: ReadCluster,
    change: CommandsChange | null = null,
    round: Round = this.newRound(),
  ): Promise<RepositoryScan | null> {
    try {
      const { repository } = this.host;
      const scan = await inStep('scan', { cluster, repository }, () =>
        this.#scan(cluster, read, change, round),
      );
      // What somebody asks for is not how things are, before it is done.
      if (scan && !change) this.#latest.set(cluster, scan);
      return scan;
    } catch (error) {
      await this.noteProblem(cluster, messageOf(error));
      throw error;
    }
  }

  async #scan(
    cluster: string,
    { source, state }: ReadCluster,
    change: CommandsChange | null,
    round: Round,
  ): Promise<RepositoryScan | null> {
    const checkout = await round.checkOut();
    if (!checkout) return null;
    const { repository, revision, renderers, images, config, configErrors } = checkout;
    const { explainer } = this.#parts;
    const valuesAsked = await this.#asked(change, round.host);
    const alerts = await this.#parts.store.alerts.list(cluster);
    const known = change === null ? this.#knownOf(cluster, source.isRecorded) : null;
    const input: DiagnoseInput = {
      source,
      cluster: state,
      repository,
      revision,
      renderers,
      images,
      config,
      configErrors,
      valuesAsked,
      known: this.presence.hasPullRequests
        ? await knownFingerprints(round.host, this.#parts.store)
        : new Map<string, string>(),
      areLimitsElsewhere: true,
      requiredChecks: (branch) => round.host.requiredChecks(branch),
      ...(known && { finder: known.finder }),
      ...(explainer && { explain: (incidents) => explainer.explain(incidents) }),
      noteAlerts: (incidents) => this.#notedAlerts.noteWith(incidents, alerts),
      isOwnCommit: ({ email }) => this.host.isOwnEmail(email),
      judged: (workloads) => this.#parts.store.judgements.of(workloads),
    };
    const report = await diagnose(input, known?.standing);
    return { cluster, state, report, checkout, at: this.#parts.now() };
  }

  /** What earlier scans of a cluster found and worked out. */
  #knownOf(cluster: string, isRecorded: boolean): Known {
    const before = this.#known.get(cluster);
    if (before) return before;
    const finder = new IncidentFinder(rules.filter(({ recordsOnly }) => isRecorded || !recordsOnly));
    const { now, differed } = this.#parts;
    const compared = new ComparedFinder({ finder, now, differed: (one) => differed(cluster, one) });
    // What changes in a recording is not known, so that all of it is found anew each time.
    const known = { finder: isRecorded ? finder : compared, standing: new StandingIncidents() };
    this.#known.set(cluster, known);
    return known;
  }

  /** The values that people have asked for in open pull requests, as their commands say. */
  async #asked(change: CommandsChange | null, host: Host): Promise<readonly ValueAsked[]> {
    if (!this.presence.hasPullRequests) return [];
    return askedIn(host, this.#parts.store, this.#commands, change ?? undefined);
  }

  /**
   * The last scan of each cluster. After a start somebody may ask before there is one: then it is scanned now.
   *
   * @throws what kept every cluster from being scanned
   */
  async every(): Promise<readonly RepositoryScan[]> {
    const problems: string[] = [];
    for (const cluster of this.clusters) {
      if (this.#latest.has(cluster.name)) continue;
      const known = this.#parts.readings.latest(cluster.name);
      try {
        if (known?.kind === 'failed') problems.push(known.problem);
        else await this.scan(cluster.name, known?.read ?? (await this.read(cluster)));
      } catch (error) {
        problems.push(messageOf(error));
      }
    }
    const [problem] = problems;
    if (this.latest.length === 0 && problem !== undefined) throw new Error(problem);
    return this.latest;
  }

  /**
   * Reads a cluster now, for a command.
   *
   * @throws what kept it from being read, which is noted as well
   */
  async read(cluster: WatchedCluster): Promise<ReadCluster> {
    try {
      return await this.#parts.readings.read(cluster);
    } catch (error) {
      await this.noteProblem(cluster.name, messageOf(error));
      throw error;
    }
  }

  /** What the last scans say of incidents, in the order in which they are asked for. */
  async resultsOf(fingerprints: readonly string[]): Promise<readonly IncidentResult[]> {
    const results = (await this.every()).flatMap(({ report }) => report.results);
    const asked = fingerprints.flatMap((fingerprint) =>
      results.filter(({ incident }) => isKnownAs(incident, fingerprint)),
    );
    return [...new Set(asked)];
  }

  /** What was asked for is done: the scan that was made for it shows how things are. */
  replaceLatest(scan: RepositoryScan): void {
    this.#latest.set(scan.cluster, scan);
  }

  /** The last scan of each cluster, by this process or another. */
  async recorded(): Promise<readonly ClusterScan[]> {
    const known = await this.#parts.store.scans.list(this.host.repository);
    return this.clusters.flatMap(({ name }) => known.find(({ cluster }) => cluster === name) ?? []);
  }

  /** Records a scan that may be partial. */
  note({ cluster, report, at }: RepositoryScan): Promise<void> {
    const [problem] = report.problems.map(({ where, message }) => `${where}: ${message}`);
    return this.#note(cluster, at, problem ?? null);
  }

  /** Records why a cluster could not be scanned. */
  noteProblem(cluster: string, problem: string): Promise<void> {
    return this.#note(cluster, null, problem);
  }

  #note(cluster: string, scannedAt: number | null, problem: string | null): Promise<void> {
    const { repository } = this.host;
    return this.#parts.store.scans.note({ repository, cluster, scannedAt, problem });
  }
}
