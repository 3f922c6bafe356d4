import { decode, type Edit } from '../../edits/edit.ts';
import { positionAt } from '../../edits/positions.ts';
import { printScalar } from '../../edits/scalar-text.ts';
import { getAt, type ConcretePath } from '../../kubernetes/field-path.ts';
import { isRecord, type KubernetesObject, type Scalar } from '../../kubernetes/objects.ts';
import type { Match } from '../../sources/find.ts';
import type { Revision } from '../../sources/revision.ts';
import { declined, type Declined } from '../../model/declined.ts';
import type { Replacement } from '../replacements.ts';
import type { DesiredField } from '../desired-fields.ts';
import type { MarkedChart } from './marked-chart.ts';
import type { Literal } from './template-text.ts';

/*
 * Edits of a chart's templates. They are no YAML before they are filled in: what a line writes out itself is replaced, and new lines
 * stand beside lines that markers showed.
 */

/** Another value for what a template writes out. */
export function replaceLiteral(literal: Literal, value: Scalar): Replacement | Declined | null {
  const { file, start, end, line, column, key, quote } = literal;
  const text = literalText(value, literal);
  if (text === null)
    return declined('unsupported-value', `${file}:${line}: the value cannot be written there`, [
      `${file}:${line}`,
    ]);
  // A literal's offsets leave its quotes out; text that brings its own takes their place.
  const own = quote !== null && text.ownQuotes ? 1 : 0;
  const edit: Edit = { file, start: start - own, end: end + own, text: text.text };
  return {
    edits: [edit],
    site: { file, document: 0, line, column: column - own, path: key, kind: 'replace' },
  };
}

/** What may stand before or behind an expression without quotes. */
const PLAIN_PART = /^([\w./@+=~-]|:(?=\S))+$/;

