import type { ClusterState } from '../../model/cluster-state.ts';
import { describeTime } from '../../kubernetes/durations.ts';
import { describeRef, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import { counted, ownText, often, joinProse, prose, untrusted, type Prose } from '../../untrusted/prose.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import type { ConfidencePart, Finding } from '../../model/finding.ts';
import type { Conclusion } from '../define-rule.ts';
import type { Failure } from './failure.ts';
import type { Report } from './reports.ts';

/** The part of a conclusion that depends on what can be done. */
export type Remedy = Pick<Finding, 'verdict' | 'reason'> &
  Partial<Pick<Finding, 'wanted' | 'guards' | 'advice' | 'confidence'>> & {
    /** Sentences for the root cause, after what the kubelet said. */
    readonly because?: readonly Prose[];
    readonly evidence?: readonly Evidence[];
  };

/** Joins what the kubelet said with what can be done about it. */
export function conclude(failure: Failure, remedy: Remedy): Conclusion {
  const { workload, worst, judgement, diagnosis, cluster } = failure;
  const container = worst.placed.container.name;
  const told = toldOf(failure);
  const because = remedy.because ?? [];
  return {
    cause: judgement.cause,
    summary: prose`Container ${container} of ${describeRef(workload)} cannot pull ${worst.image}: ${diagnosis.says}.`,
    // Where a reference is restored, what was done is the cause; what the kubelet said of it follows.
    rootCause: joinProse(remedy.verdict === 'fix' ? [...because, told] : [told, ...because], ' '),
    evidence: [
      ...reportEvidence(failure),
      ...diagnosis.evidence,
      ...secretProblems(worst.pod, cluster),
      ...originEvidence(failure),
      ...(remedy.evidence ?? []),
    ],
    confidence: remedy.confidence ?? [certainty(failure)],
    verdict: remedy.verdict,
    reason: remedy.reason,
    wanted: remedy.wanted ?? [],
    guards: remedy.guards ?? [],
    advice: remedy.advice ?? diagnosis.advice,
    ...(diagnosis.culprit ? { culprit: diagnosis.culprit } : {}),
  };
}

function toldOf({ seen, worst, judgement }: Failure): Prose {
  const { nodeName } = podSpecOf(worst.pod) ?? {};
  const node = nodeName ? prose` on node ${nodeName}` : ownText('');
  const attempts = seen.occurrences === 1 ? ownText('once') : prose`at least ${often(seen.occurrences)}`;
  const report = describeRef(refOf(judgement.report.pod));
  const pods =
    seen.seenOn.length === 1 ? prose`` : prose` (one of ${counted(seen.seenOn.length, 'such pod')})`;
  return prose`Since ${describeTime(seen.firstSeen)}, pulling ${worst.image} has failed ${attempts}: ${report}${pods}${node} reports it.`;
}

/** How sure the cause is. */
export function certainty({ judgement, diagnosis }: Failure): ConfidencePart {
  return judgement.cause === 'unknown'
    ? {
        factor: diagnosis.certainty,
        reason: prose`no message is left that quotes the registry about this image`,
      }
    : { factor: diagnosis.certainty, reason: prose`the kubelet quotes the answer (${judgement.cause})` };
}

const QUOTED_REPORTS = 5;

/** What says that there was an error, or that the kubelet waits before it tries again, and not why. */
const EMPTY = /^(?:Error: \w+|Back-off pulling image "[^"]*")$/;
/** What comes before the registry's answer: the same answer stands behind each of them. */
const PREAMBLE = /^(?:Back-off pulling image "[^"]*": |ErrImagePull: |Failed to pull image "[^"]*": )+/;

/** Each different answer once for each source, the one that decides first. */
function reportEvidence({ reports, judgement }: Failure): readonly Evidence[] {
  const newestFirst = reports
    .toSorted((a, b) => b.lastSeen - a.lastSeen)
    .filter(({ message }) => !EMPTY.test(message));
  const different = new Map<string, Report>();
  for (const report of [judgement.report, ...newestFirst]) {
    const key = `${report.source} ${report.message.replace(PREAMBLE, '')}`;
    if (!different.has(key)) different.set(key, report);
  }
  return [...different.values()]
    .slice(0, QUOTED_REPORTS)
    .map(({ source, pod, reason, message, lastSeen, count }) => ({
      source,
      ref: describeRef(refOf(pod)),
      at: lastSeen,
      text: untrusted(
        `${reason}${count > 1 ? ` (${count} times)` : ''}${message === '' ? '' : `: ${message}`}`,
      ),
    }));
}

/** Where the image is written in the cluster. */
function originEvidence({ origin, cluster }: Failure): readonly Evidence[] {
  if (!('image' in origin) || origin.image === '') return [];
  const where = origin.kind === 'template' ? origin.field : 'the template’s image';
  return [quoted('object', origin.owner, cluster.now, `${where}: ${origin.image}`)];
}

/** The kubelet pulls without a secret that it cannot read, and says so in an event. */
export function secretProblems(pod: KubernetesObject, cluster: ClusterState): readonly Evidence[] {
  return cluster
    .eventsOf(pod)
    .filter(({ reason }) => reason === 'FailedToRetrieveImagePullSecret')
    .slice(-1)
    .map(({ message, lastSeen }) => quoted('event', pod, lastSeen, message));
}
