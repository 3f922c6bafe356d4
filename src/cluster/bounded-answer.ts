import type { RequestContext } from '@kubernetes/client-node';

/** An answer as it came, read to its end. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  header(name: string): string | null;
}

/** An answer was longer than it may be; nothing of it was kept. */
export class AnswerTooLong extends Error {
  constructor(most: number) {
    super(`the answer is longer than ${describeSize(most)}`);
    this.name = 'AnswerTooLong';
  }
}

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
  const { statusCode, headers, body } = await dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: 'GET',
    headers: request.getHeaders(),
    signal,
  });
  const header = (name: string): string | null => {
    const value = headers[name];
    return Array.isArray(value) ? (value[0] ?? null) : (value ?? null);
  };
  return { status: statusCode, header, text: await readBounded(body, most, () => body.destroy()) };
}

/** The answer to a `fetch`, as {@link sendBounded} has it. */
export async function bounded(response: Response, most: number): Promise<Answer> {
  const { body, headers, status } = response;
  const text = body === null ? '' : await readBounded(body, most);
  return { status, text, header: (name) => headers.get(name) };
}

async function readBounded(
  body: AsyncIterable<Uint8Array>,
  most: number,
  stop: () => unknown = () => undefined,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the body, and with it the rest of the transfer.
  for await (const chunk of body) {
    length += chunk.length;
    if (length > most) {
      stop();
      throw new AnswerTooLong(most);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length).toString('utf8');
}

/** Why a redirect is no answer; null for what is none. */
export function redirectOf({ status, header }: Answer): string | null {
  if (status < 300 || status > 399) return null;
  const location = header('location') ?? '';
  const target = URL.canParse(location) ? new URL(location).origin : location;
  const place = target === '' ? 'elsewhere' : `to ${target.slice(0, 100).toWellFormed()}`;
  return `it redirects ${place}, and redirects are not followed`;
}

export function describeSize(bytes: number): string {
  return bytes >= 2 ** 20 ? `${Math.floor(bytes / 2 ** 20)} MiB` : `${bytes} bytes`;
}
