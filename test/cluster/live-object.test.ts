import { describe, expect, test } from 'vitest';
import { readObject } from '../../src/cluster/live-object.ts';
import type { ApiAnswer, KubernetesApi } from '../../src/cluster/kubernetes-api.ts';

const LAMP = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'lamp', namespace: 'harbour', managedFields: [{ manager: 'kubectl-edit' }] },
};
const REF = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'harbour', name: 'lamp' };
const RESOURCES = {
  resources: [
    { name: 'deployments/scale', kind: 'Scale', namespaced: true },
    { name: 'deployments', kind: 'Deployment', namespaced: true },
    { name: 'secrets', kind: 'Secret', namespaced: true },
  ],
};

function server(object: object = LAMP): Pick<KubernetesApi, 'get'> & { readonly asked: string[] } {
  const asked: string[] = [];
  const answers: Readonly<Record<string, object>> = {
    '/apis/apps/v1': RESOURCES,
    '/apis/apps/v1/namespaces/harbour/deployments/lamp': object,
  };
  return {
    asked,
    get: async (path): Promise<ApiAnswer> => {
      asked.push(path);
      const found = answers[path];
      return { status: found ? 200 : 404, text: JSON.stringify(found ?? {}), retryAfter: 0 };
    },
  };
}

describe('one object of a live cluster', () => {
  test('is read with its managed fields', async () => {
    expect((await readObject(server(), REF))?.metadata['managedFields']).toEqual([
      { manager: 'kubectl-edit' },
    ]);
  });

  test('is null where the cluster does not have it', async () => {
    expect(await readObject(server(), { ...REF, name: 'other' })).toBeNull();
  });

  test('is not one that answers in its place', async () => {
    const other = { ...LAMP, metadata: { ...LAMP.metadata, name: 'other' } };
    expect(await readObject(server(other), REF)).toBeNull();
  });

  test('is never a Secret, which is not even asked for', async () => {
    const api = server();
    expect(await readObject(api, { ...REF, apiVersion: 'v1', kind: 'Secret' })).toBeNull();
    expect(api.asked).toEqual([]);
  });

  test('puts nothing into a path that leads elsewhere', async () => {
    const api = server();
    expect(await readObject(api, { ...REF, apiVersion: '../secrets' })).toBeNull();
    await readObject(api, { ...REF, namespace: '../..', name: '../secrets' });
    expect(api.asked.filter((path) => path.includes('..') && !path.includes('%2F'))).toEqual([]);
  });
});
