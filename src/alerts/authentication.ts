import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** True for `Authorization: Bearer <token>`, as Alertmanager and Grafana send it, and the template for Argo CD. */
export function hasToken({ authorization }: IncomingHttpHeaders, token: string): boolean {
  const [, given] = /^bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  return given !== undefined && isSame(given, token);
}

/** True for `Authorization: Basic <base64 of user:password>`. */
export function hasLogin({ authorization }: IncomingHttpHeaders, user: string, password: string): boolean {
  const [, given] = /^basic +([A-Za-z0-9+/=]+) *$/i.exec(authorization ?? '') ?? [];
  return given !== undefined && isSame(Buffer.from(given, 'base64').toString('utf8'), `${user}:${password}`);
}

/** True for `X-Signature: sha256=<hex>`. Source: https://fluxcd.io/flux/components/notification/providers/#generic-webhook-with-hmac */
export function isSignedByFlux(headers: IncomingHttpHeaders, body: Buffer, secret: string): boolean {
  const given = headers['x-signature'];
  return typeof given === 'string' && isSame(given.toLowerCase(), `sha256=${hmacOf(body, secret)}`);
}

/** True where one of `X-PagerDuty-Signature: v1=<hex>,v1=<hex>` is ours: there are two while a secret is replaced. Source: https://developer.pagerduty.com/docs/verifying-webhook-signatures */
export function isSignedByPagerDuty(headers: IncomingHttpHeaders, body: Buffer, secret: string): boolean {
  const given = headers['x-pagerduty-signature'];
  if (typeof given !== 'string') return false;
  const expected = `v1=${hmacOf(body, secret)}`;
  return given
    .split(',', 10)
    .map((one) => isSame(one.trim(), expected))
    .includes(true);
}

/** Takes as long for any two texts: hashes are compared, which all have one length. */
export function isSame(given: string, expected: string): boolean {
  const [a, b] = [given, expected].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(a!, b!);
}

function hmacOf(body: Buffer, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}
