import type { ConcretePath } from '../kubernetes/field-path.ts';
import type { Json } from '../kubernetes/objects.ts';
import {
  type HouseStyle,
  blockColumn,
  entryLines,
  flowEntry,
  flowText,
  houseStyle,
  indented,
  itemLines,
} from './house-style.ts';
import { isCompactJson, jsonText } from './json-text.ts';
import { type DocumentNode, type Entry, type MappingNode, type SequenceNode } from './document-nodes.ts';
import { type OpenDocument, inFile } from './open-document.ts';
import { reach, valueOf } from './reach.ts';
import { afterInBlock, asLines } from './new-lines.ts';
import { lineEnd, lineStart } from './positions.ts';
import { type Problem, problem, problemAt } from './problem.ts';
import { type EditResult, verify } from './verify.ts';
import type { Replacement } from './edit.ts';

export interface InsertOptions {
  /** The sibling to stand behind; the first of these that is there. Without one, the end of the mapping. */
  readonly after?: readonly string[];
}

/**
 * Adds a key to the mapping at `parent`, in the style of the file: its indentation, dashes, quotes and line endings.
 * Parents that do not exist yet are created; a parent that is empty (`resources: {}`, or nothing at all) is filled.
 */
export function insertKey(
  document: OpenDocument,
  parent: ConcretePath,
  key: string,
  value: Json,
  options: InsertOptions = {},
): EditResult {
  const reached = reach(document, parent);
  if (reached === null) {
    const [last] = parent.slice(-1);
    if (typeof last !== 'string') return problem('not-found', 'there is no such item to add a key to');
    return insertKey(document, parent.slice(0, -1), last, { [key]: value }, options);
  }
  const { node } = reached;
  const refused = refusal(document, reached);
  if (refused) return refused;
  if (isVacant(node)) return fill(document, parent, { [key]: value });
  if (node.kind !== 'mapping')
    return problemIn(document, 'not-a-mapping', 'no mapping stands at this path', node);
  const present = node.entries.find((entry) => entry.key === key && !entry.merge);
  if (present) return problemIn(document, 'key-exists', 'the key is there already', present.value);

  const style = houseStyle(document);
  const previous = sibling(node, options.after ?? []);
  const replacement = node.flow
    ? afterInFlow(
        document,
        node,
        previous.value,
        previous.keyStart,
        flowEntryLike(document, node, key, value, style),
        style,
      )
    : afterInBlock(document, node, previous.value, entryLines(key, value, style), style);
  return prove(document, replacement, node, [...parent, key], value);
}

/**
 * Adds an item to the sequence at a path, in the style of its items. A sequence that is empty is filled.
 *
 * @param index where it is to stand, from 0; at the end of a flow sequence whatever is said. Default: at the end
 */
export function insertItem(
  document: OpenDocument,
  sequence: ConcretePath,
  value: Json,
  index = Infinity,
): EditResult {
  const reached = reach(document, sequence);
  if (reached === null) return problem('not-found', 'there is no sequence at this path');
  const { node } = reached;
  const refused = refusal(document, reached);
  if (refused) return refused;
  if (isVacant(node, 'sequence')) return fill(document, sequence, [value]);
  if (node.kind !== 'sequence')
    return problemIn(document, 'not-a-sequence', 'no sequence stands at this path', node);

  const style = houseStyle(document);
  const at = node.flow ? node.items.length : Math.min(index, node.items.length);
  const previous = node.items[at - 1];
  const gap = /^-( +)/.exec(document.text.slice(node.start))?.[1] ?? ' ';
  const replacement = node.flow
    ? afterInFlow(
        document,
        node,
        previous!,
        previous!.start,
        flowValue(document, value, previous!.start, style),
        style,
      )
    : afterInBlock(document, node, previous ?? null, itemLines(value, style, gap), style);
  if (replacement === null || at === node.items.length)
    return prove(document, replacement, node, [...sequence, at], value);
  const all = (valueOf(node) as readonly Json[]).toSpliced(at, 0, value);
  return verify(document, {
    replacement,
    path: sequence,
    value: all,
    wasAmbiguous: false,
    added: [...sequence, at],
  });
}

function refusal(document: OpenDocument, reached: NonNullable<ReturnType<typeof reach>>): Problem | null {
  if (reached.through === 'own' && reached.node.kind !== 'alias') return null;
  const message = 'the place is written elsewhere and reached through an alias or a merge key';
  return problemIn(document, 'shared-through-alias', message, reached.node);
}

function prove(
  document: OpenDocument,
  replacement: Replacement | null,
  node: DocumentNode,
  path: ConcretePath,
  value: Json,
): EditResult {
  if (replacement === null)
    return problemIn(document, 'unsupported-value', 'parsers would not agree on this value', node);
  return verify(document, { replacement, path, value, wasAmbiguous: false, added: path });
}

/** Nothing, null, or an empty collection of the kind wanted: a value that can be filled without losing one. */
function isVacant(node: DocumentNode, kind: 'mapping' | 'sequence' = 'mapping'): boolean {
  if (node.kind === 'scalar') return node.value === null;
  return node.kind === kind && (node.kind === 'mapping' ? node.entries.length : node.items.length) === 0;
}

function sibling(mapping: MappingNode, after: readonly string[]): Entry {
  const wanted = after
    .map((key) => mapping.entries.find((entry) => entry.key === key))
    .find((entry) => entry !== undefined);
  return wanted ?? mapping.entries.at(-1)!;
}

