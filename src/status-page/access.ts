import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';

/** Who may see the status page. With neither, only who is on the same machine as a server that nobody else reaches. */
export interface Access {
  /** What `Authorization` has to carry; null where no token is set. */
  readonly token: string | null;
  /** Who signs people in before Faultline, and says so in a header. */
  readonly proxy: TrustedProxy | null;
}

export interface TrustedProxy {
  /** In lower case. */
  readonly header: string;
  /** The addresses whose header is believed. */
  readonly from: BlockList;
}

/** What a request says of itself, and what the connection says of it. */
export interface Asking {
  /** The address at the other end. */
  readonly peer: string | null;
  /** The address that the server was told to listen on: `0.0.0.0` where others reach it. */
  readonly listensOn: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** `needs-token`: one may be sent. `needs-proxy`: only a proxy can let somebody in. `closed`: nobody is let in from elsewhere. */
export type Admission = 'granted' | 'needs-token' | 'needs-proxy' | 'closed';

/** Whether a request may see the page. A token or a proxy is asked for on every machine, this one included. */
export function admissionOf({ token, proxy }: Access, asking: Asking): Admission {
  if (token !== null && isToken(token, asking.headers['authorization'])) return 'granted';
  if (proxy !== null && isSignedIn(proxy, asking)) return 'granted';
  if (token !== null) return 'needs-token';
  if (proxy !== null) return 'needs-proxy';
  return isOnThisMachine(asking) ? 'granted' : 'closed';
}

/** `Bearer <token>`, or `Basic` with any name and the token as the password, which browsers ask people for. */
function isToken(token: string, header: Asking['headers'][string]): boolean {
  const [, scheme = '', credentials = ''] = /^(bearer|basic) +(\S+)$/i.exec(String(header ?? '')) ?? [];
  if (scheme === '') return false;
  if (scheme.toLowerCase() === 'bearer') return isSame(credentials, token);
  const pair = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon >= 0 && isSame(pair.slice(colon + 1), token);
}

/** In a time that tells nothing of how much of it is right, nor of its length. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(hashOf(one), hashOf(other));
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isSignedIn({ header, from }: TrustedProxy, { peer, headers }: Asking): boolean {
  const said = headers[header];
  return typeof said === 'string' && said.trim() !== '' && peer !== null && isAmong(from, peer);
}

function isAmong(list: BlockList, address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  const family = isIP(plain);
  return family !== 0 && list.check(plain, family === 4 ? 'ipv4' : 'ipv6');
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Headers by which a proxy says that it asks for somebody else. */
const FORWARDED = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
];

/**
 * Nobody else reaches a server that listens on a loopback address, but for what runs there: a proxy, which is asked to say so, and a browser
 * that a page of another site makes ask under that site's name.
 */
function isOnThisMachine({ peer, listensOn, headers }: Asking): boolean {
  if (peer === null || !isAmong(LOOPBACK, peer) || !isAmong(LOOPBACK, listensOn)) return false;
  if (FORWARDED.some((name) => headers[name] !== undefined)) return false;
  const host = String(headers['host'] ?? '')
    .replace(/:\d+$/, '')
    .toLowerCase();
  return host === 'localhost' || host === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** Addresses and networks, separated by commas; null where one is none. Default: those of the machine itself. */
export function addressesIn(text: string | undefined): BlockList | null {
  if (text === undefined || text.trim() === '') return LOOPBACK;
  const list = new BlockList();
  for (const entry of text.split(',').map((one) => one.trim())) {
    const [, address = '', prefix] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(entry) ?? [];
    const family = isIP(address);
    if (family === 0) return null;
    const bits = family === 4 ? 32 : 128;
    if (prefix !== undefined && Number(prefix) > bits) return null;
    list.addSubnet(address, prefix === undefined ? bits : Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
