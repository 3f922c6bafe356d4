import type { Json } from '../kubernetes/objects.ts';
import type { DocumentNode } from './document-nodes.ts';
import type { OpenDocument } from './open-document.ts';
import { lineEnding, lineStart } from './positions.ts';
import { type Quote, isPlainString, preferredQuote, printScalar, quoted } from './scalar-text.ts';

/** How a document is written, so that what is added looks as if its authors had. */
export interface HouseStyle {
  /** Spaces by which a mapping stands further in than the key that holds it. */
  readonly step: number;
  /** Spaces by which the dashes of a sequence stand further in than the key that holds it; often none. */
  readonly dashStep: number;
  readonly quote: Quote;
  readonly newline: '\n' | '\r\n';
}

export function houseStyle(document: OpenDocument): HouseStyle {
  const steps: number[] = [];
  const dashSteps: number[] = [];
  const measure = (node: DocumentNode, keyColumn: number | null): void => {
    if (node.kind === 'mapping') {
      const column = node.flow ? null : blockColumn(document.text, node);
      if (column !== null && keyColumn !== null) steps.push(column - keyColumn);
      for (const entry of node.entries) measure(entry.value, column);
    } else if (node.kind === 'sequence') {
      if (!node.flow && keyColumn !== null) dashSteps.push(blockColumn(document.text, node) - keyColumn);
      for (const item of node.items) measure(item, null);
    }
  };
  measure(document.root, null);
  return {
    step: mostCommon(steps) ?? 2,
    dashStep: mostCommon(dashSteps) ?? 0,
    quote: document.language === 'json' ? 'double' : preferredQuote(document),
    newline: lineEnding(document.text),
  };
}

/** The column, from 0, at which the keys or dashes of a block collection stand. */
export function blockColumn(text: string, node: DocumentNode): number {
  const first = node.kind === 'mapping' ? (node.entries[0]?.keyStart ?? node.start) : node.start;
  const start = lineStart(text, first);
  const before = text.slice(start, first).replace('\uFEFF', '');
  // Dashes of sequences around it may stand before it on its line; an anchor or tag of its first key belongs to it.
  return /^ *(?:- +)*/.exec(before)![0].length;
}

/** Of several equally common numbers, the first. */
function mostCommon(numbers: readonly number[]): number | null {
  let best: number | null = null;
  const count = (number: number): number => numbers.filter((other) => other === number).length;
  for (const number of new Set(numbers)) if (best === null || count(number) > count(best)) best = number;
  return best;
}

/** The lines of `key: value` in block style, from column 0; null for what cannot be written. */
export function entryLines(key: string, value: Json, style: HouseStyle): readonly string[] | null {
  const name = printKey(key, style, false);
  if (isCollection(value)) {
    if (isEmpty(value)) return [`${name}: ${Array.isArray(value) ? '[]' : '{}'}`];
    const lines = valueLines(value, style);
    const inner = ' '.repeat(Array.isArray(value) ? style.dashStep : style.step);
    return lines && [`${name}:`, ...lines.map((line) => indented(line, inner))];
  }
  if (typeof value === 'string' && isLiteralText(value)) {
    const [header, ...lines] = literalLines(value);
    return [`${name}: ${header}`, ...lines.map((line) => indented(line, ' '.repeat(style.step)))];
  }
  const text = printScalar(value as string, { quote: style.quote, inFlow: false, style: 'plain' });
  return text === null ? null : [`${name}: ${text}`];
}

/** The lines of one sequence item, from its dash in column 0. */
export function itemLines(value: Json, style: HouseStyle, gap = ' '): readonly string[] | null {
  const lines = isCollection(value) && !isEmpty(value) ? valueLines(value, style) : scalarLines(value, style);
  if (lines === null) return null;
  const inner = ' '.repeat(1 + gap.length);
  return lines.map((line, index) => (index === 0 ? `-${gap}${line}` : indented(line, inner)));
}

function valueLines(value: Json, style: HouseStyle): readonly string[] | null {
  const parts = Array.isArray(value)
    ? (value as readonly Json[]).map((item) => itemLines(item, style))
    : Object.entries(value as Record<string, Json>).map(([key, inner]) => entryLines(key, inner, style));
  return parts.includes(null) ? null : parts.flatMap((lines) => lines!);
}

function scalarLines(value: Json, style: HouseStyle): readonly string[] | null {
  if (typeof value === 'string' && isLiteralText(value)) return literalLines(value);
  const text = flowText(value, style);
  return text === null ? null : [text];
}

/** A value on one line, in flow style. */
export function flowText(value: Json, style: HouseStyle, inFlow = false): string | null {
  if (Array.isArray(value)) {
    const items = (value as readonly Json[]).map((item) => flowText(item, style, true));
    return items.includes(null) ? null : `[${items.join(', ')}]`;
  }
  if (isCollection(value)) {
    const entries = Object.entries(value as Record<string, Json>).map(([key, inner]) =>
      flowEntry(key, inner, style),
    );
    return entries.includes(null) ? null : `{${entries.join(', ')}}`;
  }
  return printScalar(value as string, { quote: style.quote, inFlow, style: 'plain' });
}

export function flowEntry(key: string, value: Json, style: HouseStyle): string | null {
  const text = flowText(value, style, true);
  return text === null ? null : `${printKey(key, style, true)}: ${text}`;
}

function printKey(key: string, style: HouseStyle, inFlow: boolean): string {
  return isPlainString(key, inFlow) ? key : quoted(key, style.quote);
}

export function indented(line: string, indent: string): string {
  return line === '' ? '' : indent + line;
}

function isCollection(value: Json): boolean {
  return typeof value === 'object' && value !== null;
}

function isEmpty(value: Json): boolean {
  return Object.keys(value as object).length === 0;
}

/** The header of a literal block, and its lines. */
function literalLines(value: string): readonly string[] {
  return [value.endsWith('\n') ? '|' : '|-', ...value.replace(/\n$/, '').split('\n')];
}

/** Text of several lines that reads best as a literal block, and reads the same from it everywhere. */
function isLiteralText(value: string): boolean {
  return (
    /^[^\s][^\n]*\n[^]*[^\n]\n?$/.test(value) &&
    /^[\x20-\x7e\n\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe]*$/.test(value)
  );
}