function literalText(
  value: Scalar,
  { quote, isPart, inFlow }: Literal,
): { readonly text: string; readonly ownQuotes: boolean } | null {
  const bare = String(value);
  // Braces would be read by the template engine.
  if (bare.includes('{{')) return null;
  const fitsInQuotes = quote !== null && typeof value === 'string' && !/["'\\\n]/.test(bare);
  if (fitsInQuotes || (isPart && quote === null && PLAIN_PART.test(bare)))
    return { text: bare, ownQuotes: false };
  if (isPart) return null;
  const text = printScalar(value, { quote: 'double', inFlow, style: quote ?? 'plain' });
  return text === null || text.includes('\n') ? null : { text, ownQuotes: true };
}

/** A name that the release gives gets an ending of its own: `{{ include "till.name" . }}-settings`. */
export async function* behindExpression(
  { revision, chart }: { readonly revision: Revision; readonly chart: MarkedChart },
  { rendered: { object } }: Match,
  { field, after }: DesiredField,
): AsyncIterable<Replacement> {
  const before = field.value;
  if (typeof before !== 'string' || typeof after !== 'string' || !after.startsWith(before)) return;
  const ending = after.slice(before.length);
  if (!PLAIN_PART.test(ending)) return;
  for (const sight of await chart.sights('expressions', object, field.path))
    for (const source of sight.sources.values()) {
      if (source.kind !== 'literal') continue;
      const { file, start, end, line, column, key } = source.literal;
      const expression = decode(revision.tree.read(file)!)!.slice(start, end);
      // Behind quotes that an action writes, nothing can stand.
      if (/\b(s?quote|to(Yaml|Json))\b/.test(expression)) continue;
      const at = /["']$/.test(expression) ? end - 1 : end;
      yield {
        edits: [{ file, start: at, end: at, text: ending }],
        site: { file, document: 0, line, column, path: key, kind: 'replace' },
      };
    }
}

/** The lines of a field that is new: below a line of the template that sets one of its neighbours, or in place of `{}`. */
export async function* intoTemplate(
  { revision, chart }: { readonly revision: Revision; readonly chart: MarkedChart },
  { rendered: { object } }: Match,
  { field, after }: DesiredField,
): AsyncIterable<Replacement> {
  const above = field.path.slice(0, field.depth);
  const rest = field.path.slice(field.depth).map(String);
  const holder = getAt(object, above);
  if (!isRecord(holder)) return;
  if (Object.keys(holder).length > 0) {
    for await (const literal of writtenIn(chart, object, above))
      yield* linesBelow(revision, literal, rest, after);
    for (const key of Object.keys(holder).filter((one) => isRecord(holder[one])))
      for await (const literal of writtenIn(chart, object, [...above, key]))
        yield* linesAbove(revision, literal, key, rest, after);
    return;
  }
  for await (const literal of writtenIn(chart, object, above.slice(0, -1)))
    yield* linesInBraces(revision, literal, [String(above.at(-1)), ...rest], after);
}

/** Lines of templates that set single values of a mapping, those that most manifests have first. */
async function* writtenIn(
  chart: MarkedChart,
  object: KubernetesObject,
  path: ConcretePath,
): AsyncIterable<Literal> {
  const holder = getAt(object, path);
  if (!isRecord(holder)) return;
  const order = ['imagePullPolicy', 'image', 'name'];
  const neighbours = Object.keys(holder)
    .filter((key) => typeof holder[key] !== 'object')
    .sort((a, b) => ((order.indexOf(a) + 4) % 4) - ((order.indexOf(b) + 4) % 4));
  for (const key of neighbours.slice(0, 4))
    for (const pass of ['literals', 'expressions'] as const)
      for (const sight of await chart.sights(pass, object, [...path, key]))
        for (const source of sight.sources.values()) if (source.kind === 'literal') yield source.literal;
}

function linesBelow(
  revision: Revision,
  { file, start, inFlow }: Literal,
  path: readonly string[],
  value: Scalar,
): readonly Replacement[] {
  if (inFlow) return [];
  const text = decode(revision.tree.read(file)!)!;
  const end = text.indexOf('\n', start);
  if (end < 0) return [];
  const column = columnOf(text, start);
  const lines = linesOf(path, value, column, newlineAt(text, end));
  if (lines === null) return [];
  const edit: Edit = { file, start: end + 1, end: end + 1, text: lines };
  const place = positionAt(text.slice(0, end + 1) + lines, end + 1 + column);
  return [{ edits: [edit], site: { file, document: 0, ...place, path: path.join('.'), kind: 'add' } }];
}

/** Above the line that begins the mapping which a line is in: `limits:` above `requests:`. */
function linesAbove(
  revision: Revision,
  { file, start, inFlow }: Literal,
  key: string,
  path: readonly string[],
  value: Scalar,
): readonly Replacement[] {
  if (inFlow) return [];
  const text = decode(revision.tree.read(file)!)!;
  const own = columnOf(text, start);
  for (let end = text.lastIndexOf('\n', start - 1); end > 0; end = text.lastIndexOf('\n', end - 1)) {
    const begin = text.lastIndexOf('\n', end - 1) + 1;
    const column = columnOf(text, begin);
    if (column >= own) continue;
    const lines = linesOf(path, value, column, newlineAt(text, end));
    if (text.slice(begin, end).trim() !== `${key}:` || lines === null) return [];
    const place = positionAt(text.slice(0, begin) + lines, begin + column);
    return [
      {
        edits: [{ file, start: begin, end: begin, text: lines }],
        site: { file, document: 0, ...place, path: path.join('.'), kind: 'add' },
      },
    ];
  }
  return [];
}

/** Beside a line of the template, `resources: {}` becomes a mapping of several lines. */
function linesInBraces(
  revision: Revision,
  { file, start, inFlow }: Literal,
  [key, ...rest]: readonly [string, ...string[]],
  value: Scalar,
): readonly Replacement[] {
  if (inFlow) return [];
  const text = decode(revision.tree.read(file)!)!;
  const column = columnOf(text, start);
  for (const { from, to } of linesAround(text, start, column)) {
    const line = text.slice(from, to);
    const braces = /^([\w.-]+):[ ]*\{[ ]*\}[ \t]*$/.exec(line.slice(column));
    if (columnOf(text, from) !== column || braces?.[1] !== key) continue;
    const [begin, end] = [from + column + key.length + 1, from + line.trimEnd().length];
    const newline = newlineAt(text, text.indexOf('\n', to));
    const lines = linesOf(rest, value, column + 2, newline)?.slice(0, -newline.length);
    if (lines === undefined) return [];
    const added = newline + lines;
    const place = positionAt(text.slice(0, begin) + added, begin + newline.length + column + 2);
    return [
      {
        edits: [{ file, start: begin, end, text: added }],
        site: { file, document: 0, ...place, path: [key, ...rest].join('.'), kind: 'add' },
      },
    ];
  }
  return [];
}

/** Where the key of the line at an offset begins. */
function columnOf(text: string, offset: number): number {
  const begin = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ ]*(?:- +)*/.exec(text.slice(begin))![0].length;
}

function newlineAt(text: string, end: number): string {
  return text[end - 1] === '\r' ? '\r\n' : '\n';
}

/** A nested key, one step a line. */
function linesOf(path: readonly string[], value: Scalar, column: number, newline: string): string | null {
  const printed = printScalar(value, { quote: 'double', inFlow: false, style: 'plain' });
  if (printed === null) return null;
  return path
    .map(
      (key, depth) =>
        `${' '.repeat(column + 2 * depth)}${key}:${depth === path.length - 1 ? ` ${printed}` : ''}${newline}`,
    )
    .join('');
}

/** The lines of one mapping around an offset: up to what begins further left, or to the next item of its list. */
function* linesAround(
  text: string,
  offset: number,
  column: number,
): Iterable<{ readonly from: number; readonly to: number }> {
  const lines = [...text.matchAll(/[^\n]*\n?/g)].map(({ 0: line, index }) => ({
    from: index,
    to: index + line.replace(/\r?\n$/, '').length,
  }));
  const own = lines.findIndex(({ from, to }) => from <= offset && offset <= to);
  const isOpen = ({ from, to }: (typeof lines)[number]): boolean => {
    const line = text.slice(from, to);
    return /^\s*(\{\{.*|#.*)?$/.test(line) || columnOf(text, from) >= column;
  };
  const begins = ({ from, to }: (typeof lines)[number]): boolean =>
    columnOf(text, from) === column && /^[ ]*- /.test(text.slice(from, to));
  for (let at = own; at >= 0 && isOpen(lines[at]!); at -= 1) {
    yield lines[at]!;
    if (begins(lines[at]!)) break;
  }
  for (let at = own + 1; at < lines.length && isOpen(lines[at]!) && !begins(lines[at]!); at += 1)
    yield lines[at]!;
}
