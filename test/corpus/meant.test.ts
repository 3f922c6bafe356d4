import { describe, expect, test } from 'vitest';
import type { CorpusRoot } from '../../bench/corpus/folder-roots.ts';
import type { Task } from '../../bench/corpus/judge.ts';
import { meantBy } from '../../bench/corpus/meant.ts';
import type { RenderedThing } from '../../bench/corpus/rendered.ts';
import type { BuiltRoot } from '../../bench/corpus/world.ts';

function rooted(path: string, root: Partial<CorpusRoot>, replicas: number, namespace = 'yard'): BuiltRoot {
  const thing: RenderedThing = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace,
    name: 'crane',
    value: { kind: 'Deployment', metadata: { name: 'crane', namespace }, spec: { replicas } },
  };
  return {
    key: path,
    root: {
      id: path,
      asked: path,
      kind: 'kustomize',
      by: 'folder',
      path,
      recipe: { kind: 'folder', path } as unknown as CorpusRoot['recipe'],
      inputs: [],
      files: [`${path}/kustomization.yaml`],
      folders: [path],
      ...root,
    },
    text: '',
    things: [thing],
    isAside: false,
  };
}

/** The paths that a question of the first root is about. */
function meant(...roots: readonly [BuiltRoot, ...BuiltRoot[]]): readonly string[] {
  const [built] = roots;
  const task: Task = {
    built,
    thing: built.things[0]!,
    field: { path: ['spec', 'replicas'] } as unknown as Task['field'],
  };
  const world = { built: new Map(roots.map((one) => [one.key, one])), leftOut: [] };
  return meantBy(task, world).map((one) => one.built.key);
}

const SHARED = ['base/crane.yaml', 'base/kustomization.yaml'];

describe('what a question is about that names no root', () => {
  test('is the overlay, not the base that it is built from', () => {
    const overlay = rooted('prod', { folders: ['prod', 'base'], files: SHARED }, 2);
    expect(meant(rooted('base', { files: SHARED }, 2), overlay)).toEqual(['prod']);
  });

  test('is what an object applies, not a folder beside it', () => {
    expect(meant(rooted('old', {}, 1), rooted('prod', { by: 'Application' }, 2))).toEqual(['prod']);
  });

  test('is open between two roots that render it differently', () => {
    const overlays = [rooted('a', { files: SHARED }, 1), rooted('b', { files: SHARED }, 2)] as const;
    expect(meant(...overlays)).toEqual(['a', 'b']);
  });

  test('is open between two roots with files of their own', () => {
    expect(meant(rooted('a', {}, 2), rooted('b', {}, 2))).toEqual(['a', 'b']);
  });

  test('is open between two roots that make it alike from one file', () => {
    const overlays = [rooted('a', { files: SHARED }, 2), rooted('b', { files: SHARED }, 2)] as const;
    expect(meant(...overlays)).toEqual(['a', 'b']);
  });

  test('is nothing in another namespace', () => {
    expect(meant(rooted('a', {}, 2), rooted('b', {}, 2, 'quay'))).toEqual(['a']);
  });
});
