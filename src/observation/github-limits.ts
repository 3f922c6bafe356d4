import { onStep } from '../tracing/step.ts';

/** What GitHub lets an installation of the App ask in a period, as it said when it last answered. */
export interface GitHubLimit {
  /** Number of the installation; `app` for the App itself. */
  readonly installation: string;
  /** `core`, `search`, `graphql` */
  readonly resource: string;
  readonly limit: number;
  readonly remaining: number;
  /** When the period ends, and when GitHub said so: milliseconds since the epoch. */
  readonly resetAt: number;
  readonly saidAt: number;
}

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
