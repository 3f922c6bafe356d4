/**
 * Rule `scheduler-silent`: kube-scheduler gives no pod a node.
 *
 * A scheduler writes the condition PodScheduled into each pod that it looks at, True or False, within seconds. A pod without it, without a node and
 * without an event of the scheduler is one that nobody has looked at. Where kube-scheduler runs is told by its static pod or by its leader election.
 */
import { DEFAULT_SCHEDULER, isAtWork, schedulerNameOf, schedulerSigns } from '../facts/schedulers.ts';
import { unscheduledIn } from '../facts/scheduling.ts';
import { describeDuration, describeTime } from '../kubernetes/durations.ts';
import { describeRef, refOf, type ObjectRef } from '../kubernetes/objects.ts';
import { isReady, parseTime } from '../kubernetes/workloads.ts';
import { prose } from '../untrusted/prose.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { quote } from '../facts/observations.ts';

const PLAIN = { fix: 'none', outcome: 'declined' } as const;

export const schedulerSilent = defineRule({
  id: 'scheduler-silent',
  title: 'kube-scheduler gives no pod a node',
  phase: 'node',
  semantics: [
    'https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/',
    'https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions',
    'https://kubernetes.io/docs/concepts/architecture/leases/#leader-election',
  ],
  reads: ['Pod', 'Event', 'Node'],
  on: 'cluster',
  causes: {
    'scheduler-pod-failing': {
      means: 'its pod is not Ready',
      ...PLAIN,
    },
    'scheduler-not-answering': {
      means: 'pods wait without a word of it, and its leader election tells its node',
      ...PLAIN,
    },
  },

  detect({ cluster }) {
    const unseen = unscheduledIn(cluster)
      .filter(({ isUnseen, pod }) => isUnseen && schedulerNameOf(pod) === DEFAULT_SCHEDULER)
      .toSorted((a, b) => a.since - b.since);
    const [oldest] = unseen;
    if (!oldest) return null;
    const signs = schedulerSigns(cluster);
    const created = parseTime(oldest.pod.metadata.creationTimestamp) ?? cluster.now;
    if (signs.node === null || isAtWork(signs, created)) return null;
    const node: ObjectRef = { apiVersion: 'v1', kind: 'Node', namespace: null, name: signs.node };
    return {
      object: node,
      oldest,
      signs,
      seenOn: unseen.map(({ pod }) => refOf(pod)),
      firstSeen: created,
    };
  },

  investigate({ cluster }, _ask, { object: node, oldest, signs, seenOn }) {
    const failing = signs.pods.find((pod) => !isReady(pod));
    const pod = describeRef(refOf(oldest.pod));
    const more = seenOn.length > 1 ? prose` (and ${seenOn.length - 1} more)` : prose``;
    const last = signs.lastScheduled;
    const time = describeDuration(cluster.now - oldest.since);
    return diagnosis({
      cause: failing ? 'scheduler-pod-failing' : 'scheduler-not-answering',
      summary: failing
        ? prose`${describeRef(node)}: kube-scheduler is not Ready, and ${pod}${more} has waited ${time} for a node.`
        : prose`${describeRef(node)}: kube-scheduler, whose leader was last here, has not looked at ${pod}${more} for ${time}.`,
      because: [
        prose`The pod has no condition PodScheduled, which a scheduler sets on each pod that it looks at, and no event of one.`,
        ...(last === null
          ? []
          : [prose`The last event of a pod that was given a node is of ${describeTime(last)}.`]),
        prose`Running pods go on as they are; new and moved ones wait until it is back.`,
      ],
      evidence: [
        ...signs.evidence,
        quote(
          'object',
          oldest.pod,
          cluster.now,
          `phase Pending for ${time}, no nodeName, no condition PodScheduled`,
        ),
      ],
      certainty: failing
        ? [0.9, prose`its pod is not Ready, and pods wait for it`]
        : [0.75, prose`pods wait without a word of it`],
      ...(failing ? { explainedBy: [refOf(failing)] } : {}),
      advice: [
        prose`Check kube-scheduler on ${node.name}: kubectl get pods -n kube-system -l component=kube-scheduler; where it runs as a service, systemctl status kube-scheduler`,
      ],
      reason: prose`The control plane is at fault, and no manifest of a workload can repair it.`,
      ruledOut: [
        {
          what: prose`a lack of nodes or resources`,
          because: prose`a scheduler that finds no node says so in a FailedScheduling event, and there is none`,
        },
      ],
    });
  },
});
