import type { Task } from './judge.ts';
import { valueAt } from './rendered.ts';
import type { BuiltRoot, World } from './world.ts';

/**
 * What a question may be about that names no root. More than one is a true ambiguity: objects of one name in roots of which none is a part of
 * another. A folder that nothing applies counts where nothing applies any.
 */
export function meantBy(task: Task, world: World): readonly Task[] {
  const all = [...world.built.values()].flatMap((built) => sameQuestion(task, built));
  const applied = all.filter(({ built }) => built.root.by !== 'folder');
  return applied.length > 0 ? applied : all.filter(({ built }) => !isPart(built, all));
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
