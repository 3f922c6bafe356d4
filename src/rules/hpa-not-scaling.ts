/**
 * Rule `hpa-not-scaling`: an autoscaler cannot compute or apply a size, or something else writes the replicas too.
 *
 * Reasons of its conditions ScalingActive and AbleToScale: pkg/controller/podautoscaler of k8s.io/kubernetes.
 */
import { HOUR, MINUTE } from '../kubernetes/durations.ts';
import { ageOf, conditionsIn, quoteCondition, quoteEvent, warningsOf } from '../facts/observations.ts';
import { describeRef, recordAt, refOf } from '../kubernetes/objects.ts';
import { parseTime, type Condition } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { inBrackets, often, prose, saying, type Prose } from '../untrusted/prose.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

const PLAIN = { fix: 'none', outcome: 'declined' } as const;
/** Metrics of new pods take a few minutes to come. */
const LASTING = 5 * MINUTE;
/** So many corrections of the same kind within the hour are a quarrel. */
const MANY_RESCALES = 3;

export const hpaNotScaling = defineRule({
  id: 'hpa-not-scaling',
  title: 'A HorizontalPodAutoscaler cannot scale, or something else sets the replicas too',
  phase: 'scaling',
  semantics: [
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/',
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/#appendix-horizontal-pod-autoscaler-status-conditions',
  ],
  reads: ['HorizontalPodAutoscaler', 'Event'],
  on: 'HorizontalPodAutoscaler',
  causes: {
    'target-missing': { means: 'what `scaleTargetRef` names cannot be read: `FailedGetScale`', ...PLAIN },
    'missing-request': {
      means: 'a container has no request for the resource: `missing request for cpu`',
      ...PLAIN,
    },
    'metrics-unavailable': { means: 'the metrics API does not answer, or has none of these pods', ...PLAIN },
    'ambiguous-selector': { means: 'another autoscaler selects the same pods', ...PLAIN },
    'update-failed': { means: 'the size cannot be applied: `FailedUpdateScale`', ...PLAIN },
    'replicas-contested': {
      means: 'it brings `spec.replicas` back into its range again and again: something else writes it',
      ...PLAIN,
    },
    inactive: { means: 'any other reason', ...PLAIN },
  },

  detect({ cluster, object: hpa }) {
    const condition = inactive(cluster, hpa);
    const rescaled = condition ? null : contested(cluster, hpa);
    if (!condition && !rescaled) return null;
    const events = warningsOf(cluster, hpa, HOUR);
    return {
      condition,
      rescaled,
      events,
      seenOn: [refOf(hpa)],
      firstSeen: rescaled?.firstSeen ?? parseTime(condition!.lastTransitionTime) ?? cluster.now,
      lastSeen: rescaled?.lastSeen ?? cluster.now,
      occurrences: rescaled?.count ?? Math.max(1, ...events.map(({ count }) => count)),
    };
  },

  investigate({ object: hpa }, _ask, { condition, rescaled, events }) {
    const object = refOf(hpa);
    if (rescaled) return contestedBy(hpa, rescaled);
    const [cause, field, advice] = causeOf(hpa, condition!);
    return diagnosis({
      cause,
      summary: prose`${describeRef(object)}: its condition ${condition!.type} is ${condition!.status}${inBrackets(condition!.reason)}${saying(condition!.message)}`,
      evidence: [
        quoteCondition(hpa, condition!),
        ...events.slice(0, 3).map((event) => quoteEvent(hpa, event)),
      ],
      certainty: [cause === 'inactive' ? 0.5 : 0.85, prose`the autoscaler says why it does not scale`],
      reason: prose`The value that is missing is not proven, so nothing is changed without a person.`,
      blames: field === null ? [] : [{ object, field }],
      advice: [advice],
    });
  },
});

function inactive(cluster: ClusterState, hpa: ClusterObject): Condition | null {
  const found = conditionsIn(hpa).find(
    ({ type, status, reason }) =>
      (type === 'ScalingActive' || type === 'AbleToScale') &&
      status === 'False' &&
      reason !== 'ScalingDisabled',
  );
  return found && ageOf(cluster, found.lastTransitionTime) >= LASTING ? found : null;
}

function contested(cluster: ClusterState, hpa: ClusterObject): ClusterEvent | null {
  const found = cluster
    .eventsOf(hpa)
    .find(
      ({ reason, message, count, lastSeen }) =>
        reason === 'SuccessfulRescale' &&
        /Current number of replicas (below|above) Spec\.(Min|Max)Replicas/.test(message) &&
        count >= MANY_RESCALES &&
        lastSeen >= cluster.now - HOUR,
    );
  return found ?? null;
}

function contestedBy(hpa: ClusterObject, event: ClusterEvent) {
  const { minReplicas = 1, maxReplicas, scaleTargetRef } = recordAt(hpa, 'spec');
  const { apiVersion, kind, name } = recordAt(scaleTargetRef);
  const object = refOf(hpa);
  const target = {
    apiVersion: String(apiVersion),
    kind: String(kind),
    namespace: object.namespace,
    name: String(name),
  };
  return diagnosis({
    cause: 'replicas-contested',
    summary: prose`${describeRef(object)}: it had to bring spec.replicas back into its range ${often(event.count)} (minReplicas ${String(minReplicas)}, maxReplicas ${String(maxReplicas)}): something else also writes spec.replicas.`,
    evidence: [quoteEvent(hpa, event)],
    certainty: [0.8, prose`the autoscaler corrects the same number again and again`],
    reason: prose`Taking spec.replicas out of git can scale the workload to one pod for a moment, so a person has to do it.`,
    blames: [
      ...(name === undefined ? [] : [{ object: target, field: 'spec.replicas' }]),
      { object, field: 'spec.minReplicas' },
    ],
    advice: [prose`Set spec.replicas in one place only: in git or by the autoscaler.`],
  });
}

function causeOf(
  hpa: ClusterObject,
  { reason = '', message = '' }: Condition,
): readonly [string, string | null, Prose] {
  const { kind, name } = recordAt(hpa, 'spec', 'scaleTargetRef');
  const target = prose`${String(kind)} ${String(name)}`;
  const [, resource, container] =
    /missing request for ([\w./-]+)(?: in container (\S+))?/.exec(message) ?? [];
  if (resource !== undefined)
    return [
      'missing-request',
      null,
      container === undefined
        ? prose`Give every container of ${target} a request for ${resource}, injected ones included.`
        : prose`Give container ${container} of ${target} a request for ${resource}; where a webhook injects it, set it there.`,
    ];
  if (reason === 'FailedGetScale')
    return [
      'target-missing',
      'spec.scaleTargetRef.name',
      prose`Let scaleTargetRef name a workload that exists, in this namespace and with the right apiVersion: ${target} cannot be read.`,
    ];
  if (reason === 'AmbiguousSelector')
    return ['ambiguous-selector', 'spec.scaleTargetRef.name', prose`Let one autoscaler select these pods.`];
  if (reason === 'FailedUpdateScale')
    return ['update-failed', null, prose`Act on what the API server says of the new size.`];
  if (
    /^FailedGet\w*Metric$/.test(reason) ||
    /unable to (?:get|fetch) metrics|no metrics returned/.test(message)
  )
    return [
      'metrics-unavailable',
      null,
      prose`Check what serves the metrics: kubectl get apiservices | grep metrics, and whether the pods of ${target} run.`,
    ];
  return ['inactive', null, prose`Act on what the condition says.`];
}
