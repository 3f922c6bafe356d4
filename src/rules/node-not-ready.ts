/**
 * Rule `node-not-ready`: a node cannot run pods, or is under pressure.
 *
 * The kubelet reports the conditions of its node every few seconds; where it does not, the node controller sets Ready to Unknown after 40 seconds
 * or so. A node whose runtime or network fails may be Ready for minutes: then the pods tell whose sandboxes it does not make.
 * Texts: pkg/kubelet/nodestatus and pkg/controller/nodelifecycle of k8s.io/kubernetes.
 */
import { conditionsIn, quoteCondition, quoteEvent, warningsOf, isOlder } from '../facts/observations.ts';
import { sandboxFailuresOn } from '../facts/sandboxes.ts';
import { MINUTE } from '../kubernetes/durations.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import { prose } from '../untrusted/prose.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { podsEvidence, failingPluginsOn } from './node-not-ready/pods.ts';
import { readCondition, readFailure } from './node-not-ready/readings.ts';

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
  reads: ['Node', 'Pod', 'Event'],
  on: 'Node',
  causes: {
    'kubelet-silent': {
      means: 'the kubelet stopped reporting: it, the node or its network is down',
      ...PLAIN,
    },
    'runtime-down': { means: 'the container runtime does not answer the kubelet', ...PLAIN },
    'network-not-ready': { means: 'no network plugin is ready on the node', ...PLAIN },
    'addresses-exhausted': { means: 'its network plugin has no address left for pods', ...PLAIN },
    'pause-image': { means: 'its container runtime cannot pull the pause image', ...PLAIN },
    'node-exhausted': { means: 'it lacks disk, memory or processes to make sandboxes with', ...PLAIN },
    'not-ready': { means: 'any other reason for not being Ready', ...PLAIN },
    'memory-pressure': { means: 'the node is low on memory', ...PLAIN },
    'disk-pressure': { means: 'the node is low on disk', ...PLAIN },
    'pid-pressure': { means: 'the node is low on process ids', ...PLAIN },
  },

  detect({ cluster, object: node }) {
    const bad = conditionsIn(node).filter(
      ({ type, status, lastTransitionTime }) =>
        isBad(type, status) && isOlder(cluster, lastTransitionTime, GRACE),
    );
    const condition = bad.find(({ type }) => type === 'Ready') ?? bad[0];
    const failure = sandboxFailuresOn(cluster, node.metadata.name).find(({ since }) =>
      cluster.reached(since + GRACE),
    );
    if (!condition && !failure) return null;
    const times = [parseTime(condition?.lastTransitionTime), failure?.since].filter((time) => time != null);
    return {
      condition,
      failure,
      seenOn: [refOf(node)],
      firstSeen: times.length === 0 ? cluster.now : Math.min(...times),
      occurrences: 1,
    };
  },

  investigate({ cluster, object: node }, _ask, { condition, failure }) {
    const told =
      condition && !(condition.type !== 'Ready' && failure) ? readCondition(cluster, node, condition) : null;
    const { cause, says, advice } = told ?? readFailure(cluster, failure!);
    const { name } = node.metadata;
    return diagnosis({
      cause,
      summary: prose`${describeRef(refOf(node))} ${says}`,
      evidence: [
        ...(condition ? [quoteCondition(node, condition)] : []),
        ...(failure ? [quoteEvent(failure.pod, failure.event)] : []),
        ...podsEvidence(cluster, node),
        ...warningsOf(cluster, node, LATELY)
          .slice(0, 3)
          .map((event) => quoteEvent(node, event)),
      ],
      certainty: [
        0.9,
        condition ? prose`the node's own condition says so` : prose`the kubelet says it of each of its pods`,
      ],
      reason: prose`No manifest can repair a node.`,
      advice,
      explainedBy: cause === 'network-not-ready' ? failingPluginsOn(cluster, name) : [],
    });
  },
});

function isBad(type: string, status: string): boolean {
  return type === 'Ready' ? status !== 'True' : type.endsWith('Pressure') && status === 'True';
}
