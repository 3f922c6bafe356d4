import { sameValue } from '../kubernetes/compare.ts';
import { fieldNamed, leafName, parseFieldPath } from '../kubernetes/field-path.ts';
import { leavesOf, type Leaf } from '../kubernetes/leaves.ts';
import { recordAt, refOf, type ObjectRef, type Scalar } from '../kubernetes/objects.ts';
import { podTemplatePath } from '../kubernetes/workloads.ts';
import { changeOf, type Change } from '../model/change.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { Commit } from '../model/commit.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import { maskValue } from '../untrusted/mask.ts';

/** A value below a pod template: a scalar, or a list of scalars such as `args`. */
type Value = Leaf['value'] | undefined;

/** What a commit made of one value of a pod template. */
export interface TemplateEdit {
  /** On the object: `spec.template.spec.containers[name=web].args`. */
  readonly field: string;
  readonly before: Value;
  /** The value of now. */
  readonly after: Value;
  readonly commit: Commit;
}

/** So many versions of a template are rendered for the question. */
const VERSIONS = 4;

/**
 * The last change of each value that the pod template of a workload has had in its last versions, as far as the cluster has what git
 * renders; null where git's history of it is not known.
 */
export function* lastEdits(ask: Ask, workload: ClusterObject): Asking<readonly TemplateEdit[] | null> {
  const path = podTemplatePath(workload.kind);
  if (path === null) return null;
  const versions = yield* ask.templates(refOf(workload), VERSIONS);
  if (versions === null || versions.length < 2) return null;
  const leaves = versions.map(({ template }) => template && leavesOf(template));
  const live = leavesOf(recordAt(workload, ...path.split('.')));
  const found = new Map<string, TemplateEdit>();
  for (let index = 0; index + 1 < versions.length; index += 1) {
    const [now, then] = [leaves[index], leaves[index + 1]];
    if (!now || !then) break;
    for (const field of new Set([...now.keys(), ...then.keys()])) {
      const [after, before] = [now.get(field)?.value, then.get(field)?.value];
      if (found.has(field) || isSame(field, after, before)) continue;
      const isLive = isSame(field, live.get(field)?.value, after);
      if (isLive)
        found.set(field, { field: `${path}.${field}`, before, after, commit: versions[index]!.commit });
    }
  }
  return [...found.values()];
}

function isSame(field: string, one: unknown, other: unknown): boolean {
  return sameValue(parseFieldPath(field), one, other);
}

/**
 * The changes that give a value back what it was: of a list, item by item. Empty for a value that is no scalar and no list of
 * scalars, and for one that is or may be a secret.
 */
export function undoing(
  object: ObjectRef,
  { field, before, after }: Pick<TemplateEdit, 'field' | 'before' | 'after'>,
): readonly Change[] {
  const [was, is] = [before ?? null, after ?? null];
  if (isHidden(field, was)) return [];
  if (isScalar(was) && isScalar(is))
    return ofVariable(object, field, changeOf<Scalar>(object, field, is, was));
  const [old, now] = [listOf(was), listOf(is)];
  if (old === null || now === null) return [];
  const shared = Math.min(old.length, now.length);
  const replaced = old
    .slice(0, shared)
    .flatMap((value, index) =>
      value === now[index] ? [] : [changeOf(object, `${field}[${index}]`, now[index]!, value)],
    );
  const added = old
    .slice(shared)
    .map((value, index) => changeOf<Scalar>(object, `${field}[${shared + index}]`, null, value));
  const removed = now
    .slice(shared)
    .map((value, index) => changeOf<Scalar>(object, `${field}[${shared + index}]`, value, null))
    .toReversed();
  return [...replaced, ...added, ...removed];
}

/** A variable comes and goes with its name: `env[name=PORT].name`. */
function ofVariable(object: ObjectRef, field: string, value: Change): readonly Change[] {
  const [, item, name] = /^(.*\.env\[name=([^\]]+)\])\.value$/.exec(field) ?? [];
  if (item === undefined || name === undefined || (value.before === null) === (value.after === null))
    return [value];
  return value.before === null
    ? [changeOf<Scalar>(object, `${item}.name`, null, name), value]
    : [value, changeOf<Scalar>(object, `${item}.name`, name, null)];
}

function listOf(value: unknown): readonly Scalar[] | null {
  if (value === null) return [];
  return Array.isArray(value) && value.every(isScalar) ? (value as readonly Scalar[]) : null;
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value !== 'object';
}

/** What masking hides, or has hidden, is no value to write. */
function isHidden(field: string, value: unknown): boolean {
  const texts = Array.isArray(value) ? value : [value];
  return texts.some((text) => {
    if (typeof text !== 'string') return false;
    return text.includes('***') || maskValue(leafName(fieldNamed(field)), text) !== text;
  });
}
