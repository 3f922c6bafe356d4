import { expect, test } from 'vitest';
import { maskJson } from '../../src/untrusted/mask-json.ts';

test('maskJson judges each string by its key', () => {
  const value = { spec: { password: 'hunter2', image: 'cart:2.14.3', ports: [80, true, null] } };
  expect(maskJson('', value)).toEqual({
    spec: { password: '***', image: 'cart:2.14.3', ports: [80, true, null] },
  });
});

test('maskJson judges the value of an environment variable by its name', () => {
  const env = [
    { name: 'DB_PASSWORD', value: 'hunter2' },
    { name: 'LOG_LEVEL', value: 'debug' },
  ];
  expect(maskJson('env', env)).toEqual([
    { name: 'DB_PASSWORD', value: '***' },
    { name: 'LOG_LEVEL', value: 'debug' },
  ]);
});

test('maskJson judges a string that stands alone by the given name', () => {
  expect([maskJson('API_KEY', 'abc'), maskJson('image', 'abc')]).toEqual(['***', 'abc']);
});
