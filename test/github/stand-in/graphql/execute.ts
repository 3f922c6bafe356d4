import type { Call } from '../http/route.ts';
import { UnknownInput } from './mutation.ts';
import { mutationThing } from './mutations.ts';
import { argumentsOf, GraphQLSyntaxError, parse, type Document, type Field } from './parse.ts';
import { GraphQLProblem, queryThing, type Thing } from './things.ts';

export interface GraphQLAnswer {
  readonly body: Readonly<Record<string, unknown>>;
  /** What does not fit GitHub's schema, or the part of it that the stand-in knows. */
  readonly misfits: readonly string[];
}

/** Names of the fields at the root: what the request is about. */
export function rootFields(query: unknown): readonly string[] {
  try {
    return parse(String(query)).fields.map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Runs a request. As GitHub does, it answers 200 whatever happens, with `errors` beside `data`. */
export function execute(call: Call): GraphQLAnswer {
  const { query, variables = {} } = call.body as {
    readonly query?: string;
    readonly variables?: Readonly<Record<string, unknown>>;
  };
  let document: Document;
  try {
    document = parse(query ?? '');
  } catch (error) {
    if (error instanceof GraphQLSyntaxError) return refused([error.message]);
    throw error;
  }
  const misfits = undeclared(document, variables);
  return misfits.length > 0 ? refused(misfits) : run(call, document, variables);
}

function refused(messages: readonly string[]): GraphQLAnswer {
  return { body: { errors: messages.map((message) => ({ message })) }, misfits: messages };
}

function undeclared(document: Document, variables: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(variables)
    .filter((name) => !document.variables.includes(name))
    .map((name) => `Variable $${name} is used by the client but not declared`);
}

function run(call: Call, document: Document, variables: Readonly<Record<string, unknown>>): GraphQLAnswer {
  const root = document.kind === 'query' ? queryThing(call) : mutationThing(call);
  const data: Record<string, unknown> = {};
  const errors: object[] = [];
  const misfits: string[] = [];
  for (const field of document.fields) {
    try {
      data[field.alias] = shown(root, field, variables);
    } catch (error) {
      data[field.alias] = null;
      if (error instanceof GraphQLProblem) {
        errors.push({
          type: error.type,
          path: [field.alias],
          locations: [{ line: 1, column: 1 }],
          message: error.message,
        });
      } else if (error instanceof UnknownInput || error instanceof Misfit) misfits.push(error.message);
      else throw error;
    }
  }
  if (misfits.length > 0) return refused(misfits);
  return { body: errors.length === 0 ? { data } : { data, errors }, misfits };
}

class Misfit extends Error {}

function shown(thing: Thing, field: Field, variables: Readonly<Record<string, unknown>>): unknown {
  if (field.name === '__typename') return thing.typeName;
  if (!Object.hasOwn(thing, field.name))
    throw new Misfit(`Field '${field.name}' doesn't exist on type '${thing.typeName}'`);
  const held = thing[field.name];
  const value: unknown =
    typeof held === 'function'
      ? (held as (args: Readonly<Record<string, unknown>>) => unknown)(argumentsOf(field, variables))
      : held;
  return shownValue(value, field, variables);
}

function shownValue(value: unknown, field: Field, variables: Readonly<Record<string, unknown>>): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((item) => shownValue(item, field, variables));
  if (!isThing(value)) {
    if (field.fields !== null)
      throw new Misfit(`Selections can't be made on scalars (field '${field.name}')`);
    return value;
  }
  const { fields } = field;
  if (fields === null)
    throw new Misfit(`Field must have selections (field '${field.name}' returns ${value.typeName})`);
  const wanted = fields.filter(({ on }) => on === null || on === value.typeName);
  return Object.fromEntries(wanted.map((part) => [part.alias, shown(value, part, variables)]));
}

function isThing(value: unknown): value is Thing {
  return typeof value === 'object' && value !== null && 'typeName' in value;
}
