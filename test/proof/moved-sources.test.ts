import { describe, expect, test } from 'vitest';
import { locate } from '../../src/locate/locate.ts';
import { prove } from '../../src/proof/prove.ts';
import { revisionOf } from '../locate/revisions.ts';
import { fieldNamed } from '../../src/kubernetes/field-path.ts';

const FILES = {
  'fleet/web.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  destination: {namespace: shop, server: https://kubernetes.default.svc}
  source: {repoURL: https://github.com/acme/fleet, path: web}
  syncPolicy: {retry: {limit: 3}}
`,
  'web/one.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {a: b}\n',
  'other/two.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: two}\ndata: {a: b}\n',
};

async function setting(field: string, after: string | number) {
  const wanted = { kind: 'Application', name: 'web', namespace: 'argocd' };
  const result = await locate(await revisionOf(FILES), {
    target: { wanted, live: null, roots: null },
    fields: [{ field, after }],
  });
  return result.kind === 'located' ? result.proof : result;
}

describe('an object that applies something else, or somewhere else, after the edit', () => {
  test.each([
    ['spec.source.path', 'other'],
    ['spec.source.path', 'nowhere'],
    ['spec.source.repoURL', 'https://github.com/acme/other'],
    ['spec.source.targetRevision', 'v1'],
    ['spec.destination.namespace', 'web'],
  ])('is not proven by %s: %s', async (field, after) => {
    expect(await setting(field, after)).toMatchObject({
      status: 'unproven',
      reason:
        'Argo CD Application argocd/web applies other content after the edit, or to another place, and the two are not compared',
    });
  });

  test('is something else than one that says otherwise how it is applied', async () => {
    expect(await setting('spec.syncPolicy.retry.limit', 5)).toMatchObject({ status: 'proven' });
  });

  test('changes beside a field that was asked for in another object', async () => {
    const revision = await revisionOf(FILES);
    const both = new Map([
      ['fleet/web.yaml', Buffer.from(FILES['fleet/web.yaml'].replace('path: web', 'path: other'))],
      ['web/one.yaml', Buffer.from(FILES['web/one.yaml'].replace('a: b', 'a: c'))],
    ]);
    const object = { apiVersion: 'v1', kind: 'ConfigMap', namespace: null, name: 'one' };
    const trial = await prove(
      revision,
      both,
      [{ object, field: fieldNamed('data.a'), after: 'c' }],
      revision.roots.at('web')!,
    );
    expect(trial.outcome).toBe('wrong');
    expect(trial.beside).toContainEqual(
      expect.objectContaining({ root: 'fleet', change: expect.objectContaining({ field: fieldNamed('') }) }),
    );
  });
});
