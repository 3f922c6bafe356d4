import { describe, expect, test } from 'vitest';
import { mask } from '../../src/untrusted/mask.ts';
import { harmlessSamples } from './harmless-samples.ts';
import { leftOf, secretSamples, tokensEverywhere } from './secret-samples.ts';

describe('of true secrets, mask hides', () => {
  const samples = secretSamples();

  test('each of at least 200, in full', () => {
    expect(samples.length).toBeGreaterThanOrEqual(200);
    expect(
      samples
        .map((sample) => [sample.name, leftOf(sample, mask(sample.text))])
        .filter(([, left]) => left !== null),
    ).toEqual([]);
  });

  test('each form wherever it stands, whatever the random part is', () => {
    const everywhere = [1, 2, 3, 4].flatMap((seed) => [...tokensEverywhere(seed), ...secretSamples(seed)]);
    expect(
      everywhere
        .map((sample) => [sample.name, leftOf(sample, mask(sample.text))])
        .filter(([, left]) => left !== null),
    ).toEqual([]);
  });

  test('the same when it is masked twice', () => {
    const once = samples.map(({ text }) => mask(text));
    expect(once.map(mask)).toEqual(once);
  });

  test('on the lines where they stood', () => {
    expect(samples.filter(({ text }) => mask(text).split('\n').length !== text.split('\n').length)).toEqual(
      [],
    );
  });
});

describe('of harmless texts, mask changes', () => {
  test('none of at least 200', () => {
    expect(harmlessSamples.length).toBeGreaterThanOrEqual(200);
    expect(
      harmlessSamples.map(({ text }) => [text, mask(text)]).filter(([text, masked]) => text !== masked),
    ).toEqual([]);
  });

  test('none within a line of a log, or within a message in JSON', () => {
    const placed = harmlessSamples
      .filter(({ text }) => !/["\n\\]/.test(text))
      .flatMap(({ text }) => [
        `2026-01-31T02:14:07Z ERROR ${text}`,
        JSON.stringify({ level: 'error', msg: text, port: 80 }),
      ]);
    expect(placed.map((text) => [text, mask(text)]).filter(([text, masked]) => text !== masked)).toEqual([]);
  });
});

describe('what people need stays:', () => {
  const kept: readonly (readonly [text: string, masked: string])[] = [
    ['postgres://app:hunter2@db:5432/shop', 'postgres://app:***@db:5432/shop'],
    ['curl -u app:hunter2 https://x.example', 'curl -u app:*** https://x.example'],
    ['machine git.example login app password hunter2', 'machine git.example login app password ***'],
    ['<password>hunter2</password>', '<password>***</password>'],
    ['Authorization: ApiKey a1b2c3d4e5f6g7h8', 'Authorization: ApiKey ***'],
    ['authorization: Basic YXBwOmh1bnRlcjI=, x', 'authorization: Basic ***, x'],
    ['image auth:1.2.3 with DB_PASSWORD=hunter2', 'image auth:1.2.3 with DB_PASSWORD=***'],
    [
      '{"db":{"user":"app","password":"hunter2"},"tokens":512}',
      '{"db":{"user":"app","password":"***"},"tokens":512}',
    ],
  ];

  test.each(kept)('%s', (text, masked) => {
    expect(mask(text)).toBe(masked);
  });
});
