import type { Scalar } from '../../kubernetes/objects.ts';
import { marksIn, type Sight, type Source } from './marked-chart.ts';

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
export function solutionsFor({ marked, sources }: Sight, after: Scalar): readonly Solution[] {
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
    return own === ''
      ? []
      : [{ source, value: typedLike(source.value, own, prefix + suffix === '' ? after : own) }];
  });
}

function textOf({ value }: Source): string {
  return value === null ? '' : String(value);
}

function typedLike(before: Scalar, text: string, after: Scalar): Scalar {
  if (typeof before === 'number' && /^-?(0|[1-9]\d{0,14})$/.test(text)) return Number(text);
  if (typeof before === 'string' && before !== '') return text;
  return after;
}
