import { ChatOps, type IncomingComment, type Response } from '../chatops/respond.ts';
import { commands } from '../chatops/commands/index.ts';
import type { ClusterState } from '../cluster/state.ts';
import { CONFIG_FILE } from '../config/load.ts';
import { messageOf } from '../error-message.ts';
import type { Host } from '../github/host.ts';
import { configCheck } from '../onboarding/check.ts';
import { onboard } from '../onboarding/open.ts';
import { surveyOf } from '../onboarding/survey.ts';
import type { Outcome } from '../lifecycle/outcome.ts';
import type { IncidentResult } from '../output/report.ts';
import { evidenceKinds } from '../pull-requests/evidence-kinds.ts';
import { repositoryProblems } from '../sources/problems.ts';
import type { Store } from '../store/store.ts';
import { turns } from '../turns.ts';
import { markedText, plainText } from '../untrusted/prose.ts';
import { Approvals } from './approvals.ts';
import { readCluster, type ReadCluster, type WatchedCluster } from './clusters.ts';
import { RepositoryDesk } from './desk.ts';
import type { Log } from './log.ts';
import { RepositoryWatch, type Look } from './watch.ts';
import { Workspace } from './workspace.ts';

export interface ServiceParts {
  readonly store: Store;
  readonly clusters: readonly WatchedCluster[];
  /** Where mirrors of repositories are. */
  readonly mirrors: string;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

/** How long a comment may take until people are told that it is being worked on, in milliseconds. */
const PATIENCE = 5_000;

interface Served {
  readonly watch: RepositoryWatch;
  readonly approvals: Approvals;
  readonly chat: ChatOps;
  /** Comments that could not be answered, by id: GitHub tells of a comment once, whatever becomes of it. */
  readonly unanswered: Map<number, IncomingComment>;
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
    const { store, log, now, sleep, mirrors } = this.#parts;
    const clusters = this.#clustersOf(host.repository);
    const workspace = new Workspace(host, mirrors);
    const watch = new RepositoryWatch({ host, clusters, store, log, now, workspace });
    const approvals = new Approvals({ watch, store, now });
    const scan = (cluster: WatchedCluster) => this.#scanFor(served, cluster);
    const desk = new RepositoryDesk({ watch, approvals, store, now, scan });
    const patience = (): Promise<unknown> => sleep(PATIENCE);
    const chat = new ChatOps({ host, desk, store, commands, now, patience });
    const served: Served = { watch, approvals, chat, unanswered: new Map() };
    this.#served.set(key, served);
  }

  remove(repository: string): void {
    this.#served.delete(repository.toLowerCase());
  }

