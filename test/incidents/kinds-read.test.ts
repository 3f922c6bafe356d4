import { expect, test } from 'vitest';
import { kindsRead } from '../../src/incidents/kinds-read.ts';
import type { Rule } from '../../src/rules/define-rule.ts';
import { rules } from '../../src/rules/index.ts';

function reading(...reads: readonly string[]): Rule {
  return { ...rules[0]!, reads };
}

test('a kind that a rule reads is listed, and pods and events after it', () => {
  const kinds = kindsRead([reading('Event', 'Lease', 'Pod', 'Certificate.cert-manager.io')]);
  expect(kinds).toContainEqual({ group: 'coordination.k8s.io', kind: 'Lease', version: 'v1' });
  expect(kinds).toContainEqual({ group: 'cert-manager.io', kind: 'Certificate' });
  expect(kinds.slice(-2).map(({ kind }) => kind)).toEqual(['Pod', 'Event']);
});

test('Secrets are never listed, whatever rules read', () => {
  const kinds = kindsRead([...rules, reading('Secret', 'SecretStore.external-secrets.io')]);
  expect(kinds.map(({ kind }) => kind)).toContain('SecretStore');
  expect(kinds.map(({ kind }) => kind)).not.toContain('Secret');
});

test('no kind is listed twice', () => {
  const kinds = kindsRead(rules).map(({ group, kind }) => `${kind}.${group}`);
  expect(kinds).toEqual([...new Set(kinds)]);
});
