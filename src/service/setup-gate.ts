import { HOUR } from '../kubernetes/durations.ts';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { bodyGate, refuse, type Refusal } from './body-gate.ts';
import { hasBody, keepReasonsBack } from './webhook-gate.ts';

export interface SetupGate {
  /** Opens the page under another name than a loopback one: who reads it in the log may set the App up. */
  readonly token: string;
  readonly now: () => number;
}

/** A private key and a few words. */
const LIMITS = { one: 100_000, all: 1_000_000, milliseconds: 10_000 };

const COOKIE = 'faultline_setup';

/**
 * Guards the set-up page, which whoever reaches it may use to write the credentials of the App. A browser reaches it on behalf of any page that
 * is open in it, so what changes something has to come from the page itself, and the page is served under loopback names only, which no other
 * page can take (or to whoever has the token). What is sent has to be credentials.
 */
export function setupGate({ token, now }: SetupGate, next: RequestListener): RequestListener {
  const gate = bodyGate(LIMITS);
  let opened = Number.NEGATIVE_INFINITY;
  return (request, response) => void pass(request, response);

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, headers } = request;
    keepReasonsBack(response);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://faultline');
    if (
      ![headers.host, headers['x-forwarded-host'] ?? 'localhost'].every(isLoopback) &&
      !hasToken(headers.cookie, token)
    ) {
      if (method === 'GET' && searchParams.get('token') === token) return welcome(response, token);
      return refuse(request, response, ELSEWHERE);
    }
    if (method === 'GET' || method === 'HEAD') {
      if (hasBody(request)) return refuse(request, response, { status: 400, error: 'no body is expected' });
      if (pathname === '/probot') opened = now();
      if (pathname === '/probot/setup' && !isNavigation(headers, now() - opened < HOUR))
        return refuse(request, response, FORGED);
      return next(request, response);
    }
    if (method !== 'POST') return refuse(request, response, { status: 405, error: 'expected GET or POST' });
    if (!isSameOrigin(headers)) return refuse(request, response, FORGED);
    if (!/^\s*application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? ''))
      return refuse(request, response, { status: 415, error: 'expected application/json' });
    const body = await gate.read(request, response);
    if ('error' in body) return refuse(request, response, body);
    const credentials = credentialsIn(body);
    if (credentials === null)
      return refuse(request, response, { status: 400, error: 'expected appId, pem and webhook_secret' });
    // Where Probot finds a body that was read already.
    Object.assign(request, { body: credentials });
    next(request, response);
  }
}

const FORGED: Refusal = { status: 403, error: 'this does not come from the set-up page' };
const ELSEWHERE: Refusal = {
  status: 403,
  error:
    'the set-up page is served on localhost; under another name, open the address with the token that is in the log',
};

type Headers = IncomingMessage['headers'];

/** A name that always means this machine. Any other could be made to mean it, for as long as an attack takes. */
function isLoopback(host: unknown): boolean {
  const name = typeof host === 'string' ? hostname(host) : null;
  return (
    name !== null && (/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(name) || name.endsWith('.localhost'))
  );
}

function hostname(host: string): string | null {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : null;
}

function hasToken(cookies: string | undefined, token: string): boolean {
  return (cookies ?? '').split(/;\s*/).includes(`${COOKIE}=${token}`);
}

function welcome(response: ServerResponse, token: string): void {
  response
    .writeHead(303, {
      location: '/probot',
      'set-cookie': `${COOKIE}=${token}; Path=/; HttpOnly; SameSite=Lax`,
      'referrer-policy': 'no-referrer',
    })
    .end();
}

/** Browsers say where a request comes from in `Sec-Fetch-Site`, older ones in `Origin`; what is no browser says neither. */
function isSameOrigin(headers: Headers): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const { origin, host } = headers;
  if (origin === undefined) return true;
  return (
    URL.canParse(origin) && host !== undefined && new URL(origin).host === new URL(`http://${host}`).host
  );
}

/** GitHub sends people back here, from a page that they came to from ours. An image or a script on some page is no person. */
function isNavigation(headers: Headers, isOpen: boolean): boolean {
  const site = headers['sec-fetch-site'];
  const mode = headers['sec-fetch-mode'];
  if (site === undefined || site === 'same-origin' || site === 'none')
    return mode === undefined || mode === 'navigate';
  return mode === 'navigate' && headers['sec-fetch-dest'] === 'document' && isOpen;
}

/** The lines of `.env`, as the set-up page sends it; null for anything else. */
function credentialsIn(body: Buffer): string | null {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
  const { appId, pem, webhook_secret } = Object(value) as Record<string, unknown>;
  if (typeof appId !== 'string' && typeof appId !== 'number') return null;
  if (typeof pem !== 'string' || typeof webhook_secret !== 'string') return null;
  const isOneLine = /^\d{1,20}$/.test(String(appId)) && /^[\x20-\x7e]{1,500}$/.test(webhook_secret);
  return isOneLine && /^(?:[^"\p{Cc}]|\r?\n)+$/u.test(pem)
    ? JSON.stringify({ appId: String(appId), pem, webhook_secret })
    : null;
}
