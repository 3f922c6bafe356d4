/**
 * Rule `node-not-ready`: a node cannot run pods, or is under pressure.
 *
 * The kubelet reports the conditions of its node every few seconds; where it does not, the node controller sets Ready to Unknown after 40 seconds
 * or so. Texts: pkg/kubelet/nodestatus and pkg/controller/nodelifecycle of k8s.io/kubernetes.
 */
import { MINUTE } from '../kubernetes/durations.ts';
import { ageOf, conditionsIn, quoteCondition, quoteEvent, warningsOf } from '../facts/observations.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { parseTime, type Condition } from '../kubernetes/workloads.ts';
import { inBrackets, prose, saying, type Prose } from '../untrusted/prose.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

const PLAIN = { fix: 'none', outcome: 'declined' } as const;
/** A node that restarts is back within minutes; the rule reports it until then, since its pods do not run. */
const GRACE = MINUTE;
const LATELY = 10 * MINUTE;

export const nodeNotReady = defineRule({
  id: 'node-not-ready',
  title: 'A node is not ready, or under pressure',
  phase: 'node',
  semantics: [
    'https://kubernetes.io/docs/reference/node/node-status/#condition',
    'https://kubernetes.io/docs/concepts/architecture/nodes/#node-controller',
    'https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#node-conditions',
  ],
  reads: ['Node', 'Event'],
  on: 'Node',
  causes: {
    'kubelet-silent': {
      means: 'the kubelet stopped reporting: it, the node or its network is down',
      ...PLAIN,
    },
    'runtime-down': { means: 'the container runtime does not answer the kubelet', ...PLAIN },
    'network-not-ready': { means: 'no network plugin is ready on the node', ...PLAIN },
    'not-ready': { means: 'any other reason for not being Ready', ...PLAIN },
    'memory-pressure': { means: 'the node is low on memory', ...PLAIN },
    'disk-pressure': { means: 'the node is low on disk', ...PLAIN },
    'pid-pressure': { means: 'the node is low on process ids', ...PLAIN },
  },

  detect({ cluster, object: node }) {
    const bad = conditionsIn(node).filter(
      ({ type, status, lastTransitionTime }) =>
        isBad(type, status) && ageOf(cluster, lastTransitionTime) >= GRACE,
    );
    const condition = bad.find(({ type }) => type === 'Ready') ?? bad[0];
    if (!condition) return null;
    return {
      condition,
      seenOn: [refOf(node)],
      firstSeen: parseTime(condition.lastTransitionTime) ?? cluster.now,
      lastSeen: cluster.now,
      occurrences: 1,
    };
  },

  investigate({ cluster, object: node }, _ask, { condition }) {
    const [cause, advice] = causeOf(condition, node.metadata.name);
    return diagnosis({
      cause,
      summary: prose`${describeRef(refOf(node))}: its condition ${condition.type} is ${condition.status}${inBrackets(condition.reason)}${saying(condition.message)}`,
      evidence: [
        quoteCondition(node, condition),
        ...warningsOf(cluster, node, LATELY)
          .slice(0, 3)
          .map((event) => quoteEvent(node, event)),
      ],
      certainty: [0.9, prose`the node's own condition says so`],
      reason: prose`A node is nothing that a manifest repairs.`,
      advice: [advice],
    });
  },
});

function isBad(type: string, status: string): boolean {
  return type === 'Ready' ? status !== 'True' : type.endsWith('Pressure') && status === 'True';
}

function causeOf(
  { type, status, reason = '', message = '' }: Condition,
  node: string,
): readonly [string, Prose] {
  if (type === 'MemoryPressure')
    return [
      'memory-pressure',
      prose`Find what uses the memory of the node: kubectl top pods -A --sort-by=memory`,
    ];
  if (type === 'DiskPressure')
    return ['disk-pressure', prose`Find what fills the disks of the node: images, logs, emptyDirs.`];
  if (type === 'PIDPressure') return ['pid-pressure', prose`Find what makes so many processes on the node.`];
  if (status === 'Unknown' || reason === 'NodeStatusUnknown' || /stopped posting node status/.test(message))
    return [
      'kubelet-silent',
      prose`Check that the machine of ${node} runs and that its kubelet is up: systemctl status kubelet`,
    ];
  if (
    /container runtime is down|PLEG is not healthy|runtime (?:service|status check)|containerd|cri-?o/i.test(
      message,
    )
  )
    return [
      'runtime-down',
      prose`Check the container runtime of ${node}: systemctl status containerd (or crio)`,
    ];
  if (/network|cni/i.test(message))
    return [
      'network-not-ready',
      prose`Check the pods of the network plugin on ${node}: kubectl get pods -A --field-selector spec.nodeName=${node}`,
    ];
  return ['not-ready', prose`Read what the kubelet says: kubectl describe node ${node}`];
}
