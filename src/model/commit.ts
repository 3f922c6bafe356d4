/** A commit of the repository. */
export interface Commit {
  readonly sha: string;
  readonly author: string;
  readonly email: string;
  /** Author date, milliseconds since the epoch. */
  readonly at: number;
  readonly subject: string;
}
