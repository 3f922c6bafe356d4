/**
 * Rule `scaled-to-zero`: a workload has no pods because somebody scaled it to zero in the cluster, while git asks for pods.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - `kubectl scale` writes `spec.replicas` of the live object; nothing brings it back but whoever applies git with that field in it.
 * - A HorizontalPodAutoscaler does nothing for a target with zero replicas, unless its own minimum is zero.
 *
 * Zero is most often meant: by git, a schedule, KEDA, a paused or moved rollout. Each of them keeps the rule silent.
 */
import { ignoresReplicas, isScaledByOthers } from '../facts/scaled-by-others.ts';
import { fits, selectorOf, templateLabels } from '../facts/services.ts';
import { isBeingDeleted } from '../facts/subjects.ts';
import { quote, quoteEvent } from '../facts/observations.ts';
import { describeRef, recordAt, refOf, type ObjectRef } from '../kubernetes/objects.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { ClusterEvent, ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Difference } from '../model/need.ts';
import { listed, ownText, prose } from '../untrusted/prose.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

const REPLICAS = 'spec.replicas';

export const scaledToZero = defineRule({
  id: 'scaled-to-zero',
  title: 'A workload was scaled to zero in the cluster, and git asks for pods',
  phase: 'scaling',
  semantics: [
    'https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#scaling-a-deployment',
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#implicit-maintenance-mode-deactivation',
  ],
  reads: [
    'Deployment',
    'StatefulSet',
    'Event',
    'Pod',
    'Service',
    'Namespace',
    'HorizontalPodAutoscaler',
    'ScaledObject.v1alpha1.keda.sh',
    'Application.v1alpha1.argoproj.io',
    'Rollout.v1alpha1.argoproj.io',
    'Canary.flagger.app',
    'SleepInfo.kube-green.com',
  ],
  on: ['Deployment', 'StatefulSet'],
  causes: {
    'scaled-to-zero': {
      means: 'git asks for pods, and the live object for none',
      fix: 'none',
      outcome: 'declined: git is right, and somebody scales the live object back or writes zero into git',
      verdict: 'decline',
    },
  },

  detect({ cluster, object: workload }) {
    const isStopped = recordAt(workload, 'spec')['replicas'] === 0 && !isBeingDeleted(workload);
    if (!isStopped || isScaledByOthers(cluster, workload)) return null;
    const ref = refOf(workload);
    if (cluster.list('Application').some((application) => ignoresReplicas(application, ref))) return null;
    const event = cluster.eventsOf(workload).findLast(isScaleDown);
    return {
      event,
      seenOn: [ref],
      firstSeen: event?.lastSeen ?? cluster.now,
      occurrences: 1,
    };
  },

  *investigate({ cluster, object: workload }, ask, { event }) {
    const ref = refOf(workload);
    const asked = yield* askedByGit(ask, ref, event !== undefined);
    if (!asked) return null;
    const { replicas, difference } = asked;
    const services = servicesOf(cluster, workload);
    const hpa = cluster
      .list('HorizontalPodAutoscaler', ref.namespace)
      .find((one) => recordAt(one, 'spec', 'scaleTargetRef')['name'] === ref.name);
    return diagnosis({
      cause: 'scaled-to-zero',
      summary: prose`${describeRef(ref)} has no pods: its replicas are 0 in the cluster, and git asks for ${replicas.wanted}${ownText(replicas.isWritten ? '' : ' (replicas left out)')}`,
      because: [
        ...(difference?.kind === 'drift' ? [difference.because] : []),
        ...(services.length > 0 ? [prose`${listed(services)} has no other pods to send traffic to.`] : []),
        ...(hpa ? [prose`HorizontalPodAutoscaler ${hpa.metadata.name} does not act at zero replicas.`] : []),
      ],
      evidence: [
        quote('object', workload, null, 'spec.replicas: 0'),
        ...(event ? [quoteEvent(workload, event)] : []),
        ...(difference?.evidence ?? []),
      ],
      certainty: [0.9, prose`git and the cluster are both on record`],
      reason: prose`Git asks for pods already: the drift is in the cluster.`,
      blames: replicas.isWritten ? [{ object: ref, field: REPLICAS }] : [],
      advice: [
        prose`Scale it back: kubectl scale ${ref.kind.toLowerCase()} ${ref.name} -n ${ref.namespace ?? 'default'} --replicas=${replicas.wanted}; if zero is meant, write replicas: 0 into git.`,
      ],
    });
  },
});

/**
 * How many pods git asks for; null where it asks for none, is not known, or may just not have been applied yet. A manifest without `replicas` means one
 * to begin with and leaves the rest to others, so that it counts only where somebody was seen to scale it.
 */
function* askedByGit(
  ask: Ask,
  ref: ObjectRef,
  wasScaled: boolean,
): Asking<{
  readonly replicas: { readonly wanted: number; readonly isWritten: boolean };
  readonly difference: Difference | null;
} | null> {
  const rendered = yield* ask.rendered(ref);
  if (!rendered) return null;
  const written = recordAt(rendered, 'spec')['replicas'];
  const isWritten = typeof written === 'number';
  if (isWritten ? written === 0 : !wasScaled) return null;
  const { difference, history } = yield* ask.all({
    difference: ask.difference(ref, REPLICAS),
    history: ask.history(ref, REPLICAS),
  });
  const wasZero = (history ?? []).slice(1).some(({ value }) => value === 0);
  if (difference?.kind === 'lag' || (wasZero && difference?.kind !== 'drift')) return null;
  return { replicas: { wanted: isWritten ? written : 1, isWritten }, difference };
}

/** `Scaled down replica set web-6c9 to 0 from 2`; before 1.28 without what it was. */
function isScaleDown({ reason, message }: ClusterEvent): boolean {
  return reason === 'ScalingReplicaSet' && /^Scaled down replica set \S+ to 0\b/.test(message);
}

/** Services that select the pods that this workload would have, and have no others. */
function servicesOf(cluster: ClusterState, workload: ClusterObject): readonly string[] {
  const namespace = workload.metadata.namespace ?? null;
  return cluster
    .list('Service', namespace)
    .filter((service) => {
      const selector = selectorOf(service);
      return (
        selector !== null &&
        fits(selector, templateLabels(workload)) &&
        !cluster.list('Pod', namespace).some((pod) => fits(selector, pod.metadata.labels))
      );
    })
    .map((service) => describeRef(refOf(service)));
}
