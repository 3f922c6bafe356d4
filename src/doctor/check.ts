import { withinTime } from '../concurrency/time-limit.ts';
import { messageOf } from '../errors/error-message.ts';

/** What one check found. */
export interface Finding {
  readonly what: string;
  readonly status: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** What to do or run; null where nothing needs repair. */
  readonly repair: string | null;
}

export interface Check {
  readonly what: string;
  run(): Promise<readonly Finding[]>;
}

/** Milliseconds that one check may take. Those that ask others give up sooner, and say what they know by then. */
const TIME = 30_000;

export function ok(what: string, detail: string): Finding {
  return { what, status: 'ok', detail, repair: null };
}

export function failed(what: string, detail: string, repair: string | null = null): Finding {
  return { what, status: 'failed', detail, repair };
}

export function warning(what: string, detail: string, repair: string | null = null): Finding {
  return { what, status: 'warning', detail, repair };
}

/** Runs all checks side by side. One that throws or takes too long has failed, and hides no other. */
export async function runChecks(checks: readonly Check[], time = TIME): Promise<readonly Finding[]> {
  const found = await Promise.all(
    checks.map(({ what, run }) =>
      withinTime(run(), time, 'the check').catch((error: unknown) => [failed(what, messageOf(error))]),
    ),
  );
  return found.flat();
}
