/** GitHub counts calls to its two interfaces apart. */
export type LimitKind = 'rest' | 'graphql';

/** How long GitHub wants to be left alone. */
export interface Pause {
  readonly milliseconds: number;
  /** A secondary limit: GitHub counts both of its interfaces together there, and those who go on asking risk to be blocked. */
  readonly ofBoth: boolean;
}

/** A minute, as GitHub asks where it does not say how long, and twice as long each time. */
const UNTOLD_PAUSE = 60_000;

/**
 * How long GitHub wants to be left alone after this failure by the installation whose call it was; null when the failure is no limit. A
 * call that was refused for a limit had no effect. The primary limit is one of REST or of GraphQL; a secondary one is of both.
 *
 * Source: docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api, "Handle rate limit errors appropriately".
 *
 * @param times how often this call was told so, this one included
 * @param now milliseconds since the epoch
 */
export function pauseAfter(failure: unknown, times: number, now: number): Pause | null {
  const { status, message, headers, isRateLimited } = readFailure(failure);
  const wait = Number(headers['retry-after']);
  const spent = headers['x-ratelimit-remaining'] === '0' || headers['x-ratelimit-remaining'] === 0;
  const refused = status === 403 || status === 429;
  if (refused && wait > 0) return { milliseconds: wait * 1000, ofBoth: !spent };
  if ((refused && spent) || isRateLimited) return { milliseconds: untilReset(headers, now), ofBoth: false };
  const isSecondary =
    status === 429 ||
    (status === 403 && /secondary rate limit|abuse detection/i.test(message)) ||
    (status === 422 && /submitted too quickly/i.test(message));
  return isSecondary ? { milliseconds: UNTOLD_PAUSE * 2 ** Math.min(times - 1, 4), ofBoth: true } : null;
}

function untilReset(headers: Headers, now: number): number {
  const serverTime = Date.parse(String(headers['date']));
  const reset = Number(headers['x-ratelimit-reset']) * 1000;
  const wait = reset - (Number.isNaN(serverTime) ? now : serverTime);
  // One second more: the limit is reset after the second it names.
  return Number.isNaN(wait) ? UNTOLD_PAUSE : Math.max(wait, 0) + 1000;
}

type Headers = Readonly<Record<string, unknown>>;

interface Failure {
  readonly status: number | null;
  readonly message: string;
  readonly headers: Headers;
  /** GraphQL says so in an answer that is otherwise fine. */
  readonly isRateLimited: boolean;
}

function readFailure(failure: unknown): Failure {
  const { status, message, headers, response, errors } = (failure ?? {}) as {
    readonly status?: number;
    readonly message?: string;
    readonly headers?: Headers;
    readonly response?: { readonly headers?: Headers };
    readonly errors?: readonly { readonly type?: string }[];
  };
  return {
    status: status ?? null,
    message: message ?? '',
    headers: response?.headers ?? headers ?? {},
    isRateLimited: errors?.some(({ type }) => type === 'RATE_LIMITED') ?? false,
  };
}
