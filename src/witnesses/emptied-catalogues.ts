import { prose, type Prose } from '../untrusted/prose.ts';

/** A catalogue of images whose publisher took away what it had. */
export interface EmptiedCatalogue {
  /** What the names of its repositories start with. */
  readonly prefix: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly says: Prose;
  readonly advice: Prose;
}

const EMPTIED: readonly EmptiedCatalogue[] = [
  {
    // https://github.com/bitnami/containers/issues/83267
    prefix: 'docker.io/bitnami/',
    since: Date.parse('2025-08-28T00:00:00Z'),
    says: prose`Bitnami no longer keeps versioned images in docker.io/bitnami (removed from August 2025 on; what still runs from there is cached)`,
    advice: prose`The same tag may lie in docker.io/bitnamilegacy, which gets no updates: a stop-gap until the workload moves to a maintained image (https://github.com/bitnami/containers/issues/83267).`,
  },
];

/** What is known of the catalogue that a repository is in; null for every other one, and before it was emptied. */
export function emptiedCatalogue(repository: string, now: number): EmptiedCatalogue | null {
  return EMPTIED.find(({ prefix, since }) => repository.startsWith(prefix) && now >= since) ?? null;
}
