import type { Outcome } from '../lifecycle/outcome.ts';
import type { TaskCount } from '../queue/tally.ts';
import { type EndedStep, inStep, onStep } from '../tracing/step.ts';
import { GitHubLimits } from './github-limits.ts';
import { IncidentMetrics } from './incident-metrics.ts';
import { Liveness } from './liveness.ts';
import { measureSteps } from './measure-steps.ts';
import { addProcessMetrics, newMetrics, type Metrics } from './metrics.ts';
import type { DifferenceKind, Observer, RecordedScan } from './observer.ts';
import { Readiness } from './readiness.ts';
import { listenForObservers, type ObservationServer, type Site } from './server.ts';

/** How a cluster is watched now; null where it is not watched. */
export interface WatchHealth {
  /** Objects of all kinds. */
  readonly objects: number;
  /** Milliseconds since the server last said anything of the kind that is silent longest; null before it said anything. */
  readonly lag: number | null;
}

/** What runs under one version of the settings. */
export interface Observed {
  readonly clusters: readonly string[];
  readonly tasks: () => readonly TaskCount[];
  readonly watch: (cluster: string) => WatchHealth | null;
}

/** What Faultline tells of itself. One for the process: it outlives reloads of the settings. */
export class Observation implements Observer {
  readonly readiness = new Readiness();
  readonly limits: GitHubLimits;
  readonly #metrics: Metrics = newMetrics();
  readonly #incidents = new IncidentMetrics(this.#metrics);
  readonly #liveness: Liveness;
  readonly #now: () => number;
  #site: Site | null = null;
  #observed: Observed = { clusters: [], tasks: () => [], watch: () => null };

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
    this.#liveness = new Liveness(now);
    this.limits = new GitHubLimits(now);
    measureSteps(this.#metrics);
    onStep((step) => this.#noteCredentials(step));
  }

  /** From now on, this is what runs. */
  observe(observed: Observed): void {
    for (const cluster of this.#observed.clusters)
      if (!observed.clusters.includes(cluster)) this.#forget(cluster);
    this.#observed = observed;
    this.readiness.setClusters(observed.clusters);
  }

  /** From now on, other paths of the server are those of this site. */
  serveSite(site: Site): void {
    this.#site = site;
  }

  /** What GitHub says to the App itself tells whether it accepts the App's key. */
  #noteCredentials({ name, facts: { installation, status } }: EndedStep): void {
    if (name !== 'github' || installation !== 'app' || typeof status !== 'number') return;
    if (status === 401) this.readiness.gitHubAnswered('it refuses the credentials of the App (401)');
    else if (status < 400) this.readiness.gitHubAnswered(null);
  }

  #forget(cluster: string): void {
    const { clusterReady, watchLag, watched } = this.#metrics;
    this.#incidents.forget(cluster);
    for (const gauge of [clusterReady, watchLag, watched]) gauge.remove({ cluster });
  }

  /** Runs a task in a step of its own. */
  async task(
    { name, key }: { readonly name: string; readonly key: string },
    work: () => Promise<void>,
  ): Promise<void> {
    this.#liveness.advanced();
    try {
      await inStep('task', { task: name, key }, work);
    } finally {
      this.#liveness.advanced();
    }
  }

  clusterRead(cluster: string, problem: string | null): void {
    this.readiness.clusterRead(cluster, problem);
    if (this.#observed.clusters.includes(cluster))
      this.#metrics.clusterReady.set({ cluster }, problem === null ? 1 : 0);
  }

  recorded(scan: RecordedScan): void {
    // The last scan under earlier settings may be of a cluster that is no longer among them.
    if (this.#observed.clusters.includes(scan.cluster)) this.#incidents.recorded(scan);
  }

  differed(kind: DifferenceKind): void {
    this.#metrics.differences.inc({ kind });
  }

  settingsNotReloaded(): void {
    this.#metrics.reloadFailures.inc();
  }

  acted(cluster: string, outcomes: readonly Outcome[]): void {
    this.#incidents.acted(cluster, outcomes, this.#now());
  }

  notified(service: string, outcome: string): void {
    this.#metrics.notifications.inc({ service, outcome });
  }

  wrote(table: string, seconds: number): void {
    this.#metrics.storeWrites.observe({ table }, seconds);
  }

  listen(address: { readonly host: string; readonly port: number }): Promise<ObservationServer> {
    addProcessMetrics(this.#metrics);
    return listenForObservers(address, {
      metrics: () => this.#collect(),
      contentType: this.#metrics.registry.contentType,
      conditions: () => this.readiness.conditions(),
      liveness: () => this.#liveness.problem(this.#observed.tasks()),
      site: () => this.#site,
    });
  }

  /** What is asked for at the moment of a scrape, and all that was counted before. */
  #collect(): Promise<string> {
    const { registry, waiting, running, overdue, watchLag, watched } = this.#metrics;
    const { tasks, clusters, watch } = this.#observed;
    for (const gauge of [waiting, running, overdue]) gauge.reset();
    for (const { name: task, ...count } of tasks()) {
      waiting.set({ task }, count.waiting);
      running.set({ task }, count.running);
      overdue.set({ task }, count.overdue / 1000);
    }
    for (const cluster of clusters) {
      const health = watch(cluster);
      if (health === null) continue;
      watched.set({ cluster }, health.objects);
      if (health.lag !== null) watchLag.set({ cluster }, health.lag / 1000);
    }
    return registry.metrics();
  }
}
