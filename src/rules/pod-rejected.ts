/**
 * Rule `pod-rejected`: the kubelet refuses a pod that the scheduler gave it, and not enough others have taken its place.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - The kubelet checks resources, node affinity, devices, sysctls and profiles once more when a pod arrives. What it refuses has phase Failed at once, and
 *   no container of it starts. Texts: pkg/kubelet/lifecycle/predicate.go of k8s.io/kubernetes.
 * - A controller makes another pod, which the scheduler may send to the same node: each refusal leaves a Failed pod behind.
 */
import { endedPods, type EndedPod } from '../facts/ended-pods.ts';
import { quote } from '../facts/observations.ts';
import type { WorkloadFacts } from '../facts/subjects.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { podSpecOf, podSpecPath } from '../kubernetes/workloads.ts';
import type { Blame } from '../model/finding.ts';
import { counted, prose, type Prose } from '../untrusted/prose.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

const REJECTED =
  /^(?:OutOf\S+|NodeAffinity|NodeName|NodePorts|UnexpectedAdmissionError|TopologyAffinityError|SMTAlignmentError|SysctlForbidden|AppArmor|PodOSSelectorNodeLabelDoesNotMatch|PodOSNotSupported|InitContainerRestartPolicyForbidden|SupplementalGroupsPolicyNotSupported|PodLevelResourcesNotSupported|VolumeAttachmentLimitExceeded)$/;

const PLAIN = { fix: 'none', outcome: 'declined' } as const;

export const podRejected = defineRule({
  id: 'pod-rejected',
  title: 'The kubelet refuses a pod that was scheduled',
  phase: 'scheduling',
  semantics: [
    'https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase',
    'https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/',
    'https://kubernetes.io/docs/tasks/administer-cluster/topology-manager/',
  ],
  reads: ['Pod', 'Event'],
  on: 'workload',
  causes: {
    'out-of-resource': {
      means: '`OutOfcpu`, `OutOfmemory`, `OutOfpods`: the node filled up meanwhile',
      ...PLAIN,
    },
    'node-changed': {
      means: "the node's labels or ports no longer fit: `NodeAffinity`, `NodePorts`",
      ...PLAIN,
    },
    'device-unavailable': {
      means: '`UnexpectedAdmissionError`: a device or CPU cannot be handed out',
      ...PLAIN,
    },
    'topology-unsatisfied': { means: 'CPUs, memory and devices are not on one NUMA node', ...PLAIN },
    'sysctl-forbidden': { means: 'the kubelet does not allow the sysctl', ...PLAIN },
    'profile-unavailable': { means: '`AppArmor`: the profile is not on the node', ...PLAIN },
    'not-supported': { means: "the node's system or kubelet lacks what the pod asks for", ...PLAIN },
    'attachment-limit': { means: 'the node can attach no more volumes', ...PLAIN },
  },

  detect(workload) {
    const rejected = endedPods(workload, REJECTED);
    const [latest] = rejected;
    if (!latest) return null;
    const times = rejected.flatMap(({ at }) => at ?? []);
    return {
      latest,
      count: rejected.length,
      seenOn: rejected.map(({ pod }) => refOf(pod)),
      firstSeen: Math.min(...times, workload.cluster.now),
      lastSeen: times.length > 0 ? Math.max(...times) : workload.cluster.now,
      occurrences: rejected.length,
    };
  },

  investigate(workload, _ask, { latest, count }) {
    const { pod, reason, message, at } = latest;
    const node = podSpecOf(pod)?.nodeName ?? 'unknown';
    const reading = READINGS.find(({ reasons }) => reasons.test(reason)) ?? OTHER;
    const more = count > 1 ? prose` (${counted(count, 'pod')} so far)` : prose``;
    return diagnosis({
      cause: reading.cause,
      summary: prose`Node ${node} refuses the pods of ${describeRef(workload.ref)}${more}: ${reading.says(latest)}.`,
      evidence: [quote('pod-status', pod, at, `phase Failed, reason ${reason}: ${message}`)],
      certainty: [0.9, prose`the kubelet says why it refused the pod`],
      reason: prose`Whether the pod should ask for something else or the node offer it is for a person to decide.`,
      blames: blamesOf(workload, reading),
      advice: [
        reading.advice(node, latest),
        prose`Delete the refused pods once it is repaired: kubectl delete pod -n ${pod.metadata.namespace ?? 'default'} --field-selector status.phase=Failed`,
      ],
    });
  },
});

