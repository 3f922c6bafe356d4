import { describe, expect, test } from 'vitest';
import { isOneSlip, relationOf } from '../../src/witnesses/near-name.ts';

describe('names are related', () => {
  test.each([
    ['secrets-2.16.4-1', 'secrets-2.17.1-1', 'version'],
    ['app-config', 'app-config-v2', 'version'],
    ['app-config-20240101', 'app-config', 'version'],
    ['app-config', 'app-configuration', 'spelling'],
    ['db-credentials', 'database-credentials', 'spelling'],
    ['cart-secret', 'cart-secrets', 'spelling'],
    ['config-cart', 'cart-config', 'spelling'],
    ['chekout-config', 'checkout-config', 'spelling'],
    ['cart_config', 'cart-config', 'spelling'],
    ['cart', 'cart-config', 'extra-word'],
    ['cron-config', 'ops-cron-config', 'extra-word'],
  ])('%s and %s: %s', (wanted, live, relation) => {
    expect(relationOf(wanted, live, ['ops-reports', 'shop'])).toBe(relation);
  });
});

describe('names are not related', () => {
  test.each([
    ['db-credentials', 'db-credentials-backup'],
    ['app-config', 'app-config-staging'],
    ['app-config', 'cart-config'],
    ['config', 'nginx-config'],
    ['api-v1-config', 'apis-v2-config'],
    ['mail-templates', 'message-templates'],
    ['app1-config', 'app2-config'],
    ['app-config', 'app-config'],
    ['1.2', '1.3'],
  ])('%s and %s', (wanted, live) => {
    expect(relationOf(wanted, live, ['cart', 'shop'])).toBeNull();
  });
});

describe('one slip of the keyboard', () => {
  test.each([
    ['fast-sdd', 'fast-ssd', true],
    ['standrad', 'standard', true],
    ['dockk', 'dock', true],
    ['dok', 'dock', false],
    ['tier-1', 'tier-2', false],
    ['bulk', 'bulk', false],
    ['silver', 'gold', false],
  ])('%s and %s: %s', (wanted, there, slip) => {
    expect(isOneSlip(wanted, there)).toBe(slip);
  });
});
