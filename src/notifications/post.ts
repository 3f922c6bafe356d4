import { bounded, redirectOf, type Answer } from '../http/bounded-answer.ts';
import type { Delivery } from './message.ts';

/** Milliseconds for one answer. Whoever waits for it waits for nothing else. */
const TIMEOUT = 30_000;
/** Bytes of an answer. */
const LONGEST_ANSWER = 64 * 2 ** 10;
/** The longest that a service may ask to wait, in milliseconds. */
const LONGEST_WAIT = 60 * 60_000;

export interface Posted {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PostOptions {
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** Before these, nothing was sent. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Sends JSON. Only https, and http to this machine; redirects are not followed, since they could lead to anybody. Answers with what the
 * service said, or why there is no answer.
 */
export async function post(
  { url, headers, body }: Posted,
  { fetch, timeout = TIMEOUT }: PostOptions,
): Promise<Answer | Exclude<Delivery, { kind: 'delivered' }>> {
  if (!isAllowed(url)) return later('its address is not one of https');
  try {
    const answer = await bounded(
      await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'faultline', ...headers },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeout),
      }),
      LONGEST_ANSWER,
    );
    const redirected = redirectOf(answer);
    return redirected === null ? answer : later(redirected);
  } catch (error) {
    const code = codeOf(error);
    if (NOT_SENT.has(code) || /CERT|SSL|TLS|ALTNAME|SELF_SIGNED/.test(code)) return later(code);
    return { kind: 'unknown', problem: code };
  }
}

/** What a status says of a message, for services that say it by the status alone. Null for success. */
export function problemOf(answer: Answer, now: number): Exclude<Delivery, { kind: 'delivered' }> | null {
  const { status } = answer;
  if (status >= 200 && status <= 299) return null;
  const problem = `status ${status}`;
  // A gateway gave up waiting for whoever may have taken it.
  if (status === 504 || status === 408) return { kind: 'unknown', problem };
  if (status === 400 || status === 413 || status === 422) return { kind: 'refused', problem };
  return later(problem, retryAfter(answer, now));
}

/** Milliseconds of `Retry-After`, in seconds or as a date; null without one. */
export function retryAfter({ header }: Pick<Answer, 'header'>, now: number): number | null {
  const text = header('retry-after');
  if (text === null) return null;
  const wait = /^\d{1,6}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(wait) ? null : Math.min(Math.max(0, wait), LONGEST_WAIT);
}

export function later(problem: string, after: number | null = null): Extract<Delivery, { kind: 'later' }> {
  return { kind: 'later', problem, after };
}

function isAllowed(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  const isLocal = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isLocal);
}

/** Messages of errors may have the address in them, which is a secret: its code is enough. */
function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    if (at.name === 'TimeoutError') return 'no answer in time';
    if (at.name === 'AnswerTooLong') return at.message;
  }
  return 'no answer';
}
