import type { ClusterState } from '../../model/cluster-state.ts';
import { HOUR, MINUTE } from '../../kubernetes/durations.ts';
import { groupOf, isRecord, recordAt, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { parseTime, type Condition } from '../../kubernetes/workloads.ts';
import { inBrackets, saying, often, prose } from '../../untrusted/prose.ts';
import { ageOf, conditionsIn, quote, quoteEvent, warningsOf } from '../../facts/observations.ts';
import { signal, type Signal } from './signal.ts';

/** Conditions come and go; one that has stood for this long means something. */
const LASTING = 5 * MINUTE;
/** So many corrections of the same kind within the hour are a quarrel. */
const MANY_RESCALES = 3;

/** What autoscalers, nodes and custom resources say of themselves through their conditions. */
export function conditionSignals(cluster: ClusterState): readonly Signal[] {
  return [
    ...cluster
      .list('HorizontalPodAutoscaler')
      .flatMap((object) => [...hpaInactive(cluster, object), ...replicasContested(cluster, object)]),
    ...cluster.list('Node').flatMap((object) => nodeTrouble(cluster, object)),
    ...cluster
      .kinds()
      .flatMap((kind) => cluster.list(kind))
      .filter((object) => isCustom(object))
      .flatMap((object) => notReady(cluster, object)),
  ];
}

/** https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/#appendix-horizontal-pod-autoscaler-status-conditions */
function hpaInactive(cluster: ClusterState, hpa: KubernetesObject): readonly Signal[] {
  const condition = conditionsIn(hpa).find(
    ({ type, status, reason }) =>
      (type === 'ScalingActive' || type === 'AbleToScale') &&
      status === 'False' &&
      reason !== 'ScalingDisabled',
  );
  if (!condition || ageOf(cluster, condition.lastTransitionTime) < LASTING) return [];
  return [fromCondition(cluster, hpa, condition, 'hpa-inactive')];
}

/** The autoscaler brings the replicas back into its range again and again: something else writes `spec.replicas`. */
function replicasContested(cluster: ClusterState, hpa: KubernetesObject): readonly Signal[] {
  const event = cluster
    .eventsOf(hpa)
    .find(
      ({ reason, message, count, lastSeen }) =>
        reason === 'SuccessfulRescale' &&
        /Current number of replicas (below|above) Spec\.(Min|Max)Replicas/.test(message) &&
        count >= MANY_RESCALES &&
        lastSeen >= cluster.now - HOUR,
    );
  if (!event) return [];
  const spec = recordAt(hpa, 'spec');
  return [
    signal(cluster, {
      cause: 'replicas-contested',
      owner: refOf(hpa),
      on: hpa,
      says: prose`it had to bring spec.replicas back into its range ${often(event.count)} (minReplicas ${String(spec['minReplicas'] ?? 1)}, maxReplicas ${String(spec['maxReplicas'])}): something else also writes spec.replicas`,
      evidence: [quoteEvent(hpa, event)],
      firstSeen: event.firstSeen,
      lastSeen: event.lastSeen,
      occurrences: event.count,
    }),
  ];
}

function nodeTrouble(cluster: ClusterState, node: KubernetesObject): readonly Signal[] {
  const bad = conditionsIn(node).filter(({ type, status }) =>
    type === 'Ready' ? status !== 'True' : type.endsWith('Pressure') && status === 'True',
  );
  return bad
    .filter(({ lastTransitionTime }) => ageOf(cluster, lastTransitionTime) > 2 * MINUTE)
    .map((condition) => fromCondition(cluster, node, condition, 'node'));
}

const BUILT_IN_GROUPS = new Set(['', 'apps', 'batch', 'autoscaling', 'policy', 'extensions']);

/** Kinds that someone added to the cluster: their groups are domain names of others. */
function isCustom({ apiVersion }: KubernetesObject): boolean {
  const group = groupOf(apiVersion);
  return !BUILT_IN_GROUPS.has(group) && !group.endsWith('.k8s.io');
}

/** A custom resource whose controller says for a while that it is not as it should be. */
function notReady(cluster: ClusterState, object: KubernetesObject): readonly Signal[] {
  if (object.metadata.deletionTimestamp !== undefined || recordAt(object, 'spec')['suspend'] === true)
    return [];
  const condition = conditionsIn(object).find(
    ({ type, status, reason }) =>
      /^(Ready|Synced|Healthy|Available)$/.test(type) &&
      status === 'False' &&
      !/^(Progressing|Issuing|Pending|Reconciling)/.test(reason ?? ''),
  );
  if (!condition || ageOf(cluster, condition.lastTransitionTime) < LASTING) return [];
  const found = fromCondition(cluster, object, condition, 'condition');
  return [{ ...found, evidence: [...found.evidence, ...namedObjects(cluster, object)] }];
}

function fromCondition(
  cluster: ClusterState,
  object: KubernetesObject,
  condition: Condition,
  cause: 'hpa-inactive' | 'node' | 'condition',
): Signal {
  const events = warningsOf(cluster, object, HOUR);
  return signal(cluster, {
    cause,
    owner: cluster.ownerOf(object).ref,
    on: object,
    says: prose`its condition ${condition.type} is ${condition.status}${inBrackets(condition.reason)}${saying(condition.message)}`,
    evidence: [
      quote(
        'object',
        object,
        parseTime(condition.lastTransitionTime),
        `${condition.type}=${condition.status} ${condition.reason ?? ''}: ${condition.message ?? ''}`,
      ),
      ...events.slice(0, 3).map((event) => quoteEvent(object, event)),
    ],
    firstSeen: parseTime(condition.lastTransitionTime) ?? cluster.now,
    occurrences: Math.max(1, ...events.map(({ count }) => count)),
  });
}

/** Objects that the spec names through fields like `secretStoreRef: {kind, name}` and that are not there, with those that are. */
function namedObjects(cluster: ClusterState, object: KubernetesObject): Signal['evidence'] {
  const spec = recordAt(object, 'spec');
  return Object.entries(spec).flatMap(([field, value]) => {
    if (
      !field.endsWith('Ref') ||
      !isRecord(value) ||
      typeof value['name'] !== 'string' ||
      typeof value['kind'] !== 'string'
    )
      return [];
    const { kind, name } = { kind: value['kind'], name: value['name'] };
    const same = cluster
      .list(kind)
      .filter(
        ({ metadata }) =>
          (metadata.namespace ?? null) === (object.metadata.namespace ?? null) ||
          metadata.namespace === undefined,
      );
    if (same.length === 0 || same.some(({ metadata }) => metadata.name === name)) return [];
    return [
      quote(
        'object',
        object,
        null,
        `spec.${field} names ${kind} ${name}, which is not there; there are: ${same.map(({ metadata }) => metadata.name).join(', ')}`,
      ),
    ];
  });
}
