import { chooseNames } from './similar.ts';
import type {
  Approval,
  Desk,
  Diagnosis,
  FieldValue,
  Given,
  OnPullRequest,
  Rebuilt,
  Reproposed,
  Retried,
  Reverted,
  Seen,
  Standing,
  Subject,
  Undone,
} from '../chatops/desk.ts';
import type { WorkloadName } from '../chatops/parse.ts';
import { isOurs } from '../lifecycle/branches.ts';
import type { Outcome } from '../lifecycle/outcome.ts';
import { ownAmong, ownPullRequest, type Own } from '../lifecycle/own.ts';
import { forgetRefusal } from '../lifecycle/refusals.ts';
import { parseReportLine } from '../lifecycle/report-issue.ts';
import { revertOnce } from '../lifecycle/revert.ts';
import type { IncidentResult } from '../model/report.ts';
import { evidenceKinds } from '../pull-requests/evidence-kinds.ts';
import type { Replaced, Store } from '../store/store.ts';
import { ownText, plainText, prose, untrusted, type Prose, type Untrusted } from '../untrusted/prose.ts';
import type { Approvals } from './approvals.ts';
import { readCluster, type WatchedCluster } from './clusters.ts';
import { Reproposals, unreadable } from './reproposals.ts';
import type { Look, RepositoryWatch } from './watch.ts';

export interface DeskParts {
  readonly watch: RepositoryWatch;
  readonly approvals: Approvals;
  readonly store: Store;
  readonly now: () => number;
  /** Looks at a cluster for this repository and acts on it. Throws where one of them could not be read. */
  readonly scan: (cluster: WatchedCluster) => Promise<readonly Outcome[]>;
}

