import { DAY } from '../kubernetes/durations.ts';
import type { Verifications } from '../store/store.ts';
import type { Verified as VerifiedEntry } from '../store/entries.ts';
import type { VerificationRecord } from '../store/records.ts';
import type { FixVerdict } from '../model/verdict.ts';
import { rollingOutUntil } from '../facts/rolling-out.ts';
import { SHORTEST } from '../model/quiet-time.ts';
import type { Marker } from '../pull-requests/marker.ts';
import { endingFor, quietTimeOf } from './away.ts';
import { appliedByValues, appliedRevisions, type Applied } from './applied.ts';
import { StatusKeeper } from './keep-status.ts';
import type { Own } from './own.ts';
import { recordEnd } from './record.ts';
import { revertOnce } from './revert.ts';
import type { Run } from './run.ts';
import { failuresNow, isReadable } from './seen.ts';
import { isMerging, type KeptStatus } from './status.ts';
import { decidedAt, isOver, verify, type Verification } from './verification.ts';

/** Merges older than this are not verified any more. */
export const VERIFIED_FOR = 7 * DAY;

export interface Verified {
  readonly verification: Verification;
  /** Whether it was Faultline that had it merged. */
  readonly wasAutoMerged: boolean;
  /** When time alone takes it further, in milliseconds since the epoch; null where it does not, or should have already. */
  readonly decidedAt: number | null;
}

/** Takes the verification of one merged pull request one step further, and says so. */
export async function verifyMerged(run: Run, own: Own): Promise<Verified> {
  await recordEnd(run, own);
  const status = await StatusKeeper.of(run, own);
  const { verification: known } = status.status;
  const wasAutoMerged = isMerging(status.status);
  if (known !== null && isSettled(known)) {
    await record(run, own, known);
    return { verification: known, wasAutoMerged, decidedAt: null };
  }
  const now = known !== null && isOver(known) ? known : await verifiedNow(run, own, known);
  await status.become({ ...status.status, verification: now });
  const settled = now.phase === 'worse' ? await takeBack(run, own, now, status) : now;
  await record(run, own, settled);
  const next = decidedAt(settled, own.pull.mergedAt ?? run.now, own.marker?.quiet ?? SHORTEST);
  return { verification: settled, wasAutoMerged, decidedAt: next !== null && next > run.now ? next : null };
}

/** Worse is settled once it is known what takes it back. */
function isSettled(verification: Verification): boolean {
  return isOver(verification) && (verification.phase !== 'worse' || verification.revert !== null);
}

/** With the quiet time, where that has grown beyond what the description says. */
async function verifiedNow(run: Run, own: Own, known: Verification | null): Promise<Verification> {
  const observed = await observe(run, own);
  const next = verify(known, observed);
  const hasGrown = observed.quiet > (own.marker?.quiet ?? SHORTEST);
  return next.phase === 'watching' && hasGrown ? { ...next, quiet: observed.quiet } : next;
}

async function observe(run: Run, { pull, marker }: Own): Promise<Parameters<typeof verify>[1]> {
  const { now, cluster } = run;
  const mergedAt = pull.mergedAt ?? now;
  const values = marker ? appliedByValues(cluster, marker) : 'unknown';
  return {
    now,
    mergedAt,
    quiet: await quietTimeOf(run, marker),
    ending: endingFor(run, marker),
    isRollingOut: isRollingOut(run, marker),
    applied: values === 'unknown' ? await appliedByController(run, { pull, marker }) : values,
    isReadable: isReadable(run, marker),
    ...(marker ? failuresNow(run, marker, mergedAt) : { same: [], others: [] }),
  };
}

function isRollingOut({ cluster }: Run, marker: Marker | null): boolean {
  return (marker?.objects ?? []).some(({ kind, namespace, name }) => {
    const workload = cluster.get(kind, namespace, name);
    return workload !== undefined && rollingOutUntil(cluster, workload) !== null;
  });
}

async function appliedByController(
  { cluster, repository }: Run,
  { pull, marker }: Pick<Own, 'pull' | 'marker'>,
): Promise<Applied> {
  if (!marker || pull.mergeCommit === null) return 'unknown';
  const answers = await Promise.all(
    appliedRevisions(cluster, marker).map((revision) => repository.contains(revision, pull.mergeCommit!)),
  );
  if (answers.includes(true)) return 'yes';
  return answers.length > 0 && !answers.includes(null) ? 'no' : 'unknown';
}

