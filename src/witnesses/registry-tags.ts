import { parseImage, printImage, repositoryOf } from '../kubernetes/images.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import type { RegistryImage } from '../model/registry-image.ts';
import { counted, prose, type Prose } from '../untrusted/prose.ts';

/** A registry that shows the repository to us, and says that a reference is not in it. */
export interface WithoutReference {
  /** A clause: `docker.io shows docker.io/library/redis with 12 tags, and this is not among them`. */
  readonly says: Prose;
  readonly evidence: Evidence;
}

/** Null where the registry was not asked, does not tell, or has it. */
export function withoutReference(
  image: string,
  known: RegistryImage | null,
  at: number,
): WithoutReference | null {
  if (known?.reference !== 'missing') return null;
  const repository = repositoryOf(image);
  const tags = known.tags === null ? prose`` : prose` with ${counted(known.tags.length, 'tag')}`;
  return {
    says: prose`${hostOf(repository)} shows ${repository}${tags}, and ${referenceIn(image)} is not there`,
    evidence: quoted('registry', repository, at, `${referenceIn(image)}: MANIFEST_UNKNOWN`),
  };
}

/** True where the registry lists all tags of the image's repository, and its tag is none of them. */
export function isGone(image: string, known: RegistryImage | null): boolean {
  const parsed = parseImage(image);
  return parsed !== null && parsed.digest === null && known?.tags?.includes(parsed.tag ?? 'latest') === false;
}

/**
 * The image with the one tag of its repository that differs from its own in nothing but case, separators and a `v` before the version; null
 * where there is none, or more than one. Another version is never the same: `1.2.3` has to keep its numbers in their order, with dots
 * between them.
 */
export function sameTagOtherwiseWritten(image: string, known: RegistryImage | null): string | null {
  const parsed = parseImage(image);
  if (parsed === null || parsed.tag === null || parsed.digest !== null || !known?.tags) return null;
  const meant = essenceOf(parsed.tag);
  const alike = known.tags.filter((tag) => essenceOf(tag) === meant);
  return alike.length === 1 && alike[0] !== parsed.tag ? printImage({ ...parsed, tag: alike[0]! }) : null;
}

/** What stays of a tag without case, the `v` of a version, and which separator stands beside a word. */
function essenceOf(tag: string): string {
  return (
    tag
      .toLowerCase()
      .replace(/^(?:v|ver|version|rel|release)[-_.]?(?=\d)/, '')
      // Between two numbers the separator tells versions apart: 1.2.3 is not 1.2-3.
      .replace(/(?<=[a-z])[-_.]|[-_.](?=[a-z])|(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])/g, '-')
  );
}

function hostOf(repository: string): string {
  return repository.slice(0, repository.indexOf('/'));
}

/** The tag or digest of an image: `1.27`, `sha256:…`. */
function referenceIn(image: string): string {
  const parsed = parseImage(image);
  return parsed?.digest ?? parsed?.tag ?? 'latest';
}
