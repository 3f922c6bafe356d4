import type { ConcretePath } from '../../kubernetes/field-path.ts';
import { groupOf, type Json, type KubernetesObject, refOf, type Scalar } from '../../kubernetes/objects.ts';
import type { SourceScalar } from '../source-scalars.ts';
import type { Literal } from './template-text.ts';
import type { Leaf } from './values.ts';

/** What a marker stands for: a value of the release, a literal of a template, or a scalar that a generator hands to whatever declares the release. */
export type Source =
  | {
      readonly kind: 'value';
      readonly path: ConcretePath;
      readonly value: Scalar;
      readonly leaf: Leaf | null;
    }
  | { readonly kind: 'literal'; readonly literal: Literal; readonly value: Scalar }
  | { readonly kind: 'generated'; readonly scalar: SourceScalar; readonly value: Scalar }
  /** A text that an ApplicationSet's template makes with actions: what comes out of them is not known here. */
  | { readonly kind: 'template'; readonly scalar: SourceScalar; readonly value: null };

/** A field as it renders while markers stand in for the sources. */
export interface Sight {
  readonly sources: ReadonlyMap<number, Source>;
  /** The field's value with markers in it. */
  readonly marked: Scalar;
}

/** What the marked texts of files become. */
export function editsOf(numbered: ReadonlyMap<number, Source>): ReadonlyMap<string, readonly TextEdit[]> {
  const files = new Map<string, TextEdit[]>();
  for (const [index, source] of numbered) {
    if (source.kind === 'value') continue;
    const { file, ...edit } = markedText(source, index);
    files.set(file, [...(files.get(file) ?? []), edit]);
  }
  return files;
}

export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** As many as a port can be: charts repeat things so often, and Go writes numbers from a million on with an exponent. */
const NUMBERS = 20_000;

export const MOST_NUMBERS = 40_000;

const TOKEN = /zq([0-9a-z]{4})q/g;

function token(index: number): string {
  return `zq${index.toString(36).padStart(4, '0')}q`;
}

export function markedValue(value: Scalar, index: number): Scalar {
  if (typeof value === 'number') return NUMBERS + index;
  const text = value === null ? '' : String(value);
  const quantity = /^\d+(?:\.\d+)?(m|k|[KMGTPE]i?)?$/.exec(text);
  return quantity ? `${NUMBERS + index}${quantity[1] ?? ''}` : token(index) + text;
}

function markedText(
  source: Exclude<Source, { kind: 'value' }>,
  index: number,
): TextEdit & { readonly file: string } {
  if (source.kind === 'literal') {
    const { file, start, end, text } = source.literal;
    const original = source.value === null ? '' : text;
    return {
      file,
      start,
      end,
      text: typeof source.value === 'number' ? String(NUMBERS + index) : token(index) + original,
    };
  }
  const { file, start, end, role, style } = source.scalar;
  if (source.kind === 'template') {
    const at = start + (style === 'single' || style === 'double' ? 1 : 0);
    return { file, start: at, end: at, text: token(index) };
  }
  const amount = /^\d+(m|k|[KMGTPE]i?)?$/.exec(String(source.value));
  const marked = amount ? `${NUMBERS + index}${amount[1] ?? ''}` : token(index) + String(source.value);
  // What a template fills in is a text; in a block of values, a number is one.
  const isText = role === 'parameter' || typeof source.value === 'string';
  return { file, start, end, text: isText ? JSON.stringify(marked) : marked };
}

/** What shows of a source where it is printed: of a value that is a template (`tpl`) nobody knows before. */
export function textOf({ kind, value }: Source): string {
  const text = value === null ? '' : String(value);
  return kind === 'value' && text.includes('{{') ? '' : text;
}