/** `, entry` behind the previous one, on a line of its own where the others have theirs. */
function afterInFlow(
  document: OpenDocument,
  collection: MappingNode | SequenceNode,
  previous: DocumentNode,
  previousStart: number,
  entry: string | null,
  style: HouseStyle,
): Replacement | null {
  if (entry === null) return null;
  const { text } = document;
  const at = previous.end;
  const line = lineStart(text, previousStart);
  const indent = /^\s*/.exec(text.slice(line, previousStart))![0];
  if (line + indent.length !== previousStart || line <= collection.start)
    return { start: at, end: at, text: `${isCompactJson(document) ? ',' : ', '}${entry}` };
  const lines = entry.split('\n').map((one, index) => (index === 0 ? one : indent + one));
  const trailing = /^[ \t]*#[^\r\n]*/.exec(text.slice(at))?.[0] ?? '';
  const separator = `,${trailing}${style.newline}${indent}`;
  return { start: at, end: at + trailing.length, text: separator + lines.join(style.newline) };
}

/** In a mapping whose keys all stand in double quotes, as in JSON, the new ones do too. */
function flowEntryLike(
  document: OpenDocument,
  mapping: MappingNode,
  key: string,
  value: Json,
  style: HouseStyle,
): string | null {
  if (!mapping.entries.every((entry) => entry.keyStyle === 'double')) return flowEntry(key, value, style);
  const text = jsonText(document, value, mapping.entries.at(-1)!.keyStart);
  return `${JSON.stringify(key)}${isCompactJson(document) ? ':' : ': '}${text}`;
}

function flowValue(document: OpenDocument, value: Json, offset: number, style: HouseStyle): string | null {
  return document.language === 'json' ? jsonText(document, value, offset) : flowText(value, style, true);
}

/** Puts a collection where nothing, null or an empty one stands. */
function fill(document: OpenDocument, path: ConcretePath, value: Json): EditResult {
  const { node } = reach(document, path)!;
  const style = houseStyle(document);
  const replacement =
    node.inFlow || document.language === 'json'
      ? fillFlow(document, node, value, style)
      : fillBlock(document, path, node, value, style);
  if (replacement === null)
    return problemIn(document, 'unsupported-style', 'there is no place for a collection here', node);
  return verify(document, {
    replacement,
    path,
    value,
    wasAmbiguous: false,
    added: [...path, Array.isArray(value) ? 0 : Object.keys(value as object)[0]!],
  });
}

function fillFlow(
  document: OpenDocument,
  node: DocumentNode,
  value: Json,
  style: HouseStyle,
): Replacement | null {
  const text = flowValue(document, value, node.start, style);
  if (text === null) return null;
  const indent = /^\s*/.exec(document.text.slice(lineStart(document.text, node.start)))![0];
  const apart = node.start === node.end ? ' ' : '';
  return { start: node.start, end: node.end, text: apart + text.replaceAll('\n', style.newline + indent) };
}

function fillBlock(
  document: OpenDocument,
  path: ConcretePath,
  node: DocumentNode,
  value: Json,
  style: HouseStyle,
): Replacement | null {
  if (path.length === 0) return fillRoot(document, node, value, style);
  const parent = reach(document, path.slice(0, -1))?.node;
  if (parent === undefined || (parent.kind !== 'mapping' && parent.kind !== 'sequence')) return null;
  const { text, range } = document;
  const own = blockColumn(text, parent);
  if (parent.kind === 'sequence') {
    const lines = itemLines(value, style);
    if (lines === null) return null;
    const inner = lines.map((line, index) => (index === 0 ? line.slice(2) : indented(line, ' '.repeat(own))));
    return {
      start: node.start,
      end: node.end,
      text: (node.start === node.end ? ' ' : '') + inner.join(style.newline),
    };
  }
  const lines = entryLines('key', value, style)?.slice(1);
  if (!lines || lines.length === 0) return null;
  const block = lines.map((line) => indented(line, ' '.repeat(own)));
  const start = text.slice(0, node.start).trimEnd().length;
  const end = Math.min(lineEnd(text, node.end), range.end);
  const rest = text.slice(node.end, end).replace(/^[ \t]+(?=\r?\n|$)/, '');
  return { start, end, text: rest + asLines(text, end, block, style.newline) };
}

/** A document of nothing but comments, or of `{}`. */
function fillRoot(
  { text, range }: OpenDocument,
  node: DocumentNode,
  value: Json,
  style: HouseStyle,
): Replacement | null {
  const lines = Array.isArray(value)
    ? itemLines(value, style)
    : Object.entries(value as object).flatMap(([key, inner]) => entryLines(key, inner as Json, style) ?? []);
  if (lines === null || lines.length === 0) return null;
  if (node.start < node.end) return { start: node.start, end: node.end, text: lines.join(style.newline) };
  const apart = range.end > 0 && text[range.end - 1] !== '\n' ? style.newline : '';
  return { start: range.end, end: range.end, text: `${apart}${lines.join(style.newline)}${style.newline}` };
}

function problemIn(
  document: OpenDocument,
  code: Problem['code'],
  message: string,
  node: DocumentNode,
): Problem {
  return problemAt(code, message, ...inFile(document, node.start));
}
