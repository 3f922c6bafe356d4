import { isPlainString } from '../../edits/scalar-text.ts';
import type { Scalar } from '../../kubernetes/objects.ts';
import { marksIn, textOf, type Sight, type Source } from './chart-markers.ts';

/** One source, and the value that would make the field what is wanted. */
export interface Solution {
  readonly source: Source;
  readonly value: Scalar;
}

/**
 * Reads off a marked field what one of its sources would have to be: what stands around its marker stays, and the rest is
 * the source's.
 *
 *     before  registry.example/cart:1.2.3        marked  registry.example/[cart]:[1.2.3]
 *     after   registry.example/cart:1.2.4        so the second source becomes 1.2.4
 */
export function solutionsFor(
  { marked, sources }: Sight,
  before: unknown,
  after: Scalar,
): readonly Solution[] {
  const text = String(marked);
  const marks = marksIn(text, sources);
  return marks.flatMap((hole) => {
    const source = sources.get(hole.index)!;
    const around = (from: number, to: number): string => {
      let [result, at] = ['', from];
      for (const mark of marks) {
        if (mark.start < from || mark.end > to) continue;
        result += text.slice(at, mark.start) + textOf(sources.get(mark.index)!);
        at = mark.end;
      }
      return result + text.slice(at, to);
    };
    const [prefix, suffix] = [around(0, hole.start), around(hole.end, text.length)];
    const wanted = String(after);
    const fits =
      wanted.length >= prefix.length + suffix.length && wanted.startsWith(prefix) && wanted.endsWith(suffix);
    if (!fits) return [];
    const own = wanted.slice(prefix.length, wanted.length - suffix.length);
    if (own === '') return [];
    const isWhole = prefix + suffix === '';
    const values = valuesFor(source.value, own, isWhole ? after : own, before);
    const inQuotes = isWhole && source.kind !== 'literal' ? quotedFor(before, after) : [];
    return [...values, ...inQuotes].map((value) => ({ source, value }));
  });
}

/** What a template prints without quotes has to bring its own where YAML would read it otherwise: `"'true'"`. */
function quotedFor(before: unknown, after: Scalar): readonly Scalar[] {
  const isText = typeof before === 'string' && typeof after === 'string';
  if (!isText || isPlainString(after, false) || /[\n\r\t]/.test(after)) return [];
  return [`'${after.replaceAll("'", "''")}'`];
}

/**
 * How the source may be written, the likeliest first: a value is of the chart's own types, and a template may take its quotes away
 * or put others around it. A string that the field has as a string becomes what the field becomes.
 */
export function valuesFor(source: Scalar, text: string, after: Scalar, before: unknown): readonly Scalar[] {
  if (source === null || source === '') return [after];
  const own =
    typeof source === 'number'
      ? /^-?(0|[1-9]\d{0,14})$/.test(text)
        ? Number(text)
        : after
      : typeof source === 'boolean'
        ? /^(true|false)$/.test(text)
          ? text === 'true'
          : after
        : text;
  const isHandedOn = typeof source === 'string' && typeof before === 'string';
  return [...new Set(isHandedOn ? [after, own] : [own, after])];
}
