import { messageOf } from '../error-message.ts';
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
import { editHash } from '../lifecycle/description.ts';
import type { Outcome } from '../lifecycle/outcome.ts';
import { ownFrom, ownPullRequest, writtenIn, type Own } from '../lifecycle/own.ts';
import { forgetRefusal } from '../lifecycle/refusals.ts';
import { parseReportLine } from '../lifecycle/report-issue.ts';
import { revertOnce } from '../lifecycle/revert.ts';
import type { IncidentResult } from '../output/report.ts';
import { evidenceKinds } from '../pull-requests/evidence-kinds.ts';
import type { CommandRecord, Store } from '../store/store.ts';
import { ownText, plainText, prose, untrusted, type Prose, type Untrusted } from '../untrusted/prose.ts';
import type { Approvals } from './approvals.ts';
import { readCluster, type WatchedCluster } from './clusters.ts';
import type { Change } from './given-commands.ts';
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

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  get limits() {
    return this.#parts.watch.config.limits;
  }

  get #host() {
    return this.#parts.watch.host;
  }

  get #written() {
    return writtenIn(this.#parts.store, this.#host.repository);
  }

  #own(number: number): Promise<Own | null> {
    return ownPullRequest(this.#host, number, this.#written);
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
    const own = ownFrom(await this.#host.ownPullRequests(), this.#written).filter(
      ({ pull }) => pull.state === 'open',
    );
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
    const { watch, store, scan } = this.#parts;
    for (const fingerprint of subject.fingerprints) {
      store.snoozes.end(fingerprint);
      store.ignores.end(fingerprint);
      for (const { repository, branch } of store.proposals.byFingerprint(fingerprint))
        forgetRefusal(store, repository, branch);
    }
    for (const command of store.commands.list(this.#host.repository))
      if (command.kind !== 'set' && command.fingerprints.some((one) => subject.fingerprints.includes(one)))
        store.commands.save({ ...command, isTakenBack: true });
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

  async set(
    subject: OnPullRequest,
    { field, value }: FieldValue,
    by: string,
    given: Given,
  ): Promise<Reproposed> {
    const { store } = this.#parts;
    const { repository } = this.#host;
    const { number } = subject.pullRequest;
    const record: CommandRecord = {
      ...given,
      repository,
      thread: number,
      by,
      kind: 'set',
      fingerprints: subject.fingerprints,
      field,
      value,
      replaced: [],
      isTakenBack: false,
    };
    const known = store.commands.list(repository, number);
    const later = known.find(
      (one) =>
        one.kind === 'set' && one.field === field && !one.isTakenBack && one.writtenAt > given.writtenAt,
    );
    if (later) return { kind: 'refused', why: prose`${later.by} has set it after you wrote this` };
    return this.#repropose(subject, record, known.find(({ id }) => id === given.id) ?? null);
  }

  async undo({ fingerprints, pullRequest }: Subject, given: Given): Promise<Undone> {
    const { store } = this.#parts;
    const { repository } = this.#host;
    const last = store.commands
      .list(repository, given.thread)
      .findLast(({ isTakenBack, writtenAt }) => !isTakenBack && writtenAt <= given.writtenAt);
    if (!last) return { kind: 'nothing' };
    const undone = { ...last, isTakenBack: true };
    if (last.kind === 'set') {
      if (pullRequest?.state !== 'open') return { kind: 'nothing' };
      const { by, field, value } = last;
      const result = await this.#repropose({ fingerprints, pullRequest }, undone, last);
      return { kind: 'set', by, field: field ?? '', value, result };
    }
    let isOnAgain = false;
    store.transaction(() => {
      for (const [index, fingerprint] of last.fingerprints.entries()) {
        const { snooze, ignore } = last.replaced[index] ?? { snooze: null, ignore: null };
        if (last.kind === 'snooze') store.snoozes.end(fingerprint);
        else store.ignores.end(fingerprint);
        if (snooze) store.snoozes.set(snooze);
        if (ignore) store.ignores.set(ignore);
        isOnAgain ||= snooze !== null || ignore !== null;
      }
      store.commands.save(undone);
    });
    return { kind: last.kind, by: last.by, isOnAgain };
  }

  /** Proposes anew with one command as it is to be; `before` is what it was, should nothing come of it. */
  async #repropose(
    subject: OnPullRequest,
    command: CommandRecord,
    before: CommandRecord | null,
  ): Promise<Reproposed> {
    const { watch, store } = this.#parts;
    const { number } = subject.pullRequest;
    const change: Change = (commands, thread) =>
      thread === number
        ? [...commands.filter(({ id }) => id !== command.id), command].sort(byTime)
        : commands;
    const begin = (): void => store.commands.save(command);
    let unread: Prose | null = null;
    let reproposed: Reproposed | null = null;
    for (const cluster of watch.clusters) {
      const lookAtIt = async (): Promise<Look | null> =>
        watch.look(cluster.name, await readCluster(cluster), change);
      let look: Look | null = null;
      try {
        look = await lookAtIt();
      } catch (error) {
        unread = unreadable(cluster, error);
      }
      reproposed = look && (await this.#reproposed(subject, command, look, begin, lookAtIt));
      if (reproposed) break;
    }
    const result = reproposed ?? {
      kind: 'refused',
      why: unread ?? ownText('the failure is not seen any more'),
    };
    if (result.kind !== 'refused') begin();
    else if (before) store.commands.save(before);
    else store.commands.remove(command.repository, command.id);
    return result;
  }

  /**
   * Null where the look does not show the failure. When nothing comes of it, as when somebody pushes meanwhile, it is tried on one more
   * look.
   */
  async #reproposed(
    subject: OnPullRequest,
    command: CommandRecord,
    look: Look,
    begin: () => void,
    lookAgain: (() => Promise<Look | null>) | null,
  ): Promise<Reproposed | null> {
    const { number } = subject.pullRequest;
    const result = look.report.results.find(({ incident }) =>
      subject.fingerprints.includes(incident.fingerprint),
    );
    if (!result) return null;
    const { proposal, located, decision, incident } = result;
    const beyond = incident.values?.refused.find(({ field }) => field === command.field);
    if (beyond && !command.isTakenBack) return { kind: 'refused', why: beyond.why };
    if (located?.kind === 'declined') return { kind: 'refused', why: prose`${located.reason}` };
    if (!proposal) return { kind: 'refused', why: decision.reason };
    const edit = editHash(proposal);
    if ((await this.#own(number))?.marker?.edit === edit) return { kind: 'unchanged' };
    const outcomes = await this.#parts.watch.act(look, { begin });
    const own = await this.#own(number);
    if (own?.marker?.edit === edit) {
      this.#parts.watch.goBy(look);
      return { kind: 'proposed', located: proposal.located, head: own.pull.head };
    }
    const outcome = outcomes?.find(({ key }) => key === proposal.key);
    if ((outcome || outcomes === null) && lookAgain) {
      const again = await lookAgain();
      return again && this.#reproposed(subject, command, again, begin, null);
    }
    return { kind: 'refused', why: outcome?.why ?? ownText('its pull request is for something else now') };
  }

  async rebuild(subject: OnPullRequest): Promise<Rebuilt> {
    const { watch } = this.#parts;
    const { number, head } = subject.pullRequest;
    let why: Prose = ownText('the failure is not seen any more');
    for (const cluster of watch.clusters) {
      try {
        const look = await watch.look(cluster.name, await readCluster(cluster));
        const result = look?.report.results.find(({ incident }) =>
          subject.fingerprints.includes(incident.fingerprint),
        );
        if (!look || !result) continue;
        if (!result.proposal) return { kind: 'refused', why: result.decision.reason };
        const outcomes = await watch.act(look, { rebuild: number });
        const own = await this.#own(number);
        const isDone = own?.marker?.head === own?.pull.head && own?.marker?.proven === result.proposal.commit;
        if (own && isDone)
          return {
            kind: 'rebuilt',
            head: own.pull.head,
            base: result.proposal.commit,
            isNew: own.pull.head !== head,
          };
        const outcome = outcomes?.find(({ key }) => key === result.proposal?.key);
        return { kind: 'refused', why: outcome?.why ?? ownText('something else came first: try again') };
      } catch (error) {
        why = unreadable(cluster, error);
      }
    }
    return { kind: 'refused', why };
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
    const all = [...ownFrom(await this.#host.ownPullRequests(), this.#written)];
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
    store.transaction(() => {
      this.#noteSilence('snooze', subject, by, given);
      for (const fingerprint of subject.fingerprints)
        store.snoozes.set({ fingerprint, until, by, reason: why, at: now() });
    });
  }

  /** What it takes the place of is kept, so that it can be taken back. */
  #noteSilence(kind: 'snooze' | 'ignore', { fingerprints }: Subject, by: string, given: Given): void {
    const { store, now } = this.#parts;
    const { repository } = this.#host;
    if (store.commands.list(repository, given.thread).some(({ id }) => id === given.id)) return;
    store.commands.save({
      ...given,
      repository,
      by,
      kind,
      fingerprints,
      field: null,
      value: null,
      replaced: fingerprints.map((fingerprint) => ({
        snooze: kind === 'snooze' ? store.snoozes.active(fingerprint, now()) : null,
        ignore:
          kind === 'ignore'
            ? (store.ignores.list().find((one) => one.fingerprint === fingerprint) ?? null)
            : null,
      })),
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
    this.#noteSilence('ignore', subject, by, given);
    for (const fingerprint of subject.fingerprints)
      store.ignores.set({
        fingerprint,
        by,
        reason: plainText(reason),
        at: now(),
        evidenceKinds: kinds.get(fingerprint) ?? store.incidents.get(fingerprint)?.evidenceKinds ?? [],
      });
  }

  async standing(subject: Subject | null): Promise<Standing> {
    const { watch, store } = this.#parts;
    const repository = this.#host.repository;
    const results = watch.looks.flatMap(({ report }) => report.results);
    const [first] = watch.looks;
    return {
      subject: subject && (await this.#subjectStanding(subject)),
      counts: {
        open: store.proposals.list({ repository, states: ['open'] }).length,
        waiting: store.proposals.list({ repository, states: ['waiting'] }).length,
        watched: results.filter(({ decision }) => decision.action === 'monitor').length,
      },
      clusters: watch.clusters.map(({ name }) => {
        const standing = watch.standings.find((one) => one.name === name);
        const problem = standing?.problem ?? null;
        return {
          name,
          scannedAt: standing?.scannedAt ?? null,
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
    const record = number === null ? null : store.proposals.byPullRequest(repository, number);
    const pull = number === null ? null : await this.#host.pullRequest(number);
    const verification = number === null ? null : store.verifications.get(repository, number);
    const snooze = store.snoozes.active(fingerprint, now());
    const ignore = store.ignores.list().find((one) => one.fingerprint === fingerprint) ?? null;
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

/** Later than all that is known: where a command was written in the very second of another, the one that is carried out later is. */
function byTime(one: CommandRecord, other: CommandRecord): number {
  return one.writtenAt - other.writtenAt;
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

function unreadable({ name }: WatchedCluster, error: unknown): Prose {
  return prose`cluster ${name} could not be looked at: ${messageOf(error)}`;
}

function isAbout(
  object: { readonly kind: string; readonly namespace: string | null; readonly name: string },
  { kind, namespace, name }: WorkloadName,
): boolean {
  const isKind = kind === null || kind.toLowerCase() === object.kind.toLowerCase();
  return isKind && object.namespace === namespace && object.name === name;
}
