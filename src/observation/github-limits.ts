import type { GitHubLimit } from '../model/github-limit.ts';
import { onStep } from '../tracing/step.ts';

/** The limits of GitHub, as its answers tell them. */
export class GitHubLimits {
  readonly #known = new Map<string, GitHubLimit>();

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    onStep(({ name, facts: { installation, resource, limit, remaining, reset } }) => {
      if (name !== 'github' || installation === undefined || typeof resource !== 'string') return;
      if (typeof limit !== 'number' || typeof remaining !== 'number' || typeof reset !== 'number') return;
      const one = { installation: String(installation), resource, limit, remaining };
      this.#known.set(`${one.installation} ${resource}`, { ...one, resetAt: reset * 1000, saidAt: now() });
    });
  }

  /** The one with the least left in front. */
  get all(): readonly GitHubLimit[] {
    return [...this.#known.values()].toSorted((a, b) => a.remaining / a.limit - b.remaining / b.limit);
  }
}
