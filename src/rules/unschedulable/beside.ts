import { quote } from '../../facts/observations.ts';
import type { Clause } from '../../facts/scheduling.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import { describeLabelSelector, matchesLabelSelector } from '../../kubernetes/label-selectors.ts';
import { describeRef, recordAt, recordsOf } from '../../kubernetes/objects.ts';
import { containersOf, podSpecOf, type PodSpec } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { prose } from '../../untrusted/prose.ts';
import { amountsOn } from '../../witnesses/free-on-nodes.ts';
import { plain, type Obstacle } from './obstacle.ts';
import { templateField } from './selection.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';

/** What a pod is kept off nodes with by other pods. */
export function besideObstacle(
  workload: WorkloadFacts,
  pod: ClusterObject,
  clauses: readonly Clause[],
  meant: readonly ClusterObject[] | null,
): Obstacle | null {
  const has = (pattern: RegExp): boolean => clauses.some(({ text }) => pattern.test(text));
  if (has(/existing pods anti-affinity/)) return excludedByOthers(workload, pod);
  if (has(/anti-affinity/)) return excludesOthers(workload, pod, meant);
  if (has(/pod affinity/)) return missesOthers(workload, pod);
  if (has(/topology spread/)) return spread(workload, pod, meant, has(/missing required label/));
  if (has(/free ports/)) return portTaken(workload, pod);
  return has(/Too many pods/) ? full(workload, meant) : null;
}

function termsOf(spec: PodSpec | undefined, kind: 'podAffinity' | 'podAntiAffinity') {
  return recordsOf(recordAt(spec, 'affinity', kind)[REQUIRED]);
}

function excludesOthers(
  workload: WorkloadFacts,
  pod: ClusterObject,
  meant: readonly ClusterObject[] | null,
): Obstacle {
  const [term] = termsOf(podSpecOf(pod), 'podAntiAffinity');
  const { replicas, isTooMany, isOwn } = crowd(workload, pod, meant);
  const surge = isOwn && !isTooMany && workload.makers.length > 1;
  const topology = String(term?.['topologyKey'] ?? 'kubernetes.io/hostname');
  const rule = term
    ? prose`its anti-affinity allows one pod with ${describeLabelSelector(term['labelSelector'])} on each ${topology === 'kubernetes.io/hostname' ? 'node' : topology}`
    : prose`its anti-affinity excludes the pods that the nodes run`;
  return plain(
    'pod-anti-affinity',
    surge
      ? prose`Let the rollout replace a pod before it adds one: strategy.rollingUpdate.maxSurge 0 and maxUnavailable 1.`
      : prose`Run no more replicas than there are nodes that take them, add a node, or prefer the anti-affinity instead of requiring it.`,
    {
      ...(isTooMany ? { patience: 0 } : {}),
      says: isTooMany
        ? prose`${rule}, it wants ${replicas!} replicas, and ${meant!.length} nodes may take them`
        : rule,
      blames: [
        ...(typeof replicas === 'number' ? [{ object: workload.ref, field: 'spec.replicas' }] : []),
        ...templateField(workload, `affinity.podAntiAffinity.${REQUIRED}[0].topologyKey`),
      ],
    },
  );
}

/** Whether the workload's own replicas exclude one another, and are more than the nodes that may take one each. */
export function crowd(
  { object }: WorkloadFacts,
  pod: ClusterObject,
  meant: readonly ClusterObject[] | null,
): { readonly replicas: number | undefined; readonly isOwn: boolean; readonly isTooMany: boolean } {
  const { replicas } = recordAt(object, 'spec');
  const isOwn = termsOf(podSpecOf(pod), 'podAntiAffinity').some(
    ({ labelSelector, topologyKey }) =>
      topologyKey === 'kubernetes.io/hostname' && matchesLabelSelector(labelSelector, pod.metadata.labels),
  );
  const count = typeof replicas === 'number' ? replicas : undefined;
  return {
    replicas: count,
    isOwn,
    isTooMany: isOwn && meant !== null && count !== undefined && count > meant.length,
  };
}

