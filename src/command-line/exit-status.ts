/** Exit status (contract §5.2) of every command. */
export const DONE = 0;
export const FAILED = 1;
export const UNUSABLE = 2;
const ASKED = 3;

export interface ExitStatuses {
  /** When it exits with 0. */
  readonly done: string;
  /** With 1; null where nothing but an unexpected error makes it fail. */
  readonly failed: string | null;
  /** With 3, which takes `--exit-code`; null where it has none. */
  readonly asked: string | null;
}

/** What 2 means, for each command alike. */
export const UNUSABLE_MEANS = 'the call or its input is unusable; the message says why';

const STORE_FAILED = 'the database of the store cannot be reached';

const STATUSES: Readonly<Record<string, ExitStatuses>> = {
  diagnose: {
    done: 'it answered, with or without incidents',
    failed: 'the cluster cannot be reached',
    asked: 'an incident was found',
  },
  locate: {
    done: 'it answered, or declined to',
    failed: null,
    asked: 'it declined to answer',
  },
  blame: {
    done: 'it answered, or declined to',
    failed: 'the cluster cannot be reached',
    asked: 'it declined to answer',
  },
  guard: {
    done: 'it answered, whatever would fail',
    failed: 'the cluster cannot be reached',
    asked: 'something would fail',
  },
  'config explain': { done: 'it answered', failed: 'the cluster cannot be reached', asked: null },
  record: {
    done: 'it recorded the cluster, or as much as it could read',
    failed: 'the cluster cannot be reached',
    asked: null,
  },
  mcp: { done: 'its input ended, or it was stopped', failed: null, asked: null },
  serve: { done: 'it was stopped', failed: null, asked: null },
  renderer: { done: 'it was stopped', failed: null, asked: null },
  doctor: { done: 'no check failed', failed: 'a check failed', asked: null },
  'notifications test': {
    done: 'every message was delivered',
    failed: 'a message was not delivered',
    asked: null,
  },
  report: { done: 'it reported', failed: STORE_FAILED, asked: null },
  'audit verify': { done: 'the log is intact', failed: `the log is broken, or ${STORE_FAILED}`, asked: null },
  'audit export': { done: 'it printed the records', failed: STORE_FAILED, asked: null },
  'store backup': { done: 'the backup is written', failed: null, asked: null },
  'store recover': { done: 'the store can be used again', failed: null, asked: null },
  'store migrate': {
    done: 'all of it is copied',
    failed: `nothing was copied: ${STORE_FAILED}`,
    asked: null,
  },
  completion: { done: 'it printed the script', failed: null, asked: null },
};

/** Null for what only groups commands. */
export function exitStatusesOf(path: string): ExitStatuses | null {
  return STATUSES[path] ?? null;
}

/** What follows the examples in the help of a command. */
export function exitStatusLines(path: string): readonly string[] {
  const statuses = exitStatusesOf(path);
  if (statuses === null) return [];
  return ['Exit status:', ...rowsOf(statuses).map(([status, means]) => `  ${status}  ${means}`)];
}

/** The statuses of a command with what each means. */
export function rowsOf({ done, failed, asked }: ExitStatuses): readonly (readonly [number, string])[] {
  return [
    [DONE, done],
    ...(failed === null ? [] : [[FAILED, failed] as const]),
    [UNUSABLE, UNUSABLE_MEANS],
    ...(asked === null ? [] : [[ASKED, `with --exit-code: ${asked}`] as const]),
  ];
}
