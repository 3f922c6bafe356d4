import type { ClusterState } from '../model/cluster-state.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { readFailure } from './image-pull/failure.ts';
import { conclude } from './image-pull/finding.ts';
import { PULL_CAUSES } from './image-pull/messages.ts';
import { repair } from './image-pull/repair.ts';
import { failingPulls, type FailingPull } from './image-pull/reports.ts';
import { originOf } from './image-pull/template.ts';
import { decline } from './image-pull/unfixable.ts';
import type { Investigation, Rule, Symptom, View } from './rule.ts';
import type { Need } from '../model/need.ts';

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
export const imagePull: Rule = {
  id: 'image-pull',
  title: 'An image cannot be pulled',
  causes: PULL_CAUSES,
  detect,
  investigate,
};

function detect(cluster: ClusterState): readonly Symptom[] {
  const groups = new Map<string, FailingPull[]>();
  for (const pod of cluster.list('Pod')) {
    for (const pull of failingPulls(pod, cluster)) {
      const origin = originOf(pod, pull.placed, cluster);
      if (origin.kind === 'outdated' && origin.owner.kind !== 'StatefulSet') continue;
      const key = `${describeRef(cluster.ownerOf(pod).ref)} ${pull.placed.container.name}`;
      groups.set(key, [...(groups.get(key) ?? []), pull]);
    }
  }
  return [...groups.values()].map((pulls) => symptomOf(pulls, cluster));
}

function symptomOf(pulls: readonly FailingPull[], cluster: ClusterState): Symptom {
  const worstFirst = pulls.toSorted((a, b) => b.attempts - a.attempts);
  const { pod, placed } = worstFirst[0]!;
  return {
    rule: 'image-pull',
    object: cluster.ownerOf(pod).ref,
    container: placed.container.name,
    seenOn: worstFirst.map((pull) => refOf(pull.pod)),
    firstSeen: Math.min(...pulls.map(({ firstSeen }) => firstSeen)),
    lastSeen: Math.max(...pulls.map(({ lastSeen }) => lastSeen)),
    occurrences: pulls.reduce((sum, { attempts }) => sum + attempts, 0),
  };
}

function investigate(symptom: Symptom, view: View): Investigation {
  const failure = readFailure(symptom, view.cluster);
  if (failure === null) return { kind: 'does-not-apply' };
  const { origin, judgement } = failure;
  const missing = judgement.cause === 'tag-not-found' || judgement.cause === 'digest-not-found';
  if (!missing || origin.kind !== 'template') return conclude(failure, decline(failure));

  const need: Need = { kind: 'field-history', object: refOf(origin.owner), field: origin.field };
  if (view.missing([need]).length > 0) return { kind: 'needs', needs: [need] };
  return conclude(failure, repair(failure, origin, view.answer(need)));
}
