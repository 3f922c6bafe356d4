import { fieldOf } from '../kubernetes/field.ts';
import { refOf, sameObject, type KubernetesObject } from '../kubernetes/objects.ts';
import { kindTypes, type KindTypes } from '../kubernetes/types/kind-types.ts';
import { editedFiles } from '../proof/edited-files.ts';
import { prove } from '../proof/prove.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import type { AcceptedEdits } from './accepted-edits.ts';
import { isWanted, type AlsoWanted } from './also-wanted.ts';
import { changesOf, intentOf, notExact, type Chosen, type Task } from './attempts.ts';
import { candidateSites } from './candidates.ts';
import { chooseEdit } from './choose-edit.ts';
import { chooseSource } from './choose-source.ts';
import { settledSites } from './settled-sites.ts';
import { severalSources } from './several-sources.ts';
import type { Target } from './target.ts';
import { declined } from '../model/declined.ts';
import type { Located, LocateResult } from '../model/located.ts';
import { protectionOf, sensitiveChange } from './protected.ts';
import { conflictingChange, refusedChange } from './refused.ts';
import { located } from './result.ts';
import { locateUnrendered } from './unrendered/locate-unrendered.ts';
import { isUnseen, notRendered } from './unrendered/not-rendered.ts';
import { ownerOf } from './unrendered/owner.ts';
import { desiredFields, type DesiredField } from './desired-fields.ts';
import type { FieldRequest } from './field-request.ts';

/** What is to become of one object. */
export interface LocateRequest {
  readonly target: Target;
  readonly fields: readonly FieldRequest[];
  /** Left out where a person named the fields. */
  readonly alsoWanted?: AlsoWanted;
  /** CustomResourceDefinitions of the cluster, which count before the repository's. */
  readonly definitions?: readonly KubernetesObject[];
}

/**
 * From fields of a live object to proven edits (docs/locating.md).
 *
 * 1. Which root renders the object, and what do its fields say there now?
 * 2. Candidates are edits: of a scalar that the field contains (markers find them), or of something new beside it.
 * 3. The proof chooses: every root that reads a touched file is rendered before and after. The first candidate that
 *    changes the intended fields and nothing else wins; one in a shared file only where all that it changes is wanted.
 */
export async function locate(revision: Revision, request: LocateRequest): Promise<LocateResult> {
  const found = await findFields(revision, request);
  return found.kind === 'found' ? locateFound(found) : found;
}

/** Fields of one object, where it was found. */
export interface FoundFields extends Wanted {
  readonly kind: 'found';
  readonly alsoWanted: AlsoWanted | null;
}

/** The first of the three steps: what is asked for, or why nothing is looked for. */
export async function findFields(
  revision: Revision,
  request: LocateRequest,
): Promise<FoundFields | LocateResult> {
  // An image that the registry does not have: a missing ConfigMap may well be there in another namespace.
  const isMissingImage =
    request.alsoWanted?.everywhere === true && request.fields.every(({ field }) => field.endsWith('.image'));
  const source = await chooseSource(revision, request.target, isMissingImage);
  if (source.kind === 'several')
    return severalSources(
      revision,
      request.target,
      source.matches,
      request.fields.map(({ field }) => field),
    );
  if (source.kind === 'declined') {
    if (!isUnseen(source)) return source;
    const owner = await ownerOf(revision, request.target);
    if (owner?.kind === 'owner')
      return locateUnrendered(revision, owner, request.target, request.fields, request.alsoWanted ?? null);
    return owner ?? notRendered(revision, request.target, source);
  }
  const { match } = source;
  const types = kindTypes(() => request.definitions ?? [], revision.kindTypes());
  const owner = {
    types,
    object: match.rendered.object,
    peers: await peersOf(revision, match),
  };
  const desired = desiredFields(match, request.fields, owner);
  if ('kind' in desired) return desired;
  const alsoWanted = request.alsoWanted ?? null;
  const namespace = request.target.wanted.namespace ?? null;
  return { kind: 'found', revision, match, types, namespace, desired, alsoWanted };
}

/** What else the root renders of the object's kind. */
async function peersOf(revision: Revision, { root, rendered }: Match): Promise<readonly KubernetesObject[]> {
  const rendering = await revision.render(root);
  if (rendering.kind === 'failed') return [];
  const { kind } = rendered.object;
  // A render is parsed document by document, and few speak of the kind.
  return rendering.objects
    .filter(({ text }) => text.includes(kind))
    .map(({ object }) => object)
    .filter((object) => object.kind === kind);
}

