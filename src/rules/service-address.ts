/**
 * Rule `service-address`: a workload is told an address that leads nowhere: a port that the Service does not have, or the name of a Service that is not there.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - A Service with a cluster IP answers on the ports of its `spec.ports` alone, whatever its pods listen on; a headless one hands out its pods, and
 *   any of their ports will do.
 * - A name of one label is looked up in the namespace of the pod, `name.namespace` and `name.namespace.svc` in that namespace.
 *
 * The address alone proves nothing about the program, which may never use it: it counts where a commit or a rollout replaced an address that works, or
 * where the log complains of it.
 */
import { objectKey, refOf } from '../kubernetes/objects.ts';
import { podSpecOf, podSpecPath } from '../kubernetes/workloads.ts';
import type { ContainerFacts } from '../facts/subjects.ts';
import {
  addressesOf,
  destinationOf,
  leadsSomewhere,
  textsOf,
  type Destination,
} from '../witnesses/service-addresses.ts';
import { defineRule } from './define-rule.ts';
import { deadAddress } from './service-address/dead-address.ts';
import { foresight } from './service-address/foresight.ts';

const RESTORED = {
  fix: 'propose',
  outcome:
    'the address before, where it leads to a Service of today: a pull request that a person merges; the one port or near name that can be meant: a draft; else declined',
} as const;

export const serviceAddress = defineRule({
  id: 'service-address',
  title: 'A workload is told an address that no Service of the cluster has',
  phase: 'configuration',
  semantics: [
    'https://kubernetes.io/docs/concepts/services-networking/service/',
    'https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/',
  ],
  reads: ['Pod', 'Service', 'ConfigMap', 'ReplicaSet', 'ControllerRevision'],
  on: 'container',
  causes: {
    'wrong-port': { means: 'the Service that a variable or an argument names has another port', ...RESTORED },
    'wrong-host': {
      means: 'the namespace has no Service of the name that a variable or an argument has',
      ...RESTORED,
    },
  },
  foresight,

  detect(container) {
    const dead = deadIn(container);
    const pods = container.instances
      .map(({ pod }) => pod)
      .filter((pod) => container.workload.activePods.includes(pod));
    if (dead.length === 0 || pods.length === 0) return null;
    const firstSeen = Math.min(
      ...pods.map((pod) => Date.parse(pod.metadata.creationTimestamp ?? '') || container.cluster.now),
    );
    return { dead, pods, seenOn: pods.map(refOf), firstSeen };
  },

  *investigate(container, ask, { dead, pods }) {
    return yield* deadAddress(container, ask, dead, pods);
  },
});

/** The addresses in the template that lead nowhere, one for each Service that they name. */
function deadIn({ cluster, workload, placed, path }: ContainerFacts): readonly Destination[] {
  if (placed === undefined || podSpecPath(workload.ref.kind) === null) return [];
  const place = { owner: workload.ref, path };
  const pod = workload.object && podSpecOf(workload.object);
  const { namespace } = workload.ref;
  const found = addressesOf(textsOf(placed.container, place, cluster))
    .flatMap((address) => destinationOf(cluster, address, namespace, pod) ?? [])
    .filter((one) => !leadsSomewhere(one));
  return [
    ...new Map(
      found.map((one) => [
        objectKey({ kind: String(one.address.port), namespace: one.namespace, name: one.name }),
        one,
      ]),
    ).values(),
  ];
}
