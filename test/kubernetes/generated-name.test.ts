import { expect, test } from 'vitest';
import { isGeneratedFrom, withoutHash } from '../../src/kubernetes/generated-name.ts';

test('a generated hash is taken off, other endings stay', () => {
  expect(withoutHash('app-config-7f9g2k5m4h')).toBe('app-config');
  expect(withoutHash('app-config')).toBe('app-config');
  // A word of ten letters has vowels.
  expect(withoutHash('app-production')).toBe('app-production');
});

test('a name is generated from the one before its hash alone', () => {
  expect(isGeneratedFrom('app-config', 'app-config-7f9g2k5m4h')).toBe(true);
  expect(isGeneratedFrom('app-config', 'app-config')).toBe(false);
  expect(isGeneratedFrom('app', 'app-config-7f9g2k5m4h')).toBe(false);
});
