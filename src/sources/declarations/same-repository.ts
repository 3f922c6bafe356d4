import { parseRemote } from '../../git/remote.ts';

/** `acme/infra`, in the small letters that hosts compare names in; null for an address that is not understood. */
export function slugOf(address: string): string | null {
  return parseRemote(address)?.slug.toLowerCase() ?? null;
}

/** True for two addresses of one repository, whatever they are reached by. */
export function sameRepository(a: string, b: string): boolean {
  const [one, other] = [slugOf(a), slugOf(b)];
  return one === null || other === null ? plain(a) === plain(b) : one === other;
}

/**
 * Whether an address is that of the repository at hand (`origin`); null where it cannot be told.
 *
 * A fork keeps the manifests of what it was forked from, and these name that one: `mentioned` are all addresses that the
 * manifests name. Where none of them is its own and only one has its name, that one is taken for it.
 */
export function isOrigin(
  address: string,
  origin: string | null,
  mentioned: readonly string[],
): boolean | null {
  const [slug, own] = [slugOf(address), origin?.toLowerCase() ?? null];
  if (slug === null || own === null) return null;
  if (slug === own) return true;
  const slugs = new Set(mentioned.map(slugOf));
  const namesakes = [...slugs].filter((each) => each !== null && nameOf(each) === nameOf(own));
  return nameOf(slug) === nameOf(own) && !slugs.has(own) && namesakes.length === 1;
}

function nameOf(slug: string): string {
  return slug.slice(slug.indexOf('/') + 1);
}

function plain(address: string): string {
  return address
    .trim()
    .toLowerCase()
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
}
