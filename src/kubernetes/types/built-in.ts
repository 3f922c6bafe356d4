import table from './built-in.json' with { type: 'json' };
import { CONFLICTS, RULES } from './api-rules.ts';
import { ANY, type FieldType, type ObjectType, type Rule, type ScalarType } from './field-type.ts';

type Table<T> = Readonly<Record<string, T>>;

const KINDS = table.kinds as Table<string>;
const DEFINITIONS = table.types as unknown as Table<Table<string>>;

/** Major and minor of the Kubernetes that the types are from: `1.34`. */
export const TYPES_FROM = table.kubernetes.split('.').slice(0, 2).join('.');

/** The type of one of Kubernetes' own kinds; null for all others, and for versions that are no longer served. */
export function builtInType(apiVersion: string, kind: string): FieldType | null {
  const name = `${apiVersion}/${kind}`;
  return Object.hasOwn(KINDS, name) ? definition(KINDS[name]!) : null;
}

/** The types of Kubernetes' own kinds that are called so, for an object of which no version is known. */
export function builtInTypesNamed(kind: string): readonly FieldType[] {
  return Object.entries(KINDS).flatMap(([name, type]) =>
    name.endsWith(`/${kind}`) ? [definition(type)] : [],
  );
}

/** Where one of Kubernetes' own kinds is served: in the core group before others, in the newest stable version; null for all others. */
export function builtInApiVersion(kind: string): string | null {
  const served = Object.keys(KINDS)
    .filter((name) => name.endsWith(`/${kind}`))
    .map((name) => name.slice(0, -kind.length - 1));
  return served.includes('v1')
    ? 'v1'
    : (served
        .filter((one) => /\/v\d+$/.test(one))
        .sort()
        .at(-1) ?? null);
}

/** A type by its name in the OpenAPI description: `core.v1.PodSpec`. */
export function definition(name: string): ObjectType {
  const known = BUILT.get(name) ?? build(name);
  BUILT.set(name, known);
  return known;
}

/**
 * Fields that the OpenAPI description calls required, and that the API server fills in where they are missing, or takes as empty.
 * Source: defaults.go and validation.go of each group, https://github.com/kubernetes/kubernetes/tree/v1.34.2/pkg/apis
 */
const TAKEN_WITHOUT: ReadonlySet<string> = new Set([
  'rbac.v1.RoleRef.apiGroup',
  'scheduling.v1.PriorityClass.value',
  'core.v1.LimitRangeSpec.limits',
  'core.v1.Event.involvedObject',
  'core.v1.Event.metadata',
  'core.v1.HTTPHeader.value',
  'core.v1.HostPathVolumeSource.path',
  'core.v1.NodeSelector.nodeSelectorTerms',
  'core.v1.ISCSIVolumeSource.lun',
  'core.v1.ISCSIPersistentVolumeSource.lun',
  'core.v1.Sysctl.value',
  'storage.v1.CSINodeSpec.drivers',
]);
/** Source: validateContainerCommon and ValidateService of pkg/apis/core/validation. */
const ALSO_REQUIRED: Table<readonly string[]> = { 'core.v1.Container': ['image'] };

const BUILT = new Map<string, ObjectType>();

function build(name: string): ObjectType {
  const fields = DEFINITIONS[name]!;
  const types = new Map<string, FieldType>();
  const field = (key: string): FieldType | null => {
    const written = Object.hasOwn(fields, key)
      ? fields[key]!
      : Object.hasOwn(fields, `${key}!`) && fields[`${key}!`]!;
    if (!written) return isStatus(key) ? ANY : null;
    const type = types.get(key) ?? parse(written, `${name}.${key}`);
    types.set(key, type);
    return type;
  };
  const conflict = CONFLICTS[name];
  const names = Object.keys(fields).map((one) => one.replace(/!$/, ''));
  const required = Object.keys(fields)
    .filter((key) => key.endsWith('!') && !TAKEN_WITHOUT.has(`${name}.${key.slice(0, -1)}`))
    .map((key) => key.slice(0, -1));
  if (ALSO_REQUIRED[name]) required.push(...ALSO_REQUIRED[name]);
  return {
    kind: 'object',
    field,
    names,
    open: false,
    ...(required.length > 0 ? { required } : {}),
    ...(conflict ? { conflict } : {}),
  };
}

/** The table leaves out what only the cluster writes. */
function isStatus(key: string): boolean {
  return key === 'status' || key === 'managedFields';
}

/** `[]core.v1.Container`, `{}Quantity`, `string(HTTP|HTTPS)`, `int32`. */
function parse(written: string, place: string): FieldType {
  if (written.startsWith('[]')) return { kind: 'list', items: () => parse(written.slice(2), place) };
  if (written.startsWith('{}')) return { kind: 'map', values: () => parse(written.slice(2), place) };
  if (Object.hasOwn(DEFINITIONS, written)) return definition(written);
  const rules = RULES[place] ?? [];
  const choice = /^string\((.*)\)$/.exec(written)?.[1];
  if (choice !== undefined) return { kind: 'string', rules: [oneOf(choice.split('|')), ...rules] };
  const scalar = SCALARS[written];
  return scalar ? { ...scalar, rules: [...scalar.rules, ...rules] } : ANY;
}

function oneOf(choices: readonly string[]): Rule {
  // Empty is as if the field were left out.
  return {
    expected: `one of ${choices.join(', ')}`,
    accepts: (value) => value === '' || choices.includes(String(value)),
  };
}

function between(least: number, most: number): Rule {
  return {
    expected: `an integer from ${least} to ${most}`,
    accepts: (value) => typeof value !== 'number' || (value >= least && value <= most),
  };
}

const INT32 = between(-(2 ** 31), 2 ** 31 - 1);

const TIME: Rule = {
  expected: 'a time such as 2026-01-31T08:00:00Z',
  accepts: (value) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(String(value)),
};

/** Line breaks within it are left out, as Go does it. */
const BASE64: Rule = {
  expected: 'base64',
  accepts: (value) => {
    const text = String(value).replace(/[\r\n]/g, '');
    return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  },
};

const SCALARS: Table<ScalarType> = {
  string: { kind: 'string', rules: [] },
  byte: { kind: 'string', rules: [BASE64] },
  boolean: { kind: 'boolean', rules: [] },
  int32: { kind: 'integer', rules: [INT32] },
  int64: { kind: 'integer', rules: [] },
  double: { kind: 'number', rules: [] },
  IntOrString: { kind: 'int-or-string', rules: [INT32] },
  Quantity: { kind: 'quantity', rules: [] },
  Time: { kind: 'string', rules: [TIME] },
  MicroTime: { kind: 'string', rules: [TIME] },
};
