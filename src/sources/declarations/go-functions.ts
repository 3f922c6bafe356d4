/**
 * Functions that templates mostly use to make texts from values: Go's own, Sprig's (https://masterminds.github.io/sprig/), and
 * `normalize` and `toYaml` of Argo CD.
 */
import yaml from 'js-yaml';
import { isRecord } from '../../kubernetes/objects.ts';
import { documentIn } from './fields.ts';
import { MISSING, type Call } from './go-expression.ts';
import { goText, LONGEST_TEXT, normalized } from './template-parameters.ts';

/** False, 0, nothing, and an empty text, list or mapping. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isRecord(value)) return Object.keys(value).length > 0;
  return value !== MISSING && value !== null && value !== '' && value !== 0 && value !== false;
}

/** A function of as many texts as it has parameters. */
function ofTexts(call: (...texts: readonly string[]) => unknown): Call {
  return (values) =>
    values.length === call.length && values.every((value) => typeof value === 'string')
      ? call(...(values as readonly string[]))
      : undefined;
}

/** `eq` and `ne` by what says of two values whether they are equal; undefined where it cannot tell. */
export function comparisonsBy(
  isEqual: (one: unknown, other: unknown) => boolean | undefined,
): Readonly<Record<'eq' | 'ne', Call>> {
  return {
    eq: ([one, ...others]) => {
      const equal = others.map((other) => isEqual(one, other));
      return equal.length === 0 || equal.includes(undefined) ? undefined : equal.includes(true);
    },
    ne: ([one, other, ...more]) => {
      const equal = more.length > 0 ? undefined : isEqual(one, other);
      return equal === undefined ? undefined : !equal;
    },
  };
}

export const FUNCTIONS: Readonly<Record<string, Call>> = {
  default: ([otherwise, value, ...more]) => (more.length > 0 ? undefined : isTrue(value) ? value : otherwise),
  coalesce: (values) => values.find(isTrue) ?? null,
  empty: ([value, ...more]) => (more.length > 0 ? undefined : !isTrue(value)),
  ternary: ([yes, no, test, ...more]) =>
    more.length > 0 || typeof test !== 'boolean' ? undefined : test ? yes : no,
  and: (values) => values.find((value) => !isTrue(value)) ?? values.at(-1),
  or: (values) => values.find(isTrue) ?? values.at(-1),
  not: ([value, ...more]) => (more.length > 0 ? undefined : !isTrue(value)),
  ...comparisonsBy(isSame),
  index: ([value, ...keys]) => keys.reduce(itemOf, value),
  hasKey: ([value, key, ...more]) =>
    more.length === 0 && isRecord(value) && typeof key === 'string' ? Object.hasOwn(value, key) : undefined,
  get: ([value, key, ...more]) =>
    more.length === 0 && isRecord(value) && typeof key === 'string'
      ? Object.hasOwn(value, key)
        ? value[key]
        : ''
      : undefined,
  dig: (values) => dug(values),
  toString: ([value, ...more]: readonly unknown[]) => (more.length > 0 ? undefined : textOf(value)),
  quote: ([value, ...more]: readonly unknown[]) =>
    more.length > 0 ? undefined : quotedBy('"', textOf(value)),
  squote: ([value, ...more]: readonly unknown[]) =>
    more.length > 0 ? undefined : quotedBy("'", textOf(value)),
  printf: ([format, ...values]) => (typeof format === 'string' ? formatted(format, values) : undefined),
  normalize: ofTexts((text) => normalized(text!)),
  lower: ofTexts((text) => text!.toLowerCase()),
  upper: ofTexts((text) => text!.toUpperCase()),
  trim: ofTexts((text) => text!.trim()),
  trimPrefix: ofTexts((start, text) => (text!.startsWith(start!) ? text!.slice(start!.length) : text!)),
  trimSuffix: ofTexts((end, text) =>
    end !== '' && text!.endsWith(end!) ? text!.slice(0, -end!.length) : text!,
  ),
  hasPrefix: ofTexts((start, text) => text!.startsWith(start!)),
  hasSuffix: ofTexts((end, text) => text!.endsWith(end!)),
  contains: ofTexts((part, text) => text!.includes(part!)),
  replace: ofTexts((from, to, text) => (from === '' ? text! : replaced(text!, from!, to!))),
  toJson: ([value, ...more]: readonly unknown[]) =>
    more.length > 0 || value === MISSING ? undefined : jsonOf(value),
  fromJson: ([text, ...more]) => (more.length > 0 ? undefined : readOf(text)),
  toYaml: ([value, ...more]: readonly unknown[]) =>
    more.length > 0 || value === MISSING ? undefined : yamlOf(value),
  fromYaml: ([text, ...more]) => (more.length > 0 ? undefined : readOf(text)),
  list: (values) => [...values],
  dict: (values) => dictOf(values),
  has: ([item, list, ...more]) =>
    more.length > 0 || !Array.isArray(list) ? undefined : list.some((each) => isSame(item, each) === true),
  join: ([between, list, ...more]) =>
    more.length === 0 && typeof between === 'string' && isTexts(list) ? list.join(between) : undefined,
  splitList: ofTexts((between, text) => text!.split(between!)),
  semverCompare: ofTexts((constraint, version) => fulfils(constraint!, version!)),
  indent: ([spaces, text, ...more]) => (more.length > 0 ? undefined : indented(spaces, text, '')),
  nindent: ([spaces, text, ...more]) => (more.length > 0 ? undefined : indented(spaces, text, '\n')),
};

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function dictOf(values: readonly unknown[]): unknown {
  if (values.length % 2 > 0) return undefined;
  const entries: [string, unknown][] = [];
  for (let at = 0; at < values.length; at += 2) {
    const key = values[at];
    if (typeof key !== 'string') return undefined;
    entries.push([key, values[at + 1]]);
  }
  return Object.fromEntries(entries);
}

