import { prose } from '../../untrusted/prose.ts';

const PLAIN = { fix: 'none', outcome: 'declined' } as const;
/** What the pod's own template asks for: the last commit may have brought it, or one label may be near it. */
const ITS_OWN = {
  fix: 'propose',
  outcome: '[going back](#what-may-change), a draft, or declined',
} as const;
const ITS_SIZE = {
  fix: 'propose',
  outcome: '[a smaller request](#what-may-change), or declined',
} as const;

/** One cause for each clause of the scheduler. */
export const SCHEDULING_CAUSES = {
  'node-selector': { means: 'no node has the labels of `nodeSelector`', ...ITS_OWN },
  'node-affinity': { means: 'no node fits the required node affinity', ...ITS_OWN },
  'untolerated-taint': {
    means: 'the nodes that it selects have taints that it does not tolerate',
    ...ITS_OWN,
  },
  'nodes-unavailable': {
    means: 'the nodes that it selects are not ready or unreachable, or there are none',
    ...PLAIN,
    phase: 'node',
  },
  cordoned: { means: 'the nodes that it selects are cordoned: `were unschedulable`', ...PLAIN },
  'insufficient-cpu': { means: '`Insufficient cpu`', ...ITS_SIZE },
  'insufficient-memory': { means: '`Insufficient memory`', ...ITS_SIZE },
  'insufficient-resource': { means: 'another resource is short: GPUs, ephemeral storage', ...PLAIN },
  'resource-not-offered': {
    means: 'no node offers an extended resource at all: its device plugin does not run',
    ...PLAIN,
  },
  'resource-claim': { means: 'its ResourceClaims cannot be allocated on any node', ...PLAIN },
  'too-many-pods': { means: 'the nodes run as many pods as they may: `Too many pods`', ...PLAIN },
  'pod-anti-affinity': { means: 'other pods on the nodes exclude it, or it excludes them', ...ITS_OWN },
  'pod-affinity': { means: 'no node runs the pods that it wants beside it', ...ITS_OWN },
  'topology-spread': { means: "`didn't match pod topology spread constraints`", ...ITS_OWN },
  'host-port': { means: 'its host port is taken on every node', ...ITS_OWN },
  'volume-node-affinity': {
    means: 'its volume can be used on no node that takes it: another zone or host',
    ...PLAIN,
  },
  'volume-limit': { means: 'the nodes have as many volumes as they can attach', ...PLAIN },
  'volume-capacity': { means: 'no node has the free storage that its volumes need', ...PLAIN },
  'claim-in-use': { means: 'another pod has its ReadWriteOncePod claim', ...PLAIN },
  'claim-unbound': { means: 'a claim of it has no volume, and the claim itself is not on record', ...PLAIN },
  preempted: { means: 'a pod of higher priority took its place', ...PLAIN },
  'scheduling-gated': {
    means: 'a scheduling gate holds it',
    fix: 'none',
    outcome: 'monitored',
    verdict: 'monitor',
    reason: prose`A gate is meant to hold the pod, so there is nothing to fix yet.`,
  },
  'other-scheduler': {
    means: 'it names a scheduler that has not looked at it',
    ...ITS_OWN,
  },
  'scheduler-silent': { means: 'kube-scheduler has not looked at it', ...PLAIN, phase: 'node' },
  'no-node-fits': { means: 'any other reason', ...PLAIN },
} as const;

export type SchedulingCause = keyof typeof SCHEDULING_CAUSES;
