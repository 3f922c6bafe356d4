import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { setTimeout } from 'node:timers/promises';
import type { Client } from './context.ts';
import { hostErrorOf } from './errors.ts';
import { limitsOf, WRITE_PAUSE, type Budget, type Clock, type Patience } from './limits.ts';
import { observeRequests } from './observed-requests.ts';
import { Answers, rememberAnswers } from './remembered.ts';
import { newTransport, type Transport } from './transport.ts';

export interface ClientOptions {
  /** Of the API: `https://api.github.com`, or what {@link apiUrl} says. */
  readonly baseUrl?: string;
  readonly clock?: Clock;
  /** Left out: one of its own. */
  readonly transport?: Transport;
  /** Milliseconds from one write to the next. */
  readonly writePause?: number;
}

/** What clients in one process, or in several, have together. */
export interface SharedParts {
  /** Of the App itself, `app`, or the installation of this number. Default: nobody else uses its token. */
  readonly budget?: (owner: string) => Budget;
  /** Left out: answers of its own. */
  readonly answers?: Answers;
}

export interface AppClient {
  /** Asks as the App itself: about its installations, never about what is in a repository. */
  readonly octokit: Octokit;
  /** Asks as the App where it is installed. Always the same client for the same installation. */
  installation(id: number): Octokit;
}

/** A token is renewed this long before it expires, in milliseconds: what was begun with it can still be finished. */
const MARGIN = 5 * 60_000;
/** With the old token, and twice with a new one. */
const ATTEMPTS = 3;
/** Answers keep the shape that this program was written for (docs.github.com/rest/about-the-rest-api/api-versions). */
const API_VERSION = '2022-11-28';
/** The App serves many installations: one that GitHub limits for longer than this fails for now, and holds up no other; milliseconds. */
const LONGEST_WAIT = 2 * 60_000;

const SYSTEM_CLOCK: Clock = { now: Date.now, sleep: setTimeout };

/** For the command line: with the token that a person or a workflow gave. */
export function tokenClient({
  token,
  baseUrl,
  transport = newTransport(),
}: ClientOptions & { readonly token: string }): Octokit {
  return newOctokit(baseUrl, transport, { auth: token });
}

/** For the App: installation tokens are got when they are needed, kept, and renewed before they expire. */
export function appClient(
  options: ClientOptions & SharedParts & { readonly appId: string | number; readonly privateKey: string },
): AppClient {
  const {
    appId,
    privateKey,
    baseUrl,
    clock = SYSTEM_CLOCK,
    transport = newTransport(),
    writePause = WRITE_PAUSE,
    budget,
    answers = new Answers(),
  } = options;
  const patienceOf = (owner: string): Patience => ({
    longestWait: LONGEST_WAIT,
    writePause,
    ...(budget && { budget: budget(owner) }),
  });
  const octokit = newOctokit(
    baseUrl,
    transport,
    { authStrategy: createAppAuth, auth: { appId, privateKey } },
    answers,
    'app',
  );
  limitsOf(octokit, clock, patienceOf('app'));
  const installations = new Map<number, Octokit>();

  /** What GitHub says to one installation's token stops no other's. */
  async function newToken(installation_id: number): Promise<Token> {
    const calls = limitsOf(installations.get(installation_id) ?? octokit, clock).calls('');
    const made = await calls.read(() => octokit.rest.apps.createInstallationAccessToken({ installation_id }));
    return { text: made.token, madeAt: clock.now(), expiresAt: Date.parse(made.expires_at) };
  }

  return {
    octokit,
    installation: (id) => {
      const known = installations.get(id);
      if (known) return known;
      const authStrategy = () => renewed(() => newToken(id), clock);
      const client = newOctokit(baseUrl, transport, { authStrategy }, answers, String(id));
      limitsOf(client, clock, patienceOf(String(id)));
      installations.set(id, client);
      return client;
    },
  };
}

/**
 * The token that a client uses; null when it uses none.
 *
 * @param refused one that GitHub did not accept: it is not given again where there can be another
 */
