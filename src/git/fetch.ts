import { dirname } from 'node:path';
import { mask } from '../untrusted/mask.ts';
import { gitIn, isRefusal } from './command.ts';
import { CHECK_FETCHED } from './hardening.ts';

/** Where to fetch from, and the token for it; null for a repository that anyone may read. */
export interface CloneAccess {
  /** Without credentials in it. */
  readonly url: string;
  readonly token: string | null;
}

/**
 * Why a fetch failed. `unsafe`: what the server has was refused by the check of its objects, and the mirror is as before;
 * `refused`: by the server, whatever the token is; `unreachable`: it may work later; `busy`: another git writes to the same
 * folder, or died while it did; `damaged`: the folder; `other`: everything else.
 */
export type FetchFailure = 'unsafe' | 'refused' | 'unreachable' | 'busy' | 'damaged' | 'other';

/** The message is what git said, without secrets. There is no cause: what git said could be in it with them. */
export class FetchError extends Error {
  readonly failure: FetchFailure;

  constructor(message: string, failure: FetchFailure) {
    super(message);
    this.name = 'FetchError';
    this.failure = failure;
  }
}

/** What git and curl look for in their environment to reach a server from inside a company's network. */
const NETWORK = [
  ...['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]),
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
];

/**
 * Makes the branches of a bare repository those of the server: new ones, those that were pushed to with force, and without
 * those that are gone. The token goes through the environment into a header, for this server only.
 *
 * @throws FetchError
 */
export async function fetchBranches(folder: string, access: CloneAccess): Promise<void> {
  await fetchRefs(folder, access, ['--prune', '+refs/heads/*:refs/heads/*']);
}

/**
 * Fetches the head of a pull request, which may be in a fork, under a name of its own: it is no branch, and nothing else is changed.
 *
 * @throws FetchError
 */
export async function fetchPullRequest(folder: string, access: CloneAccess, number: number): Promise<void> {
  const ref = `refs/pull/${number}/head`;
  await fetchRefs(folder, access, [`+${ref}:${ref}`]);
}

async function fetchRefs(
  folder: string,
  { url, token }: CloneAccess,
  wanted: readonly string[],
): Promise<void> {
  const { protocol, origin } = new URL(url);
  const git = gitIn(folder, dirname(folder));
  try {
    await git.run(
      [
        'fetch',
        '--quiet',
        '--no-tags',
        '--no-write-fetch-head',
        ...wanted.filter((one) => one.startsWith('--')),
        url,
        ...wanted.filter((one) => !one.startsWith('--')),
      ],
      {
        environment: { ...network(), GIT_ALLOW_PROTOCOL: protocol.replace(':', '') },
        secretSettings: {
          ...(token === null ? {} : { [`http.${origin}/.extraHeader`]: authorization(token) }),
          ...CHECK_FETCHED,
          'http.lowSpeedLimit': '1000',
          'http.lowSpeedTime': '60',
          // What is tidied up in the background goes on when we think that the folder is ours.
          'gc.autoDetach': 'false',
          'maintenance.autoDetach': 'false',
        },
      },
    );
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const said = withoutToken(error.message, token);
    throw new FetchError(`git could not fetch ${mask(url)}: ${said}`, failureOf(said));
  }
}

function authorization(token: string): string {
  return `Authorization: Basic ${encoded(token)}`;
}

function encoded(token: string): string {
  return Buffer.from(`x-access-token:${token}`).toString('base64');
}

function withoutToken(text: string, token: string | null): string {
  const secrets = token === null ? [] : [token, encoded(token)];
  return mask(secrets.reduce((kept, secret) => kept.replaceAll(secret, '***'), text)).trim();
}

function network(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    NETWORK.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
}

function failureOf(said: string): FetchFailure {
  const failures = Object.entries(SIGNS) as [Exclude<FetchFailure, 'other'>, RegExp][];
  return failures.find(([, sign]) => sign.test(said))?.[0] ?? 'other';
}

/** In the order in which they are looked for: a connection that breaks off makes git complain about the pack as well. */
const SIGNS: Readonly<Record<Exclude<FetchFailure, 'other'>, RegExp>> = {
  unsafe: /fsck error in packed object|fsck error in pack objects/i,
  refused:
    /returned error: 40[13]|authentication failed|could not read username|repository not found|returned error: 404/i,
  unreachable:
    /returned error: (?:5\d\d|429)|could ?n[o']t (?:resolve|connect)|failed to connect|timed? ?out|operation too slow|early eof|rpc failed|empty reply|hung up|unexpected disconnect|recv failure|send failure|connection reset|ssl_error|gnutls/i,
  busy: /\.lock': file exists|cannot lock ref/i,
  damaged:
    /not a git repository|bad object|corrupt|invalid sha1 pointer|unable to read (?:tree|sha1|object)|missing (?:blob|tree|commit|object)|did not send all necessary objects|bad (?:pack|config)|object file .* is empty|broken|could not parse (?:object|commit)|failed to traverse parents/i,
};
