import { verify, type KeyObject } from 'node:crypto';
import type { GitHub } from '../github.ts';
import type { Permissions, Token } from '../state.ts';
import { Refusal } from './route.ts';

export type Actor =
  | { readonly kind: 'anonymous' }
  /** A JWT of the App. */
  | { readonly kind: 'app' }
  | { readonly kind: 'token'; readonly token: Token };

/** Who asks. Throws 401 for what is given but not (or no longer) good. */
export function authenticated(github: GitHub, publicKey: KeyObject, header: string | undefined): Actor {
  if (header === undefined) return { kind: 'anonymous' };
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer' && value.split('.').length === 3) {
    checkJwt(github, publicKey, value);
    return { kind: 'app' };
  }
  if (!['bearer', 'token'].includes(scheme.toLowerCase())) throw badCredentials();
  return { kind: 'token', token: goodToken(github, value) };
}

/** Git sends the token as a password. */
export function authenticatedGit(github: GitHub, header: string | undefined): Actor {
  if (header === undefined) return { kind: 'anonymous' };
  const encoded = /^basic +(\S+)$/i.exec(header)?.[1];
  if (encoded === undefined) throw badCredentials();
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  return { kind: 'token', token: goodToken(github, pair.slice(pair.indexOf(':') + 1)) };
}

function goodToken(github: GitHub, value: string): Token {
  const token = github.state.tokens.get(value);
  if (token === undefined || token.revoked || (token.expiresAt !== null && token.expiresAt <= github.now()))
    throw badCredentials();
  return token;
}

function badCredentials(): Refusal {
  return new Refusal(401, 'Bad credentials');
}

function checkJwt(github: GitHub, publicKey: KeyObject, jwt: string): void {
  const [head = '', body = '', signature = ''] = jwt.split('.');
  const header = decoded(head);
  const claims = decoded(body);
  const good = verify(
    'RSA-SHA256',
    Buffer.from(`${head}.${body}`),
    publicKey,
    Buffer.from(signature, 'base64url'),
  );
  if (!good || header['alg'] !== 'RS256') throw new Refusal(401, 'A JSON web token could not be decoded');
  const now = Math.floor(github.now() / 1000);
  const { iss, iat, exp } = claims;
  if (typeof exp !== 'number' || exp <= now) {
    throw new Refusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > now + 600) throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future");
  if (typeof iat !== 'number' || iat > now) {
    throw new Refusal(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  const { id } = github.state.app;
  if (![String(id), `Iv1.${id}`].includes(String(iss))) throw new Refusal(404, 'Integration not found');
}

function decoded(part: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
  } catch {
    throw new Refusal(401, 'A JSON web token could not be decoded');
  }
}

export function loginOf(actor: Actor): string | null {
  return actor.kind === 'token' ? actor.token.login : null;
}

/** Whose limit a request counts against: an installation's tokens share one. */
export function limitKey(actor: Actor): string {
  switch (actor.kind) {
    case 'anonymous':
      return 'anonymous';
    case 'app':
      return 'app';
    case 'token':
      return actor.token.kind === 'personal'
        ? `user ${actor.token.login}`
        : `installation ${actor.token.installation} ${actor.token.login}`;
  }
}

export function grants(permissions: Permissions, need: string): boolean {
  const [name = '', level = ''] = need.split(':');
  const granted = name === 'metadata' ? 'read' : permissions[name];
  return granted === 'write' || (granted === 'read' && level === 'read');
}
