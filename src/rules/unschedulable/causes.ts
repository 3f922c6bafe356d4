const PLAIN = { fix: 'none', outcome: 'declined' } as const;

/** One cause for each clause of the scheduler. */
export const SCHEDULING_CAUSES = {
  'node-selector': { means: 'no node has the labels of `nodeSelector`', ...PLAIN },
  'node-affinity': { means: 'no node fits the required node affinity', ...PLAIN },
  'untolerated-taint': { means: 'the nodes that it selects have taints that it does not tolerate', ...PLAIN },
  'nodes-unavailable': {
    means: 'the nodes that it selects are not ready or unreachable',
    ...PLAIN,
    phase: 'node',
  },
  cordoned: { means: 'the nodes that it selects are cordoned: `were unschedulable`', ...PLAIN },
  'insufficient-cpu': { means: '`Insufficient cpu`', ...PLAIN },
  'insufficient-memory': { means: '`Insufficient memory`', ...PLAIN },
  'insufficient-resource': { means: 'another resource is short: GPUs, ephemeral storage', ...PLAIN },
  'too-many-pods': { means: 'the nodes run as many pods as they may: `Too many pods`', ...PLAIN },
  'pod-anti-affinity': { means: 'other pods on the nodes exclude it, or it excludes them', ...PLAIN },
  'pod-affinity': { means: 'no node runs the pods that it wants beside it', ...PLAIN },
  'topology-spread': { means: "`didn't match pod topology spread constraints`", ...PLAIN },
  'host-port': { means: 'its host port is taken on every node', ...PLAIN },
  'volume-node-affinity': {
    means: 'its volume can be used on no node that takes it: another zone or host',
    ...PLAIN,
  },
  'volume-limit': { means: 'the nodes have as many volumes as they can attach', ...PLAIN },
  'claim-unbound': { means: 'a claim of it has no volume, and the claim itself is not on record', ...PLAIN },
  'scheduling-gated': { means: 'a scheduling gate holds it', fix: 'none', outcome: 'monitored' },
  'no-node-fits': { means: 'any other reason', ...PLAIN },
} as const;

export type SchedulingCause = keyof typeof SCHEDULING_CAUSES;
