/**
 * `missing`: there is no file. `foreign`: it is some other program's. `newer`: a later Faultline wrote it. `corrupt`: it cannot be
 * read as what it should be. `incomplete`: it was copied without the files beside it. `in-use`: another process writes to it.
 * `exists`: a backup would overwrite a file. `unreachable`: the database does not answer. `unusable`: the system refused.
 */
export type StoreProblem =
  | 'missing'
  | 'foreign'
  | 'newer'
  | 'corrupt'
  | 'incomplete'
  | 'in-use'
  | 'exists'
  | 'unreachable'
  | 'unusable';

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
  } catch (error) {
    throw meaningOf(error, file);
  }
}

/** The same for what takes its time. */
export async function usingFile<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw meaningOf(error, file);
  }
}

function meaningOf(error: unknown, file: string): unknown {
  if (error instanceof StoreError || !isSystemError(error)) return error;
  return isCorruption(error)
    ? corrupt(file, error.message, { cause: error })
    : new StoreError('unusable', `${file}: ${error.message}`, { cause: error });
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
