import { sameValue } from '../kubernetes/compare.ts';
import { fieldOf, isScalarValue } from '../kubernetes/field.ts';
import { parseFieldPath } from '../kubernetes/field-path.ts';
import { fieldWriter } from '../kubernetes/managed-fields.ts';
import { describeRef, refOf, type KubernetesObject, type Scalar } from '../kubernetes/objects.ts';
import { locate } from '../locate/locate.ts';
import type { Target } from '../locate/target.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { declined, type Declined } from '../model/declined.ts';
import type { Blame, LiveValue, WaysOut } from '../model/layers.ts';
import { differenceOf } from '../sources/difference.ts';
import { prose } from '../untrusted/prose.ts';
import { blame, type BlameInput } from './blame.ts';

/** Declines that say that git does not set the field, and so nothing of what the cluster has. */
const NOT_IN_GIT = new Set<Declined['code']>([
  'object-not-found',
  'field-not-found',
  'no-site',
  'managed',
  'other-repository',
  'render-failed',
]);

/** A cluster beside the repository. */
export interface BlameCluster {
  readonly state: ClusterState;
  /** The object as the cluster has it, with its managed fields where they are recorded; null where it does not have it. */
  readonly live: KubernetesObject | null;
}

/**
 * As {@link blame}, with what the cluster has: whether it differs, who wrote it, and the two ways out.
 *
 * @param elsewhere why git is not asked: the object does not come from this repository
 */
export async function blameWithCluster(
  input: BlameInput,
  target: Target,
  field: string,
  { state, live }: BlameCluster,
  elsewhere: Declined | null = null,
): Promise<Blame | Declined> {
  const inGit = elsewhere ?? (await blame(input, target, field));
  if (live === null) return inGit.kind === 'declined' ? inGit : { ...inGit, live: NO_OBJECT };
  const found = fieldOf(live, field);
  const value = found?.value;
  if (value !== undefined && !isScalarValue(value)) return inGit;
  if (inGit.kind === 'blame') {
    const differs = !sameValue(parseFieldPath(inGit.field), value, inGit.value);
    const waysOut = differs ? await waysOutOf(input, target, inGit, { state, live }, value) : null;
    return { ...inGit, live: liveValue(live, field, value, differs, waysOut) };
  }
  if (value === undefined || !NOT_IN_GIT.has(inGit.code)) return inGit;
  // A default of the API server is what git asks for by saying nothing.
  const differs = !sameValue(parseFieldPath(found!.text), value, undefined);
  const waysOut = differs ? await waysOutOfUnset(input, target, inGit, { field, value }) : null;
  const { head, remote } = input.repository;
  return {
    kind: 'blame',
    object: refOf(live),
    field: found!.text,
    head: head?.sha ?? null,
    remote,
    value: undefined,
    layers: [],
    history: [],
    unset: inGit,
    live: liveValue(live, field, value, differs, waysOut),
  };
}

async function waysOutOfUnset(
  { revision }: BlameInput,
  target: Target,
  why: Declined,
  { field, value }: { readonly field: string; readonly value: Scalar },
): Promise<WaysOut> {
  const adopt =
    why.code === 'field-not-found'
      ? await locate(revision, { target, fields: [{ field, after: value }] })
      : why;
  const because = prose`Git does not set the field, so that no sync of this repository changes it.`;
  return { adopt, wait: { kind: 'unset', because } };
}

const NO_OBJECT: LiveValue = {
  object: null,
  value: undefined,
  differs: true,
  writer: null,
  areWritersRecorded: false,
  waysOut: null,
};

function liveValue(
  live: KubernetesObject,
  field: string,
  value: Scalar | undefined,
  differs: boolean,
  waysOut: WaysOut | null,
): LiveValue {
  return {
    object: refOf(live),
    value,
    differs,
    writer: fieldWriter(live, parseFieldPath(field)),
    areWritersRecorded: live.metadata['managedFields'] !== undefined,
    waysOut,
  };
}

async function waysOutOf(
  { revision, repository }: BlameInput,
  target: Target,
  { field, value, history }: Blame,
  { state, live }: BlameCluster & { readonly live: KubernetesObject },
  inCluster: Scalar | undefined,
): Promise<WaysOut> {
  const path = parseFieldPath(field);
  const { kind, because } = await differenceOf(
    live,
    path,
    history[0]?.commit ?? null,
    value,
    state,
    repository,
  );
  const adopt =
    inCluster === undefined
      ? declined('drift', `${describeRef(refOf(live))} in the cluster does not have ${field}`)
      : await locate(revision, { target, fields: [{ field, after: inCluster }] });
  return { adopt, wait: { kind, because } };
}
