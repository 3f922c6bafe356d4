/**
 * Image references: `[registry/]repository[:tag][@digest]`.
 * Source: https://github.com/distribution/reference (the grammar in the package documentation).
 */
export interface ImageReference {
  /** As written, registry included when it was: `registry.example/shop/cart` or `nginx`. */
  readonly name: string;
  readonly tag: string | null;
  /** `sha256:…` */
  readonly digest: string | null;
}

/** Splits a reference; null when it cannot be one. */
export function parseImage(text: string): ImageReference | null {
  const at = text.indexOf('@');
  const digest = at < 0 ? null : text.slice(at + 1);
  const rest = at < 0 ? text : text.slice(0, at);
  const colon = rest.lastIndexOf(':');
  const tagged = colon > rest.lastIndexOf('/');
  const name = tagged ? rest.slice(0, colon) : rest;
  const tag = tagged ? rest.slice(colon + 1) : null;
  if (name === '' || /\s/.test(text) || (tag !== null && !/^\w[\w.-]{0,127}$/.test(tag))) return null;
  if (digest !== null && !/^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}$/.test(digest)) return null;
  return { name, tag, digest };
}

export function printImage(image: ImageReference): string {
  return (
    image.name +
    (image.tag === null ? '' : `:${image.tag}`) +
    (image.digest === null ? '' : `@${image.digest}`)
  );
}

/**
 * The name with Docker's defaults filled in, so that `nginx`, `library/nginx` and `docker.io/library/nginx` compare equal.
 */
export function canonicalRepository(name: string): string {
  const first = name.slice(0, name.indexOf('/') < 0 ? 0 : name.indexOf('/'));
  const hasRegistry = first.includes('.') || first.includes(':') || first === 'localhost';
  if (hasRegistry) return name.replace(/^(index|registry-1)\.docker\.io\//, 'docker.io/');
  return `docker.io/${name.includes('/') ? name : `library/${name}`}`;
}

/** The repository of a reference with Docker's defaults filled in: `docker.io/library/nginx`. */
export function repositoryOf(image: string): string {
  return canonicalRepository(parseImage(image)?.name ?? image);
}
