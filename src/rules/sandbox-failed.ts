/**
 * Rule `sandbox-failed`: a pod has a node, and its sandbox is not made, so that no container of it starts.
 *
 * The kubelet asks the container runtime for a sandbox (a pause container in a network namespace), and the runtime asks the network plugin for
 * an address. It tries again for ever, with an event each time. Most causes are the node's, so that its pods share one incident.
 */
import { quoteEvent, quoteFields } from '../facts/observations.ts';
import { isOfNode, sandboxFailureOf, type SandboxFailure } from '../facts/sandboxes.ts';
import { MINUTE } from '../kubernetes/durations.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { podTemplatePath } from '../kubernetes/workloads.ts';
import { prose, saying } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { sandboxAdvice, SANDBOX_WORDS } from './sandbox-failed/words.ts';

const PLAIN = { fix: 'none', outcome: 'declined' } as const;
/** A network plugin starts after its node; the kubelet tries every few seconds. */
const PATIENCE = MINUTE;
const NETWORKS = 'k8s.v1.cni.cncf.io/networks';

export const sandboxFailed = defineRule({
  id: 'sandbox-failed',
  title: 'The sandbox of a pod is not made',
  phase: 'node',
  semantics: [
    'https://kubernetes.io/docs/concepts/architecture/cri/',
    'https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/network-plugins/',
    'https://kubernetes.io/docs/setup/production-environment/container-runtimes/#override-pause-image-containerd',
  ],
  reads: ['Pod', 'Event', 'Node'],
  on: 'workload',
  causes: {
    'runtime-down': { means: 'the container runtime of the node does not answer', ...PLAIN },
    'network-not-ready': { means: 'the network plugin of the node fails or is not there', ...PLAIN },
    'addresses-exhausted': { means: 'the network plugin has no address left on the node', ...PLAIN },
    'pause-image': { means: 'the pause image of the runtime cannot be pulled', ...PLAIN },
    'node-exhausted': { means: 'the node is out of disk, memory, process ids or files', ...PLAIN },
    'attachment-missing': {
      means: 'it names a NetworkAttachmentDefinition that Multus does not find',
      ...PLAIN,
    },
    'sandbox-failed': {
      means: 'any other reason',
      ...PLAIN,
    },
  },

  detect({ cluster, activePods }) {
    const failures = activePods
      .flatMap((pod) => sandboxFailureOf(cluster, pod) ?? [])
      .filter(({ since }) => cluster.reached(since + PATIENCE))
      .toSorted((a, b) => a.since - b.since);
    const [first] = failures;
    if (!first) return null;
    const same = failures.filter(({ error, node }) => error === first.error && node === first.node);
    return {
      first,
      same,
      seenOn: same.map(({ pod }) => refOf(pod)),
      firstSeen: first.since,
      lastSeen: Math.max(...same.map(({ event }) => event.lastSeen)),
      occurrences: same.reduce((sum, { event }) => sum + event.count, 0),
    };
  },

  investigate({ cluster, ref, object }, _ask, { first, same }) {
    const { pod, node, error, event } = first;
    const culprit = { kind: 'Node', namespace: null, name: node };
    const others = same.length > 1 ? prose` (and ${same.length - 1} more)` : prose``;
    const template = podTemplatePath(ref.kind);
    const isBlamed = error === 'attachment-missing' && object !== undefined && template !== null;
    return diagnosis({
      cause: error,
      summary: prose`${describeRef(ref)}: pod ${pod.metadata.name}${others} does not start on node ${node}: ${SANDBOX_WORDS[error]}`,
      because: [prose`The kubelet${saying(shortened(lastCause(event.message)))}`],
      evidence: [
        quoteEvent(pod, event),
        ...(error === 'attachment-missing'
          ? quoteFields(pod, pod.metadata.annotations ?? {}, [NETWORKS], 'metadata.annotations: ')
          : []),
      ],
      certainty: [error === 'sandbox-failed' ? 0.6 : 0.9, prose`the kubelet quotes the runtime`],
      reason: isOfNode(error)
        ? prose`The node is at fault, and no manifest of a workload can repair it.`
        : error === 'attachment-missing'
          ? prose`Which network is meant is for a person to decide.`
          : prose`What the runtime says proves no change in git.`,
      blames: isBlamed ? [{ object: ref, field: `${template}.metadata.annotations["${NETWORKS}"]` }] : [],
      advice: sandboxAdvice(first, cluster),
      ...(isOfNode(error) ? { culprit, explainedBy: [culprit] } : {}),
    });
  },
});

/** The innermost of errors that wrap one another: what follows the last `desc = `. */
function lastCause(message: SandboxFailure['event']['message']): string {
  return message.split(/desc = /).at(-1) ?? message;
}
