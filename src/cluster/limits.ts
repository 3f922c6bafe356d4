/**
 * How much of one cluster is read at most. Far more than a large cluster has; less than what ends a process.
 * docs/clusters.md has these numbers for people.
 */
export const LIMITS: ReadingLimits = {
  answerBytes: 64 * 2 ** 20,
  objectsOfKind: 200_000,
  bytesOfKind: 2 ** 30,
  objects: 1_000_000,
  bytes: 2 * 2 ** 30,
  pages: 1_000,
  milliseconds: 10 * 60_000,
};

export interface ReadingLimits {
  /** Of one answer of the API server. */
  readonly answerBytes: number;
  readonly objectsOfKind: number;
  /** Of all answers with objects of one kind. */
  readonly bytesOfKind: number;
  /** Of all kinds together. */
  readonly objects: number;
  readonly bytes: number;
  /** Of one list. */
  readonly pages: number;
  /** For all lists together. */
  readonly milliseconds: number;
}

/** Requests to one API server at a time. */
export const SIDE_BY_SIDE = 4;
