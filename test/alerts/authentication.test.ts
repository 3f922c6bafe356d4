import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hasLogin, hasToken, isSignedByFlux, isSignedByPagerDuty } from '../../src/alerts/authentication.ts';

const SECRET = 'one of the tests';
const body = Buffer.from('{"alerts":[]}');
const hmac = (text: Buffer, secret = SECRET) => createHmac('sha256', secret).update(text).digest('hex');

test.each([
  ['Bearer abc', true],
  ['bearer abc', true],
  ['Bearer abcd', false],
  ['Bearer ', false],
  ['abc', false],
  [undefined, false],
])('a token: %s', (authorization, expected) => {
  expect(hasToken({ authorization }, 'abc')).toBe(expected);
});

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
test.each([
  [basic('user:pass'), true],
  [basic('user:pass:word'), false],
  [basic('user'), false],
  ['Basic user:pass', false],
  ['Bearer pass', false],
])('a login: %s', (authorization, expected) => {
  expect(hasLogin({ authorization }, 'user', 'pass')).toBe(expected);
});

describe('signatures', () => {
  const signed = (given: string) => isSignedByFlux({ 'x-signature': given }, body, SECRET);
  test('of Flux', () => {
    expect(signed(`sha256=${hmac(body)}`)).toBe(true);
    expect(signed(`sha256=${hmac(Buffer.from('{"alerts":[1]}'))}`)).toBe(false);
    expect(signed(`sha256=${hmac(body, 'another')}`)).toBe(false);
    expect(signed(hmac(body))).toBe(false);
    expect(isSignedByFlux({}, body, SECRET)).toBe(false);
  });

  test('of PagerDuty, also while its secret is replaced', () => {
    const signed = (given: string) => isSignedByPagerDuty({ 'x-pagerduty-signature': given }, body, SECRET);
    expect(signed(`v1=${hmac(body)}`)).toBe(true);
    expect(signed(`v1=${hmac(body, 'old')},v1=${hmac(body)}`)).toBe(true);
    expect(signed(`v1=${hmac(body, 'old')}`)).toBe(false);
    expect(signed(`v0=${hmac(body)}`)).toBe(false);
    expect(isSignedByPagerDuty({}, body, SECRET)).toBe(false);
  });
});
