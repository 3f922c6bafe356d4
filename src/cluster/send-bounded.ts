import type { RequestContext } from '@kubernetes/client-node';
import { AnswerTooLong, bounded, readBounded, type Answer } from '../http/bounded-answer.ts';

/**
 * Sends a request of the Kubernetes client. A redirect is an answer like any other: what it leads to is never asked, since it would be sent
 * the credentials, or be something that is not ours to read.
 *
 * @param most bytes of the body.
 * @throws {AnswerTooLong}
 */
export async function sendBounded(request: RequestContext, most: number): Promise<Answer> {
  const url = new URL(request.getUrl());
  const dispatcher = request.getDispatcher();
  const signal = request.getSignal() ?? null;
  if (dispatcher === undefined)
    return bounded(await fetch(url, { headers: request.getHeaders(), redirect: 'manual', signal }), most);
  // `request` of a dispatcher follows no redirects.
  const answer = dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: 'GET',
    headers: request.getHeaders(),
    signal,
  });
  const { statusCode, headers, body } = await untilAborted(answer, signal);
  const header = headerOf(headers);
  return { status: statusCode, header, text: await readBounded(body, most, () => body.destroy()) };
}

/** An answer whose body is still to be read. */
export interface StreamedAnswer {
  readonly status: number;
  header(name: string): string | null;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Sends a request of the Kubernetes client, and hands over its answer when it begins. Whoever leaves its body ends the transfer. */
export async function sendStreaming(request: RequestContext): Promise<StreamedAnswer> {
  const url = new URL(request.getUrl());
  const dispatcher = request.getDispatcher();
  const signal = request.getSignal() ?? null;
  if (dispatcher === undefined) {
    const response = await fetch(url, { headers: request.getHeaders(), redirect: 'manual', signal });
    const { headers, status } = response;
    return { status, header: (name) => headers.get(name), body: response.body ?? new Blob([]).stream() };
  }
  const answer = dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: 'GET',
    headers: request.getHeaders(),
    signal,
    // The reader knows better how long nothing may come.
    bodyTimeout: 0,
  });
  const { statusCode, headers, body } = await untilAborted(answer, signal);
  return { status: statusCode, header: headerOf(headers), body };
}

/** Sends a request, and hands over the body of a 200 as it arrives. @param most bytes of the body. @throws {AnswerTooLong} */
export async function sendTaking(
  request: RequestContext,
  most: number,
  take: (chunk: Uint8Array) => void,
): Promise<Answer> {
  const { status, header, body } = await sendStreaming(request);
  if (status !== 200) return { status, header, text: await readBounded(body, most) };
  let length = 0;
  // Leaving the loop ends the transfer.
  for await (const chunk of body) {
    length += chunk.length;
    if (length > most) throw new AnswerTooLong(most);
    take(chunk);
  }
  return { status, header, text: '' };
}

/** undici does not hear of the signal while it connects. */
async function untilAborted<T>(answer: Promise<T>, signal: AbortSignal | null): Promise<T> {
  if (signal === null) return answer;
  answer.catch(() => undefined);
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    signal.removeEventListener('abort', abort!);
  }
}

function headerOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): (name: string) => string | null {
  return (name) => {
    const value = headers[name];
    return Array.isArray(value) ? (value[0] ?? null) : (value ?? null);
  };
}
