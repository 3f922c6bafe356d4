import { prose } from '../../untrusted/prose.ts';
import { DECLINED, ESCALATED, MONITORED, type Causes } from '../causes.ts';

/** What the rule concludes, in the order in which it is weighed, with what is the same each time. */
export const CAUSES = {
  'fixed-on-purpose': {
    ...DECLINED,
    means: 'minimum and maximum are equal, and the metric is above its target',
    reason: prose`A fixed number of replicas is somebody's decision.`,
    advice: [
      prose`If it was not meant to be fixed, give the autoscaler room between minReplicas and maxReplicas.`,
    ],
  },
  content: {
    ...MONITORED,
    means: "the metric is not more than a tenth above its target: the autoscaler's own tolerance",
    reason: prose`The autoscaler asks for no more replicas.`,
  },
  'no-room': {
    ...ESCALATED,
    means:
      'replicas find no node; or the quota or the nodes cannot hold the new maximum (nodes are not asked where more of them come)',
    reason: prose`The nodes cannot hold the replicas that are there already.`,
  },
  'replicas-not-ready': {
    ...ESCALATED,
    means: 'a replica has not been Ready for ten minutes',
    reason: prose`The existing replicas have to become Ready first.`,
  },
  'not-for-long': {
    ...MONITORED,
    means:
      'the condition does not say TooManyReplicas; or less than two hours without a break, or above the target in less than 90 % of the samples',
  },
  'duration-unknown': {
    ...MONITORED,
    means: 'the replicas were not measured, and Faultline has not seen them at the maximum for two hours',
    reason: prose`Without metrics a peak of some minutes looks like a maximum that is too low.`,
    advice: [
      prose`Give Faultline a Prometheus with kube-state-metrics: two hours at the maximum are the evidence that it needs.`,
    ],
  },
  'metric-unmoved': {
    ...ESCALATED,
    means: 'more replicas do not lower the metric',
    reason: prose`The autoscaler would add replicas up to any maximum, and the metric would stay.`,
    advice: [
      prose`Choose a metric that falls when the load is shared by more pods, or look for what all of them wait for.`,
    ],
  },
  'latency-as-before': {
    ...MONITORED,
    means: 'the latency is known, and less than 40 % worse',
    reason: prose`The latency does not show that replicas are missing.`,
  },
  'owned-elsewhere': {
    ...ESCALATED,
    means: 'another controller writes the autoscaler, or KEDA from a ScaledObject that was not recorded',
  },
  'default-maximum': {
    ...ESCALATED,
    means:
      "KEDA's ScaledObject sets no `maxReplicaCount`, so nobody chose the maximum (100); a key of that name in the wrong place is shown with its line",
  },
  drift: {
    ...ESCALATED,
    means: 'git has a higher maximum, which was applied: something changed it in the cluster afterwards',
    reason: prose`Git already has the larger maximum: the value in the cluster drifted from it, and no change in git repairs that.`,
  },
  'waiting-for-sync': {
    ...MONITORED,
    means: 'git has a higher maximum already',
  },
  'raised-before': {
    ...ESCALATED,
    means: 'the maximum was changed automatically in the last seven days',
  },
  'maximum-too-low': {
    means: 'none of these',
    fix: 'propose',
    terms: { settable: { to: 'number', times: 2 }, onlyWritten: true },
    outcome: 'fix, or a draft when only the size is in doubt',
  },
} as const satisfies Causes;
