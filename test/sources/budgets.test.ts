import { describe, expect, test } from 'vitest';
import { locate } from '../../src/locate/locate.ts';
import { prove } from '../../src/proof/prove.ts';
import { Budget, DEFAULT_BUDGETS, type Budgets } from '../../src/renderers/budget.ts';
import { repositoryProblems } from '../../src/sources/problems.ts';
import { Revision } from '../../src/sources/revision.ts';
import { treeOf, type Tree } from '../../src/tree/tree.ts';
import { renderers, type Files } from '../locate/revisions.ts';
import { fieldNamed } from '../../src/kubernetes/field-path.ts';

function revisionWith(files: Files | Tree, limits: Partial<Budgets> = {}): Promise<Revision> {
  const tree = typeof files['paths'] === 'function' ? (files as Tree) : treeOf(files as Files);
  return Revision.of(tree, { ...renderers, budget: new Budget({ ...DEFAULT_BUDGETS, ...limits }) });
}

function deployment(name: string, more = ''): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: shop}
spec: {replicas: 2, template: {spec: {containers: [{name: server, image: web:1}]}}}
${more}`;
}

function list(...resources: readonly string[]): string {
  return `resources: [${resources.join(', ')}]\n`;
}

/** `filler` objects beside the one that is looked for. */
function configMaps(count: number): string {
  return Array.from(
    { length: count },
    (_, index) => `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c${index}}\n`,
  ).join('');
}

const APPS = {
  'a/kustomization.yaml': list('x.yaml'),
  'a/x.yaml': deployment('cart'),
  'b/kustomization.yaml': list('x.yaml'),
  'b/x.yaml': deployment('pay', configMaps(30)),
};

function replicasOf(revision: Revision, name: string) {
  return locate(revision, {
    target: { wanted: { kind: 'Deployment', namespace: 'shop', name }, live: null, roots: null },
    fields: [{ field: 'spec.replicas', after: 3 }],
  });
}

describe('a root that exceeds a budget', () => {
  test('fails by name, with the number and where it is raised', async () => {
    const revision = await revisionWith(APPS, { objectsPerRoot: 10 });
    expect(await replicasOf(revision, 'pay')).toMatchObject({
      kind: 'declined',
      code: 'render-failed',
      reason: expect.stringContaining(
        'renders 31 objects, more than the budget of 10 (FAULTLINE_BUDGETS: objectsPerRoot)',
      ),
    });
  });

  test('is not given to a tool where its files alone are too much', async () => {
    const large = { ...APPS, 'b/x.yaml': `# ${'x'.repeat(2 ** 20)}\n${deployment('pay')}` };
    const revision = await revisionWith(large, { inputPerRoot: 1 });
    expect(await revision.render(revision.roots.at('b')!)).toEqual({
      kind: 'failed',
      root: 'b',
      code: 'over-budget',
      message: 'reads 1.0 MiB of files, more than the budget of 1 MiB (FAULTLINE_BUDGETS: inputPerRoot)',
    });
    expect(await replicasOf(revision, 'cart')).toMatchObject({ kind: 'located' });
  });

  test('costs the other roots nothing', async () => {
    const revision = await revisionWith(APPS, { objectsPerRoot: 10 });
    expect(await replicasOf(revision, 'cart')).toMatchObject({
      kind: 'located',
      proof: { status: 'proven' },
    });
  });

  test('that reads the edited file leaves the edit unproven', async () => {
    const shared = {
      'base/kustomization.yaml': list('x.yaml'),
      'base/x.yaml': deployment('cart'),
      'small/kustomization.yaml': list('../base'),
      'large/kustomization.yaml': `${list('../base', 'more.yaml')}namespace: other\n`,
      'large/more.yaml': configMaps(30),
    };
    const revision = await revisionWith(shared, { objectsPerRoot: 10 });
    const edited = new Map([
      ['base/x.yaml', Buffer.from(deployment('cart').replace('replicas: 2', 'replicas: 3'))],
    ]);
    const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'cart' };
    const intent = { object, field: fieldNamed('spec.replicas'), after: 3 };
    const { outcome, proof } = await prove(revision, edited, [intent], revision.roots.at('small')!);
    expect({ outcome, proof }).toMatchObject({
      outcome: 'exact',
      proof: {
        status: 'unproven',
        reason: expect.stringContaining('large could not be rendered: renders 31'),
      },
    });
  });

  test('beyond as many roots as may be is named, and is not rendered', async () => {
    const revision = await revisionWith(APPS, { roots: 1 });
    expect(await repositoryProblems(revision)).toEqual([
      {
        file: 'b',
        line: null,
        message: 'is one of too many roots, more than the budget of 1 (FAULTLINE_BUDGETS: roots)',
      },
    ]);
    expect(await replicasOf(revision, 'cart')).toMatchObject({ kind: 'located' });
    expect(await replicasOf(revision, 'pay')).toMatchObject({ kind: 'declined', code: 'render-failed' });
  });

  test('a folder of manifests is held to the number of objects too', async () => {
    const revision = await revisionWith(
      { 'p/x.yaml': deployment('cart', configMaps(30)), 'q/x.yaml': deployment('pay') },
      { objectsPerRoot: 10 },
    );
    expect(await replicasOf(revision, 'cart')).toMatchObject({ kind: 'declined', code: 'render-failed' });
    expect(await replicasOf(revision, 'pay')).toMatchObject({ kind: 'located' });
  });
});

