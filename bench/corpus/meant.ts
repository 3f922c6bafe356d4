import { isDeepStrictEqual } from 'node:util';
import { mayHaveNamespace } from '../../src/kubernetes/scope.ts';
import type { Task } from './judge.ts';
import { valueAt } from './rendered.ts';
import type { BuiltRoot, World } from './world.ts';

/** One question, asked of every root that renders the very same object from a file that they share. The first root stands for all. */
export type Meant = readonly [Task, ...Task[]];

/**
 * What a question may be about that names no root. More than one is a true ambiguity: objects of one name that differ, or that come from
 * files of their own, in roots of which none is a part of another. A folder that nothing applies counts where nothing applies any.
 */
export function meantBy(task: Task, world: World): readonly Meant[] {
  const all = [...world.built.values()].flatMap((built) => sameQuestion(task, built));
  const applied = all.filter(({ built }) => built.root.by !== 'folder');
  const among = applied.length > 0 ? applied : all.filter(({ built }) => !isPart(built, all));
  const groups: [Task, ...Task[]][] = [];
  for (const one of among) {
    const alike = groups.find(([first]) => areAlike(first, one));
    if (alike) alike.push(one);
    else groups.push([one]);
  }
  return groups;
}

function sameQuestion(task: Task, built: BuiltRoot): readonly Task[] {
  if (built.key === task.built.key) return [task];
  const { thing, field } = task;
  const other = built.things.find(
    (one) =>
      one.kind === thing.kind &&
      one.name === thing.name &&
      one.apiVersion.split('/')[0] === thing.apiVersion.split('/')[0] &&
      sameNamespace(one.namespace ?? built.root.namespace, namespaceOf(task)),
  );
  if (other === undefined) return [];
  return [{ built, thing: other, field: { ...field, before: valueAt(other.value, field.path) } }];
}

function areAlike(one: Task, other: Task): boolean {
  const isPlaced = namespaceOf(one) !== undefined || !mayHaveNamespace(one.thing.kind);
  return (
    isPlaced &&
    namespaceOf(one) === namespaceOf(other) &&
    isDeepStrictEqual(one.thing.value, other.thing.value) &&
    one.built.root.files.some((file) => other.built.root.files.includes(file))
  );
}

function namespaceOf({ thing, built }: Task): string | undefined {
  return thing.namespace ?? built.root.namespace;
}

/** True for what another of the roots is built from. */
function isPart({ root, key }: BuiltRoot, all: readonly Task[]): boolean {
  return all.some(
    ({ built: { root: other, key: otherKey } }) =>
      otherKey !== key &&
      ((other.path !== root.path && other.folders.includes(root.path)) ||
        (root.kind === 'plain' &&
          other.files.length > root.files.length &&
          root.files.every((file) => other.files.includes(file)))),
  );
}

function sameNamespace(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}
