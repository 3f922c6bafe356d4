import { refOf } from '../kubernetes/objects.ts';
import { defineRule } from './define-rule.ts';
import { readFailure } from './image-pull/failure.ts';
import { conclude } from './image-pull/finding.ts';
import { CAUSES } from './image-pull/causes.ts';
import { repair } from './image-pull/repair.ts';
import { failingPullOf, type FailingPull } from './image-pull/reports.ts';
import { originOf } from './image-pull/template.ts';
import { decline } from './image-pull/unfixable.ts';

/**
 * A container waits because its image cannot be pulled.
 *
 * What Kubernetes does, and this rule relies on:
 * - The kubelet reports a failed pull as waiting reason `ErrImagePull`, and while it backs off (10 s doubling up to 5 min) as
 *   `ImagePullBackOff`. Kubelets before 1.31 drop the registry's answer from the message while they back off: it then
 *   survives only in `Failed` events, for an hour.
 *   https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff
 * - `ErrImageNeverPull` and `InvalidImageName` fail before any registry is asked.
 *   https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy
 * - A Deployment's rollout keeps old pods until new ones are Ready, so an old ReplicaSet with ready pods holds what worked last.
 *   https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment
 * - A StatefulSet does not replace a broken pod when its template is corrected: the pod has to be deleted.
 *   https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
 * - A registry may answer "not found" for what the caller may not see.
 *   https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 *
 * Only a tag or digest that does not exist is repaired, and only with a reference that this very container had before.
 */
export const imagePull = defineRule({
  id: 'image-pull',
  title: 'An image cannot be pulled',
  phase: 'image',
  semantics: [
    'https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff',
    'https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy',
    'https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment',
    'https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback',
    'https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes',
  ],
  reads: ['Pod', 'Event', 'Node', 'Secret', 'ControllerRevision', 'ReplicaSet', 'ServiceAccount'],
  on: 'container',
  causes: CAUSES,

  detect({ cluster, instances }) {
    const pulls = instances
      .flatMap((instance) => failingPullOf(instance, cluster) ?? [])
      .filter(({ pod, placed }) => {
        const { kind, owner } = originOf(pod, placed, cluster);
        return kind !== 'outdated' || owner.kind === 'StatefulSet';
      });
    return pulls.length === 0 ? null : seenIn(pulls);
  },

  *investigate({ cluster, workload }, ask, seen) {
    const failure = readFailure(workload.ref, seen, cluster);
    const { origin, judgement } = failure;
    const missing = judgement.cause === 'tag-not-found' || judgement.cause === 'digest-not-found';
    if (!missing || origin.kind !== 'template') return conclude(failure, decline(failure));
    const history = yield* ask.history(refOf(origin.owner), origin.field);
    return conclude(failure, repair(failure, origin, history));
  },
});

function seenIn(pulls: readonly FailingPull[]) {
  const worstFirst = pulls.toSorted((a, b) => b.attempts - a.attempts);
  return {
    pulls: worstFirst,
    seenOn: worstFirst.map(({ pod }) => refOf(pod)),
    firstSeen: Math.min(...pulls.map(({ firstSeen }) => firstSeen)),
    lastSeen: Math.max(...pulls.map(({ lastSeen }) => lastSeen)),
    occurrences: pulls.reduce((sum, { attempts }) => sum + attempts, 0),
  };
}
