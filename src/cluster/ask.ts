import { shortened } from '../untrusted/shorten.ts';
import { isRecord } from '../kubernetes/objects.ts';
import { AnswerTooLong } from '../http/bounded-answer.ts';
import { ClusterUnreachable, type ApiAnswer, type KubernetesApi } from './kubernetes-api.ts';

const RETRIES = 3;
const LONGEST_WAIT = 10;

export interface Asked {
  readonly query?: Readonly<Record<string, string>>;
  /** Bytes of the answer. */
  readonly most: number;
}

/**
 * Asks again, as politely as told, when the server is busy. A connection that breaks later on is an answer like a failure, and so is
 * one that is too long: its status is 0.
 */
export async function ask(
  api: Pick<KubernetesApi, 'get'>,
  path: string,
  { query = {}, most }: Asked,
): Promise<ApiAnswer> {
  return retried(() => api.get(path, query, most));
}

/** As {@link ask}, for any way to ask. */
export async function retried(once: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await once().catch(unanswered);
    const isBusy = answer.status === 429 || answer.status === 503;
    if (!isBusy || attempt === RETRIES) return answer;
    const seconds = Math.min(Math.max(answer.retryAfter, 0), LONGEST_WAIT);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}

function unanswered(error: unknown): ApiAnswer {
  if (error instanceof AnswerTooLong) return { ...failed(error.message), isTooLong: true };
  if (error instanceof ClusterUnreachable) return failed(error.message);
  throw error;
}

function failed(message: string): ApiAnswer {
  return { status: 0, text: JSON.stringify({ message }), retryAfter: 0 };
}

export function describeFailure({ status, text }: ApiAnswer): string {
  const message = parseRecord(text)?.['message'];
  const reason = typeof message === 'string' ? message : shortened(text, 200);
  return status === 0 ? reason : `${status} ${reason.slice(0, 1000)}`.trimEnd().toWellFormed();
}

export function parseRecord(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}
