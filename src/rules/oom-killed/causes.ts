import { prose } from '../../untrusted/prose.ts';
import { DECLINED, ESCALATED, MONITORED, type Causes } from '../causes.ts';

/** What the rule concludes, in the order in which it is weighed, with what is the same each time. */
export const CAUSES = {
  'child-killed': {
    ...MONITORED,
    means:
      "the reason is OOMKilled and the exit code 0: a child process was killed, the container's own ended well",
    outcome: 'monitored; escalated where the container keeps restarting',
    reason: prose`The container completed with exit code 0, so nothing failed that a higher limit would repair.`,
  },
  'unnamed-kill': {
    ...DECLINED,
    means:
      'exit code 137 without the reason, and an event of the pod or node that speaks of memory and names it',
    reason: prose`Exit code 137 without the reason OOMKilled does not show that the limit was reached.`,
  },
  completed: {
    ...MONITORED,
    means:
      'the Job is Complete, the pod Succeeded, or the init container passed at a later attempt and the pod is Ready',
    reason: prose`The work is done, so nothing fails now.`,
  },
  'older-template': {
    ...MONITORED,
    means: 'no killed pod carries the current template, or git has a higher limit and no drift is on record',
    reason: prose`No pod of the current template was killed.`,
  },
  'owned-elsewhere': {
    ...ESCALATED,
    means:
      "the owner was not recorded, is an operator's resource, or has no such container (it is injected); or a VerticalPodAutoscaler (any mode but `Off`), or a pod whose limit differs from its template's and is no namespace's default; or a LimitRange (`max`, `maxLimitRequestRatio`) or an admission policy forbids the new limit",
  },
  'node-memory': {
    ...DECLINED,
    means:
      'no limit at all, or a `SystemOOM` event of the node within two minutes of at least half of the kills',
  },
  unbounded: {
    ...ESCALATED,
    means:
      'the command, its arguments or a mounted script read without end (`tail /dev/zero`), keep all they make in a loop, or run a load generator (`stress --vm-bytes 750M`)',
    outcome: "escalated, no edit; the argument's line is named",
  },
  leak: {
    ...ESCALATED,
    means:
      'a cache is set up without eviction; or the log reports a leak, unbounded data, or a count of kept data that only rises; or memory climbs after every restart',
    outcome: 'escalated, no edit; the line of a setting is named',
    reason: prose`A leak has to be fixed in the program; a higher limit only delays the next kill.`,
  },
  'limit-below-runtime': {
    ...ESCALATED,
    means:
      'the runtime cannot make the container or its sandbox: `container init was OOM-killed (memory limit too low?)`; git has no larger limit',
    reason: prose`The program never ran, so nothing on record shows how much memory it needs.`,
  },
  'usage-below-limit': {
    ...DECLINED,
    means: 'the killed instances stayed below 60 % of the limit',
    reason: prose`The measured use is far below the limit.`,
  },
  seldom: {
    ...MONITORED,
    means: 'fewer than three kills in six hours',
    reason: prose`Fewer than three kills in 6 hours.`,
  },
  'jvm-heap': {
    ...ESCALATED,
    means: '`-Xmx`, `-XX:MaxHeapSize` or `-XX:MaxRAMPercentage` above 75 % of the limit',
    reason: prose`A person has to choose between a smaller heap and a larger limit.`,
  },
  'named-need': {
    ...ESCALATED,
    means:
      'another option or variable allows more than the limit: `--max-old-space-size`, `GOMEMLIMIT`, `--maxmemory`, `shared_buffers`',
    outcome: 'escalated, no edit; its line is named',
    reason: prose`A person has to choose between a smaller option and a larger limit.`,
  },
  'memory-volume': {
    ...ESCALATED,
    means:
      'the container mounts a memory-backed `emptyDir` without a `sizeLimit`, or with one of a quarter of the limit or more',
    outcome: "escalated, no edit; the volume's line is named",
    reason: prose`A person has to decide whether the volume, its size or the limit changes: the volume can fill a higher limit too.`,
  },
  'killed-at-start': {
    ...ESCALATED,
    means: 'every kill came within two seconds of the start, and nothing names the size',
    reason: prose`A program that is killed as soon as it starts does not show how much memory it needs, so Faultline cannot work out a size.`,
    advice: [
      prose`Run the program without a memory limit where that is safe, and measure what it takes at its start.`,
    ],
  },
  drift: {
    ...ESCALATED,
    means: 'git has a higher limit, which was applied: something changed it in the cluster afterwards',
    outcome: 'escalated, no edit; says since when and by whom, where known',
    reason: prose`Git already has the larger limit: the value in the cluster drifted from it, and no change in git repairs that.`,
  },
  'raised-before': {
    ...ESCALATED,
    means:
      'the limit was raised, or changed automatically, in the last seven days; or raised twice in 60 days',
  },
  'no-room': {
    ...ESCALATED,
    means:
      'the quota or the nodes cannot hold the new size (not asked where a cluster autoscaler brings nodes)',
  },
  'namespace-default': {
    means: 'the limit is the `default` of a LimitRange: the container gets a limit of its own',
    fix: 'draft',
    terms: { settable: { to: 'amount' } },
    outcome: "a draft; the default's line is named",
  },
  'limit-lowered': {
    means: "git's last change lowered the limit, and every kill came after it",
    fix: 'propose',
    terms: { settable: { to: 'amount' } },
    outcome: 'fix: limit and request as they were',
  },
  'limit-too-low': {
    means: 'none of these',
    fix: 'propose',
    terms: { settable: { to: 'amount' } },
    outcome: 'fix, or a draft when only the size is in doubt',
  },
} as const satisfies Causes;
