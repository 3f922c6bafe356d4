import { isWithin } from '../../facts/observations.ts';
import { recordAt } from '../../kubernetes/objects.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import { changeOf } from '../../model/change.ts';
import { prose } from '../../untrusted/prose.ts';
import { DAY } from '../../kubernetes/durations.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { crowd } from './beside.ts';
import type { Remedy, Stuck } from './stuck.ts';

const LATELY = 3 * DAY;

/** As many replicas as nodes, where the last commit to `replicas` made them more than the nodes that take one each. */
export function* fewerReplicas({ workload, worst, meant }: Stuck, ask: Ask): Asking<Remedy | null> {
  const { cluster, ref } = workload;
  const { replicas, isTooMany } = crowd(workload, worst.pod, meant);
  if (worst.obstacle.cause !== 'pod-anti-affinity' || !isTooMany || meant === null || meant.length === 0)
    return null;
  if (replicas === undefined || isScaled(workload)) return null;
  const history = yield* ask.history(ref, 'spec.replicas');
  const [newest, earlier] = history ?? [];
  const before = earlier ? (earlier.value ?? 1) : null;
  if (newest?.value !== replicas || before === null || Number(before) > meant.length) return null;
  if (!isWithin(cluster, newest.commit.at, LATELY)) return null;
  const told = `spec.replicas ${String(earlier!.value ?? 'not set')} → ${replicas}`;
  return {
    changes: [changeOf(ref, 'spec.replicas', replicas, meant.length)],
    guards: [
      {
        kind: 'draft',
        reason: prose`whether fewer replicas, more nodes or a preferred anti-affinity is right is for a person to decide`,
      },
    ],
    reason: prose`${meant.length} replicas have a node each`,
    because: [prose`It came with ${describeCommit(newest.commit)}: ${told}.`],
    evidence: [commitEvidence(newest.commit, told)],
    advice: [],
    introducedBy: newest.commit,
    sureness: [0.8, prose`that many nodes take one pod each`],
  };
}

/** An autoscaler sets the replicas of this workload. */
function isScaled({ cluster, ref }: Stuck['workload']): boolean {
  return ['HorizontalPodAutoscaler', 'ScaledObject'].some((kind) =>
    cluster.list(kind, ref.namespace).some((one) => {
      const target = recordAt(one, 'spec', 'scaleTargetRef');
      return target['name'] === ref.name && (target['kind'] ?? 'Deployment') === ref.kind;
    }),
  );
}
