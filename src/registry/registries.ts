import { parseImage, repositoryOf } from '../kubernetes/images.ts';
import type { ImageSource, RegistryImage } from '../model/registry-image.ts';
import { Connection } from './connection.ts';
import type { CredentialsByHost } from './credentials.ts';

export interface RegistriesOptions {
  /** What may be asked, as beginnings of repositories: `docker.io`, `ghcr.io/acme`; `all` for any. */
  readonly allowed: readonly string[] | 'all';
  readonly credentials?: CredentialsByHost;
  readonly fetch?: typeof globalThis.fetch;
}

/** Without these a registry converts what it has, or says that it has nothing. */
const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Pages of a thousand tags; a repository with more is not listed whole. */
const MOST_PAGES = 10;

/**
 * Asks image registries what they have, by the OCI distribution API, where that was allowed. Nothing of the cluster is used to be let in:
 * credentials are those that were configured, else none.
 * Source: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
 */
export class Registries implements ImageSource {
  readonly #options: RegistriesOptions;
  readonly #connections = new Map<string, Connection>();

  constructor(options: RegistriesOptions) {
    this.#options = options;
  }

  /** @throws when the registry does not answer, or not in a way that is understood */
  async image(reference: string): Promise<RegistryImage | null> {
    const parsed = parseImage(reference);
    const repository = repositoryOf(reference);
    if (parsed === null || !this.#mayAsk(repository)) return null;
    const [host, name] = split(repository);
    if (!/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/.test(name)) return null;
    const connection = this.#connectionTo(host);
    const manifest = `/v2/${name}/manifests/${parsed.digest ?? parsed.tag ?? 'latest'}`;
    const { status } = await connection.get(name, manifest, MANIFESTS);
    const listed = await tagsOf(connection, name);
    const isListed = parsed.digest === null && listed?.tags.includes(parsed.tag ?? 'latest') === true;
    return {
      reference: answerOf(status, listed, isListed),
      tags: listed?.isWhole ? listed.tags : null,
    };
  }

  #mayAsk(repository: string): boolean {
    const { allowed } = this.#options;
    return (
      allowed === 'all' ||
      allowed.some(
        (prefix) => repository === prefix || repository.startsWith(`${prefix.replace(/\/+$/, '')}/`),
      )
    );
  }

  #connectionTo(host: string): Connection {
    const { credentials, fetch = globalThis.fetch } = this.#options;
    const known = this.#connections.get(host);
    const connection = known ?? new Connection({ host, credentials: credentials?.get(host) ?? null, fetch });
    this.#connections.set(host, connection);
    return connection;
  }
}

function split(repository: string): readonly [host: string, name: string] {
  const slash = repository.indexOf('/');
  return [repository.slice(0, slash), repository.slice(slash + 1)];
}

/** A registry may answer "not found" for what the caller may not see: only one that lists the repository to the same caller is believed. */
function answerOf(status: number, listed: Listed | null, isListed: boolean): RegistryImage['reference'] {
  if (status === 200) return 'present';
  return status === 404 && listed !== null && !isListed ? 'missing' : 'unknown';
}

interface Listed {
  readonly tags: readonly string[];
  readonly isWhole: boolean;
}

/** The tags of a repository; null where the registry does not list them to us. */
async function tagsOf(connection: Connection, name: string): Promise<Listed | null> {
  const tags: string[] = [];
  let path: string | null = `/v2/${name}/tags/list?n=1000`;
  for (let page = 0; path !== null; page += 1) {
    if (page === MOST_PAGES) return { tags, isWhole: false };
    const answer = await connection.get(name, path);
    const found = answer.status === 200 ? tagsIn(answer.text) : null;
    if (found === null) return page === 0 ? null : { tags, isWhole: false };
    tags.push(...found);
    path = nextPage(answer.header('link'), name);
  }
  return { tags: tags.toSorted(), isWhole: true };
}

function tagsIn(text: string): readonly string[] | null {
  try {
    const { tags } = JSON.parse(text) as { tags?: unknown };
    if (tags === null || tags === undefined) return [];
    return Array.isArray(tags)
      ? tags.filter((tag) => typeof tag === 'string' && /^\w[\w.-]{0,127}$/.test(tag))
      : null;
  } catch {
    return null;
  }
}

/** `</v2/library/redis/tags/list?last=7&n=1000>; rel="next"`; what leads elsewhere is not followed. */
function nextPage(link: string | null, name: string): string | null {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? '')?.[1];
  if (target === undefined) return null;
  const { pathname, search } = new URL(target, `https://registry.invalid/v2/${name}/tags/list`);
  return pathname === `/v2/${name}/tags/list` ? `${pathname}${search}` : null;
}