export async function tokenOf(octokit: Pick<Client, 'auth'>, refused?: string): Promise<string | null> {
  try {
    const authentication = (await octokit.auth({ type: 'installation', refused })) as {
      readonly token?: string;
    };
    return authentication.token ?? null;
  } catch (error) {
    throw hostErrorOf(error);
  }
}

/** Where the API is: on github.com, or on the GitHub Enterprise Server that GHE_HOST and GHE_PROTOCOL name, as for Probot. */
export function apiUrl(environment: Readonly<Record<string, string | undefined>>): string {
  const host = environment['GHE_HOST'];
  if (!host) return 'https://api.github.com';
  const protocol = environment['GHE_PROTOCOL'] || 'https';
  // GitHub Enterprise Cloud with data residency
  return host.endsWith('.ghe.com') ? `${protocol}://api.${host}` : `${protocol}://${host}/api/v3`;
}

/** Where git finds a repository, from where the API is. */
export function cloneUrl(baseUrl: string, repository: string): string {
  const { protocol, host } = siteOf(baseUrl);
  return `${protocol}//${host}/${repository}.git`;
}

/**
 * Whether an account's commits made on GitHub have this address: `<id>+<login>@users.noreply.<host>`.
 *
 * Source: docs.github.com/account-and-profile/reference/email-addresses-reference#your-noreply-email-address
 */
export function isNoreplyOf(baseUrl: string, login: string, email: string): boolean {
  const { hostname } = siteOf(baseUrl);
  const [id, ...rest] = email.toLowerCase().split('+');
  return /^\d+$/.test(id!) && rest.join('+') === `${login}@users.noreply.${hostname}`.toLowerCase();
}

/** The API of an Enterprise Server is below its own host; elsewhere it has a host of its own. */
function siteOf(baseUrl: string): URL {
  const url = new URL(baseUrl);
  if (!url.pathname.startsWith('/api/v3')) url.host = url.host.replace(/^api\./, '');
  return url;
}

interface Token {
  readonly text: string;
  /** Milliseconds since the epoch, as `expiresAt`. */
  readonly madeAt: number;
  readonly expiresAt: number;
}

/** How Octokit is told to authenticate: what it answers about its token, and how a request gets its header. */
function renewed(make: () => Promise<Token>, clock: Clock) {
  let kept: Token | null = null;
  let coming: Promise<Token> | null = null;

  async function current(refused?: string): Promise<Token> {
    if (kept !== null && kept.text !== refused && kept.expiresAt - clock.now() > MARGIN) return kept;
    coming ??= make().finally(() => (coming = null));
    kept = await coming;
    return kept;
  }

  async function hook(
    request: (options: object) => Promise<unknown>,
    options: { readonly headers: Readonly<Record<string, unknown>> },
  ): Promise<unknown> {
    let refused: string | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const { text } = await current(refused);
      const headers = { ...options.headers, authorization: `token ${text}` };
      try {
        return await request({ ...options, headers });
      } catch (error) {
        if ((error as { status?: number }).status !== 401 || attempt === ATTEMPTS) throw error;
        // Not all of GitHub's machines know a new token at once.
        if (refused !== undefined) await clock.sleep(1000);
        refused ??= text;
      }
    }
  }

  const auth = async (options?: { readonly refused?: string }) => {
    const { text } = await current(options?.refused);
    return { type: 'token', tokenType: 'installation', token: text };
  };
  return Object.assign(auth, { hook });
}

function newOctokit(
  baseUrl: string | undefined,
  transport: Transport,
  options: ConstructorParameters<typeof Octokit>[0],
  answers?: Answers,
  owner?: string,
): Octokit {
  const silent = (): void => {};
  const octokit = new Octokit({
    ...options,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    userAgent: 'faultline',
    // Failures are told by those who asked; what Octokit would print is every address.
    log: { debug: silent, info: silent, warn: silent, error: silent },
    request: { fetch: transport.fetch },
  });
  octokit.hook.before('request', (request) => {
    request.headers['x-github-api-version'] = API_VERSION;
  });
  // Before what answers from memory, so that it sees what GitHub answers.
  observeRequests(octokit, owner ?? 'token');
  rememberAnswers(octokit, answers, owner);
  return octokit;
}
