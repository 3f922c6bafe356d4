import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { mappedRoots } from '../../src/sources/mapping.ts';
import { Revision } from '../../src/sources/revision.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { withoutKustomize } from '../locate/revisions.ts';

const REMOTE = { slug: 'acme/infra', url: 'https://github.com/acme/infra' };

async function pathsFor(
  sources: string,
  cluster: string,
  namespace: string | null,
): Promise<readonly string[] | null> {
  const revision = await Revision.of(
    treeOf({
      'east/web.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\n',
      'west/web.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\n',
      'both/web.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\n',
    }),
    withoutKustomize,
  );
  const { config } = parseConfig(sources, 'faultline.yml');
  return (await mappedRoots(revision, config!, cluster, REMOTE)(namespace))?.map(({ path }) => path) ?? null;
}

const TWO_CLUSTERS = `
clusters:
  east: {sources: [{path: east, namespaces: [shop-*]}, {path: both}]}
  west: {sources: [{path: west}, {path: both}, {repository: acme/other, path: east}]}
`;

describe('the mapping of clusters to folders', () => {
  test('names the folders of a namespace', async () => {
    expect(await pathsFor(TWO_CLUSTERS, 'east', 'shop-eu')).toEqual(['east', 'both']);
    expect(await pathsFor(TWO_CLUSTERS, 'east', 'bank')).toEqual(['both']);
  });

  test('leaves out folders of another repository', async () => {
    expect(await pathsFor(TWO_CLUSTERS, 'west', 'shop-eu')).toEqual(['west', 'both']);
  });

  test('keeps an unmapped cluster out of what belongs to others', async () => {
    expect(await pathsFor(TWO_CLUSTERS, 'north', 'shop-eu')).toEqual([]);
  });

  test('says nothing where nothing is mapped, or only folders that are not there', async () => {
    expect(await pathsFor('', 'east', 'shop')).toBeNull();
    expect(await pathsFor('clusters: {east: {sources: [{path: gone}]}}', 'east', 'shop')).toBeNull();
  });
});