async function takeBack(
  run: Run,
  own: Own,
  worse: Extract<Verification, { phase: 'worse' }>,
  status: KeptStatus,
): Promise<Verification> {
  const revert = await revertOnce(run, own, worse);
  if (revert === null) return worse;
  const known: Verification = { ...worse, revert };
  await status.become({ ...status.status, verification: known });
  return known;
}

const OUTCOMES: Readonly<Record<Verification['phase'], VerificationRecord['outcome']>> = {
  waiting: 'pending',
  watching: 'pending',
  resolved: 'resolved',
  'still-failing': 'still-failing',
  worse: 'worse',
  'not-applied': 'not-applied',
  overtaken: 'overtaken',
  gone: 'gone',
};

/** Outcomes that say whether the change was right; all others leave that open. */
const VERDICTS: Partial<Record<VerificationRecord['outcome'], FixVerdict>> = {
  resolved: 'held',
  'still-failing': 'failed',
  worse: 'failed',
};

/** What became of it and how long each stage took, for whoever asks how well all this works. */
async function record(run: Run, { pull, marker }: Own, verification: Verification): Promise<void> {
  if (!marker) return;
  const outcome = OUTCOMES[verification.phase];
  const next = { ...recordOf(run, { pull, marker }, verification), outcome };
  const { number, mergedAt } = pull;
  const { repository } = run.host;
  await run.store.transaction(async ({ verifications, audit, judgements }) => {
    const known = await verifications.get(run.host.repository, pull.number);
    if (known !== null && known.outcome === outcome && known.appliedAt === next.appliedAt) {
      if (known.revertPullRequest === next.revertPullRequest && known.quietUntil === next.quietUntil) return;
    }
    await verifications.save(next);
    if (outcome === known?.outcome) return;
    const said: VerifiedEntry = {
      repository,
      number,
      outcome,
      times: next.times,
      mergedAt: mergedAt ?? run.now,
    };
    await audit.append('verification', { ...said }, run.now);
    const verdict = VERDICTS[outcome];
    if (verdict !== undefined) await judgements.settle(repository, number, verdict, run.now);
  });
}

function recordOf(
  { host }: Run,
  { pull, marker }: { readonly pull: Own['pull']; readonly marker: NonNullable<Own['marker']> },
  verification: Verification,
): Omit<Parameters<Verifications['save']>[0], 'outcome'> {
  const appliedAt = 'appliedAt' in verification ? verification.appliedAt : null;
  const quietSince = 'quietSince' in verification ? verification.quietSince : null;
  const quiet = 'quiet' in verification ? verification.quiet : undefined;
  const failing = 'failing' in verification ? verification.failing : [];
  const mergedAt = pull.mergedAt ?? 0;
  return {
    repository: host.repository,
    pullRequest: pull.number,
    key: marker.key,
    cluster: marker.clusters?.[0] ?? '',
    fingerprints: marker.fingerprints,
    mergedAt,
    mergeCommit: pull.mergeCommit,
    appliedAt,
    quietUntil: quietSince === null ? null : quietSince + (quiet ?? marker.quiet ?? 0),
    baseline: (marker.objects ?? []).filter(
      (object, index) =>
        !(marker.failing ?? []).includes(index) &&
        !failing.some((one) => JSON.stringify(one) === JSON.stringify(object)),
    ),
    decidedAt: 'at' in verification ? verification.at : null,
    revertPullRequest:
      verification.phase === 'worse' && verification.revert !== null && 'number' in verification.revert
        ? verification.revert.number
        : null,
    times: {
      detect: between(marker.since, marker.detected),
      propose: between(marker.detected, pull.createdAt),
      merge: between(pull.createdAt, mergedAt),
      recover: verification.phase === 'resolved' ? between(mergedAt, verification.quietSince) : null,
    },
  };
}

function between(from: number | undefined, to: number | undefined): number | null {
  return from === undefined || to === undefined ? null : Math.max(0, to - from);
}