function excludedByOthers({ cluster }: WorkloadFacts, pod: ClusterObject): Obstacle {
  const others = cluster
    .list('Pod')
    .filter(
      (one) =>
        one !== pod &&
        podSpecOf(one)?.nodeName &&
        termsOf(podSpecOf(one), 'podAntiAffinity').some(
          ({ labelSelector, namespaces }) =>
            matchesLabelSelector(labelSelector, pod.metadata.labels) &&
            (Array.isArray(namespaces)
              ? namespaces.includes(pod.metadata.namespace)
              : one.metadata.namespace === pod.metadata.namespace),
        ),
    );
  const [first] = others;
  const owner = first && cluster.ownerOf(first).ref;
  return plain(
    'pod-anti-affinity',
    owner
      ? prose`Change the anti-affinity of ${describeRef(owner)}, or the labels that it matches, or add a node.`
      : prose`Find the pods on the nodes whose anti-affinity matches its labels: kubectl get pods -A -o wide`,
    {
      says: owner
        ? prose`the anti-affinity of ${describeRef(owner)}, whose pods run on the nodes, excludes it`
        : prose`the anti-affinity of pods that run on the nodes excludes it`,
      evidence: others
        .slice(0, 3)
        .map((one) =>
          quote(
            'object',
            one,
            null,
            `podAntiAffinity: ${JSON.stringify(termsOf(podSpecOf(one), 'podAntiAffinity'))}`,
          ),
        ),
    },
  );
}

function missesOthers(workload: WorkloadFacts, pod: ClusterObject): Obstacle {
  const { cluster } = workload;
  const namespace = pod.metadata.namespace ?? null;
  const terms = termsOf(podSpecOf(pod), 'podAffinity');
  const unmet = terms.find(
    ({ labelSelector, namespaces, namespaceSelector }) =>
      namespaces === undefined &&
      namespaceSelector === undefined &&
      cluster.isRecorded('Pod', namespace) &&
      !cluster
        .list('Pod', namespace)
        .some((one) => podSpecOf(one)?.nodeName && matchesLabelSelector(labelSelector, one.metadata.labels)),
  );
  const term = unmet ?? terms[0];
  const wanted = term ? describeLabelSelector(term['labelSelector']) : '';
  return plain(
    'pod-affinity',
    unmet
      ? prose`Start the pods that the affinity names (${wanted}), or correct its labelSelector: kubectl get pods -n ${namespace ?? ''} --show-labels`
      : prose`Check that the pods that the affinity names run on nodes with room, and have the labels that it asks for${wanted === '' ? prose`` : prose` (${wanted})`}.`,
    {
      says: unmet
        ? prose`its affinity wants a pod with ${wanted} beside it, and none runs in ${namespace ?? ''}`
        : prose`no node that could take it runs the pods that its affinity wants beside it${wanted === '' ? prose`` : prose` (${wanted})`}`,
      blames: templateField(workload, `affinity.podAffinity.${REQUIRED}[0].topologyKey`),
    },
  );
}