  /** Looks at every cluster once, for every repository that is deployed there. What fails for one stops no other. */
  async scanAll(): Promise<void> {
    for (const cluster of this.#parts.clusters) await this.scan(cluster.name);
  }

  async scan(name: string): Promise<void> {
    const { clusters, log } = this.#parts;
    const cluster = clusters.find((one) => one.name === name);
    if (!cluster) return;
    const concerned = this.#concernedBy(cluster);
    let read: ReadCluster;
    try {
      read = await this.#read(cluster, concerned);
    } catch (error) {
      log.warn({ cluster: name, problem: messageOf(error) }, 'cluster not read');
      return;
    }
    const looks: (Served & { readonly look: Look })[] = [];
    for (const served of concerned)
      await this.#attempt(served.watch, 'look', async () => {
        const look = await served.watch.look(name, read);
        if (look) looks.push({ ...served, look });
      });
    this.#record(
      cluster,
      read.state,
      looks.map(({ look }) => look),
    );
    for (const { look, ...served } of looks) {
      await this.#attempt(served.watch, 'act', () => this.#settle(served, look));
      for (const comment of served.unanswered.values())
        await this.#attempt(served.watch, 'comment', () =>
          this.comment(served.watch.host.repository, comment),
        );
    }
  }

  /**
   * Answers a comment. When it cannot be answered, that is tried again after each scan.
   *
   * @throws {HostError} when GitHub could not be asked or told
   */
  async comment(repository: string, comment: IncomingComment): Promise<Response | null> {
    const served = this.#served.get(repository.toLowerCase());
    if (!served) return null;
    try {
      const response = await served.chat.respond(comment);
      served.unanswered.delete(comment.id);
      return response;
    } catch (error) {
      served.unanswered.set(comment.id, comment);
      throw error;
    }
  }

  /** A pull request was opened or got new commits: what it does to the configuration is said in a check. */
  async checkConfiguration(repository: string, number: number, head: string, isFork: boolean): Promise<void> {
    const watch = this.#served.get(repository.toLowerCase())?.watch;
    if (!watch || isFork) return;
    const { host } = watch;
    if (!(await host.files(number)).includes(CONFIG_FILE)) return;
    const [before, after] = await Promise.all([host.file(CONFIG_FILE), host.file(CONFIG_FILE, head)]);
    await host.reportCheck({ ...configCheck(before, after), head });
  }

  /** Greets a repository once. */
  async onboard(repository: string): Promise<void> {
    const watch = this.#served.get(repository.toLowerCase())?.watch;
    if (!watch) return;
    await onboard(watch.host, async () => {
      const checkout = await watch.checkOut();
      if (!checkout) return null;
      const { revision, config, configErrors } = checkout;
      return {
        survey: await surveyOf(revision, config, repositoryProblems(revision)),
        watched: watch.clusters.map(({ name }) => name),
        configErrors: revision.tree.entry(CONFIG_FILE) === undefined ? null : configErrors,
      };
    });
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
      if (!served) return;
      for (const cluster of served.watch.clusters)
        await this.#attempt(served.watch, `look at ${cluster.name}`, () => this.#scanFor(served, cluster));
    });
    this.#nudges.set(key, nudged);
    return nudged;
  }

  /** One cluster, for one repository alone. Throws where the cluster or the repository could not be read. */
  async #scanFor(served: Served, cluster: WatchedCluster): Promise<readonly Outcome[]> {
    const read = await this.#read(cluster, [served]);
    const look = await served.watch.look(cluster.name, read);
    if (!look) return [];
    this.#record(cluster, read.state, [look]);
    return this.#settle(served, look);
  }

  /** What keeps a cluster from being read is said where people look. */
  async #read(cluster: WatchedCluster, concerned: readonly Served[]): Promise<ReadCluster> {
    try {
      return await readCluster(cluster);
    } catch (error) {
      for (const { watch } of concerned) {
        watch.noteProblem(cluster.name, messageOf(error));
        await this.#attempt(watch, 'dashboard', () => watch.showDashboard());
      }
      throw error;
    }
  }

  async #settle({ watch, approvals }: Served, look: Look): Promise<readonly Outcome[]> {
    watch.noteLook(look);
    try {
      return (await watch.act(look)) ?? [];
    } finally {
      await this.#attempt(watch, 'approvals', () => approvals.settle());
      await this.#attempt(watch, 'dashboard', () => watch.showDashboard(look.checkout));
    }
  }

  /** Of several repositories, the one that can do something about an incident decides what is remembered of it. */
  #record(cluster: WatchedCluster, state: ClusterState, fresh: readonly Look[]): void {
    // Nobody looked, so nothing is known to be gone.
    if (fresh.length === 0) return;
    const { store, now } = this.#parts;
    const resultsOf = (looks: readonly Look[]) => looks.flatMap(({ report }) => report.results);
    const seen = new Set(resultsOf(fresh).map(({ incident }) => incident.fingerprint));
    const known = this.#concernedBy(cluster).flatMap(({ watch }) => watch.lookAt(cluster.name) ?? []);
    const results = new Map<string, IncidentResult>();
    for (const result of resultsOf(known)) {
      const { fingerprint } = result.incident;
      const other = results.get(fingerprint);
      const decides = !other || (other.decision.action === 'decline' && result.decision.action !== 'decline');
      if (seen.has(fingerprint) && decides) results.set(fingerprint, result);
    }
    const at = now();
    store.transaction(() => {
      const outcome = store.incidents.recordScan({
        cluster: cluster.name,
        at,
        incidents: [...results.values()].map(seenIncident),
        covers: ({ object }) => state.isRecorded(object.kind, object.namespace),
      });
      if (outcome.opened.length + outcome.reopened.length + outcome.disappeared.length > 0)
        store.audit.append('scan', { cluster: cluster.name, ...outcome }, at);
    });
  }

  #concernedBy(cluster: WatchedCluster): readonly Served[] {
    const wanted = cluster.repositories?.map((name) => name.toLowerCase());
    return [...this.#served].filter(([name]) => wanted?.includes(name) ?? true).map(([, served]) => served);
  }

  #clustersOf(repository: string): readonly WatchedCluster[] {
    return this.#parts.clusters.filter(
      ({ repositories }) =>
        repositories === null || repositories.some((name) => name.toLowerCase() === repository.toLowerCase()),
    );
  }

  async #attempt(watch: RepositoryWatch, what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const facts = { repository: watch.host.repository, what, problem: messageOf(error) };
      this.#parts.log.error(facts, 'failed for now; the next scan tries again');
    }
  }
}

function seenIncident({ incident, decision }: IncidentResult) {
  const { fingerprint, finding } = incident;
  return {
    fingerprint,
    object: finding.object,
    container: finding.container,
    rule: finding.rule,
    cause: finding.cause,
    summary: markedText(finding.summary),
    firstSeen: finding.firstSeen,
    lastSeen: finding.lastSeen,
    occurrences: finding.occurrences,
    evidenceKinds: evidenceKinds(finding),
    decision: {
      action: decision.action,
      reason: plainText(decision.reason),
      draft: decision.draft,
      policy: decision.policy,
    },
  };
}
