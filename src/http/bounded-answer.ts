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
 * Reads the answer to a `fetch`.
 *
 * @param most bytes of the body.
 * @throws {AnswerTooLong}
 */
export async function bounded(response: Response, most: number): Promise<Answer> {
  const { body, headers, status } = response;
  const text = body === null ? '' : await readBounded(body, most);
  return { status, text, header: (name) => headers.get(name) };
}

/** A body as text. `stop` ends the transfer of one that is too long. @throws {AnswerTooLong} */
export async function readBounded(
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
