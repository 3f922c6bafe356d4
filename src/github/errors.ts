import { mask } from '../untrusted/mask.ts';
import { HostError } from './host-error.ts';

/** Passing faults of GitHub: the same call may work later. */
const TRANSIENT = new Set([500, 502, 503, 504]);
/** GraphQL answers with status 200 when it gave up. */
const GAVE_UP = /something went wrong while executing your query|timedout|timeout/i;

/**
 * Any failure of a call as a HostError. Octokit's errors hold the request, with its headers and body: only words are taken
 * over from them, masked, and what they were caused by likewise.
 */
export function hostErrorOf(failure: unknown): HostError {
  if (failure instanceof HostError) return failure;
  if (!(failure instanceof Error))
    return new HostError('GitHub could not be asked', { status: null, transient: false });
  const { status, request, response, errors } = failure as Error & Partial<OctokitFailure>;
  const call = request ? ` to ${request.method ?? 'POST'} ${pathOf(request.url ?? '')}` : '';
  const said = mask(errors?.map(({ message }) => message).join('; ') ?? wordsOf(failure.message));
  if (request === undefined) {
    return new HostError(said, { status: null, transient: false, cause: maskedCopy(failure) });
  }
  if (errors !== undefined) {
    const options = { status: 200, transient: GAVE_UP.test(said), said, cause: maskedCopy(failure) };
    return new HostError(`GitHub refused${call}: ${said}`, options);
  }
  if (response === undefined) {
    const options = {
      status: null,
      transient: !/credentials|invalid url|failed to parse|is stopping/i.test(said),
    };
    return new HostError(`no answer from GitHub${call}: ${said}`, { ...options, cause: maskedCopy(failure) });
  }
  return new HostError(`GitHub answered ${status}${call}: ${said}`, {
    status: status ?? null,
    transient: TRANSIENT.has(status ?? 0),
    said,
    cause: maskedCopy(failure),
  });
}

/** Octokit puts the address of a page for developers behind GitHub's words. */
function wordsOf(message: string): string {
  return message.replace(/ - https?:\/\/\S+$/, '');
}

export function brokenOff(): HostError {
  return new HostError("GitHub's answer broke off", { status: null, transient: true });
}

/** Whether GitHub refused with this status and, where given, in these words. */
export function isRefused(
  error: unknown,
  status: number | readonly number[],
  words?: RegExp,
): error is HostError {
  if (!(error instanceof HostError) || error.status === null) return false;
  return [status].flat().includes(error.status) && (words === undefined || words.test(error.said ?? ''));
}

/** What an action gives; null when GitHub knows no such thing. */
export async function orNull<T>(action: Promise<T>): Promise<T | null> {
  try {
    return await action;
  } catch (error) {
    if (isRefused(error, 404)) return null;
    throw error;
  }
}

interface OctokitFailure {
  readonly status: number;
  readonly request: { readonly method?: string; readonly url?: string };
  readonly response: unknown;
  /** Of GraphQL. */
  readonly errors: readonly { readonly message: string }[];
}

/** Without host and query: they tell nothing, and could hold a password. */
function pathOf(url: string): string {
  return mask(
    URL.canParse(url) ? new URL(url).pathname : url.replace(/[?#].*$/s, '').replace(/\/\/[^/]*@/, '//'),
  );
}

function maskedCopy(error: Error, depth = 0): Error {
  const cause = error.cause instanceof Error && depth < 4 ? maskedCopy(error.cause, depth + 1) : undefined;
  const copy = new Error(mask(error.message), cause && { cause });
  copy.name = error.name;
  if (error.stack !== undefined) copy.stack = mask(error.stack);
  return copy;
}