/** What people may ask about one repository, answered by looking at its clusters and at GitHub. */
export class RepositoryDesk implements Desk {
  readonly #parts: DeskParts;
  readonly #reproposals: Reproposals;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#reproposals = new Reproposals(parts);
  }

  get limits() {
    return this.#parts.watch.config.limits;
  }

  get #host() {
    return this.#parts.watch.host;
  }

  #own(number: number): Promise<Own | null> {
    return ownPullRequest(number, { host: this.#host, store: this.#parts.store });
  }

  async #allOwn(): Promise<readonly Own[]> {
    const pulls = await this.#host.ownPullRequests();
    return ownAmong(pulls, { host: this.#host, store: this.#parts.store });
  }

  async subjectOf(thread: number): Promise<Subject | null> {
    const own = await this.#own(thread);
    if (own?.marker) {
      const { pull, marker } = own;
      const isAtOurHead = marker.head === pull.head;
      return {
        fingerprints: marker.fingerprints,
        pullRequest: {
          number: pull.number,
          state: pull.state,
          isDraft: pull.draft,
          head: pull.head,
          headSince: isAtOurHead ? (marker.written ?? null) : null,
          isOurs: isAtOurHead || (await isOurs(this.#host, marker.proven ?? pull.base, pull.head)),
        },
      };
    }
    const issue = await this.#host.issue(thread);
    if (!issue || issue.isPullRequest || issue.author !== this.#host.login) return null;
    const line = parseReportLine(issue.body);
    return line && { fingerprints: [line.fingerprint], pullRequest: null };
  }

  async incident(fingerprint: string): Promise<Subject | null> {
    const [seen] = await this.seen({ fingerprints: [fingerprint], pullRequest: null });
    if (!seen) return null;
    const subject = seen.pullRequest === null ? null : await this.subjectOf(seen.pullRequest);
    return subject ?? { fingerprints: [fingerprint], pullRequest: null };
  }

  async diagnose(workload: WorkloadName): Promise<Diagnosis> {
    const { watch, now } = this.#parts;
    const looks: Look[] = [];
    const names: string[] = [];
    const unread: Prose[] = [];
    for (const cluster of watch.clusters) {
      try {
        const read = await readCluster(cluster);
        names.push(...namesIn(['Pod', ...WORKLOADS].flatMap((kind) => read.state.list(kind))));
        const look = await watch.look(cluster.name, read);
        if (look) looks.push(look);
      } catch (error) {
        unread.push(unreadable(cluster, error));
      }
    }
    const full = `${workload.namespace}/${workload.name}`;
    if (!names.includes(full)) {
      const [why] = unread;
      return why
        ? { kind: 'unreadable', why }
        : { kind: 'unknown-workload', similar: chooseNames(full, names) };
    }
    const results = looks.flatMap(({ report }) =>
      report.results.filter(({ incident: { finding } }) => isAbout(finding.object, workload)),
    );
    return {
      kind: 'diagnosed',
      seen: await this.#withPlaces(results),
      clusters: looks.map(({ cluster }) => cluster.name),
      at: now(),
      problems: [
        ...unread,
        ...looks.flatMap(({ report }) =>
          report.problems.map(({ where, message }) => prose`${where}: ${message}`),
        ),
      ],
    };
  }

  async seen({ fingerprints }: Subject): Promise<readonly Seen[]> {
    return this.#withPlaces(await this.#parts.watch.resultsOf(fingerprints));
  }

  async #withPlaces(results: readonly IncidentResult[]): Promise<readonly Seen[]> {
    if (results.length === 0) return [];
    const own = (await this.#allOwn()).filter(({ pull }) => pull.state === 'open');
    const reports = (await this.#host.ownIssues()).map(({ number, body }) => ({
      number,
      line: parseReportLine(body),
    }));
    return results.map((result) => {
      const { fingerprint } = result.incident;
      const pull = own.find(({ marker }) => marker?.fingerprints.includes(fingerprint))?.pull;
      const issue = reports.find(({ line }) => line?.fingerprint === fingerprint);
      return { result, pullRequest: pull?.number ?? null, issue: issue?.number ?? null };
    });
  }

  async retry(subject: Subject): Promise<Retried> {
    const { watch, scan } = this.#parts;
    await this.#endSilences(subject);
    const outcomes: Outcome[] = [];
    const unread = new Map<string, Prose>();
    for (const cluster of watch.clusters) {
      try {
        outcomes.push(...(await scan(cluster)));
      } catch (error) {
        unread.set(cluster.name, unreadable(cluster, error));
      }
    }
    const [why] = unread.values();
    const seen = (await this.seen(subject)).filter(({ result }) => !unread.has(result.incident.cluster));
    if (seen.length === 0) return why ? { kind: 'refused', why } : { kind: 'recovered' };
    const own = outcomes.filter(({ fingerprints }) =>
      fingerprints.some((fingerprint) => subject.fingerprints.includes(fingerprint)),
    );
    const change = own.some(({ kind }) => kind === 'opened')
      ? 'opened'
      : own.some(({ kind }) => kind === 'updated' || kind === 'rebuilt')
        ? 'updated'
        : 'none';
    return { kind: 'seen', seen, change };
  }

  #endSilences({ fingerprints }: Subject): Promise<void> {
    return this.#parts.store.transaction(async (store) => {
      for (const fingerprint of fingerprints) {
        await store.snoozes.end(fingerprint);
        await store.ignores.end(fingerprint);
        for (const { repository, branch } of await store.proposals.byFingerprint(fingerprint))
          await forgetRefusal(store, repository, branch);
      }
      for (const command of await store.commands.list(this.#host.repository))
        if (command.kind !== 'set' && command.fingerprints.some((one) => fingerprints.includes(one)))
          await store.commands.save({ ...command, isTakenBack: true });
    });
  }

  set(subject: OnPullRequest, value: FieldValue, by: string, given: Given): Promise<Reproposed> {
    return this.#reproposals.set(subject, value, by, given);
  }

  undo(subject: Subject, given: Given): Promise<Undone> {
    return this.#reproposals.undo(subject, given);
  }

  rebuild(subject: OnPullRequest): Promise<Rebuilt> {
    return this.#reproposals.rebuild(subject);
  }

  approve(subject: OnPullRequest, head: string, by: string): Promise<Approval> {
    return this.#parts.approvals.give(subject.pullRequest.number, head, by);
  }

  revert(subject: OnPullRequest, by: string): Promise<Reverted> {
    return this.#parts.watch.inTurn(() => this.#revert(subject, by));
  }

  async #revert(subject: OnPullRequest, by: string): Promise<Reverted> {
    const { watch, store, now } = this.#parts;
    const own = await this.#own(subject.pullRequest.number);
    const [first] = await watch.everyLook();
    const look = watch.lookAt(own?.marker?.clusters?.[0] ?? '') ?? first;
    if (!own || own.pull.state !== 'merged')
      return { kind: 'refused', why: ownText('only a merged pull request of Faultline can be taken back') };
    if (!look) return { kind: 'refused', why: ownText('no cluster has been looked at yet') };
    const all = [...(await this.#allOwn())];
    const isNew = !all.some(({ reverts }) => reverts === own.pull.number);
    const run = {
      host: this.#host,
      store,
      report: look.report,
      cluster: look.cluster,
      config: look.checkout.config,
      repository: look.checkout.content,
      now: now(),
      own: all,
      underWay: new Set<number>(),
      statuses: new Map(),
    };
    const why = { seen: [], askedBy: by };
    const reverted = (await revertOnce(run, own, why)) ?? (await revertOnce(run, own, why));
    if (reverted === null)
      return { kind: 'refused', why: ownText('its branch changed while it was written: try again') };
    return 'declined' in reverted
      ? { kind: 'refused', why: prose`${reverted.declined}` }
      : { kind: 'opened', pullRequest: reverted.number, isNew };
  }

  async snooze(
    subject: Subject,
    until: number,
    by: string,
    reason: Untrusted | null,
    given: Given,
  ): Promise<void> {
    const { store, now } = this.#parts;
    const why = reason === null ? null : plainText(reason);
    await store.transaction(async (part) => {
      await this.#noteSilence(part, 'snooze', subject, by, given);
      for (const fingerprint of subject.fingerprints)
        await part.snoozes.set({ fingerprint, until, by, reason: why, at: now() });
    });
  }

  /** What it takes the place of is kept, so that it can be taken back. */
  async #noteSilence(
    store: Store,
    kind: 'snooze' | 'ignore',
    { fingerprints }: Subject,
    by: string,
    given: Given,
  ): Promise<void> {
    const { repository } = this.#host;
    const known = await store.commands.list(repository, given.thread);
    if (known.some(({ id }) => id === given.id)) return;
    const replaced: Replaced[] = [];
    for (const fingerprint of fingerprints)
      replaced.push({
        snooze: kind === 'snooze' ? await store.snoozes.active(fingerprint, this.#parts.now()) : null,
        ignore: kind === 'ignore' ? await store.ignores.get(fingerprint) : null,
      });
    await store.commands.save({
      ...given,
      repository,
      by,
      kind,
      fingerprints,
      field: null,
      value: null,
      replaced,
      isTakenBack: false,
    });
  }

  async ignore(subject: Subject, by: string, reason: Untrusted, given: Given): Promise<void> {
    const { store, now } = this.#parts;
    const kinds = new Map(
      (await this.#parts.watch.resultsOf(subject.fingerprints)).map(({ incident }) => [
        incident.fingerprint,
        evidenceKinds(incident.finding),
      ]),
    );
    await store.transaction(async (part) => {
      await this.#noteSilence(part, 'ignore', subject, by, given);
      for (const fingerprint of subject.fingerprints) {
        const known = kinds.get(fingerprint) ?? (await part.incidents.get(fingerprint))?.evidenceKinds;
        await part.ignores.set({
          fingerprint,
          by,
          reason: plainText(reason),
          at: now(),
          evidenceKinds: known ?? [],
        });
      }
    });
  }

  async standing(subject: Subject | null): Promise<Standing> {
    const { watch, store } = this.#parts;
    const repository = this.#host.repository;
    const results = watch.looks.flatMap(({ report }) => report.results);
    const [first] = watch.looks;
    const proposals = await store.proposals.list({ repository, states: ['open', 'waiting'] });
    const scans = await watch.lastScans();
    return {
      subject: subject && (await this.#subjectStanding(subject)),
      counts: {
        open: proposals.filter(({ state }) => state === 'open').length,
        waiting: proposals.filter(({ state }) => state === 'waiting').length,
        watched: results.filter(({ decision }) => decision.action === 'monitor').length,
      },
      clusters: watch.clusters.map(({ name }) => {
        const scan = scans.find(({ cluster }) => cluster === name);
        const problem = scan?.problem ?? null;
        return {
          name,
          scannedAt: scan?.scannedAt ?? null,
          problem: problem === null ? null : prose`${problem}`,
        };
      }),
      configErrors: first?.checkout.configErrors.length ?? 0,
    };
  }

  async #subjectStanding(subject: Subject): Promise<NonNullable<Standing['subject']>> {
    const { store, now } = this.#parts;
    // A cluster that cannot be read is part of the status.
    const [leading] = await this.#parts.watch.resultsOf(subject.fingerprints).catch(() => []);
    const fingerprint = subject.fingerprints[0] ?? '';
    const number = subject.pullRequest?.number ?? null;
    const repository = this.#host.repository;
    const record = number === null ? null : await store.proposals.byPullRequest(repository, number);
    const pull = number === null ? null : await this.#host.pullRequest(number);
    const verification = number === null ? null : await store.verifications.get(repository, number);
    const snooze = await store.snoozes.active(fingerprint, now());
    const ignore = await store.ignores.get(fingerprint);
    return {
      lastSeen: leading?.incident.finding.lastSeen ?? null,
      decision: leading?.decision.reason ?? null,
      snooze: snooze && { until: snooze.until, by: snooze.by },
      ignore: ignore && { by: ignore.by, reason: untrusted(ignore.reason) },
      approved: record?.approved ?? null,
      isMerging: pull?.autoMerge === true,
      verification: verification && {
        outcome: verification.outcome,
        since: verification.decidedAt ?? verification.mergedAt,
      },
    };
  }
}

const WORKLOADS = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'Rollout',
  'HorizontalPodAutoscaler',
];

function namesIn(
  objects: readonly { readonly metadata: { readonly namespace?: string; readonly name: string } }[],
) {
  return objects.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
}

function isAbout(
  object: { readonly kind: string; readonly namespace: string | null; readonly name: string },
  { kind, namespace, name }: WorkloadName,
): boolean {
  const isKind = kind === null || kind.toLowerCase() === object.kind.toLowerCase();
  return isKind && object.namespace === namespace && object.name === name;
}
