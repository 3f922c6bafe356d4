import { ownText, type Prose } from '../../untrusted/prose.ts';
import type { CrashCause } from './causes.ts';

const BY_CODE: Readonly<Record<number, CrashCause>> = {
  0: 'completed',
  126: 'not-executable',
  127: 'command-not-found',
  134: 'aborted',
  137: 'killed',
  139: 'segmentation-fault',
  143: 'terminated',
};

export function exitCause(code: number | null): CrashCause {
  return (code === null ? undefined : BY_CODE[code]) ?? 'program-error';
}

const SIGNALS: Readonly<Record<number, string>> = {
  6: 'SIGABRT',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  15: 'SIGTERM',
};

/** `SIGKILL` of 137, else the reason that the runtime gives. */
export function meaningOf(code: number, reason: string | undefined): Prose {
  return ownText(SIGNALS[code - 128] ?? (reason === 'Completed' ? 'Completed' : 'Error'));
}
