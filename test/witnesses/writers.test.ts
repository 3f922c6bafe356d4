import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { plainText } from '../../src/untrusted/prose.ts';
import { chainBehind, culpritBehind, describeWriter, writerOf } from '../../src/witnesses/writers.ts';
import { object } from '../rules/objects.ts';

const SECRET = { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'db' };

function writerIn(...objects: readonly KubernetesObject[]) {
  const now = Date.parse('2026-03-02T12:00:00Z');
  return writerOf(buildState({ name: 'prod', now, objects, problems: [], recorded: null }), SECRET);
}

function ready(status: 'True' | 'False', reason: string) {
  return { status: { conditions: [{ type: 'Ready', status, reason }] } };
}

const external = (store: object, name = 'db'): KubernetesObject =>
  object('external-secrets.io/v1', 'ExternalSecret', name, {
    spec: { secretStoreRef: store, target: { name: 'db' } },
    ...ready('False', 'SecretSyncedError'),
  });

describe('what writes a Secret', () => {
  test('is the ExternalSecret with that target, whatever it is called', () => {
    const writer = writerIn(external({ name: 'vault' }, 'database'))!;
    expect(culpritBehind(writer)).toEqual({ kind: 'ExternalSecret', namespace: 'shop', name: 'database' });
    expect(plainText(describeWriter(writer))).toBe(
      'ExternalSecret shop/database writes it, but its condition Ready is False (SecretSyncedError); behind it is SecretStore shop/vault',
    );
  });

  test('is at fault through its store where that says that it is not Ready', () => {
    const store = object('external-secrets.io/v1', 'SecretStore', 'vault', ready('False', 'Unauthorized'));
    expect(culpritBehind(writerIn(external({ name: 'vault' }), store)!)).toEqual({
      kind: 'SecretStore',
      namespace: 'shop',
      name: 'vault',
    });
    const healthy = object('external-secrets.io/v1', 'SecretStore', 'vault', ready('True', 'Valid'));
    expect(culpritBehind(writerIn(external({ name: 'vault' }), healthy)!).kind).toBe('ExternalSecret');
  });

  test('may have a store of the whole cluster behind it', () => {
    const writer = writerIn(external({ kind: 'ClusterSecretStore', name: 'vault' }))!;
    expect(chainBehind(writer).map(({ kind, namespace }) => [kind, namespace])).toEqual([
      ['ExternalSecret', 'shop'],
      ['ClusterSecretStore', null],
    ]);
  });

  test('is a Certificate with its issuer', () => {
    const spec = { secretName: 'db', issuerRef: { name: 'internal-ca' } };
    const writer = writerIn(object('cert-manager.io/v1', 'Certificate', 'db-tls', { spec }))!;
    expect(plainText(describeWriter(writer))).toBe(
      'Certificate shop/db-tls writes it, but it has no Ready condition yet; behind it is Issuer shop/internal-ca',
    );
  });

  test('is nothing in another namespace, and nothing that writes another name', () => {
    const elsewhere = object('external-secrets.io/v1', 'ExternalSecret', 'db', {}, { namespace: 'staging' });
    expect(writerIn(elsewhere)).toBeNull();
    const other = object('external-secrets.io/v1', 'ExternalSecret', 'db', {
      spec: { target: { name: 'x' } },
    });
    expect(writerIn(other)).toBeNull();
  });
});
