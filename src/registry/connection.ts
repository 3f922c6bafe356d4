import { bounded, type Answer } from '../http/bounded-answer.ts';
import { parseChallenge, type Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';

/** Milliseconds for one answer. */
const TIMEOUT = 10_000;
/** Bytes of an answer. A page of a thousand tags has some 30 kB. */
const LONGEST_ANSWER = 4 * 2 ** 20;

export interface ConnectionOptions {
  /** The host that images name: `docker.io`, `127.0.0.1:5000`. */
  readonly host: string;
  readonly credentials: Credentials | null;
  readonly fetch: typeof globalThis.fetch;
}

/** Reads from one registry by its HTTP API, getting a token where it wants one. */
export class Connection {
  readonly #options: ConnectionOptions;
  /** `Authorization` by repository: a token is for one. */
  readonly #authorizations = new Map<string, string>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /**
   * The answer to GET, of whatever status. A registry that asks for credentials that are not there answers 401.
   *
   * @param path below the registry: `/v2/library/redis/tags/list`
   * @throws when there is no answer in time, or one too long
   */
  async get(repository: string, path: string, accept = 'application/json'): Promise<Answer> {
    const answer = await this.#send(repository, path, accept);
    if (answer.status !== 401) return answer;
    const challenge = parseChallenge(answer.header('www-authenticate'));
    const authorization = challenge && (await this.#authorizationFor(repository, challenge));
    if (authorization === null) return answer;
    this.#authorizations.set(repository, authorization);
    return this.#send(repository, path, accept);
  }

  #send(repository: string, path: string, accept: string): Promise<Answer> {
    const authorization = this.#authorizations.get(repository);
    return this.#fetch(new URL(path, baseOf(this.#options.host)), {
      accept,
      ...(authorization !== undefined && { authorization }),
    });
  }

  async #authorizationFor(repository: string, challenge: Challenge): Promise<string | null> {
    const { credentials, host } = this.#options;
    if (challenge.kind === 'basic') return credentials && basic(credentials);
    const realm = new URL(challenge.realm);
    // Credentials and tokens leave encrypted, but for a registry on this machine.
    if (realm.protocol !== 'https:' && !isLocal(host)) return null;
    if (challenge.service !== null) realm.searchParams.set('service', challenge.service);
    realm.searchParams.set('scope', `repository:${repository}:pull`);
    const headers = { accept: 'application/json', ...(credentials && { authorization: basic(credentials) }) };
    const answer = await this.#fetch(realm, headers);
    const token = answer.status === 200 ? tokenIn(answer.text) : null;
    return token === null ? null : `Bearer ${token}`;
  }

  /** Registries redirect to where they keep things; `fetch` drops the credentials where that is another host. */
  async #fetch(url: URL, headers: Readonly<Record<string, string>>): Promise<Answer> {
    const signal = AbortSignal.timeout(TIMEOUT);
    return bounded(await this.#options.fetch(url, { headers, signal }), LONGEST_ANSWER);
  }
}

/** Docker Hub answers under another name; a registry on this machine may speak plain HTTP, as for Docker. */
function baseOf(host: string): string {
  const name = host === 'docker.io' ? 'registry-1.docker.io' : host;
  return `${isLocal(host) ? 'http' : 'https'}://${name}`;
}

function isLocal(host: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host);
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function tokenIn(text: string): string | null {
  try {
    const read = JSON.parse(text) as { token?: unknown; access_token?: unknown } | null;
    const token = read?.token ?? read?.access_token;
    return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token) ? token : null;
  } catch {
    return null;
  }
}
