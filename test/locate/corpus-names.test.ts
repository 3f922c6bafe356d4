import { describe, expect, test } from 'vitest';
import { locate } from '../../src/locate/locate.ts';
import { History } from '../../src/sources/history.ts';
import type { Repository } from '../../src/git/repository.ts';
import type { Commit } from '../../src/model/commit.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { renderers, revisionOf } from './revisions.ts';

// Each of these was met in a public repository.

describe('objects without a name of their own', () => {
  const job = (image: string): string =>
    `apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: migrate-\nspec:\n  template:\n    spec:\n      containers:\n        - name: sql\n          image: ${image}\n`;

  test('a manifest that leaves its name to the API server hides none of its neighbours', async () => {
    const named = job('tool:1').replace('generateName: migrate-', 'name: migrate-once');
    const revision = await revisionOf({ 'jobs/a.yaml': job('tool:0'), 'jobs/b.yaml': named });
    const result = await locate(revision, {
      target: { wanted: { kind: 'Job', name: 'migrate-once' }, live: null, roots: null },
      fields: [{ field: 'spec.template.spec.containers[name=sql].image', after: 'tool:2' }],
    });
    expect(result).toMatchObject({ kind: 'located', changes: [{ site: { file: 'jobs/b.yaml' } }] });
  });
});

describe('renames in the past', () => {
  const settings = (name: string): string =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  REGION: north\n`;
  const both = (name: string) =>
    treeOf({ 'blue/base/a.yaml': settings(name), 'red/base/a.yaml': settings(name) });

  test('one commit that renames in two bases gives one new name', async () => {
    const [after, before] = ['new', 'old'].map((sha): Commit => ({
      sha,
      author: 'Ada',
      email: 'ada@team.example',
      at: 0,
      subject: 'Rename',
    })) as [Commit, Commit];
    const repository = {
      head: after,
      log: async ({ from }: { from?: string }) => (from === undefined ? [after] : [after, before]),
      treeAt: async (sha: string) => both(sha === 'new' ? 'web-options' : 'web-settings'),
    } as unknown as Repository;
    const renames = await new History(repository, renderers).renames({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: 'blue',
      name: 'web-settings',
    });
    expect(renames).toMatchObject([{ from: 'web-settings', to: 'web-options', similarity: 1 }]);
  });
});
