import { posix } from 'node:path';
import { type ObjectRef, refOf } from '../kubernetes/objects.ts';
import { isManifestPath } from '../renderers/manifests.ts';
import { type Beside, isNamed } from './beside.ts';
import type { PlanContext } from './declarations/plan.ts';
import type { DeclaringRevision } from './declaring-revision.ts';

/**
 * Objects by name: among those rendered beside the one that refers to them, else as they are written anywhere in the
 * repository, nearest to the folder it is applied from. What was found is noted.
 */
export function lookUpIn(
  revision: DeclaringRevision,
  beside: Beside,
  folder = '.',
): { lookUp: PlanContext['lookUp']; inputs: ObjectRef[]; inputFiles: string[] } {
  const inputs: ObjectRef[] = [];
  const inputFiles: string[] = [];
  const lookUp: PlanContext['lookUp'] = async (kind, namespace, name) => {
    const near = await beside.find(kind, namespace, name);
    if (near) {
      inputs.push(refOf(near));
      return near;
    }
    const written = revision.tree
      .paths()
      .filter((file) => isManifestPath(file) && revision.tree.read(file)?.includes(name))
      .flatMap((file) => revision.manifests(file).objects)
      .filter(({ object }) => isNamed(object, kind, namespace, name));
    // Several of one name belong to several clusters; those of this one lie in its folder.
    const shared = written.map(({ origin }) => stepsInCommon(folder, posix.dirname(origin.file)));
    const nearest = written.filter((_one, index) => shared[index] === Math.max(...shared));
    const [only] = nearest;
    if (!only || nearest.length > 1) return null;
    inputs.push(refOf(only.object));
    inputFiles.push(only.origin.file);
    return only.object;
  };
  return { lookUp, inputs, inputFiles };
}

function stepsInCommon(a: string, b: string): number {
  const [one, other] = [a.split('/'), b.split('/')];
  const differs = one.findIndex((step, index) => step !== other[index]);
  return differs < 0 ? one.length : differs;
}
