/**
 * Rule `evicted`: a node or the kubelet ended whole pods, and not enough others have taken their place.
 *
 * A node that runs short evicts pods that use more than they asked for; a pod that uses more ephemeral storage than its limit, or than the size of an
 * emptyDir, is evicted too, as often as it is made again. Texts: pkg/kubelet/eviction of k8s.io/kubernetes.
 */
import { DAY, HOUR } from '../kubernetes/durations.ts';
import { isReplaced } from '../facts/ended-pods.ts';
import { evictionsOf, type Eviction } from '../facts/evictions.ts';
import { isWithin, quote, quoteEvent, warningsOf } from '../facts/observations.ts';
import type { WorkloadFacts } from '../facts/subjects.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { ownText, prose, type Prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { defineRule, type Conclusion } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { EVICTED_CAUSES } from './evicted/causes.ts';
import type { Ended } from './evicted/ended.ts';
import { underPressure } from './evicted/node-pressure.ts';
import { beyondOwnLimit } from './evicted/storage-limit.ts';

/** A limit of the pod's own that is reached so often is a failure, also while other pods are ready. */
const MANY = 3;
const RECENT = 6 * HOUR;

export const evicted = defineRule({
  id: 'evicted',
  title: 'Pods were evicted, and not enough others are ready',
  phase: 'node',
  semantics: [
    'https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/',
    'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#local-ephemeral-storage',
    'https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/',
    'https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/',
  ],
  reads: [
    'Pod',
    'Event',
    'Node',
    'ConfigMap',
    'LimitRange',
    'ResourceQuota',
    'NodePool.karpenter.sh',
    'ClusterPolicy.kyverno.io',
    'Policy.kyverno.io',
    'K8sContainerLimits.constraints.gatekeeper.sh',
  ],
  on: 'workload',
  causes: EVICTED_CAUSES,

  detect(workload) {
    const { cluster } = workload;
    const all = evictionsOf(workload);
    const [latest] = all;
    if (!latest || (isReplaced(workload) && !recurs(all, cluster))) return null;
    const times = all.flatMap(({ at }) => at ?? []);
    return {
      evictions: all.filter(({ kind }) => kind === latest.kind),
      seenOn: all.map(({ pod }) => refOf(pod)),
      firstSeen: times.length > 0 ? Math.min(...times) : cluster.now,
      lastSeen: times.length > 0 ? Math.max(...times) : cluster.now,
      occurrences: all.length,
    };
  },

  *investigate(workload, ask, { evictions }) {
    const { kind } = evictions[0]!;
    const ended =
      kind === 'ephemeral-storage-limit' || kind === 'empty-dir-limit'
        ? yield* beyondOwnLimit(workload, evictions, ask)
        : kind === 'memory' || kind === 'disk' || kind === 'pids'
          ? underPressure(workload, evictions[0]!)
          : otherwise(evictions[0]!);
    return conclusionOf(workload, evictions, ended);
  },
});

function recurs(all: readonly Eviction[], cluster: ClusterState): boolean {
  const own = all.filter(({ kind }) => kind.endsWith('-limit'));
  return own.length >= MANY && own.some(({ at }) => at !== null && isWithin(cluster, at, RECENT));
}

function conclusionOf(
  { cluster, ref }: WorkloadFacts,
  evictions: readonly Eviction[],
  ended: Ended,
): Conclusion {
  const [{ pod, reason, message, at }] = evictions as readonly [Eviction];
  const others = evictions.length - 1;
  const more = others > 0 ? prose` (and ${others} more)` : ownText('');
  const { changes = [], draft, blames, culprit, introducedBy } = ended;
  return diagnosis({
    cause: ended.cause,
    ...(culprit && { culprit }),
    summary: prose`${describeRef(ref)}: pod ${pod.metadata.name} was evicted${more}: ${ended.says}.`,
    ...(ended.because && { because: ended.because }),
    evidence: [
      quote('pod-status', pod, at, `phase Failed, reason ${reason}: ${message}`),
      ...warningsOf(cluster, pod, DAY)
        .filter((event) => event.message !== message)
        .slice(0, 2)
        .map((event) => quoteEvent(pod, event)),
      ...(ended.evidence ?? []),
    ],
    certainty: [ended.cause === 'evicted' ? 0.5 : 0.85, prose`the kubelet says why it evicted the pod`],
    reason: ended.reason ?? prose`What used up the resource has to be found first, and no manifest says it.`,
    ...(blames && { blames }),
    advice: ended.advice,
    ...(changes.length > 0 && {
      verdict: draft ? 'escalate' : 'fix',
      changes,
      guards: [
        draft
          ? ({ kind: 'draft', reason: draft } as const)
          : ({
              kind: 'no-auto-merge',
              reason: prose`a larger size takes room from other pods of the node`,
            } as const),
      ],
    }),
    ...(introducedBy && { introducedBy }),
  });
}

function otherwise({ pod, kind, message, reason }: Eviction): Ended {
  const node = podSpecOf(pod)?.nodeName;
  const culprit = node === undefined ? {} : { culprit: { kind: 'Node', namespace: null, name: node } };
  const said: Prose = message === '' ? prose`${reason}` : prose`${shortened(message).replace(/\.\s*$/, '')}`;
  switch (kind) {
    case 'preempted':
      return {
        cause: 'preempted',
        says: said,
        advice: [
          prose`Give the workload a PriorityClass that fits it, or the cluster more room: kubectl get priorityclasses.`,
        ],
      };
    case 'shutdown':
      return {
        cause: 'node-shutdown',
        ...culprit,
        says: prose`node ${node ?? 'unknown'} was shut down`,
        advice: [
          prose`See whether node ${node ?? ''} is back: kubectl get node ${node ?? ''}. A controller makes new pods elsewhere; the old ones can be deleted.`,
        ],
      };
    default:
      return {
        cause: 'evicted',
        says: said,
        advice: [prose`See who evicted it: kubectl get events -A --field-selector reason=Evicted`],
      };
  }
}
