import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { component, type Schema } from './description.ts';

/*
 * From the OpenAPI 3.0 dialect to JSON Schema, one schema when it is first needed.
 *
 * - `nullable` becomes a union with null, also beside `$ref`, `allOf` and `enum`.
 * - Objects that list their properties take no others (*strict*): a property that GitHub does not know is a mistake of who wrote
 *   it, and one that the stand-in makes up would hide a mistake of who reads it. Where schemas are combined, each part sees only
 *   a part of the object, so those are *loose*.
 */

const options = { strict: false, allErrors: true, validateFormats: true, validateSchema: false } as const;

interface Validator {
  readonly ajv: Ajv;
  readonly added: Set<string>;
}

function newValidator(coerceTypes: boolean): Validator {
  const ajv = new Ajv({ ...options, coerceTypes });
  (addFormats as unknown as (ajv: Ajv) => void)(ajv);
  // Bots have brackets in theirs.
  ajv.addFormat('email', /^[^\s@]+@[^\s@]+$/);
  ajv.addFormat('repo.nwo', /^[^/]+\/[^/]+$/);
  ajv.addFormat('timestamp', true);
  return { ajv, added: new Set() };
}

const bodies = newValidator(false);
const texts = newValidator(true);
const compiled = new WeakMap<Schema, Map<string, ValidateFunction>>();

export interface CheckOptions {
  /** Values are texts of a path or query: `30` is an integer. */
  readonly coerce?: boolean;
  readonly loose?: boolean;
}

/** What is wrong with a value; empty when nothing is. */
export function wrongWith(
  schema: Schema,
  value: unknown,
  { coerce = false, loose = false }: CheckOptions = {},
): readonly string[] {
  const validate = compiledOnce(schema, coerce, loose);
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${instancePath || '(whole)'} ${message} ${JSON.stringify(params)}`,
  );
}

function compiledOnce(schema: Schema, coerce: boolean, loose: boolean): ValidateFunction {
  const variants = compiled.get(schema) ?? new Map<string, ValidateFunction>();
  compiled.set(schema, variants);
  const key = `${coerce} ${loose}`;
  const known = variants.get(key);
  if (known !== undefined) return known;
  const validator = coerce ? texts : bodies;
  const validate = validator.ajv.compile(converted(validator, schema, !loose));
  variants.set(key, validate);
  return validate;
}

/** Keywords that hold examples and texts, which may look like schemas. */
const dropped = [
  'example',
  'examples',
  'description',
  'title',
  'default',
  'discriminator',
  'nullable',
  'xml',
  'externalDocs',
];

function converted(validator: Validator, schema: Schema, strict: boolean): Schema {
  const result: Record<string, unknown> = {};
  const combined = ['allOf', 'anyOf', 'oneOf'].some((keyword) => keyword in schema);
  for (const [keyword, value] of Object.entries(schema)) {
    if (dropped.includes(keyword) || keyword.startsWith('x-')) continue;
    result[keyword] = convertedKeyword(validator, schema, keyword, value, strict);
  }
  if (
    'properties' in schema &&
    !('additionalProperties' in schema) &&
    strict &&
    !(combined && partsHaveProperties(schema))
  ) {
    result['additionalProperties'] = false;
  }
  return schema['nullable'] === true ? nullable(result) : result;
}

function convertedKeyword(
  validator: Validator,
  schema: Schema,
  keyword: string,
  value: unknown,
  strict: boolean,
): unknown {
  switch (keyword) {
    case '$ref':
      return reference(validator, value as string, strict);
    case 'properties':
      return Object.fromEntries(
        Object.entries(value as Record<string, Schema>).map(([name, part]) => [
          name,
          converted(validator, part, strict),
        ]),
      );
    case 'items':
    case 'additionalProperties':
    case 'not':
      return typeof value === 'object'
        ? converted(validator, value as Schema, keyword === 'not' ? false : strict)
        : value;
    case 'allOf':
      return (value as Schema[]).map((part) =>
        converted(validator, part, (value as Schema[]).length === 1 && strict),
      );
    case 'anyOf':
    case 'oneOf':
      return (value as Schema[]).map((part) =>
        converted(validator, part, strict && !('properties' in schema)),
      );
    default:
      return value;
  }
}

function partsHaveProperties(schema: Schema): boolean {
  return ['allOf', 'anyOf', 'oneOf'].some((keyword) =>
    ((schema[keyword] as Schema[] | undefined) ?? []).some((part) => 'properties' in part || '$ref' in part),
  );
}

function nullable(schema: Record<string, unknown>): Schema {
  return { anyOf: [schema, { type: 'null' }] };
}

function reference(validator: Validator, ref: string, strict: boolean): string {
  const name = ref.slice(ref.lastIndexOf('/') + 1);
  const id = `https://schemas.test/${name}${strict ? '' : '/loose'}`;
  if (!validator.added.has(id)) {
    validator.added.add(id);
    validator.ajv.addSchema(converted(validator, component('schemas', name) as Schema, strict), id);
  }
  return id;
}
