const PLAIN = { fix: 'none', outcome: 'declined' } as const;

export const SCHEDULE_CAUSES = {
  'unreadable-schedule': {
    means: 'the controller cannot read `schedule`',
    fix: 'propose',
    terms: { settable: { to: 'text' } },
    outcome:
      'the schedule before the last commit, or a draft with the one thing that it can mean; else declined',
    verdict: 'decline',
  },
  'unknown-time-zone': {
    means: 'the controller does not know `timeZone`',
    fix: 'propose',
    terms: { settable: { to: 'text' } },
    outcome: 'the time zone before the last commit, or a draft with the one near name; else declined',
    verdict: 'decline',
  },
  'never-due': { means: 'no month has the day of `schedule`', ...PLAIN },
  'run-never-ends': {
    means: 'a run does not end, and `concurrencyPolicy: Forbid` lets no other start',
    fix: 'draft',
    terms: { settable: { to: 'number', times: 10 } },
    outcome: 'a draft with a deadline from the runs before, where git has none; else declined',
    verdict: 'decline',
  },
  'runs-pile-up': { means: 'runs take longer than the time between them, and all of them run', ...PLAIN },
  'runs-cut-short': { means: 'with `concurrencyPolicy: Replace`, no run ends before the next one', ...PLAIN },
  'starting-deadline-too-short': {
    means: '`startingDeadlineSeconds` is below ten, and the controller looks every ten seconds',
    ...PLAIN,
  },
  'missed-starts': {
    means: 'the controller missed its times: more than 100, or `startingDeadlineSeconds`',
    ...PLAIN,
  },
} as const;

export type ScheduleCause = keyof typeof SCHEDULE_CAUSES;
