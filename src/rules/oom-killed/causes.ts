import type { Causes } from '../causes.ts';

export const CAUSES = {
  'child-killed': {
    means:
      "the reason is OOMKilled and the exit code 0: a child process was killed, the container's own ended well",
    fix: 'none',
    outcome: 'monitored; escalated where the container keeps restarting',
  },
  'unnamed-kill': {
    means:
      'exit code 137 without the reason, and an event of the pod or node that speaks of memory and names it',
    fix: 'none',
    outcome: 'declined',
  },
  completed: {
    means:
      'the Job is Complete, the pod Succeeded, or the init container passed at a later attempt and the pod is Ready',
    fix: 'none',
    outcome: 'monitored',
  },
  'older-template': {
    means: 'no killed pod carries the current template, or git has a higher limit and no drift is on record',
    fix: 'none',
    outcome: 'monitored',
  },
  'owned-elsewhere': {
    means:
      "the owner was not recorded, is an operator's resource, or has no such container (it is injected); or a VerticalPodAutoscaler (any mode but `Off`), or a pod whose limit differs from its template's and is no namespace's default; or a LimitRange (`max`, `maxLimitRequestRatio`) or an admission policy forbids the new limit",
    fix: 'none',
    outcome: 'escalated, no edit',
  },
  'node-memory': {
    means:
      'no limit at all, or a `SystemOOM` event of the node within two minutes of at least half of the kills',
    fix: 'none',
    outcome: 'declined',
  },
  unbounded: {
    means:
      'the command, its arguments or a mounted script read without end (`tail /dev/zero`), keep all they make in a loop, or run a load generator (`stress --vm-bytes 750M`)',
    fix: 'none',
    outcome: "escalated, no edit; the argument's line is named",
  },
  leak: {
    means:
      'a cache is set up without eviction; or the log reports a leak, unbounded data, or a count of kept data that only rises; or memory climbs after every restart',
    fix: 'none',
    outcome: 'escalated, no edit; the line of a setting is named',
  },
  'usage-below-limit': {
    means: 'the killed instances stayed below 60 % of the limit',
    fix: 'none',
    outcome: 'declined',
  },
  seldom: { means: 'fewer than three kills in six hours', fix: 'none', outcome: 'monitored' },
  'jvm-heap': {
    means: '`-Xmx`, `-XX:MaxHeapSize` or `-XX:MaxRAMPercentage` above 75 % of the limit',
    fix: 'none',
    outcome: 'escalated, no edit',
  },
  'named-need': {
    means:
      'another option or variable allows more than the limit: `--max-old-space-size`, `GOMEMLIMIT`, `--maxmemory`, `shared_buffers`',
    fix: 'none',
    outcome: 'escalated, no edit; its line is named',
  },
  'memory-volume': {
    means:
      'the container mounts a memory-backed `emptyDir` without a `sizeLimit`, or with one of a quarter of the limit or more',
    fix: 'none',
    outcome: "escalated, no edit; the volume's line is named",
  },
  'killed-at-start': {
    means: 'every kill came within two seconds of the start, and nothing names the size',
    fix: 'none',
    outcome: 'escalated, no edit',
  },
  drift: {
    means: 'git has a higher limit, which was applied: something changed it in the cluster afterwards',
    fix: 'none',
    outcome: 'escalated, no edit; says since when and by whom, where known',
  },
  'raised-before': {
    means:
      'the limit was raised, or changed automatically, in the last seven days; or raised twice in 60 days',
    fix: 'none',
    outcome: 'escalated, no edit',
  },
  'no-room': {
    means:
      'the quota or the nodes cannot hold the new size (not asked where a cluster autoscaler brings nodes)',
    fix: 'none',
    outcome: 'escalated, no edit',
  },
  'namespace-default': {
    means: 'the limit is the `default` of a LimitRange: the container gets a limit of its own',
    fix: 'draft',
    outcome: "a draft; the default's line is named",
  },
  'limit-too-low': {
    means: 'none of these',
    fix: 'propose',
    outcome: 'fix, or a draft when only the size is in doubt',
  },
} as const satisfies Causes;

export type Cause = keyof typeof CAUSES;
