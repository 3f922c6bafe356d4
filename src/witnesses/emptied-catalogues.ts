import { parseImage, printImage, repositoryOf } from '../kubernetes/images.ts';
import type { RegistryImage } from '../model/registry-image.ts';
import { prose, type Prose } from '../untrusted/prose.ts';

/** A catalogue of images whose publisher took away what it had. */
export interface EmptiedCatalogue {
  /** What the names of its repositories start with. */
  readonly prefix: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly says: Prose;
  /** What the names of the repositories start with that its images were moved to. */
  readonly movedTo: string;
  /** What the publisher says of them, as the end of a sentence. */
  readonly butOfThem: Prose;
}

const EMPTIED: readonly EmptiedCatalogue[] = [
  {
    // https://github.com/bitnami/containers/issues/83267
    prefix: 'docker.io/bitnami/',
    since: Date.parse('2025-08-28T00:00:00Z'),
    says: prose`Bitnami no longer keeps versioned images in docker.io/bitnami (removed from August 2025 on; what still runs from there is cached)`,
    movedTo: 'docker.io/bitnamilegacy/',
    butOfThem: prose`gets no updates: a stop-gap until the workload moves to a maintained image (https://github.com/bitnami/containers/issues/83267)`,
  },
];

/** What is known of the catalogue that a repository is in; null for every other one, and before it was emptied. */
export function emptiedCatalogue(repository: string, now: number): EmptiedCatalogue | null {
  return EMPTIED.find(({ prefix, since }) => repository.startsWith(prefix) && now >= since) ?? null;
}

/** The same tag or digest where the catalogue's images were moved to; null for an image of no such catalogue. */
export function movedReference(image: string, now: number): string | null {
  const parsed = parseImage(image);
  const repository = repositoryOf(image);
  const catalogue = emptiedCatalogue(repository, now);
  if (parsed === null || catalogue === null) return null;
  return printImage({ ...parsed, name: catalogue.movedTo + repository.slice(catalogue.prefix.length) });
}

/** What helps with an image of an emptied catalogue. `moved` is what the registry says of {@link movedReference}. */
export function adviceOn(
  { butOfThem, movedTo }: EmptiedCatalogue,
  reference: string,
  moved: RegistryImage | null,
): Prose {
  switch (moved?.reference) {
    case 'present':
      return prose`The registry has ${reference}, which ${butOfThem}.`;
    case 'missing':
      return prose`${reference} is not there either, so the workload has to move to another image.`;
    default:
      return prose`The same tag may lie in ${movedTo.replace(/\/$/, '')}, which ${butOfThem}.`;
  }
}
