import { quote } from '../../facts/observations.ts';
import type { Clause, Unscheduled } from '../../facts/scheduling.ts';
import { claimsOf } from '../../facts/claims.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import {
  matchesNodeAffinity,
  matchesNodeSelector,
  untoleratedTaints,
  type Taint,
} from '../../kubernetes/node-selection.ts';
import { recordAt, recordsOf, refOf } from '../../kubernetes/objects.ts';
import { podSpecOf, podSpecPath, type PodSpec } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { isAutoscaled } from '../../witnesses/capacity.ts';
import { plain, type Obstacle } from './obstacle.ts';
import { resourceObstacle } from './resources.ts';
import { selectionObstacle } from './selection.ts';
import type { SchedulingCause } from './causes.ts';

/** All nodes, where all are on record and no autoscaler adds any; else null. */
function allNodes({ cluster }: WorkloadFacts): readonly ClusterObject[] | null {
  const nodes = cluster.list('Node');
  return nodes.length === 0 || !cluster.isRecorded('Node', null) || isAutoscaled(cluster, nodes)
    ? null
    : nodes;
}

const CONTROL_PLANE = /^node-role\.kubernetes\.io\/(control-plane|master)$/;

export function obstacleOf(workload: WorkloadFacts, pending: Unscheduled): Obstacle {
  const { pod, clauses, isGated } = pending;
  if (isGated)
    return plain('scheduling-gated', prose`Ask the controller that set the gate why it holds the pod.`);
  const spec = podSpecOf(pod) ?? {};
  const nodes = allNodes(workload);
  const selected =
    nodes?.filter((node) => matchesNodeSelector(node, spec) && matchesNodeAffinity(node, spec)) ?? null;
  const has = (pattern: RegExp): boolean => clauses.some(({ text }) => pattern.test(text));
  // Of the nodes that it selects, those of the control plane are not meant.
  const meant = selected?.filter((node) => !isControlPlane(node, spec)) ?? null;
  if (has(SELECTION) && (meant === null ? isMostly(clauses, SELECTION) : meant.length === 0))
    return selectionObstacle(workload, spec, nodes);
  return (
    resourceObstacle(workload, spec, clauses, meant) ??
    byClause(workload, pending, clauses, meant) ??
    (has(/untolerated taint|that the pod didn't tolerate/i) ? taintObstacle(spec, clauses, meant) : null) ??
    (has(/were unschedulable|node\.kubernetes\.io\/unschedulable/)
      ? cordonObstacle(meant ?? [], spec)
      : null) ??
    (has(SELECTION)
      ? selectionObstacle(workload, spec, nodes)
      : plain(
          'no-node-fits',
          prose`Compare the scheduler's words with the pod's spec: kubectl describe pod ${pod.metadata.name} -n ${pod.metadata.namespace ?? ''}`,
        ))
  );
}

/** By a taint that the pod does not tolerate, or by its role where it is cordoned besides. */
function isControlPlane(node: ClusterObject, spec: PodSpec): boolean {
  const { labels = {} } = node.metadata;
  const hasRole =
    Object.keys(labels).some((label) => CONTROL_PLANE.test(label)) ||
    labels['kubernetes.io/role'] === 'master';
  const isCordoned = recordAt(node, 'spec')['unschedulable'] === true;
  return (hasRole && isCordoned) || untoleratedTaints(node, spec).some(({ key }) => CONTROL_PLANE.test(key));
}

const SELECTION = /node affinity|node selector/i;

/** True when no other clause, those of tainted and cordoned nodes aside, is about as many nodes. */
function isMostly(clauses: readonly Clause[], pattern: RegExp): boolean {
  const count = (fits: boolean): number =>
    Math.max(
      0,
      ...clauses
        .filter(({ text }) => pattern.test(text) === fits && (fits || !/taint|unschedulable/.test(text)))
        .map(({ nodes }) => nodes ?? 0),
    );
  return count(true) > count(false);
}

type Reading = readonly [pattern: RegExp, cause: SchedulingCause, advice: Prose, field: string | null];

/** Reasons that say enough without the nodes. */
const READINGS: readonly Reading[] = [
  [
    /anti-affinity/,
    'pod-anti-affinity',
    prose`Run no more replicas than there are nodes that take them, or prefer the anti-affinity instead of requiring it.`,
    'affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey',
  ],
  [
    /pod affinity/,
    'pod-affinity',
    prose`Check that the pods that the affinity names run, and have the labels that it asks for.`,
    'affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey',
  ],
  [
    /topology spread/,
    'topology-spread',
    prose`Raise maxSkew, let whenUnsatisfiable be ScheduleAnyway, or give the domains that are missing nodes.`,
    'topologySpreadConstraints[0].maxSkew',
  ],
  [/free ports/, 'host-port', prose`Drop hostPort, or run no more pods than there are nodes.`, null],
  [
    /Too many pods/,
    'too-many-pods',
    prose`Remove pods from the nodes, add a node, or raise the kubelet's maxPods.`,
    null,
  ],
  [/max volume count/, 'volume-limit', prose`Add a node, or move pods with volumes to others.`, null],
];

function byClause(
  workload: WorkloadFacts,
  { pod }: Unscheduled,
  clauses: readonly Clause[],
  meant: readonly ClusterObject[] | null,
): Obstacle | null {
  const found = READINGS.find(([pattern]) => clauses.some(({ text }) => pattern.test(text)));
  if (found) {
    const [, cause, advice, field] = found;
    const path = podSpecPath(workload.ref.kind);
    const replicas = recordAt(workload.object, 'spec')['replicas'];
    const blames = [
      ...(cause === 'pod-anti-affinity' && typeof replicas === 'number'
        ? [{ object: workload.ref, field: 'spec.replicas' }]
        : []),
      ...(field !== null && path !== null && isSet(workload, field)
        ? [{ object: workload.ref, field: `${path}.${field}` }]
        : []),
    ];
    const tooMany =
      cause === 'pod-anti-affinity' &&
      meant !== null &&
      typeof replicas === 'number' &&
      replicas > meant.length;
    return plain(cause, advice, {
      isLasting: tooMany,
      blames,
      because: tooMany
        ? [prose`It wants ${replicas} replicas, and ${meant.length} nodes may take them.`]
        : [],
    });
  }
  if (clauses.some(({ text }) => /volume node affinity conflict|no available volume zone/.test(text)))
    return volumeObstacle(workload, pod);
  if (clauses.some(({ text }) => /PersistentVolumeClaim|persistent volumes to bind/i.test(text)))
    return plain(
      'claim-unbound',
      prose`Look for what keeps its claims from being bound: kubectl describe pvc -n ${pod.metadata.namespace ?? ''}`,
    );
  return null;
}

function isSet({ object }: WorkloadFacts, field: string): boolean {
  const first = field.split(/[.[]/, 2);
  return (
    first.reduce<unknown>((here, name) => recordAt(here)[name], object && podSpecOf(object)) !== undefined
  );
}

function taintObstacle(
  spec: PodSpec,
  clauses: readonly Clause[],
  meant: readonly ClusterObject[] | null,
): Obstacle | null {
  const tainted = (meant ?? [])
    .filter((node) => recordAt(node, 'spec')['unschedulable'] !== true)
    .map((node) => ({
      node,
      taints: untoleratedTaints(node, spec).filter(({ key }) => key !== 'node.kubernetes.io/unschedulable'),
    }))
    .filter(({ taints }) => taints.length > 0);
  const said = clauses.flatMap(({ text }) => taintIn(text) ?? []);
  const taints = tainted.length > 0 ? tainted.flatMap((one) => one.taints) : said;
  const taint = taints.find(({ key }) => !CONTROL_PLANE.test(key));
  if (!taint)
    return meant === null && said.length > 0
      ? plain(
          'untolerated-taint',
          prose`Give the workload nodes that are not reserved for the control plane.`,
        )
      : null;
  const nodes = tainted
    .filter((one) => one.taints.some(({ key }) => key === taint.key))
    .map(({ node }) => node);
  const names = nodes.map(({ metadata }) => metadata.name).join(', ');
  const text = taint.value === '' ? taint.key : `${taint.key}=${taint.value}`;
  const shown = nodes.map((node) =>
    quote('object', node, null, `spec.taints: ${JSON.stringify(recordAt(node, 'spec')['taints'])}`),
  );
  const culprit =
    nodes.length === 1 ? { kind: 'Node', namespace: null, name: nodes[0]!.metadata.name } : null;
  if (taint.key.startsWith('node.kubernetes.io/'))
    return plain('nodes-unavailable', prose`Bring the nodes back: kubectl describe node ${names}`, {
      evidence: shown,
      ...(culprit ? { culprit, explainedBy: [culprit] } : {}),
    });
  return plain(
    'untolerated-taint',
    prose`Let the pods tolerate ${text} if they are meant for these nodes, else select others or remove the taint.`,
    {
      isLasting: nodes.length > 0,
      because:
        nodes.length > 0
          ? [
              prose`Of the nodes that it selects, ${names} ${nodes.length === 1 ? prose`has` : prose`have`} the taint ${text}.`,
            ]
          : [],
      evidence: shown,
      ...(culprit ? { culprit } : {}),
    },
  );
}

/** `node(s) had untolerated taint {dedicated: gpu}` */
function taintIn(text: string): Taint | null {
  const [, key, value = ''] = /taint \{([^:}]+): ?([^}]*)\}/.exec(text) ?? [];
  return key === undefined ? null : { key, value, effect: '' };
}

function cordonObstacle(meant: readonly ClusterObject[], spec: PodSpec): Obstacle | null {
  const cordoned = meant.filter(
    (node) =>
      recordAt(node, 'spec')['unschedulable'] === true ||
      untoleratedTaints(node, spec).some(({ key }) => key === 'node.kubernetes.io/unschedulable'),
  );
  const names = cordoned.map(({ metadata }) => metadata.name);
  const [first] = cordoned;
  return plain(
    'cordoned',
    names.length === 0
      ? prose`Uncordon a node that it selects, once its maintenance is over: kubectl get nodes`
      : prose`Uncordon a node once its maintenance is over: kubectl uncordon ${names[0]!}`,
    {
      because: names.length === 0 ? [] : [prose`Somebody cordoned ${names.join(', ')}.`],
      evidence: cordoned.map((node) => quote('object', node, null, 'spec.unschedulable: true')),
      ...(names.length === 1
        ? { culprit: { kind: 'Node', namespace: null, name: first!.metadata.name } }
        : {}),
    },
  );
}

/** The volume that binds the pod to a place where no node takes it. */
function volumeObstacle({ cluster }: WorkloadFacts, pod: ClusterObject): Obstacle {
  const volumes = claimsOf(pod).flatMap((name) => {
    const claim = cluster.get('PersistentVolumeClaim', pod.metadata.namespace ?? null, name);
    const volume = recordAt(claim, 'spec')['volumeName'];
    return (typeof volume === 'string' && cluster.get('PersistentVolume', null, volume)) || [];
  });
  const bound = volumes.filter((volume) => recordAt(volume, 'spec')['nodeAffinity'] !== undefined);
  const [first] = bound;
  return plain(
    'volume-node-affinity',
    prose`Give the zone or host of the volume a node with room, or make the volume again where the nodes are.`,
    {
      evidence: bound.map((volume) =>
        quote(
          'object',
          volume,
          null,
          `spec.nodeAffinity: ${JSON.stringify(recordsOf(recordAt(volume, 'spec', 'nodeAffinity', 'required')['nodeSelectorTerms']))}`,
        ),
      ),
      ...(bound.length === 1 && first ? { culprit: refOf(first) } : {}),
    },
  );
}
