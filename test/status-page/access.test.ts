import { describe, expect, test } from 'vitest';
import { statusAccessIn } from '../../src/commands/status-site.ts';
import { addressesIn, admissionOf, type Access, type Asking } from '../../src/status-page/access.ts';

const TOKEN = '5d0c0a4f5f3f4f0f9d4b7a61';
const OPEN: Access = { token: null, proxy: null };
const WITH_TOKEN: Access = { token: TOKEN, proxy: null };
const BEHIND_PROXY: Access = {
  token: null,
  proxy: { header: 'x-forwarded-user', from: addressesIn('10.0.3.7, 10.9.0.0/16, fd00::/8')! },
};

function asking(headers: Asking['headers'] = {}, peer = '127.0.0.1', listensOn = '127.0.0.1'): Asking {
  return { peer, listensOn, headers: { host: 'localhost:9464', ...headers } };
}

function basic(user: string, password: string): Asking['headers'] {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

describe('without a token or a proxy', () => {
  test('a server that only this machine reaches is open on this machine', () => {
    for (const host of ['localhost:9464', 'localhost', '127.0.0.1:9464', '[::1]:9464'])
      expect(admissionOf(OPEN, asking({ host })), host).toBe('granted');
    expect(admissionOf(OPEN, asking({}, '::1', '::1'))).toBe('granted');
    expect(admissionOf(OPEN, asking({}, '::ffff:127.0.0.1'))).toBe('granted');
  });

  test('a server that others reach is closed, also to this machine: a side-car asks from there', () => {
    for (const listensOn of ['0.0.0.0', '::', '10.0.0.4', ''])
      expect(admissionOf(OPEN, asking({}, '127.0.0.1', listensOn)), listensOn).toBe('closed');
    expect(admissionOf(OPEN, asking({}, '10.0.0.9'))).toBe('closed');
  });

  test('a page of another site that makes the browser ask is refused by the name that it asks for', () => {
    for (const host of ['evil.example:9464', 'localhost.evil.example', '127.0.0.1.evil.example', ''])
      expect(admissionOf(OPEN, asking({ host })), host).toBe('closed');
  });

  test('what a proxy forwards is refused', () => {
    for (const header of ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-proto', 'x-real-ip'])
      expect(admissionOf(OPEN, asking({ [header]: 'x' })), header).toBe('closed');
  });
});

describe('with a token', () => {
  test('it is taken as a bearer token and as the password of any user', () => {
    const right = [
      { authorization: `Bearer ${TOKEN}` },
      { authorization: `bearer ${TOKEN}` },
      basic('ana', TOKEN),
      basic('', TOKEN),
    ];
    for (const headers of right)
      expect(admissionOf(WITH_TOKEN, asking(headers, '10.0.0.9', '0.0.0.0'))).toBe('granted');
  });

  test('anything else is asked for it, on this machine too', () => {
    const wrong = [
      {},
      { authorization: TOKEN },
      { authorization: 'Bearer' },
      { authorization: `Bearer ${TOKEN}x` },
      { authorization: `Bearer ${TOKEN.slice(1)}` },
      { authorization: `Token ${TOKEN}` },
      basic(TOKEN, ''),
      basic('ana', `${TOKEN} `),
      { authorization: 'Basic %%%' },
      { authorization: [`Bearer ${TOKEN}`, 'x'] },
      { 'x-forwarded-user': 'ana' },
    ];
    for (const headers of wrong)
      expect(admissionOf(WITH_TOKEN, asking(headers)), JSON.stringify(headers)).toBe('needs-token');
  });
});

describe('behind a proxy that signs people in', () => {
  const user = { 'x-forwarded-user': 'ana' };

  test('its header is believed from its own addresses', () => {
    for (const peer of ['10.0.3.7', '10.9.200.1', '::ffff:10.0.3.7', 'fd12::1'])
      expect(admissionOf(BEHIND_PROXY, asking(user, peer, '0.0.0.0')), peer).toBe('granted');
  });

  test('it is believed from nowhere else, nor where it names nobody', () => {
    for (const peer of ['10.0.3.8', '127.0.0.1', '::1', 'nonsense'])
      expect(admissionOf(BEHIND_PROXY, asking(user, peer, '0.0.0.0')), peer).toBe('needs-proxy');
    for (const headers of [{}, { 'x-forwarded-user': ' ' }, { 'x-forwarded-user': ['ana', 'eve'] }])
      expect(admissionOf(BEHIND_PROXY, asking(headers, '10.0.3.7', '0.0.0.0'))).toBe('needs-proxy');
  });

  test('a token beside it lets programs in', () => {
    const both = { ...BEHIND_PROXY, token: TOKEN };
    expect(admissionOf(both, asking(user, '10.0.3.7'))).toBe('granted');
    expect(admissionOf(both, asking({ authorization: `Bearer ${TOKEN}` }, '10.0.0.9'))).toBe('granted');
    expect(admissionOf(both, asking(user, '10.0.0.9'))).toBe('needs-token');
  });
});

describe('the environment', () => {
  test('says who may see the page', () => {
    expect(statusAccessIn({})).toEqual(OPEN);
    expect(statusAccessIn({ FAULTLINE_STATUS_TOKEN: TOKEN })).toEqual(WITH_TOKEN);
    const { proxy } = statusAccessIn({ FAULTLINE_STATUS_USER_HEADER: 'X-Forwarded-User' });
    expect(proxy?.header).toBe('x-forwarded-user');
    expect(admissionOf({ token: null, proxy }, asking({ 'x-forwarded-user': 'ana' }))).toBe('granted');
    expect(admissionOf({ token: null, proxy }, asking({ 'x-forwarded-user': 'ana' }, '10.0.3.7'))).toBe(
      'needs-proxy',
    );
  });

  test.each([
    [{ FAULTLINE_STATUS_TOKEN: 'short' }, 'FAULTLINE_STATUS_TOKEN: expected 16 characters or more, found 5'],
    [{ FAULTLINE_STATUS_TOKEN: 'with a blank in the middle' }, 'FAULTLINE_STATUS_TOKEN: expected printable'],
    [{ FAULTLINE_STATUS_USER_HEADER: 'x y' }, 'FAULTLINE_STATUS_USER_HEADER: expected the name of a header'],
    [{ FAULTLINE_STATUS_USER_HEADER: 'Host' }, 'FAULTLINE_STATUS_USER_HEADER: host says nothing'],
    [{ FAULTLINE_STATUS_PROXIES: '10.0.0.1' }, 'FAULTLINE_STATUS_PROXIES is set without'],
    [
      { FAULTLINE_STATUS_USER_HEADER: 'x-user', FAULTLINE_STATUS_PROXIES: '10.0.0.1/40' },
      'FAULTLINE_STATUS_PROXIES: expected addresses',
    ],
    [
      { FAULTLINE_STATUS_USER_HEADER: 'x-user', FAULTLINE_STATUS_PROXIES: 'proxy.example' },
      'FAULTLINE_STATUS_PROXIES: expected addresses',
    ],
  ])('%j is refused', (env, message) => {
    expect(() => statusAccessIn(env)).toThrow(message);
  });
});
