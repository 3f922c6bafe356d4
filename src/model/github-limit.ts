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
