import { groupOf, isRecord, recordAt, recordsOf, type KubernetesObject, type Scalar } from '../objects.ts';
import { definition } from './built-in.ts';
import { ANY, type FieldType, type Rule, type ScalarType } from './field-type.ts';
import { matchesPattern } from './pattern.ts';

type Schema = Readonly<Record<string, unknown>>;

/** The kinds that a CustomResourceDefinition defines: `example.com/v1/Widget` with its type. */
export function customTypes(crd: KubernetesObject): ReadonlyMap<string, FieldType> {
  if (crd.kind !== 'CustomResourceDefinition' || groupOf(crd.apiVersion) !== 'apiextensions.k8s.io')
    return new Map();
  const spec = recordAt(crd, 'spec');
  const [group, kind] = [spec['group'], recordAt(spec, 'names')['kind']];
  const found = recordsOf(spec['versions']).flatMap((version) => {
    const schema = [version, spec]
      .map((one) => one['schema'] ?? one['validation'])
      .map((one) => recordAt(one)['openAPIV3Schema'])
      .find(isRecord);
    return schema
      ? [[`${String(group)}/${String(version['name'])}/${String(kind)}`, rootType(schema)] as const]
      : [];
  });
  return new Map(found);
}

/** Every object has the same metadata, whatever its CRD says. */
function rootType(schema: Schema): FieldType {
  const type = typeOf(schema);
  const own: Readonly<Record<string, FieldType>> = {
    apiVersion: ANY,
    kind: ANY,
    metadata: definition('meta.v1.ObjectMeta'),
    status: ANY,
  };
  const field = type.kind === 'object' ? type.field : () => null;
  const open = type.kind !== 'object' || type.open;
  const names = [...Object.keys(own), ...(type.kind === 'object' ? type.names : [])];
  return {
    kind: 'object',
    open,
    names,
    field: (name) => (Object.hasOwn(own, name) ? own[name]! : field(name)),
  };
}

/** Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema */
function typeOf(schema: Schema): FieldType {
  if (schema['x-kubernetes-int-or-string'] === true || schema['format'] === 'int-or-string')
    return isQuantity(schema) ? { kind: 'quantity', rules: [] } : scalar('int-or-string', schema);
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
  switch (schema['type']) {
    case 'string':
    case 'boolean':
    case 'number':
    case 'integer':
      return scalar(schema['type'], schema);
    case 'array':
      return { kind: 'list', items: () => typeOf(recordAt(schema, 'items')) };
    case 'object': {
      if (schema['x-kubernetes-embedded-resource'] === true) return ANY;
      const properties = recordAt(schema, 'properties');
      const others = schema['additionalProperties'];
      if (isRecord(others) && Object.keys(properties).length === 0)
        return { kind: 'map', values: () => typeOf(others) };
      return objectType(properties, open || others === true);
    }
    default:
      return ANY;
  }
}

function objectType(properties: Schema, open: boolean): FieldType {
  const types = new Map<string, FieldType>();
  const field = (name: string): FieldType | null => {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (!isRecord(schema)) return null;
    const type = types.get(name) ?? typeOf(schema);
    types.set(name, type);
    return type;
  };
  return { kind: 'object', field, names: Object.keys(properties), open };
}

/** What controller-gen writes for a Kubernetes quantity is one of few patterns, all of which take `1.5Gi` and no name. */
function isQuantity({ pattern }: Schema): boolean {
  const takes = (text: string): boolean | null =>
    typeof pattern === 'string' ? matchesPattern(pattern, text) : false;
  return takes('1.5Gi') === true && takes('250m') === true && takes('http') === false;
}

function scalar(kind: ScalarType['kind'], schema: Schema): ScalarType {
  return { kind, rules: rulesOf(schema) };
}

function rulesOf(schema: Schema): readonly Rule[] {
  const rules: Rule[] = [];
  const add = (expected: string, accepts: (value: Scalar) => boolean): void =>
    void rules.push({ expected, accepts });
  const choices = schema['enum'];
  if (Array.isArray(choices))
    add(`one of ${choices.map(String).join(', ')}`, (value) => choices.includes(value));
  const bound = (name: string, words: string, holds: (value: number, limit: number) => boolean): void => {
    const limit = schema[name];
    if (typeof limit === 'number')
      add(`${words} ${limit}`, (value) => typeof value !== 'number' || holds(value, limit));
  };
  if (schema['exclusiveMinimum'] === true)
    bound('minimum', 'a number above', (value, limit) => value > limit);
  else bound('minimum', 'at least', (value, limit) => value >= limit);
  if (schema['exclusiveMaximum'] === true)
    bound('maximum', 'a number below', (value, limit) => value < limit);
  else bound('maximum', 'at most', (value, limit) => value <= limit);
  if (schema['format'] === 'int32')
    add('an integer of 32 bits', (value) => typeof value !== 'number' || Math.abs(value) < 2 ** 31);
  const length = (name: string, words: string, holds: (count: number, limit: number) => boolean): void => {
    const limit = schema[name];
    if (typeof limit === 'number')
      add(
        `${words} ${limit} characters`,
        (value) => typeof value !== 'string' || holds([...value].length, limit),
      );
  };
  length('minLength', 'at least', (count, limit) => count >= limit);
  length('maxLength', 'at most', (count, limit) => count <= limit);
  const { pattern } = schema;
  if (typeof pattern === 'string')
    add(
      `text that matches ${pattern}`,
      (value) => typeof value !== 'string' || matchesPattern(pattern, value) !== false,
    );
  return rules;
}
