import { nearest } from '../errors/nearest.ts';
import { printFieldPath, type FieldPath, type FieldSegment } from '../kubernetes/field-path.ts';
import { isRecord, type KubernetesObject } from '../kubernetes/objects.ts';
import { typesAt, type KindTypes } from '../kubernetes/types/kind-types.ts';

/** Where the pods of workloads are described, for whoever writes a field of the pod. */
const TEMPLATES: readonly FieldPath[] = [
  ['spec', 'template'],
  ['spec', 'jobTemplate', 'spec', 'template'],
];

/**
 * What somebody most likely meant by a field that an object does not have: `; did you mean spec.replicas?`. Empty where nothing is near.
 *
 * @param types of what the field may be that is not set; null: only what the object has is meant
 */
export function nearFieldText(object: KubernetesObject, path: FieldPath, types: KindTypes | null): string {
  const isThere = (wanted: FieldPath): boolean =>
    types === null ? valueAt(object, wanted) !== undefined : typesAt(types, object, wanted).length > 0;
  const inTemplate = TEMPLATES.map((template) => [...template, ...path]).find(
    (wanted) => path[0] === 'spec' && valueAt(object, wanted.slice(0, -1)) !== undefined && isThere(wanted),
  );
  const near = inTemplate ?? corrected(object, path, types);
  return near !== null && isThere(near) ? `; did you mean ${printFieldPath(near)}?` : '';
}

/** The path with each step that leads nowhere replaced by the nearest that does; null where one has none. */
function corrected(object: KubernetesObject, path: FieldPath, types: KindTypes | null): FieldPath | null {
  const taken: FieldSegment[] = [];
  for (const segment of path) {
    const here = valueAt(object, taken);
    const step = stepOf(here, segment, types === null ? [] : namesAt(types, object, taken));
    if (step === null) return null;
    taken.push(step);
  }
  return taken;
}

/** @param names of fields that may be there */
function stepOf(here: unknown, segment: FieldSegment, names: readonly string[]): FieldSegment | null {
  if (typeof segment === 'number') return segment;
  if (typeof segment === 'string') {
    const known = [...(isRecord(here) ? Object.keys(here) : []), ...names];
    return known.includes(segment) ? segment : nearest(segment, known);
  }
  const { key, value } = segment;
  if (!Array.isArray(here)) return null;
  const known = here.flatMap((item) =>
    isRecord(item) && item[key] !== undefined ? [String(item[key])] : [],
  );
  const near = known.includes(value) ? value : nearest(value, known);
  return near === null ? null : { key, value: near };
}

function namesAt(types: KindTypes, object: KubernetesObject, path: FieldPath): readonly string[] {
  const here = path.length === 0 ? types.of(object.apiVersion, object.kind) : typesAt(types, object, path);
  return here.flatMap((type) => (type.kind === 'object' ? type.names : []));
}

function valueAt(object: unknown, path: FieldPath): unknown {
  let here = object;
  for (const step of path) {
    if (typeof step === 'object') {
      if (!Array.isArray(here)) return undefined;
      here = here.find((item) => isRecord(item) && String(item[step.key]) === step.value);
    } else if (typeof step === 'number') here = Array.isArray(here) ? here[step] : undefined;
    else here = isRecord(here) && Object.hasOwn(here, step) ? here[step] : undefined;
  }
  return here;
}
