import { ChatOps, type IncomingComment, type Response } from '../chatops/respond.ts';
import { commands } from '../chatops/commands/index.ts';
import type { ClusterSource, ClusterState } from '../cluster/state.ts';
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
import { plainText } from '../untrusted/prose.ts';
import type { WatchedCluster } from './clusters.ts';
import { RepositoryDesk, type Scanned } from './desk.ts';
import type { Log } from './log.ts';
import { RepositoryWatch, type Look } from './watch.ts';
import { Workspace } from './workspace.ts';

export interface ServiceParts {
  readonly store: Store;
  readonly clusters: readonly (WatchedCluster & { readonly repositories: readonly string[] | null })[];
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
  readonly desk: RepositoryDesk;
  readonly chat: ChatOps;
}

/**
 * Everything that one `faultline serve` does, whoever tells it that there is something to do: webhooks, polling, or the clock. What
 * concerns one repository is done one thing after the other.
 */
export class Service {
  readonly #parts: ServiceParts;
  readonly #served = new Map<string, Served>();
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  get repositories(): readonly string[] {
    return [...this.#served.keys()];
  }

  /** Begins to look after a repository. Calling it again changes nothing. */
  add(host: Host): void {
    const key = host.repository.toLowerCase();
    if (this.#served.has(key)) return;
    const { store, log, now, sleep, mirrors } = this.#parts;
    const watch = new RepositoryWatch({ host, store, log, now, workspace: new Workspace(host, mirrors) });
    const clusters = this.#clustersOf(host.repository);
    const desk = new RepositoryDesk({
      watch,
      store,
      clusters,
      now,
      scan: (name) => this.#scanFor(watch, name),
      act: (look) => this.#act(watch, look),
    });
    const patience = (): Promise<unknown> => sleep(PATIENCE);
    this.#served.set(key, { watch, desk, chat: new ChatOps({ host, desk, store, commands, now, patience }) });
  }

  remove(repository: string): void {
    this.#served.delete(repository.toLowerCase());
  }

  /** Looks at every cluster once, for every repository that is deployed there. What fails for one stops no other. */
  async scanAll(): Promise<void> {
    for (const cluster of this.#parts.clusters) await this.scan(cluster.name);
  }

  async scan(name: string): Promise<void> {
    const { clusters, log, now } = this.#parts;
    const cluster = clusters.find((one) => one.name === name);
    if (!cluster) return;
    const concerned = this.#concernedBy(cluster);
    let source: ClusterSource;
    let state: ClusterState;
    try {
      source = await cluster.open();
      state = await source.read();
    } catch (error) {
      const problem = messageOf(error);
      log.warn({ cluster: name, problem }, 'cluster not read');
      for (const { watch } of concerned) {
        const before = watch.standings.find((standing) => standing.name === name);
        watch.note({ name, scannedAt: before?.scannedAt ?? null, problem });
        await this.#attempt(watch, 'dashboard', () => watch.showDashboard());
      }
      return;
    }
    const looks: (Served & { readonly look: Look })[] = [];
    for (const served of concerned)
      await this.#attempt(served.watch, 'look', async () => {
        const look = await served.watch.look(name, source, state);
        if (look) looks.push({ ...served, look });
      });
    this.#record(
      name,
      state,
      looks.map(({ look }) => look),
      now(),
    );
    for (const { watch, desk, look } of looks) {
      const [problem] = watch.problemsOf(look);
      watch.note({ name, scannedAt: now(), problem: problem ?? null });
      await this.#attempt(watch, 'act', () => this.#act(watch, look));
      await this.#attempt(watch, 'approvals', () => desk.settleApprovals());
      await this.#attempt(watch, 'dashboard', () => watch.showDashboard());
    }
  }

  /** Answers a comment. */
  comment(repository: string, comment: IncomingComment): Promise<Response | null> {
    const served = this.#served.get(repository.toLowerCase());
    return served ? served.chat.respond(comment) : Promise.resolve(null);
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
    const checkout = await watch.checkOut();
    if (!checkout) return;
    const { revision, config, configErrors } = checkout;
    await onboard(watch.host, async () => ({
      survey: await surveyOf(revision, config, repositoryProblems(revision)),
      watched: this.#clustersOf(watch.host.repository).map(({ name }) => name),
      configErrors: revision.tree.entry(CONFIG_FILE) === undefined ? null : configErrors,
    }));
  }

  /** Something happened to a pull request of ours, or to what it is merged into: what the last looks showed is acted on again. */
  async nudge(repository: string): Promise<void> {
    const watch = this.#served.get(repository.toLowerCase())?.watch;
    if (!watch) return;
    for (const { name } of this.#clustersOf(watch.host.repository))
      await this.#attempt(watch, `look at ${name}`, () => this.#scanFor(watch, name));
  }

  /** One cluster, for one repository alone. */
  async #scanFor(watch: RepositoryWatch, name: string): Promise<Scanned | null> {
    const cluster = this.#parts.clusters.find((one) => one.name === name);
    if (!cluster) return null;
    const source = await cluster.open();
    const look = await watch.look(name, source, await source.read());
    return look && { look, outcomes: await this.#act(watch, look) };
  }

  async #act(watch: RepositoryWatch, look: Look): Promise<readonly Outcome[]> {
    const outcomes = await this.#inTurn(watch.host.repository, () => watch.act(look));
    for (const { kind, number, why, key } of outcomes) {
      if (kind === 'unchanged') continue;
      const facts = { repository: watch.host.repository, kind, number, key, why: plainText(why) };
      if (kind === 'failed') this.#parts.log.warn(facts, 'proposal');
      else this.#parts.log.info(facts, 'proposal');
    }
    return outcomes;
  }

  #record(name: string, state: ClusterState, looks: readonly Look[], at: number): void {
    const { store } = this.#parts;
    const results = new Map<string, IncidentResult>();
    for (const result of looks.flatMap(({ report }) => report.results)) {
      const known = results.get(result.incident.fingerprint);
      // Of several repositories, the one that can do something about it decides.
      if (!known || (known.decision.action === 'decline' && result.decision.action !== 'decline'))
        results.set(result.incident.fingerprint, result);
    }
    store.transaction(() => {
      const outcome = store.incidents.recordScan({
        cluster: name,
        at,
        incidents: [...results.values()].map(seenIncident),
        covers: ({ object }) => state.isRecorded(object.kind, object.namespace),
      });
      if (outcome.opened.length + outcome.reopened.length + outcome.disappeared.length > 0)
        store.audit.append('scan', { cluster: name, ...outcome }, at);
    });
  }

  #concernedBy(cluster: ServiceParts['clusters'][number]): readonly Served[] {
    const wanted = cluster.repositories?.map((name) => name.toLowerCase());
    return [...this.#served].filter(([name]) => wanted?.includes(name) ?? true).map(([, served]) => served);
  }

  #clustersOf(repository: string): readonly WatchedCluster[] {
    return this.#parts.clusters.filter(
      ({ repositories }) =>
        repositories === null || repositories.some((name) => name.toLowerCase() === repository.toLowerCase()),
    );
  }

  #inTurn<T>(repository: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(repository) ?? Promise.resolve();
    const done = before.then(work, work);
    this.#turns.set(
      repository,
      done.catch(() => undefined),
    );
    return done;
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
    summary: plainText(finding.summary),
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
