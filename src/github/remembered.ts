import type { Octokit } from '@octokit/rest';

/** So many bytes of answers are kept for all clients of the App together. */
const MOST_BYTES = 64 * 1024 * 1024;
/** One answer may take this part of it, so that none drives out all others. */
const LARGEST = 1 / 16;

interface Remembered {
  readonly etag: string;
  readonly answer: unknown;
  readonly bytes: number;
}

/** Answers by whose they are and what was asked, the last ones used, up to a number of bytes. */
export class Answers {
  readonly #most: number;
  /** In the order in which they were used. */
  readonly #kept = new Map<string, Remembered>();
  #bytes = 0;

  constructor(most: number = MOST_BYTES) {
    this.#most = most;
  }

  /** What all that is kept takes, as JSON. */
  get bytes(): number {
    return this.#bytes;
  }

  take(key: string): Remembered | undefined {
    const found = this.#kept.get(key);
    if (found !== undefined) this.#drop(key, found);
    return found;
  }

  keep(key: string, etag: string, answer: { readonly data: unknown }, known?: number): void {
    const bytes = known ?? sizeOf(answer.data) + key.length + etag.length;
    if (bytes > this.#most * LARGEST) return;
    const before = this.#kept.get(key);
    if (before !== undefined) this.#drop(key, before);
    this.#kept.set(key, { etag, answer, bytes });
    this.#bytes += bytes;
    for (const [oldest, one] of this.#kept) {
      if (this.#bytes <= this.#most) break;
      this.#drop(oldest, one);
    }
  }

  #drop(key: string, { bytes }: Remembered): void {
    this.#kept.delete(key);
    this.#bytes -= bytes;
  }
}

function sizeOf(data: unknown): number {
  return Buffer.byteLength(JSON.stringify(data) ?? '');
}

/**
 * Asks for what was asked before on the condition that it has changed. Where it has not, GitHub's short "not modified" counts
 * against no limit, and the caller gets the answer of last time: asking again and again costs next to nothing.
 *
 * Source: docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api, "Use conditional requests if appropriate".
 *
 * @param owner whose answers they are: what one installation may read another may not
 */
export function rememberAnswers(
  octokit: Pick<Octokit, 'hook' | 'request'>,
  answers: Answers = new Answers(),
  owner = '',
): void {
  octokit.hook.wrap('request', async (request, options) => {
    // Git's objects never change, and may be large.
    if (options.method !== 'GET' || options.url.includes('/git/')) return request(options);
    const { url } = octokit.request.endpoint.parse(options);
    const key = `${owner} ${url}`;
    const known = answers.take(key);
    // Other hooks see these very options, and no copy that is handed on.
    if (known !== undefined) options.headers = { ...options.headers, 'if-none-match': known.etag };
    try {
      const answer = await request(options);
      if (answer.headers.etag !== undefined) answers.keep(key, answer.headers.etag, answer);
      return answer;
    } catch (error) {
      if (known === undefined || (error as { status?: number }).status !== 304) throw error;
      answers.keep(key, known.etag, known.answer as { readonly data: unknown }, known.bytes);
      return known.answer as never;
    }
  });
}
