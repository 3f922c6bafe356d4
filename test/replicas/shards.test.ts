import { describe, expect, test } from 'vitest';
import { shardOfRepository, shardsOf } from '../../src/replicas/shards.ts';

const parts = (clusters: Parameters<typeof shardsOf>[0]) =>
  shardsOf(clusters).map(({ clusters: names, repositories }) => [names, repositories]);

describe('shards', () => {
  test('are clusters that share a repository, directly or through others', () => {
    expect(
      parts([
        { name: 'a', repositories: ['acme/one'] },
        { name: 'b', repositories: ['Acme/Two', 'acme/three'] },
        { name: 'c', repositories: ['acme/four'] },
        { name: 'd', repositories: ['acme/ONE', 'acme/two'] },
      ]),
    ).toEqual([
      [['c'], ['acme/four']],
      [
        ['a', 'b', 'd'],
        ['acme/one', 'acme/two', 'acme/three'],
      ],
      [[], null],
    ]);
  });

  test('are one where a cluster is for all repositories', () => {
    expect(
      parts([
        { name: 'a', repositories: ['acme/one'] },
        { name: 'b', repositories: null },
        { name: 'c', repositories: ['acme/two'] },
      ]),
    ).toEqual([[['a', 'b', 'c'], null]]);
  });

  test('have the same names in any order, and others for other repositories', () => {
    const names = (clusters: Parameters<typeof shardsOf>[0]) =>
      shardsOf(clusters)
        .map(({ name }) => name)
        .toSorted();
    const [a, b] = [
      { name: 'a', repositories: ['acme/one'] },
      { name: 'b', repositories: ['acme/two'] },
    ];
    expect(names([a!, b!])).toEqual(names([b!, a!]));
    expect(names([a!])).not.toEqual(names([{ name: 'a', repositories: ['acme/other'] }]));
  });

  test('have every repository in one of them', () => {
    const shards = shardsOf([{ name: 'a', repositories: ['acme/one'] }]);
    expect(shardOfRepository(shards, 'Acme/One').clusters).toEqual(['a']);
    expect(shardOfRepository(shards, 'acme/other').clusters).toEqual([]);
  });
});