interface Reading {
  readonly reasons: RegExp;
  readonly cause: string;
  says(ended: EndedPod): Prose;
  advice(node: string, ended: EndedPod): Prose;
  /** Below the pod's spec. */
  readonly field?: string;
}

const READINGS: readonly Reading[] = [
  {
    reasons: /^OutOf/,
    cause: 'out-of-resource',
    says: ({ reason, message }) => {
      const [, requested, used, capacity] =
        /requested: (\d+), used: (\d+), capacity: (\d+)/.exec(message) ?? [];
      const resource = reason.replace('OutOf', '');
      return capacity === undefined
        ? prose`it is out of ${resource}`
        : prose`they ask for ${amount(resource, requested!)} ${resource}, and ${amount(resource, used!)} of ${amount(resource, capacity)} are taken`;
    },
    advice: (node) =>
      prose`Find what took the room on node ${node} without the scheduler's knowledge: static pods, DaemonSets that came later, or a second scheduler (kubectl describe node ${node}).`,
  },
  {
    reasons: /^Node(?:Affinity|Name|Ports)$/,
    cause: 'node-changed',
    says: ({ reason }) =>
      reason === 'NodePorts'
        ? prose`a host port that they ask for is taken on it`
        : prose`its labels no longer match their node selector or affinity (${reason})`,
    advice: (node) =>
      prose`Compare the labels of node ${node} with the pod's nodeSelector: kubectl get node ${node} --show-labels. A node that was restarted without its labels is the usual case.`,
  },
  {
    reasons: /^UnexpectedAdmissionError$/,
    cause: 'device-unavailable',
    says: ({ message }) => prose`a device or CPU could not be handed out: ${firstLine(message)}`,
    advice: (node) =>
      prose`Check the device plugin on node ${node} (its DaemonSet pod and its log); restart it if it lost its registration with the kubelet.`,
  },
  {
    reasons: /^(?:TopologyAffinityError|SMTAlignmentError)$/,
    cause: 'topology-unsatisfied',
    says: ({ reason }) =>
      prose`it cannot give them CPUs, memory and devices together as its policy demands (${reason})`,
    advice: (node) =>
      prose`Ask for less on one NUMA node, or for whole cores, or relax the topologyManagerPolicy of node ${node}.`,
  },
  {
    reasons: /^SysctlForbidden$/,
    cause: 'sysctl-forbidden',
    says: ({ message }) => prose`they set a sysctl that its kubelet forbids: ${firstLine(message)}`,
    advice: (node) =>
      prose`Have the owners of node ${node} add it to the kubelet's allowedUnsafeSysctls, or take it out of the pod's securityContext.sysctls.`,
    field: 'securityContext.sysctls[0].name',
  },
  {
    reasons: /^AppArmor$/,
    cause: 'profile-unavailable',
    says: ({ message }) => prose`the AppArmor profile that they ask for is not there: ${firstLine(message)}`,
    advice: (node) =>
      prose`Load the profile on node ${node} (apparmor_parser), or keep the pods on nodes that have it.`,
  },
  {
    reasons: /^VolumeAttachmentLimitExceeded$/,
    cause: 'attachment-limit',
    says: () => prose`it can attach no more volumes`,
    advice: (node) =>
      prose`Move a pod with volumes off node ${node}, or add a node: the limit is the provider's.`,
  },
];

const OTHER: Reading = {
  reasons: /^/,
  cause: 'not-supported',
  says: ({ reason, message }) =>
    prose`it does not support what they ask for (${reason}): ${firstLine(message)}`,
  advice: (node) =>
    prose`Keep the pods on nodes that support it with a nodeSelector (kubernetes.io/os for the system), or upgrade node ${node}.`,
};

/** What the kubelet says, without what it begins every refusal with. */
function firstLine(message: string): string {
  return message
    .replace(/^Pod was rejected: /, '')
    .replace(/^(?:forbidden sysctl|Cannot enforce AppArmor): /, '')
    .replace(/\.?\s*$/, '')
    .split('\n')[0]!;
}

/** CPU is in thousandths, everything else in its own unit: bytes, pods, devices. */
function amount(resource: string, number: string): string {
  if (resource === 'cpu') return `${Number(number) / 1000}`;
  return /memory|storage/.test(resource) ? `${Math.round(Number(number) / 2 ** 20)}Mi` : number;
}

function blamesOf({ ref, object }: WorkloadFacts, { field }: Reading): readonly Blame[] {
  const path = podSpecPath(ref.kind);
  return field === undefined || path === null || object === undefined
    ? []
    : [{ object: ref, field: `${path}.${field}` }];
}
