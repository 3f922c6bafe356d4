import { describeRef, isRecord, type KubernetesObject } from '../../kubernetes/objects.ts';
import { parseFieldPath, type FieldPath } from '../../kubernetes/field-path.ts';
import { editedFiles } from '../../proof/edited-files.ts';
import { prove } from '../../proof/prove.ts';
import type { Trial } from '../../proof/trial.ts';
import type { Revision } from '../../sources/revision.ts';
import type { AlsoWanted } from '../also-wanted.ts';
import type { Target } from '../target.ts';
import { declined, type Declined } from '../../model/declined.ts';
import type { Located } from '../../model/located.ts';
import { notExact } from '../attempts.ts';
import { protectionOf } from '../protected.ts';
import { located } from '../result.ts';
import { wantedValue } from '../wanted-value.ts';
import type { FieldRequest } from '../field-request.ts';
import { lineInBase } from './base-line.ts';
import type { LikelyLine } from './likely-line.ts';
import { liveField, type LiveField } from './live-field.ts';
import type { Owner, PartialRoot } from './owner.ts';
import { lineInRelease } from './release-line.ts';
import { isSameImageElsewhere } from './same-image.ts';

/**
 * Edits of the lines that most likely make the fields of an object, in a root that does not render because a part of it is
 * elsewhere. Nothing proves them: the render that would is missing.
 */
export async function locateUnrendered(
  revision: Revision,
  { root, twins }: Owner,
  target: Target,
  fields: readonly FieldRequest[],
  alsoWanted: AlsoWanted | null,
): Promise<Located | Declined> {
  const lines: { readonly field: LiveField; readonly line: LikelyLine }[] = [];
  const object = target.live ?? skeleton(target, fields);
  for (const request of fields) {
    const asked = liveField(target.live, request);
    const wanted = wantedValue(
      { types: revision.kindTypes(), object, peers: [] },
      { path: [], text: asked.text, value: asked.before, depth: 0 },
      request,
    );
    if (wanted.kind === 'declined') return wanted;
    const field = { ...asked, after: wanted.after };
    const line = await likelyLine(revision, root, target, field, alsoWanted);
    if ('kind' in line) return line;
    lines.push({ field, line });
  }
  const edits = lines.flatMap(({ line }) => line.replacement.edits);
  const sites = lines.map(({ line }) => ({ ...line.replacement.site, likely: line.because }));
  const places = sites.map(({ file, line }) => `${file}:${line}`);
  const protection = protectionOf(revision, edits);
  if (protection) return declined(protection.code, protection.reason, places);
  const files = editedFiles(revision, edits);
  const trial = files && (await prove(revision, files, [], root, twins));
  if (!files || !trial) return declined('not-exact', `the edits at ${places.join(', ')} overlap`, places);
  const meant = lines.map(({ field }) => field);
  for (const beside of trial.beside)
    if (!(await isSameImageElsewhere(revision, beside, target, meant, alsoWanted)))
      return sharedSite(places, trial);
  if (trial.unreached) return notExact(sites, trial);
  return located({
    revision,
    match: { root, rendered: { object, text: '', origin: null } },
    namespace: target.wanted.namespace ?? null,
    desired: lines.map(({ field: { text }, line: { before, after } }) => {
      return { field: { path: [], text, value: before, depth: 0 }, after };
    }),
    sites,
    files,
    trial,
  });
}

/** What else the line says, in words of a proof. */
function sharedSite(places: readonly string[], { beside }: Trial): Declined {
  const others = new Set(
    beside.map(({ root, change: { object, field } }) =>
      field.text === ''
        ? `${describeRef(object)} in ${root}`
        : `${field.text} of ${describeRef(object)} in ${root}`,
    ),
  );
  return declined(
    'shared-site',
    `${places.join(', ')} also controls ${[...others].slice(0, 5).join(', ')}`,
    places,
  );
}

/** The line that most likely makes one field. */
export async function likelyLine(
  revision: Revision,
  root: PartialRoot,
  target: Target,
  field: LiveField,
  alsoWanted: AlsoWanted | null = null,
): Promise<LikelyLine | Declined> {
  return root.kind === 'helm'
    ? lineInRelease(revision, root, target, field)
    : lineInBase(revision, root, target, field, alsoWanted);
}

/** As much of the object as the question tells. */
function skeleton({ wanted }: Target, fields: readonly FieldRequest[]): KubernetesObject {
  const { kind, name = '', namespace, apiVersion = '' } = wanted;
  const body = fields.map(({ field }) => nested(parseFieldPath(field)));
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace ? { namespace } : {}) },
    ...Object.assign({}, ...body.filter(isRecord)),
  };
}

function nested([step, ...rest]: FieldPath): unknown {
  if (step === undefined) return undefined;
  if (typeof step === 'string') return { [step]: nested(rest) };
  if (typeof step === 'number') return [];
  const inner = nested(rest);
  return [{ [step.key]: step.value, ...(isRecord(inner) ? inner : {}) }];
}
