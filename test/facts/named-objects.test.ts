import { expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { missingReferences, namedBy } from '../../src/facts/named-objects.ts';
import { clusterScoped, object } from '../cluster/objects.ts';

const secret = (spec: object) => object('external-secrets.io/v1', 'ExternalSecret', 'keys', { spec });
const store = object('external-secrets.io/v1', 'SecretStore', 'vault');

test('a reference without a kind means the kind of its namespace', () => {
  expect(namedBy(secret({ secretStoreRef: { name: 'vault' } }))).toEqual([
    { field: 'spec.secretStoreRef', kind: 'SecretStore', namespace: 'shop', name: 'vault' },
  ]);
});

test('an issuer of another group has a kind of its own', () => {
  const certificate = (issuerRef: object) =>
    object('cert-manager.io/v1', 'Certificate', 'tls', { spec: { issuerRef } });
  expect(namedBy(certificate({ name: 'ca', group: 'cert-manager.io' }))).toMatchObject([{ kind: 'Issuer' }]);
  expect(namedBy(certificate({ name: 'ca', group: 'awspca.cert-manager.io' }))).toEqual([]);
});

test('each entry of an ExternalSecret may name a store of its own', () => {
  const ref = { storeRef: { kind: 'ClusterSecretStore', name: 'treasury' } };
  expect(namedBy(secret({ data: [{ sourceRef: ref }] }))).toEqual([
    {
      field: 'spec.data[0].sourceRef.storeRef',
      kind: 'ClusterSecretStore',
      namespace: null,
      name: 'treasury',
    },
  ]);
});

test('what is not recorded is not missing', () => {
  const keys = secret({ secretStoreRef: { name: 'valut' } });
  const missing = (...others: Parameters<typeof buildState>[0]['objects']) =>
    missingReferences(buildState({ name: 'quay', now: 0, objects: [keys, ...others] }), keys).map(
      ({ name, others: there }) => [name, there],
    );
  expect(missing()).toEqual([]);
  expect(missing(clusterScoped('external-secrets.io/v1', 'ClusterSecretStore', 'valut'))).toEqual([]);
  expect(missing(store)).toEqual([['valut', ['vault']]]);
});
