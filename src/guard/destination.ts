import { posix } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Repository } from '../git/repository.ts';
import { refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { chooseSource } from '../locate/choose-source.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { targetIn } from '../proposals/target-in.ts';
import type { Renderers } from '../renderers/renderers.ts';
import { RepositoryKnowledge } from '../sources/knowledge.ts';
import type { Revision } from '../sources/revision.ts';
import { includesRoot, isAside } from '../sources/same-root.ts';
import type { Root } from '../sources/roots.ts';
import { plannedObjects } from './planned.ts';

/** What tells where a root goes: the base, which is what the cluster runs. */
export interface DestinationInput {
  readonly cluster: ClusterState;
  readonly repository: Repository;
  readonly revision: Revision;
  readonly config: Config;
  readonly renderers: Renderers;
}

/** Objects of a root that are looked up in the cluster before it counts as not deployed there. */
const MOST_ASKED = 6;

/** Tells of each root whether the cluster is deployed from it. */
export function destinations(
  input: DestinationInput,
): (root: Root, objects: readonly ClusterObject[], isNew: boolean) => Promise<boolean> {
  const knowledge = new RepositoryKnowledge(input);
  const { cluster, revision } = input;

  async function isApplied(root: Root, object: KubernetesObject): Promise<boolean> {
    const ref = refOf(object);
    const live = cluster.get(ref.kind, ref.namespace, ref.name);
    const place = await knowledge.placeOf(ref);
    if (place.kind !== 'place') return false;
    const isMeant = (one: Root): boolean => one.id === root.id || includesRoot(root, one);
    if (place.areNamed && !(place.roots ?? []).some(isMeant)) return false;
    if (place.areNamed && place.roots?.length === 1) return true;
    if (!live) return false;
    const source = await chooseSource(revision, targetIn(place, ref, live, cluster));
    return source.kind === 'chosen' && isMeant(source.match.root);
  }

  /** By what is known of it alone. */
  async function isHere(root: Root, objects: readonly ClusterObject[]): Promise<boolean> {
    const { declared } = root;
    if (declared) {
      const { kind, namespace, name } = declared.plan.ref;
      if (cluster.get(kind, namespace, name)) return true;
    }
    const known = objects.filter(({ kind, metadata }) =>
      cluster.get(kind, metadata.namespace ?? null, metadata.name),
    );
    for (const object of [...known, ...objects].slice(0, MOST_ASKED))
      if (await isApplied(root, object)) return true;
    return false;
  }

  /** A new folder goes where those beside it go, if they all go there. */
  async function areSiblingsHere(root: Root): Promise<boolean> {
    const beside = (await revision.allRoots()).filter(
      (one) => one.id !== root.id && posix.dirname(one.path) === posix.dirname(root.path) && !isAside(one),
    );
    let known = 0;
    for (const one of beside.slice(0, MOST_ASKED)) {
      const rendering = await revision.render(one);
      if (rendering.kind === 'failed' || rendering.objects.length === 0) continue;
      if (!(await isHere(one, plannedObjects(rendering.objects, one)))) return false;
      known += 1;
    }
    return known > 0;
  }

  return async (root, objects, isNew) =>
    (await isHere(root, objects)) || (isNew && (await areSiblingsHere(root)));
}
