import { ownText, type Prose } from '../../untrusted/prose.ts';

const PLAIN = { fix: 'none', outcome: 'declined' } as const;

/** What an exit code tells where the log does not. */
export const EXIT_CAUSES = {
  completed: { means: 'exit code 0: the program ends without an error, although it is to run on', ...PLAIN },
  'command-not-found': {
    means: 'exit code 127: a shell does not find the command',
    ...PLAIN,
    phase: 'startup',
  },
  'not-executable': {
    means: 'exit code 126: a shell cannot execute the command',
    ...PLAIN,
    phase: 'startup',
  },
  aborted: { means: 'exit code 134: the program aborts (SIGABRT)', ...PLAIN },
  killed: { means: 'exit code 137: something kills it (SIGKILL), and nothing says for its memory', ...PLAIN },
  'segmentation-fault': { means: 'exit code 139: it touches memory that is not its own (SIGSEGV)', ...PLAIN },
  terminated: { means: 'exit code 143: something tells it to end (SIGTERM)', ...PLAIN },
  'program-error': { means: 'any other exit code', ...PLAIN },
} as const;

export type ExitCause = keyof typeof EXIT_CAUSES;

const BY_CODE: Readonly<Record<number, ExitCause>> = {
  0: 'completed',
  126: 'not-executable',
  127: 'command-not-found',
  134: 'aborted',
  137: 'killed',
  139: 'segmentation-fault',
  143: 'terminated',
};

export function exitCause(code: number | null): ExitCause {
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