/** One comparison of two plain versions: ranges and what comes before a release are not followed. */
function fulfils(constraint: string, version: string): boolean | undefined {
  const [, sign, bound] = /^\s*(>=|<=|>|<|=)?\s*v?(\d+(?:\.\d+){0,2})\s*$/.exec(constraint) ?? [];
  const [, own] = /^v?(\d+(?:\.\d+){0,2})$/.exec(version) ?? [];
  if (bound === undefined || own === undefined) return undefined;
  const [one, other] = [own, bound].map((text) => [...text.split('.').map(Number), 0, 0].slice(0, 3));
  const at = one!.findIndex((part, index) => part !== other![index]);
  const order = at < 0 ? 0 : one![at]! - other![at]!;
  // Of `>1.24`, the last part that is written counts: 1.24.3 is no more than that.
  const isShort = bound.split('.').length < 3 && at >= bound.split('.').length;
  if (isShort) return sign === '>=' || sign === '<=' || sign === '=' || sign === undefined;
  if (sign === '>') return order > 0;
  if (sign === '<') return order < 0;
  return sign === '>=' ? order >= 0 : sign === '<=' ? order <= 0 : order === 0;
}

/** Values of one kind; of others, Go says that they cannot be compared. */
function isSame(one: unknown, other: unknown): boolean | undefined {
  const isPlain = (value: unknown): boolean => typeof value === 'string' || typeof value === 'boolean';
  return isPlain(one) && typeof one === typeof other ? one === other : undefined;
}

/** Cuts a result that is too long: nothing reads it further. */
function replaced(text: string, from: string, to: string): string {
  const [first = '', ...rest] = text.split(from);
  let result = first;
  for (const part of rest) {
    if (result.length > LONGEST_TEXT) break;
    result += to + part;
  }
  return result;
}

function itemOf(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) return typeof key === 'number' ? value[key] : undefined;
  if (!isRecord(value) || typeof key !== 'string') return undefined;
  return Object.hasOwn(value, key) ? value[key] : MISSING;
}

/** `dig "a" "b" otherwise mapping` */
function dug(values: readonly unknown[]): unknown {
  const [keys, otherwise, start] = [values.slice(0, -2), values.at(-2), values.at(-1)];
  if (keys.length === 0 || !keys.every((key) => typeof key === 'string')) return undefined;
  let here = start;
  for (const key of keys) {
    if (!isRecord(here)) return undefined;
    if (!Object.hasOwn(here, key)) return otherwise;
    here = here[key];
  }
  return here;
}

function textOf(value: unknown): string | undefined {
  return value === MISSING || value === null ? undefined : (goText(value) ?? undefined);
}

/** Only where nothing needs an escape that Go writes in its own way. */
function quotedBy(quote: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (quote === "'") return `'${text}'`;
  return /^[\x20-\x7e]*$/.test(text) ? JSON.stringify(text) : undefined;
}

/** `%s` with texts. */
function formatted(format: string, values: readonly unknown[]): string | undefined {
  const parts = format.split('%s');
  if (parts.some((part) => part.includes('%')) || parts.length !== values.length + 1) return undefined;
  if (!values.every((value) => typeof value === 'string')) return undefined;
  return parts.reduce((text, part, index) => `${text}${String(values[index - 1])}${part}`);
}

/** Keys in order, as Go writes them. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

function jsonOf(value: unknown): string {
  return JSON.stringify(sorted(value)).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What it means is what counts: whoever reads it reads it as YAML. */
function yamlOf(value: unknown): string {
  return yaml.dump(value, { sortKeys: true, lineWidth: -1, noRefs: true }).replace(/\n$/, '');
}

function readOf(text: unknown): unknown {
  return typeof text === 'string' ? documentIn(text)?.value : undefined;
}

function indented(spaces: unknown, text: unknown, before: string): string | undefined {
  if (typeof spaces !== 'number' || spaces < 0 || spaces > 200 || typeof text !== 'string') return undefined;
  const pad = ' '.repeat(spaces);
  return before + pad + text.replaceAll('\n', `\n${pad}`);
}
