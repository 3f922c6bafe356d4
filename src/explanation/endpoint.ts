import type { Question } from './question.ts';

/** How an endpoint that speaks like OpenAI's is asked. */
export interface ExplanationSettings {
  /** Up to `/v1`; `/chat/completions` follows. */
  readonly url: string;
  readonly model: string;
  /** The variable of the environment that holds the token; null where none is needed. */
  readonly tokenVariable: string | null;
  /** Tokens that an answer may have. */
  readonly maxTokens: number;
  /** Milliseconds that an answer may take, from the request to its last byte. */
  readonly timeout: number;
}

/** In bytes; an explanation has a thousandth of that. */
const LARGEST = 256 * 1024;

/**
 * What the model wrote, as it wrote it.
 *
 * @throws {Error} where the endpoint does not answer in time, redirects, answers with too much or with something else than text
 */
export async function askModel(
  { url, model, tokenVariable, maxTokens, timeout }: ExplanationSettings,
  { messages }: Question,
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  const token = tokenVariable === null ? undefined : environment[tokenVariable];
  if (tokenVariable !== null && !token) throw new Error(`${tokenVariable} is not set`);
  const response = await fetch(`${url.replace(/\/+$/, '')}/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ model, messages, max_tokens: maxTokens, temperature: 0, stream: false }),
    // Evidence and token go where the settings say, and nowhere else.
    redirect: 'error',
    signal: AbortSignal.timeout(timeout),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`the endpoint answers ${response.status}`);
  }
  return contentIn(await textOf(response));
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the stream.
    if (size > LARGEST) throw new Error(`the answer has more than ${LARGEST} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A call of a tool is no text, and nobody makes it. */
function contentIn(text: string): string {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw new Error('the answer is no JSON', { cause });
  }
  const content = valueAt(answer, ['choices', 0, 'message', 'content']);
  if (typeof content !== 'string') throw new Error('the answer has no text');
  return content;
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (here, key) =>
      typeof here === 'object' && here !== null ? (here as Record<string | number, unknown>)[key] : undefined,
    value,
  );
}
