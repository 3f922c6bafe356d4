import type {
  Acceptance,
  Approval,
  Blamed,
  BlamedObject,
  CommandActions,
  Diagnosis,
  FieldValue,
  Given,
  OnPullRequest,
  Rebuilt,
  RepositoryStatus,
  Reproposed,
  Retried,
  Reverted,
  Seen,
  Subject,
  Undone,
} from '../chatops/actions.ts';
import type { WorkloadName } from '../chatops/parse.ts';
import { isOurs } from '../lifecycle/branches.ts';
import type { Outcome } from '../lifecycle/outcome.ts';
import { ownAmong, ownPullRequest } from '../lifecycle/own.ts';
import { parseReportLine } from '../lifecycle/report-issue.ts';
import type { IncidentResult } from '../model/report.ts';
import type { Store } from '../store/store.ts';
import { plainText, prose, type Prose, type Untrusted } from '../untrusted/prose.ts';
import type { ActParts } from './act.ts';
import type { Acceptances } from './accepted.ts';
import type { Approvals } from './approvals.ts';
import { blameField } from './blame-field.ts';
import type { WatchedCluster } from './clusters.ts';
import { diagnoseWorkload } from './diagnose-workload.ts';
import { Reproposals, unreadable } from './reproposals.ts';
import { revertMerged } from './revert-merged.ts';
import { Silences } from './silences.ts';
import { statusOf } from './statuses.ts';

export interface CommandParts extends ActParts {
  readonly approvals: Approvals;
  readonly acceptances: Acceptances;
  /** Has the guard look at a pull request again. */
  readonly guardAgain: (number: number) => Promise<void>;
  readonly store: Store;
  /** Scans a cluster for this repository and acts on it. Throws where one of them could not be read. */
  readonly scan: (cluster: WatchedCluster) => Promise<readonly Outcome[]>;
}

/** What people may ask about one repository and have done there. */
export class RepositoryActions implements CommandActions {
  readonly #parts: CommandParts;
  readonly #reproposals: Reproposals;
  readonly #silences: Silences;

  constructor(parts: CommandParts) {
    this.#parts = parts;
    this.#reproposals = new Reproposals(parts);
    this.#silences = new Silences(parts);
  }

  get limits() {
    return this.#parts.scans.config.limits;
  }

  get #host() {
    return this.#parts.scans.host;
  }

  async subjectOf(thread: number): Promise<Subject | null> {
    const own = await ownPullRequest(thread, { host: this.#host, store: this.#parts.store });
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

  diagnose(workload: WorkloadName): Promise<Diagnosis> {
    return diagnoseWorkload(this.#parts, workload, (results) => this.#withPlaces(results));
  }

  blame(object: BlamedObject, field: string): Promise<Blamed> {
    return blameField(this.#parts, object, field);
  }

  async seen({ fingerprints }: Subject): Promise<readonly Seen[]> {
    return this.#withPlaces(await this.#parts.scans.resultsOf(fingerprints));
  }

  async #withPlaces(results: readonly IncidentResult[]): Promise<readonly Seen[]> {
    if (results.length === 0) return [];
    const pulls = await this.#host.ownPullRequests();
    const own = (await ownAmong(pulls, { host: this.#host, store: this.#parts.store })).filter(
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
    const { scans, scan } = this.#parts;
    await this.#silences.end(subject);
    const outcomes: Outcome[] = [];
    const unread = new Map<string, Prose>();
    for (const cluster of scans.clusters) {
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

  async accept(thread: number, by: string, reason: Untrusted): Promise<Acceptance> {
    const pull = await this.#host.pullRequest(thread);
    if (pull?.state !== 'open')
      return { kind: 'refused', why: prose`${'/rca accept'} is for open pull requests.` };
    await this.#parts.acceptances.accept(thread, pull.head, { by, reason: plainText(reason) });
    await this.#parts.guardAgain(thread);
    return { kind: 'accepted', head: pull.head };
  }

  revert(subject: OnPullRequest, by: string): Promise<Reverted> {
    return revertMerged(this.#parts, subject.pullRequest.number, by);
  }

  snooze(subject: Subject, until: number, by: string, reason: Untrusted | null, given: Given): Promise<void> {
    return this.#silences.snooze(subject, until, by, reason, given);
  }

  ignore(subject: Subject, by: string, reason: Untrusted, given: Given): Promise<void> {
    return this.#silences.ignore(subject, by, reason, given);
  }

  status(subject: Subject | null): Promise<RepositoryStatus> {
    return statusOf(this.#parts, subject);
  }
}
