import type { Octokit } from '@octokit/rest';

/** So many answers are kept, the last ones used. */
const KEPT = 100;

interface Remembered {
  readonly etag: string;
  readonly answer: unknown;
}

/**
 * Asks for what was asked before on the condition that it has changed. Where it has not, GitHub's short "not modified" counts
 * against no limit, and the caller gets the answer of last time: asking again and again costs next to nothing.
 *
 * Source: docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api, "Use conditional requests if appropriate".
 */
export function rememberAnswers(octokit: Pick<Octokit, 'hook' | 'request'>): void {
  const answers = new Map<string, Remembered>();

  octokit.hook.wrap('request', async (request, options) => {
    // Git's objects never change, and may be large.
    if (options.method !== 'GET' || options.url.includes('/git/')) return request(options);
    const { url } = octokit.request.endpoint.parse(options);
    const known = answers.get(url);
    answers.delete(url);
    // Other hooks see these very options, and no copy that is handed on.
    if (known !== undefined) options.headers = { ...options.headers, 'if-none-match': known.etag };
    try {
      const answer = await request(options);
      remember(url, answer.headers.etag, answer);
      return answer;
    } catch (error) {
      if (known === undefined || (error as { status?: number }).status !== 304) throw error;
      remember(url, known.etag, known.answer);
      return known.answer as never;
    }
  });

  function remember(url: string, etag: string | undefined, answer: unknown): void {
    if (etag === undefined) return;
    answers.set(url, { etag, answer });
    if (answers.size > KEPT) answers.delete(answers.keys().next().value!);
  }
}
