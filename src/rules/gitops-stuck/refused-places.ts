import { getField, parseFieldPath, printFieldPath, type FieldPath } from '../../kubernetes/field-path.ts';
import { leavesOf, type Leaf } from '../../kubernetes/leaves.ts';
import type { KubernetesObject } from '../../kubernetes/objects.ts';
import { BUILT_IN, refusedObject as refusalOf, typesAt } from '../../kubernetes/types/kind-types.ts';
import { isOneSlip } from '../../witnesses/near-name.ts';

/** More places than these are no answer. */
const MOST = 3;

/**
 * The single values of a rendered object that a refusal is about, as field paths: the values below a field that it names, a value of
 * the wrong type, or one that it quotes. A mapping has no line of its own.
 *
 * @param fields the fields that the message names, as it writes them
 */
export function placesRefused(
  rendered: KubernetesObject | null,
  fields: readonly string[],
  message: string,
): readonly string[] {
  const [field] = fields;
  if (!rendered) return field === undefined ? [] : [field];
  if (field === undefined) return wronglyTyped(rendered, message) ?? quotedBy(rendered, message);
  const path = pathOf(field);
  const value = path && getField(rendered, path);
  if (!path || value === undefined || value === null) return isMadeByController(field) ? [] : [field];
  if (typeof value !== 'object') return [field];
  const below = [...leavesOf(value, path).entries()];
  const said = below.filter(([, leaf]) => isQuoted(leaf, message));
  const chosen = said.length > 0 ? said : below;
  return chosen.length > MOST ? [field] : chosen.map(([at]) => at);
}

/** kubectl and controllers write annotations of their own, which no manifest has. */
function isMadeByController(field: string): boolean {
  return field.startsWith('metadata.annotations') || field.startsWith('metadata.managedFields');
}

function pathOf(field: string): FieldPath | null {
  try {
    return parseFieldPath(field);
  } catch {
    return null;
  }
}

/** `cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string`: the path has no indices. */
const UNMARSHAL =
  /cannot unmarshal (\w+) into Go (?:struct field|value) [A-Za-z0-9]+\.([\w.]+) of type ([\w.[\]]+)/;

const JSON_TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  number: (value) => typeof value === 'number',
  bool: (value) => typeof value === 'boolean',
  string: (value) => typeof value === 'string',
};

function wronglyTyped(rendered: KubernetesObject, message: string): readonly string[] | null {
  const [, got, dotted] = UNMARSHAL.exec(message) ?? [];
  if (got === undefined || dotted === undefined)
    return /cannot unmarshal|quantities must match|strict decoding|cannot be handled as/.test(message)
      ? judged(rendered)
      : null;
  const isOf = Object.hasOwn(JSON_TYPES, got) ? JSON_TYPES[got]! : () => false;
  const names = dotted.split('.');
  // Older versions name the last type and its field alone: EnvVar.value.
  const found = [...leavesOf(rendered).entries()].filter(([, { path, value }]) => {
    const own = namesOf(path);
    return isOf(value) && names.every((name, index) => own.at(index - names.length) === name);
  });
  return found.length === 0 || found.length > MOST ? judged(rendered) : found.map(([at]) => at);
}

function namesOf(path: FieldPath): readonly string[] {
  return path.filter((step) => typeof step === 'string');
}

/** What the types of Kubernetes' own kinds say of the object. */
function judged(rendered: KubernetesObject): readonly string[] | null {
  const refusal = refusalOf(BUILT_IN, rendered);
  return refusal && refusal.path.length > 0 ? [printFieldPath(refusal.path)] : null;
}

/** Webhooks name no field: values of some length that stand in their message between quotes. */
function quotedBy(rendered: KubernetesObject, message: string): readonly string[] {
  const { name, namespace } = rendered.metadata;
  const found = [...leavesOf(rendered['spec'], ['spec']).entries()].filter(
    ([, leaf]) => leaf.value !== name && leaf.value !== namespace && isQuoted(leaf, message),
  );
  return found.length > MOST ? [] : found.map(([at]) => at);
}

function isQuoted({ value }: Leaf, message: string): boolean {
  return (
    typeof value === 'string' &&
    value.length > 3 &&
    [`"${value}"`, `'${value}'`, `\`${value}\``].some((text) => message.includes(text))
  );
}

/** The field that was meant by one that its kind does not have: the only one that is spelt nearly so; null where none is. */
export function fieldMeant(object: KubernetesObject, field: string): string | null {
  const path = pathOf(field);
  const name = path?.at(-1);
  if (!path || typeof name !== 'string') return null;
  const parents = typesAt(BUILT_IN, object, path.slice(0, -1));
  const names = parents.flatMap((type) => (type.kind === 'object' ? type.names : []));
  const near = [...new Set(names)].filter((one) => isOneSlip(name, one) || isOtherCase(name, one));
  return near.length === 1 ? near[0]! : null;
}

function isOtherCase(a: string, b: string): boolean {
  return a !== b && a.toLowerCase().replace(/[-_]/g, '') === b.toLowerCase();
}
