import type { Config } from '../config/schema.ts';
import { refOf, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import type { Target } from '../locate/target.ts';
import type { ClusterSource, ClusterState } from '../model/cluster-state.ts';
import type { Declined } from '../model/declined.ts';
import type { Blame } from '../model/layers.ts';
import { RepositoryKnowledge } from '../sources/knowledge.ts';
import type { BlameInput } from './blame.ts';
import { blameWithCluster } from './live-value.ts';

/**
 * As `blame`, for the object as a cluster has it: its labels and what Argo CD and Flux say tell which root is meant, and everything is
 * rendered for the cluster's versions. The object is read once more, with who wrote what.
 */
export async function blameInCluster(
  input: BlameInput,
  target: Target,
  field: string,
  { source, config }: { readonly source: Pick<ClusterSource, 'read' | 'object'>; readonly config: Config },
): Promise<Blame | Declined> {
  const state = await source.read();
  const here = inputFor(input, state);
  const live = liveObject(state, target);
  const whole = live && ((await source.object?.(refOf(live))) ?? live);
  const placed = await placeOf(here, target, live, state, config);
  if ('code' in placed)
    return live
      ? blameWithCluster(here, { ...target, live, roots: [] }, field, { state, live: whole }, placed)
      : placed;
  return blameWithCluster(placed.input, placed.target, field, { state, live: whole });
}

/** Everything is rendered for the cluster that is asked. */
function inputFor(input: BlameInput, { versions }: ClusterState): BlameInput {
  const renderers = { ...input.renderers, cluster: versions };
  return { ...input, renderers, revision: input.revision.inCluster(versions) };
}

/** Without a namespace, the only object of that name. */
function liveObject(state: ClusterState, { wanted }: Target): KubernetesObject | null {
  const { kind, name, namespace, apiVersion } = wanted;
  const found = state
    .list(kind)
    .filter(({ metadata }) => metadata.name === name)
    .filter(({ metadata }) => namespace === undefined || (metadata.namespace ?? null) === namespace)
    .filter((object) => apiVersion === undefined || object.apiVersion === apiVersion);
  return found.length === 1 ? found[0]! : null;
}

/** Where the cluster says that the object comes from, unless a person named the roots. */
async function placeOf(
  input: BlameInput,
  target: Target,
  live: KubernetesObject | null,
  cluster: ClusterState,
  config: Config,
): Promise<{ readonly input: BlameInput; readonly target: Target } | Declined> {
  const meant = live === null ? target : { ...target, live };
  if (target.roots !== null || live === null) return { input, target: meant };
  const knowledge = new RepositoryKnowledge({ ...input, cluster, config });
  const ref: ObjectRef = refOf(live);
  const place = await knowledge.placeOf(ref);
  if (place.kind === 'declined') return place;
  const { repository, revision, roots, areNamed } = place;
  const wanted = { ...target.wanted, namespace: ref.namespace ?? target.wanted.namespace };
  return { input: { ...input, repository, revision }, target: { ...meant, wanted, roots, areNamed } };
}
