import type { Causes } from '../causes.ts';

export const CAUSES = {
  'fixed-on-purpose': {
    means: 'minimum and maximum are equal, and the metric is above its target',
    fix: 'none',
    outcome: 'declined',
  },
  content: {
    means: "the metric is not more than a tenth above its target: the autoscaler's own tolerance",
    fix: 'none',
    outcome: 'monitored',
  },
  'no-room': {
    means:
      'replicas find no node; or the quota or the nodes cannot hold the new maximum (nodes are not asked where more of them come)',
    fix: 'none',
    outcome: 'escalated, no edit',
  },
  'replicas-not-ready': {
    means: 'a replica has not been Ready for ten minutes',
    fix: 'none',
    outcome: 'escalated, no edit',
  },
  'not-for-long': {
    means:
      'the condition does not say TooManyReplicas; or less than two hours without a break, or above the target in less than 90 % of the samples',
    fix: 'none',
    outcome: 'monitored',
  },
  'duration-unknown': { means: 'the replicas were not measured', fix: 'none', outcome: 'monitored' },
  'metric-unmoved': {
    means: 'more replicas do not lower the metric',
    fix: 'none',
    outcome: 'escalated, no edit',
  },
  'latency-as-before': {
    means: 'the latency is known, and less than 40 % worse',
    fix: 'none',
    outcome: 'monitored',
  },
  'owned-elsewhere': {
    means: 'another controller writes the autoscaler, or KEDA from a ScaledObject that was not recorded',
    fix: 'none',
    outcome: 'escalated, no edit',
  },
  'default-maximum': {
    means:
      "KEDA's ScaledObject sets no `maxReplicaCount`, so nobody chose the maximum (100); a key of that name in the wrong place is shown with its line",
    fix: 'none',
    outcome: 'escalated, no edit',
  },
  drift: {
    means: 'git has a higher maximum, which was applied: something changed it in the cluster afterwards',
    fix: 'none',
    outcome: 'escalated, no edit',
  },
  'waiting-for-sync': { means: 'git has a higher maximum already', fix: 'none', outcome: 'monitored' },
  'raised-before': {
    means: 'the maximum was changed automatically in the last seven days',
    fix: 'none',
    outcome: 'escalated, no edit',
  },
  'maximum-too-low': {
    means: 'none of these',
    fix: 'propose',
    outcome: 'fix, or a draft when only the size is in doubt',
  },
} as const satisfies Causes;

export type Cause = keyof typeof CAUSES;
