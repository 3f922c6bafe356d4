import { describe, expect, test } from 'vitest';
import { revisionOf, type Files } from '../locate/revisions.ts';

const map = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;

/** `kind path` of every root that a scan finds. */
async function rootsOf(files: Files): Promise<readonly string[]> {
  const { roots } = await revisionOf(files);
  return roots.all.map(({ kind, path }) => `${kind} ${path}`);
}

describe('a scan finds', () => {
  test('overlays, and not the bases and components that they include', async () => {
    const files = {
      'base/kustomization.yaml': 'resources: [map.yaml]\n',
      'base/map.yaml': map('a'),
      'part/kustomization.yml': 'kind: Component\n',
      'prod/kustomization.yaml': 'resources: [../base]\ncomponents: [../part]\n',
      'test/Kustomization': 'bases: [../base]\n',
    };
    expect(await rootsOf(files)).toEqual(['kustomize prod', 'kustomize test']);
  });

  test('folders of manifests that no kustomization reads, each for itself', async () => {
    const files = { 'a/one.yaml': map('a'), 'a/b/two.json': '{}', 'a/b/README.md': '', 'top.yaml': map('c') };
    expect(await rootsOf(files)).toEqual(['plain .', 'plain a', 'plain a/b']);
  });

  test('nothing in what a kustomization leaves out of its own folder, so that the folder means the kustomization', async () => {
    const files = {
      'base/kustomization.yaml': 'resources: [used.yaml]\n',
      'base/used.yaml': map('used'),
      'base/left-over.yaml': map('left-over'),
      'prod/kustomization.yaml': 'resources: [../base]\n',
    };
    expect(await rootsOf(files)).toEqual(['kustomize prod']);
  });

  test('no root in a component that nothing includes, nor in what it reads', async () => {
    const files = {
      'part/kustomization.yaml': 'kind: Component\npatches: [{path: patch.yaml}]\n',
      'part/patch.yaml': map('a'),
    };
    expect(await rootsOf(files)).toEqual([]);
  });

  test('every kustomization of a circle, since none of them is below another', async () => {
    const files = {
      'a/kustomization.yaml': 'resources: [../b]\n',
      'b/kustomization.yaml': 'resources: [../a]\n',
      'c/kustomization.yaml': 'resources: [., map.yaml]\n',
      'c/map.yaml': map('c'),
    };
    expect(await rootsOf(files)).toEqual(['kustomize a', 'kustomize b', 'kustomize c']);
  });

  test('charts, and not those that they depend on, libraries, nor the manifests in them', async () => {
    const chart = (name: string, more = ''): string =>
      `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n${more}`;
    const files = {
      'shop/Chart.yaml': chart(
        'shop',
        'dependencies: [{name: cart, version: 1.0.0}, {name: web, version: 1.0.0, repository: "file://../web"}]\n',
      ),
      'shop/templates/map.yaml': map('a'),
      'shop/charts/cart/Chart.yaml': chart('cart'),
      'web/Chart.yaml': chart('web'),
      'common/Chart.yaml': chart('common', 'type: library\n'),
      'alone/Chart.yaml': chart('alone'),
    };
    expect(await rootsOf(files)).toEqual(['helm alone', 'helm shop']);
  });

  test('nothing in hidden folders and test data', async () => {
    const files = {
      '.github/workflow.yaml': 'on: push\n',
      'pkg/testdata/map.yaml': map('b'),
      'node_modules/x/map.yaml': map('c'),
    };
    expect(await rootsOf(files)).toEqual([]);
  });

  test("a Flux object in a file of kustomization's name is a manifest, not a kustomization", async () => {
    const files = {
      'flux/kustomization.yaml':
        'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\n',
      'flux/map.yaml': map('a'),
    };
    expect(await rootsOf(files)).toEqual(['plain flux']);
  });
});

describe('a root that is named', () => {
  const files = {
    'base/kustomization.yaml': 'resources: [map.yaml]\n',
    'base/map.yaml': map('a'),
    'prod/kustomization.yaml': 'resources: [../base]\n',
    'plain/a.yaml': map('b'),
    'plain/deeper/c.yaml': map('c'),
    'notes/README.md': '',
  };

  test.each([
    ['base', 'kustomize'],
    ['./base/', 'kustomize'],
    ['plain', 'plain'],
  ])('%s is %s', async (path, kind) => {
    const { roots } = await revisionOf(files);
    expect(roots.at(path)).toMatchObject({ kind });
  });

  test('holds the manifests of its folder only', async () => {
    const { roots } = await revisionOf(files);
    expect(roots.at('plain')).toMatchObject({ files: ['plain/a.yaml'] });
  });

  test.each(['notes', 'nothing', '..', '/'])('%s is none', async (path) => {
    const { roots } = await revisionOf(files);
    expect(roots.at(path)).toBeNull();
  });

  test('is named by every file that it reads', async () => {
    const { roots } = await revisionOf(files);
    expect(roots.readersOf('base/map.yaml').map(({ path }) => path)).toEqual(['prod']);
    expect(roots.readersOf('notes/README.md')).toEqual([]);
  });
});
