import { isDeepStrictEqual } from 'node:util';
import { refOf, sameObject, type ObjectRef, type Json } from '../kubernetes/objects.ts';
import type { Plan, Unplanned } from '../sources/declarations/plan.ts';
import type { Revision } from '../sources/revision.ts';
import type { Root } from '../sources/roots.ts';
import type { Change } from '../model/change.ts';

/** An Argo CD or Flux object that applies another folder, repository or revision after an edit, or to another namespace or cluster. */
export interface MovedSource {
  /** For people: `Argo CD Application argocd/cart`. */
  readonly by: string;
  /** The object whose manifest changes; of an Application that an ApplicationSet makes, the set. */
  readonly object: ObjectRef;
  /** The root that renders the object. */
  readonly parent: Root;
}

/** Objects that apply something else, or somewhere else, after the edit: all that they apply may change with it. */
export async function movedSources(
  revision: Revision,
  edited: Revision,
  changesIn: (root: Root) => readonly Change<Json>[],
): Promise<readonly MovedSource[]> {
  const moved: MovedSource[] = [];
  for (const declaration of await revision.declarations()) {
    const { plan, parent, object } = declaration;
    if (!('from' in plan) || parent === null || object === undefined) continue;
    const own = refOf(object);
    if (!changesIn(parent).some((change) => change.field.text !== '' && sameObject(change.object, own)))
      continue;
    const here = await edited.plansHere(declaration);
    // Of an Application with several sources each is a plan of its own.
    if (!here.some((one) => isDeepStrictEqual(placeOf(one), placeOf(plan))))
      moved.push({ by: plan.by, object: own, parent });
  }
  return moved;
}

/** Where the content comes from and goes to; the version of a published chart is compared with what its release is given. */
function placeOf(plan: Plan | Unplanned): unknown {
  if (!('from' in plan)) return null;
  const { from, content, namespace, cluster } = plan;
  if (content.kind === 'folder') return [from, content.path, namespace, cluster];
  const { chart } = content;
  const source = chart.kind === 'folder' ? [from, chart.path] : [chart.repository, chart.name];
  return [...source, namespace, cluster];
}
