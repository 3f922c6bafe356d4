import type { Octokit } from '@octokit/rest';
import { type Facts, inStep } from '../tracing/step.ts';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
}

/** A route with placeholders, or one that needs none. Addresses that are filled in already have no end. */
const ROUTE = /^\/(?!repos\/[^{])/;

/**
 * Makes each request to GitHub a step, with its route, its status and what the rate limit leaves.
 *
 * @param installation whose token it is: the number of an installation, `app`, or `token`
 */
export function observeRequests(octokit: Pick<Octokit, 'hook'>, installation: string): void {
  octokit.hook.wrap('request', async (request, options) => {
    const { method, url } = options;
    const route = ROUTE.test(url) ? url : 'other';
    const answered = await inStep('github', { method, route, installation }, async (step) => {
      try {
        const response = await request(options);
        step.tell(factsOf(response as Answer));
        return { response };
      } catch (error) {
        const { response } = error as { readonly response?: Answer };
        if (response !== undefined) step.tell(factsOf(response));
        // "Not modified" is an answer, though Octokit throws it.
        if (response?.status === 304) return { error };
        throw error;
      }
    });
    if ('error' in answered) throw answered.error;
    return answered.response;
  });
}

/** Source: docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api, "Checking the status of your rate limit". */
function factsOf({ status, headers }: Answer): Facts {
  const numbers = ['limit', 'remaining', 'reset'].flatMap((name) => {
    const value = headers[`x-ratelimit-${name}`];
    return value === undefined || Number.isNaN(Number(value)) ? [] : [[name, Number(value)] as const];
  });
  const resource = headers['x-ratelimit-resource'];
  return {
    status,
    ...(resource === undefined ? {} : { resource: String(resource) }),
    ...Object.fromEntries(numbers),
  };
}
