import type { Incident } from '../model/incident.ts';
import { canonicalRepository, parseImage, printImage, type ImageReference } from '../kubernetes/images.ts';
import { isImmutable } from '../kubernetes/immutable-fields.ts';
import { objectKey, refOf, sameObject, type Json } from '../kubernetes/objects.ts';
import { repeatsTag, type AlsoWanted } from '../locate/also-wanted.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';
import type { Beside } from '../proof/trial.ts';
import type { Finding } from '../model/finding.ts';
import type { Change } from '../model/change.ts';

/** Fields that some finding wants changed, by the object that has them. */
export type Wishes = Pick<ReadonlyMap<string, readonly Change[]>, 'get'>;

export function wishesByObject(incidents: readonly Incident[]): Wishes {
  return Map.groupBy(
    incidents.flatMap(({ finding }) => finding.changes),
    ({ object }) => objectKey(object),
  );
}

/**
 * What a line may change beside the field of an incident:
 *
 * - a field that another incident wants changed as well;
 * - the same reference elsewhere, with or without pods of its own, where it is just as wrong: an image that the registry does not
 *   have, in every root; a ConfigMap or Secret that does not exist, in the same namespace of this root, and in another root that
 *   has the one under its new name alone;
 * - in the failing object itself, the same value or the tag by which it names its version.
 *
 * A size is none of these: a healthy container keeps its own. And the same object in another root is another cluster's or
 * environment's, healthy there for all we know.
 */
export function wantedBy({ finding }: Incident, wishes: Wishes): AlsoWanted {
  const isWrongEverywhere = wrongReference(finding);
  return {
    everywhere: isWrongEverywhere !== null,
    change: (beside, here) => {
      const { change } = beside;
      const { object, field } = change;
      if (isImmutable(object.kind, field.text) && field.text.startsWith('spec.selector')) return false;
      if (isWrongEverywhere?.(beside, here) === true) return true;
      // What the tag is copied from, or is told by.
      const isTold = finding.changes.some((one) => repeatsTag(change, one.before, one.after));
      if (isTold && here && object.kind === 'ConfigMap') return true;
      const isOwn = finding.changes.some((wanted) => sameObject(wanted.object, object));
      if (isOwn && !here) return false;
      return (isOwn && !isSize(finding) && isSameFault(change, finding)) || isWished(change, finding, wishes);
    },
  };
}

/** Another container with the value, or a variable that repeats the tag. */
function isSameFault(change: Change<Json>, { changes }: Finding): boolean {
  const { before, after } = change;
  return changes.some(
    (one) => (one.before === before && one.after === after) || repeatsTag(change, one.before, one.after),
  );
}

function isWished({ object, field, after }: Change<Json>, { changes }: Finding, wishes: Wishes): boolean {
  return (wishes.get(objectKey(object)) ?? []).some(
    (wish) =>
      sameObject(wish.object, object) &&
      wish.field.text === field.text &&
      [wish, ...changes].some((one) => Object.is(one.after, after)),
  );
}

type IsWrong = (beside: Beside, here: boolean) => boolean;

/** Tells where else the reference of a finding is as wrong; null where the fault is none of a reference. */
function wrongReference({ terms, changes, object }: Finding): IsWrong | null {
  if (terms?.wrongElsewhere === 'image')
    return ({ change }) => changes.some((one) => isSameImage(one, change));
  if (terms?.wrongElsewhere === 'object')
    return (beside, here) => {
      const { change } = beside;
      const kind = kindReferredTo(change.field.text);
      const isSame = changes.some(
        ({ field, before, after }) =>
          kind !== null &&
          kind === kindReferredTo(field.text) &&
          before === change.before &&
          isCalled(change.after, after),
      );
      const { namespace } = change.object;
      if (here) return isSame && (namespace === null || namespace === object.namespace);
      return isSame && resolvesOnlyAs(change, kind!, beside.rendered);
    };
  return null;
}

function isSameImage(wanted: Change, { before, after }: Change<Json>): boolean {
  return isAlike(wanted.before, before) && isAlike(wanted.after, after);
}

function isAlike(one: Json, other: Json): boolean {
  const [a, b] = [imageOf(one), imageOf(other)];
  return a !== null && b !== null && inFull(a) === inFull(b);
}

function inFull(image: ImageReference): string {
  return printImage({ ...image, name: canonicalRepository(image.name) });
}

function imageOf(value: Json): ImageReference | null {
  return typeof value === 'string' ? parseImage(value) : null;
}

/** The field names the object that a pod takes its configuration from. */
function kindReferredTo(field: string): 'ConfigMap' | 'Secret' | null {
  if (/\.configMap(KeyRef|Ref)?\.name$/.test(field)) return 'ConfigMap';
  return /\.secret(KeyRef|Ref)?\.name$|\.secret\.secretName$/.test(field) ? 'Secret' : null;
}

/** A generated object renders with a hash behind its name. */
function isCalled(rendered: Json, wanted: Json): boolean {
  return typeof rendered === 'string' && (rendered === wanted || withoutHash(rendered) === wanted);
}

/** The root has the object under the name after the change, and none under the one before. */
function resolvesOnlyAs(
  { object, before, after }: Change<Json>,
  kind: string,
  rendered: Beside['rendered'],
): boolean {
  const names = rendered
    .map((one) => refOf(one.object))
    .filter((ref) => ref.kind === kind && ref.namespace === object.namespace)
    .map(({ name }) => name);
  return names.some((name) => name === after) && !names.some((name) => isCalled(name, before));
}

/** An amount that each container or autoscaler needs for itself. */
function isSize({ terms }: Finding): boolean {
  return terms?.settable?.to === 'amount' || terms?.settable?.to === 'number';
}