describe('manifests beyond the budget', () => {
  test('the largest are left out by name, and the rest is read', async () => {
    const revision = await revisionWith(
      { 'p/large.yaml': `# ${'x'.repeat(2 ** 20)}\n`, 'p/x.yaml': deployment('cart') },
      { input: 1 },
    );
    expect(await repositoryProblems(revision)).toMatchObject([
      { file: 'p/large.yaml', message: expect.stringContaining('more than the budget of 1 MiB') },
    ]);
    expect(await replicasOf(revision, 'cart')).toMatchObject({ kind: 'located' });
  });

  test('a root that needs one of them is not rendered without it', async () => {
    const revision = await revisionWith(
      {
        ...APPS,
        'b/kustomization.yaml': list('x.yaml', 'large.yaml'),
        'b/large.yaml': `# ${'x'.repeat(2 ** 20)}\n`,
      },
      { input: 1 },
    );
    const rendering = await revision.render(revision.roots.at('b')!);
    expect(rendering).toMatchObject({
      kind: 'failed',
      code: 'over-budget',
      message: expect.stringMatching(/^b\/large.yaml: is left out of 1.0 MiB of manifests/),
    });
    expect(await replicasOf(revision, 'cart')).toMatchObject({ kind: 'located' });
  });

  test('more files than may be are told as some and how many others', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`p/${String(index).padStart(2, '0')}.yaml`, '']),
    );
    const problems = await repositoryProblems(await revisionWith(files, { files: 10 }));
    expect(problems.filter(({ message }) => message.includes('so are 49 others'))).toHaveLength(1);
  });
});

describe('a file that cannot be read in a closure', () => {
  /** The tree with one file that is listed and has no content, as one beyond 64 MiB. */
  function unreadable(path: string, size: number): Tree {
    const tree = treeOf({
      ...APPS,
      'b/kustomization.yaml': `${list('x.yaml')}configMapGenerator: [{name: c, files: [big.bin]}]\n`,
      [path]: '',
    });
    return {
      ...tree,
      entry: (each) => (each === path ? { kind: 'file', size, hash: 'f'.repeat(40) } : tree.entry(each)),
      read: (each) => (each === path ? undefined : tree.read(each)),
    };
  }

  test.each([
    ['one that is too large', 65 * 2 ** 20, 'b/big.bin: 65.0 MiB, more than the 64.0 MiB that are read'],
    ['one that is missing', 5, 'b/big.bin: cannot be read'],
  ])('%s is named, and the field is declined', async (_title, size, message) => {
    const revision = await revisionWith(unreadable('b/big.bin', size));
    expect(await revision.render(revision.roots.at('b')!)).toMatchObject({ code: 'unreadable', message });
    expect(await replicasOf(revision, 'pay')).toMatchObject({
      kind: 'declined',
      code: 'render-failed',
      reason: expect.stringContaining(message),
    });
    expect(await replicasOf(revision, 'cart')).toMatchObject({
      kind: 'located',
      proof: { status: 'proven' },
    });
  });
});
