import { describe, expect, test } from 'vitest';
import { KustomizationReader } from '../../src/renderers/kustomization.ts';
import { kustomizationsOf } from '../../src/sources/kustomizations.ts';
import { treeOf } from '../../src/tree/tree.ts';

function kustomization(...resources: readonly string[]): string {
  return `resources: [${resources.join(', ')}]\n`;
}

/** Roots, and how many files of kustomizations were followed to find them. */
function scanned(files: Readonly<Record<string, string>>, most = 100_000) {
  const found = kustomizationsOf(treeOf(files), new KustomizationReader(), most);
  return { ...found, roots: found.topmost.map(({ root }) => root).sort() };
}

describe('the kustomizations of a tree', () => {
  test('those that no other includes are roots, whatever the order of their names', () => {
    const files = {
      'a/kustomization.yaml': kustomization('x.yaml'),
      'a/x.yaml': '',
      'b/kustomization.yaml': kustomization('../a', '../c'),
      'c/kustomization.yaml': kustomization('../a'),
      'd/kustomization.yaml': kustomization('../c'),
    };
    const { roots, read, folders } = scanned(files);
    expect(roots).toEqual(['b', 'd']);
    expect([...read].sort()).toEqual(Object.keys(files));
    expect([...folders].sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('what only a component includes is a root, and the component is none', () => {
    const { roots } = scanned({
      'a/kustomization.yaml': kustomization(),
      'part/kustomization.yaml': `kind: Component\n${kustomization('../a')}`,
    });
    expect(roots).toEqual(['a']);
  });

  test('those that include each other are all named, and what lies below them is not', () => {
    const { roots } = scanned({
      'a/kustomization.yaml': kustomization('../b'),
      'b/kustomization.yaml': kustomization('../a', '../base'),
      'base/kustomization.yaml': kustomization(),
      'other/kustomization.yaml': kustomization('../base'),
    });
    expect(roots).toEqual(['a', 'b', 'other']);
  });

  test('a circle below another root is no root', () => {
    const { roots } = scanned({
      'a/kustomization.yaml': kustomization('../b'),
      'b/kustomization.yaml': kustomization('../c'),
      'c/kustomization.yaml': kustomization('../b'),
    });
    expect(roots).toEqual(['a']);
  });

  test('a chain and a tree of thousands are followed once', () => {
    const count = 4000;
    const name = (index: number): string => `k${String(index).padStart(5, '0')}`;
    const chain = Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `${name(index)}/kustomization.yaml`,
        kustomization(...(index === 0 ? [] : [`../${name(index - 1)}`])),
      ]),
    );
    expect(scanned(chain, count + 1)).toMatchObject({ roots: [name(count - 1)], leftOut: [] });
    const byTwos = Object.fromEntries(
      Array.from({ length: count }, (_, index) => [
        `${name(index)}/kustomization.yaml`,
        kustomization(
          ...[2 * index + 1, 2 * index + 2].filter((one) => one < count).map((one) => `../${name(one)}`),
        ),
      ]),
    );
    expect(scanned(byTwos, count + 1)).toMatchObject({ roots: [name(0)], leftOut: [] });
  });

  test('layers of two that both include the next two are followed once each, not once for each way', () => {
    const files = Object.fromEntries(
      Array.from({ length: 28 }, (_, index) => {
        const below = (index >> 1) + 1;
        return [
          `k${index}/kustomization.yaml`,
          kustomization(...(below < 14 ? [`../k${2 * below}`, `../k${2 * below + 1}`] : [])),
        ];
      }),
    );
    expect(scanned(files, 60)).toMatchObject({ roots: ['k0', 'k1'], leftOut: [] });
  });

  test('what is beyond the budget is a root that is not rendered, by name', () => {
    const files = Object.fromEntries(
      Array.from({ length: 6 }, (_, index) => [`k${index}/kustomization.yaml`, kustomization()]),
    );
    const { topmost, leftOut } = scanned(files, 4);
    expect(leftOut).toEqual(['k4', 'k5']);
    expect(topmost.filter(({ unsupported }) => unsupported.length > 0)).toMatchObject([
      { root: 'k4', unsupported: ['k4, beyond the 4 folders of kustomizations that are followed,'] },
      { root: 'k5' },
    ]);
  });
});
