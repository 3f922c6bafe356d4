import { getField, type FieldPath } from '../../kubernetes/field-path.ts';
import { describeRef, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { sameValue } from '../../kubernetes/compare.ts';
import { containersOf, podSpecOf, podSpecPath } from '../../kubernetes/workloads.ts';
import { kinship, type LikelyValue } from '../helm/likely-values.ts';
import type { Target } from '../target.ts';
import type { LiveField } from './live-field.ts';

/** The same field in another container, or in another live object that says it comes from the same place. */
export interface Rival {
  /** `container proxy of Deployment shop/cart`, for people. */
  readonly what: string;
  readonly value: unknown;
  readonly names: ReadonlySet<string>;
}

/** With what tells it from the same field elsewhere. */
export type LiveUnseenField = LiveField & { readonly names: ReadonlySet<string> };

export function unseenField(
  live: KubernetesObject | null,
  field: LiveField,
  release: string | null,
): LiveUnseenField {
  const names = live
    ? namesIn(live, placeIn(live, field.path)?.container ?? null, release)
    : namesAsked(field);
  return { ...field, names };
}

/** The containers and variables that the field itself names. */
function namesAsked({ path }: LiveField): ReadonlySet<string> {
  return new Set(path.flatMap((step) => (typeof step === 'object' ? [step.value] : [])));
}

/**
 * The values that may be the field's, without those that name another container or object; and what the only one left could be meant for as
 * well, where only its chart tells. Whoever has a value of its own needs no other.
 */
export function apartFromRivals(
  { live, others }: Target,
  likely: readonly LikelyValue[],
  field: LiveUnseenField,
  release: string | null,
): { readonly likely: readonly LikelyValue[]; readonly rival: Rival | undefined } {
  const rivals = live ? rivalsOf(live, field.path, others?.() ?? [], release) : [];
  const names = ({ names: theirs }: Rival, { leaf }: LikelyValue): boolean =>
    kinship(leaf, theirs) > kinship(leaf, field.names);
  const own = likely.filter((one) => !rivals.some((rival) => names(rival, one)));
  const left = own.length > 0 ? own : likely;
  const open = rivals.filter((rival) => own.length === 0 || !likely.some((one) => names(rival, one)));
  return { likely: left, rival: open.find((rival) => left.some((one) => isAsLikely(rival, one, field))) };
}

/**
 * Whether the value says as much of something else: it names that, or it names neither and both have it. A reference that is
 * wrong for one is wrong for the other too; an amount is not.
 */
function isAsLikely(
  { value, names }: Rival,
  { leaf }: LikelyValue,
  { path, before, names: own }: LiveUnseenField,
): boolean {
  const [theirs, ours] = [kinship(leaf, names), kinship(leaf, own)];
  if (theirs !== ours) return theirs > ours;
  if (path.at(-1) === 'image') return isOtherImageOfTag(value, before, leaf.value);
  return before !== undefined && sameValue(path, value, before);
}

/** `1.4.2` alone says nothing of which of two images it is the tag of. */
function isOtherImageOfTag(value: unknown, before: LiveField['before'], tag: unknown): boolean {
  return value !== before && String(value).endsWith(`:${String(tag)}`);
}

/** What has the field too, so that a value could be meant for it. */
function rivalsOf(
  live: KubernetesObject,
  path: FieldPath,
  others: readonly KubernetesObject[],
  release: string | null,
): readonly Rival[] {
  const own = placeIn(live, path);
  if (own === null)
    return others
      .filter(({ kind }) => kind === live.kind)
      .flatMap((object) => rivalIn(object, null, path, release));
  return [live, ...others].flatMap((object) =>
    containersOf(podSpecOf(object))
      .filter(({ container }) => object !== live || container.name !== own.container)
      .flatMap(({ container, list }) => {
        const pods = podSpecPath(object.kind)!.split('.');
        const there = [...pods, list, { key: 'name', value: container.name }, ...own.within];
        return rivalIn(object, container.name, there, release);
      }),
  );
}

function rivalIn(
  object: KubernetesObject,
  container: string | null,
  path: FieldPath,
  release: string | null,
): readonly Rival[] {
  const value = getField(object, path);
  if (value === undefined) return [];
  const ref = describeRef(refOf(object));
  const what = container === null ? ref : `container ${container} of ${ref}`;
  return [{ what, value, names: namesIn(object, container, release) }];
}

/** What a chart's author may call an object and a container by. */
function namesIn(
  object: KubernetesObject,
  container: string | null,
  release: string | null,
): ReadonlySet<string> {
  const { name, labels = {} } = object.metadata;
  const own = release !== null && name.startsWith(`${release}-`) ? name.slice(release.length + 1) : name;
  const component = labels['app.kubernetes.io/component'] ?? labels['component'];
  return new Set([name, own, ...(container === null ? [] : [container]), ...(component ? [component] : [])]);
}

/** The container that a field is in, and the rest of its path; null for a field of no container. */
export function placeIn(
  { kind }: KubernetesObject,
  path: FieldPath,
): { readonly container: string; readonly within: FieldPath } | null {
  const depth = podSpecPath(kind)?.split('.').length;
  if (depth === undefined) return null;
  const [list, item] = [path[depth], path[depth + 1]];
  const isContainer = (list === 'containers' || list === 'initContainers') && typeof item === 'object';
  return isContainer ? { container: item.value, within: path.slice(depth + 2) } : null;
}