function spread(
  workload: WorkloadFacts,
  pod: ClusterObject,
  meant: readonly ClusterObject[] | null,
  isLabelMissing: boolean,
): Obstacle {
  const constraints = recordsOf(podSpecOf(pod)?.['topologySpreadConstraints']);
  const hard = constraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable !== 'ScheduleAnyway');
  const unlabelled = hard.find(({ topologyKey }) =>
    meant?.every(({ metadata }) => metadata.labels?.[String(topologyKey)] === undefined),
  );
  const constraint = unlabelled ?? hard[0];
  const index = Math.max(0, constraints.indexOf(constraint!));
  const key = String(constraint?.['topologyKey'] ?? '');
  if (unlabelled && isLabelMissing)
    return plain(
      'topology-spread',
      prose`Label the nodes with ${key}, or spread over a label that they have: kubernetes.io/hostname`,
      {
        patience: 0,
        says: prose`it is to be spread over ${key}, and no node has this label`,
        blames: templateField(workload, `topologySpreadConstraints[${index}].topologyKey`),
      },
    );
  return plain(
    'topology-spread',
    prose`Raise maxSkew, let whenUnsatisfiable be ScheduleAnyway, or give the ${key === '' ? prose`domains` : prose`values of ${key}`} that have too few pods nodes with room.`,
    {
      says:
        key === ''
          ? prose`its topology spread constraints leave no node for it`
          : prose`one pod more on any node that could take it would exceed maxSkew ${Number(constraint?.['maxSkew'] ?? 1)} over ${key}`,
      blames: templateField(workload, `topologySpreadConstraints[${index}].maxSkew`),
    },
  );
}

function portTaken(workload: WorkloadFacts, pod: ClusterObject): Obstacle {
  const ports = hostPortsOf(podSpecOf(pod));
  const taken = workload.cluster
    .list('Pod')
    .filter((one) => one !== pod && podSpecOf(one)?.nodeName)
    .flatMap((one) => {
      const port = hostPortsOf(podSpecOf(one)).find((number) => ports.includes(number));
      return port === undefined ? [] : [{ pod: one, port }];
    });
  const names = ports.join(', ');
  const [first] = taken;
  return plain(
    'host-port',
    prose`Drop hostPort${names === '' ? '' : ` ${names}`} in favour of a Service, or run no more such pods than there are nodes.`,
    {
      says: first
        ? prose`its host port ${first.port} is taken on the nodes, on ${podSpecOf(first.pod)!.nodeName!} by Pod ${first.pod.metadata.namespace ?? ''}/${first.pod.metadata.name}`
        : prose`its host port${ports.length === 1 ? prose` ${names}` : prose`s ${names}`} ${ports.length === 1 ? prose`is` : prose`are`} taken on every node that could take it`,
      evidence: taken
        .slice(0, 3)
        .map((one) =>
          quote('object', one.pod, null, `hostPort ${one.port} on node ${podSpecOf(one.pod)!.nodeName!}`),
        ),
      blames: hostPortFields(workload),
    },
  );
}

function hostPortsOf(spec: PodSpec | undefined): readonly number[] {
  return containersOf(spec).flatMap(({ container }) =>
    recordsOf(container['ports']).flatMap(({ hostPort, containerPort }) => {
      const port = hostPort ?? (spec?.['hostNetwork'] === true ? containerPort : undefined);
      return typeof port === 'number' && port > 0 ? [port] : [];
    }),
  );
}

function hostPortFields(workload: WorkloadFacts) {
  return containersOf(podSpecOf(workload.object ?? { apiVersion: '', kind: '', metadata: { name: '' } }))
    .filter(({ role }) => role === 'container')
    .flatMap(({ container }) =>
      recordsOf(container['ports']).flatMap((port, index) =>
        port['hostPort'] === undefined
          ? []
          : templateField(workload, `containers[name=${container.name}].ports[${index}].hostPort`),
      ),
    );
}

function full({ cluster }: WorkloadFacts, meant: readonly ClusterObject[] | null): Obstacle {
  const amounts = amountsOn(cluster, meant ?? [], 'pods').slice(0, 4);
  const words = amounts
    .map(({ node, text, free, allocatable }) =>
      free === null
        ? `${node.metadata.name} ${text ?? ''}`
        : `${node.metadata.name} ${allocatable - free} of ${text ?? ''}`,
    )
    .join(', ');
  return plain(
    'too-many-pods',
    prose`Remove pods from the nodes, add a node, or raise the kubelet's maxPods.`,
    {
      says: prose`the nodes run as many pods as they may${words === '' ? '' : ` (${words})`}`,
    },
  );
}