/** The other two. With `accepted`, an edit of a shared line that was accepted for another object is taken without a search. */
export async function locateFound(
  { alsoWanted, ...wanted }: FoundFields,
  accepted?: AcceptedEdits,
): Promise<LocateResult> {
  return (await together(wanted)) ?? oneByOne(wanted, alsoWanted, accepted);
}

interface Wanted {
  readonly revision: Revision;
  readonly match: Match;
  readonly types: KindTypes;
  readonly namespace: string | null;
  readonly desired: readonly DesiredField[];
}

/** Several fields are most often changed where each stands: one proof for all first choices. */
async function together({ revision, match, types, namespace, desired }: Wanted): Promise<Located | null> {
  // Keys that go leave the mapping around them in the order in which they do.
  if (desired.length < 2 || desired.some(({ after }) => after === null)) return null;
  const candidates = await Promise.all(desired.map((one) => candidateSites(revision, match, one)));
  const chosen = candidates.flatMap(({ replacements: [first] }) =>
    first && !first.cutsAlias ? [first] : [],
  );
  if (chosen.length < desired.length) return null;
  const edits = [
    ...new Map(chosen.flatMap((one) => one.edits).map((edit) => [JSON.stringify(edit), edit])).values(),
  ];
  const files = protectionOf(revision, edits) ? null : editedFiles(revision, edits);
  if (!files) return null;
  const trial = await prove(
    revision,
    files,
    desired.map((one) => intentOf(match, one)),
    match.root,
    match.twins,
  );
  if (trial.outcome !== 'exact' || trial.proof.status !== 'proven' || sensitiveChange(changesOf(trial)))
    return null;
  if (refusedChange(types, trial) ?? conflictingChange(types, trial)) return null;
  return located({
    revision,
    match,
    namespace,
    desired,
    sites: chosen.map(({ site }) => site),
    files,
    trial,
  });
}

/** Each field's edit is found on top of those before it; then all are proven at once against the tree as it was. */
async function oneByOne(
  { revision, match, types, namespace, desired }: Wanted,
  alsoWanted: AlsoWanted | null,
  accepted?: AcceptedEdits,
): Promise<LocateResult> {
  const steps: Chosen[] = [];
  for (const one of desired) {
    const before = steps.at(-1);
    const task = { revision, match, types, desired: one };
    const step = await chooseEdit(
      before ? await onTopOf(before, task) : task,
      alsoWanted,
      before ? undefined : accepted,
    );
    if (step.kind === 'declined') return step;
    steps.push({ ...step, files: new Map([...(before?.files ?? []), ...step.files]) });
  }
  const { files, trial: last } = steps.at(-1)!;
  const sites = await settledSites(revision, match, desired, steps);
  const trial =
    steps.length === 1
      ? last
      : await prove(
          revision,
          files,
          desired.map((one) => intentOf(match, one)),
          match.root,
          match.twins,
        );
  // Values that belong together may be set one after the other, so only the last state is held against all of them.
  const conflict = conflictingChange(types, trial);
  if (conflict)
    return declined(
      'unsupported-value',
      conflict,
      sites.flatMap(({ kind, file, line }) => (kind === 'replace' ? [`${file}:${line}`] : [])),
    );
  return isWanted(trial, match, desired, alsoWanted)
    ? located({ revision, match, namespace, desired, sites, files, trial })
    : notExact(sites, trial);
}

/** The same field in the tree that the edits so far have made. */
async function onTopOf({ files }: Chosen, { revision, match, types, desired }: Task): Promise<Task> {
  const edited = revision.with(files);
  const root = (await edited.here(match.root)) ?? match.root;
  const rendering = await edited.render(root);
  const object = refOf(match.rendered.object);
  const rendered =
    rendering.kind === 'rendered'
      ? rendering.objects.find((one) => sameObject(refOf(one.object), object))
      : undefined;
  const field = rendered && fieldOf(rendered.object, desired.field.text);
  return {
    revision: edited,
    match: { ...match, root, rendered: rendered ?? match.rendered },
    types,
    desired: { ...desired, field: field ?? desired.field },
  };
}
