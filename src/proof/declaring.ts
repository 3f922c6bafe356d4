import { sameObject, type Json } from '../kubernetes/objects.ts';
import { filesOf, type Declared, type Root } from '../sources/roots.ts';
import { includesRoot } from '../sources/same-root.ts';
import type { Change } from '../model/change.ts';

/**
 * True for a change, in `root`, of the object that declares the target, or of one that it takes values from: that is how an edit
 * gets to the target, and no change beside it. What declares that object may have handed the value down. An object of the same name
 * that another root renders is another cluster's.
 */
export function isOnTheWay(change: Change<Json>, root: Root, target: Root): boolean {
  for (let { declared } = target; declared !== null; declared = declared.parent?.declared ?? null)
    if (declaresBy(change, root, declared)) return true;
  return false;
}

/** The same for the object that declares the target directly. */
export function declaresBy({ object, field }: Change<Json>, root: Root, declared: Declared): boolean {
  const { parent, inputs, inputFiles } = declared;
  if (parent === null) return false;
  const isParent = root.id === parent.id || includesRoot(root, parent);
  if (isParent && sameObject(object, declared.object) && field.text.startsWith('spec.')) return true;
  const isInput = inputs.some((input) => input.kind === object.kind && sameObject(object, input));
  const mayRenderIt = isParent || inputFiles.some((file) => [...filesOf(root)].includes(file));
  return isInput && mayRenderIt && field.text.startsWith('data');
}

/** True for a root that renders what declares the target, or what declares that. */
export function declaresRoot(root: Root, target: Root): boolean {
  const parent = target.declared?.parent ?? null;
  return parent !== null && (parent.id === root.id || declaresRoot(root, parent));
}
