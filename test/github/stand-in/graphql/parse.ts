/*
 * As much of GraphQL's language as a client that spells out its fields writes: operations with variables, fields with arguments
 * and aliases, inline fragments.
 */

export interface Document {
  readonly kind: 'query' | 'mutation';
  readonly variables: readonly string[];
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly alias: string;
  readonly args: Readonly<Record<string, Value>>;
  /** Null: a scalar is expected. */
  readonly fields: readonly Field[] | null;
  /** The type of the inline fragment around it; null without. */
  readonly on: string | null;
}

export type Value =
  | { readonly variable: string }
  | { readonly constant: unknown }
  | { readonly object: Readonly<Record<string, Value>> }
  | { readonly list: readonly Value[] };

export class GraphQLSyntaxError extends Error {}

const words: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };

const token =
  /\s+|,|#[^\n]*|\.\.\.|"""[^]*?"""|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|[A-Za-z_]\w*|[!$():=@[\]{|}]/gy;

export function parse(text: string): Document {
  const tokens = [...text.matchAll(token)].map(([found]) => found);
  if (tokens.join('') !== text) throw new GraphQLSyntaxError(`cannot be read: ${text}`);
  const rest = tokens.filter((one) => !/^(\s|,|#)/.test(one));
  const next = (): string => rest.shift() ?? '';
  const expect = (wanted: string): void => {
    const found = next();
    if (found !== wanted) throw new GraphQLSyntaxError(`Expected "${wanted}", found "${found}"`);
  };

  const document = (): Document => {
    const kind = rest[0] === '{' ? 'query' : next();
    if (kind !== 'query' && kind !== 'mutation')
      throw new GraphQLSyntaxError(`Expected an operation, found "${kind}"`);
    if (/^\w/.test(rest[0] ?? '')) next();
    const variables = rest[0] === '(' ? definitions() : [];
    const fields = selection(null);
    if (rest.length > 0) throw new GraphQLSyntaxError(`Expected the end, found "${rest[0]}"`);
    return { kind, variables, fields };
  };
  const definitions = (): readonly string[] => {
    const names: string[] = [];
    expect('(');
    while (rest[0] !== ')') {
      if (rest.length === 0) throw new GraphQLSyntaxError('Unexpected end');
      if (next() === '$') names.push(next());
    }
    expect(')');
    return names;
  };
  const selection = (on: string | null): readonly Field[] => {
    const fields: Field[] = [];
    expect('{');
    while (rest[0] !== '}') {
      if (rest.length === 0) throw new GraphQLSyntaxError('Unexpected end');
      if (rest[0] === '...') {
        next();
        expect('on');
        fields.push(...selection(next()));
      } else fields.push(field(on));
    }
    expect('}');
    return fields;
  };
  const field = (on: string | null): Field => {
    const first = next();
    if (!/^[A-Za-z_]/.test(first)) throw new GraphQLSyntaxError(`Expected a field, found "${first}"`);
    const hasAlias = rest[0] === ':';
    if (hasAlias) next();
    const name = hasAlias ? next() : first;
    const args = rest[0] === '(' ? pairs('(', ')') : {};
    return { name, alias: first, args, fields: rest[0] === '{' ? selection(null) : null, on };
  };
  const pairs = (open: string, close: string): Readonly<Record<string, Value>> => {
    const found: Record<string, Value> = {};
    expect(open);
    while (rest[0] !== close) {
      const name = next();
      expect(':');
      found[name] = value();
    }
    expect(close);
    return found;
  };
  const value = (): Value => {
    if (rest[0] === '{') return { object: pairs('{', '}') };
    const one = next();
    if (one === '[') {
      const list: Value[] = [];
      while (rest.length > 0 && rest[0] !== ']') list.push(value());
      expect(']');
      return { list };
    }
    if (one === '$') return { variable: next() };
    if (one.startsWith('"')) return { constant: JSON.parse(one) as string };
    if (/^-?\d/.test(one)) return { constant: Number(one) };
    if (one === '') throw new GraphQLSyntaxError('Unexpected end');
    return { constant: one in words ? words[one] : one };
  };
  return document();
}

export function valueOf(value: Value, variables: Readonly<Record<string, unknown>>): unknown {
  if ('variable' in value) return variables[value.variable];
  if ('constant' in value) return value.constant;
  if ('list' in value) return value.list.map((item) => valueOf(item, variables));
  return Object.fromEntries(
    Object.entries(value.object).map(([name, part]) => [name, valueOf(part, variables)]),
  );
}

export function argumentsOf(
  field: Field,
  variables: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(field.args).map(([name, value]) => [name, valueOf(value, variables)]),
  );
}
