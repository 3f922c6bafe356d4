const PLAIN = { fix: 'none', outcome: 'declined' } as const;

export const JOB_CAUSES = {
  'backoff-limit-exceeded': { means: 'more of its pods failed than `backoffLimit` allows', ...PLAIN },
  'deadline-exceeded': {
    means: 'it took longer than `activeDeadlineSeconds`',
    fix: 'propose',
    terms: { settable: { to: 'number', times: 10 } },
    outcome:
      'the deadline before the last commit, where runs that succeeded took longer than the new one; a draft where they came close to it; else declined',
    verdict: 'decline',
  },
  'pod-failure-policy': {
    means: 'a pod failed in a way that its pod failure policy does not forgive',
    ...PLAIN,
  },
  'indexes-failed': { means: 'too many indexes of an indexed Job failed', ...PLAIN },
  'never-ends': { means: 'its work has ended, and another container of the pod goes on', ...PLAIN },
  failed: { means: 'any other reason', ...PLAIN },
} as const;

export type JobCause = keyof typeof JOB_CAUSES;

/** Reasons of the condition Failed: staging/src/k8s.io/api/batch/v1/types.go of k8s.io/kubernetes. */
const REASONS: readonly (readonly [RegExp, JobCause])[] = [
  [/^BackoffLimitExceeded$/, 'backoff-limit-exceeded'],
  [/^DeadlineExceeded$/, 'deadline-exceeded'],
  [/^PodFailurePolicy$/, 'pod-failure-policy'],
  [/^(?:MaxFailedIndexesExceeded|FailedIndexes)$/, 'indexes-failed'],
];

export function jobCauseOf(reason: string): JobCause {
  return REASONS.find(([pattern]) => pattern.test(reason))?.[1] ?? 'failed';
}
