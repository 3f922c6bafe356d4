/**
 * `missing`: there is no file. `foreign`: it is some other program's. `newer`: a later Faultline wrote it. `corrupt`: it cannot be
 * read as what it should be. `incomplete`: it was copied without the files beside it. `in-use`: another process writes to it.
 * `exists`: a backup would overwrite a file. `unusable`: the system refused.
 */
export type StoreProblem =
  'missing' | 'foreign' | 'newer' | 'corrupt' | 'incomplete' | 'in-use' | 'exists' | 'unusable';

/** A store cannot be opened or read. The message names the file and what to do. */
export class StoreError extends Error {
  readonly problem: StoreProblem;

  constructor(problem: StoreProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.problem = problem;
  }
}

/** Result codes of SQLite: https://www.sqlite.org/rescode.html */
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** Runs what reads or opens a file, and says of its errors what they mean for that file. */
export function withFile<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof StoreError || !isSystemError(cause)) throw cause;
    throw isCorruption(cause)
      ? corrupt(file, cause.message, { cause })
      : new StoreError('unusable', `${file}: ${cause.message}`, { cause });
  }
}

export function corrupt(file: string, what: string, options?: ErrorOptions): StoreError {
  return new StoreError(
    'corrupt',
    `${file}: damaged, or no store of Faultline (${what}). If it is one, move it away, with the files beside it that start with the same name; ` +
      'the next start makes a new one. Nothing but history is lost: GitHub knows the pull requests.',
    options,
  );
}

function isCorruption(error: Error & { readonly errcode?: unknown }): boolean {
  // The low byte is the result, what is above it only details.
  const code = typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** From SQLite or the file system; anything else is a bug. */
function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