/** Markers in a rendered value: index → where, and how long with the original that follows it. */
export function marksIn(
  text: string,
  sources: ReadonlyMap<number, Source>,
): readonly { index: number; start: number; end: number }[] {
  const found: { index: number; start: number; end: number }[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const index = Number.parseInt(match[1]!, 36);
    const source = sources.get(index);
    if (!source) continue;
    const own = source.kind === 'literal' && source.value !== null ? source.literal.text : textOf(source);
    const after = match.index + match[0].length;
    if (text.startsWith(own, after)) found.push({ index, start: match.index, end: after + own.length });
  }
  for (const match of text.matchAll(/(?<![0-9A-Za-z])([2-5]\d{4})(?=(?:m|k|[KMGTPE]i?)?(?![0-9A-Za-z]))/g)) {
    const source = sources.get(Number(match[1]) - NUMBERS);
    if (source && (typeof source.value === 'number' || /^\d/.test(String(source.value)))) {
      const suffix = /^\d+(?:\.\d+)?(m|k|[KMGTPE]i?)?$/.exec(String(source.value))?.[1] ?? '';
      const end = match.index + match[1]!.length;
      if (text.startsWith(suffix, end))
        found.push({ index: Number(match[1]) - NUMBERS, start: match.index, end: end + suffix.length });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

/** True where an object differs by its markers alone: without them it is as it was. */
export function isExplained(
  value: unknown,
  unmarked: unknown,
  sources: ReadonlyMap<number, Source>,
): boolean {
  if (typeof value !== 'object' || value === null || typeof unmarked !== 'object' || unmarked === null)
    return value === unmarked || unmarkedText(String(value), sources) === String(unmarked);
  const [one, other] = [value, unmarked] as Readonly<Record<string, unknown>>[];
  const keys = Object.keys(one!);
  return (
    keys.length === Object.keys(other!).length &&
    keys.every((key) => Object.hasOwn(other!, key) && isExplained(one![key], other![key], sources))
  );
}

export function unmarkedText(text: string, sources: ReadonlyMap<number, Source>): string {
  let [result, at] = ['', 0];
  for (const { index, start, end } of marksIn(text, sources)) {
    result += text.slice(at, start) + textOf(sources.get(index)!);
    at = end;
  }
  return result + text.slice(at);
}

export function collect(
  value: unknown,
  unmarked: unknown,
  path: ConcretePath,
  object: string,
  sources: ReadonlyMap<number, Source>,
  found: Map<string, Sight[]>,
): void {
  if (typeof value === 'object' && value !== null) {
    const counterpart = typeof unmarked === 'object' && unmarked !== null ? unmarked : {};
    for (const [key, item] of Object.entries(value)) {
      const step = Array.isArray(value) ? Number(key) : key;
      collect(item, (counterpart as Record<string, unknown>)[key], [...path, step], object, sources, found);
    }
  } else if (value !== unmarked && (typeof value === 'string' || typeof value === 'number')) {
    const marks = marksIn(String(value), sources);
    if (marks.length === 0) return;
    const key = fieldKey(object, path);
    const sight = { marked: value, sources: new Map(marks.map(({ index }) => [index, sources.get(index)!])) };
    found.set(key, [...(found.get(key) ?? []), sight]);
  }
}

/** The same of a text that is YAML of values: what stands in it, while markers stand in for the sources. */
export function seenInText(
  { marked, sources }: { readonly marked: Json; readonly sources: Sight['sources'] },
  unmarked: Json,
): readonly (readonly [ConcretePath, readonly Sight[]])[] {
  const found = new Map<string, Sight[]>();
  collect(marked, unmarked, [], '', sources, found);
  return [...found].map(([key, sights]) => [JSON.parse(key) as ConcretePath, sights] as const);
}

export function identity(object: KubernetesObject): string {
  const { kind, namespace, name } = refOf(object);
  return JSON.stringify([groupOf(object.apiVersion), kind, namespace, name]);
}

export function fieldKey(object: string, path: ConcretePath): string {
  return `${object}${JSON.stringify(path)}`;
}
