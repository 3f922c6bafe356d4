import { isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, type Document } from 'yaml';

/** One YAML document of a file, with where its parts stand. Read with another library than the guard's own, so that both do not share a mistake. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly value: Json;
}

// What a manifest holds is not checked here: the walkers ask for what they need.
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;
export type Path = readonly (string | number)[];

export function sourcesIn(file: string, text: string): readonly Source[] {
  const lines = new LineCounter();
  try {
    return parseAllDocuments(text, { lineCounter: lines, uniqueKeys: false })
      .filter(({ errors }) => errors.length === 0)
      .map((document) => ({ file, text, document, lines, value: document.toJS() as Json }));
  } catch {
    return [];
  }
}

/** Every way into a value that `accepts`. */
export function pathsIn(value: Json, accepts: (path: Path, value: Json) => boolean, at: Path = []): Path[] {
  const own = accepts(at, value) ? [at] : [];
  if (typeof value !== 'object' || value === null) return own;
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [...own, ...entries.flatMap(([key, inner]) => pathsIn(inner, accepts, [...at, key]))];
}

export function valueAt(value: Json, path: Path): Json {
  return path.reduce((below, key) => below?.[key], value);
}

export function nodeAt({ document }: Source, path: Path): Node | null {
  const node = document.getIn(path, true);
  return (isScalar(node) || isMap(node) || isSeq(node)) && node.range ? node : null;
}

/** The line, from 1, of the key that leads to a value, or of the item of a list. */
export function lineOf(source: Source, path: Path): number | null {
  const start = startOf(source, path);
  return start === null ? null : source.lines.linePos(start).line;
}

/** The line of the value itself. */
export function lineOfValue(source: Source, path: Path): number | null {
  const node = nodeAt(source, path);
  return node ? source.lines.linePos(node.range![0]).line : null;
}

function startOf(source: Source, path: Path): number | null {
  const parent = source.document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(last));
    return pair && isScalar(pair.key) ? (pair.key.range?.[0] ?? null) : null;
  }
  return nodeAt(source, path)?.range?.[0] ?? null;
}

/** The text with a scalar written anew. Null for what is no plain or quoted scalar of one line. */
export function withScalar(source: Source, path: Path, written: string): string | null {
  const node = nodeAt(source, path);
  if (!isScalar(node) || node.anchor !== undefined) return null;
  const [start, end] = node.range!;
  if (source.text.slice(start, end).includes('\n') || end === start) return null;
  return source.text.slice(0, start) + written + source.text.slice(end);
}

/** The lines from one key or item up to the next, where they hold nothing else. */
function linesOf(source: Source, path: Path): readonly [from: number, to: number] | null {
  const start = startOf(source, path);
  const node = nodeAt(source, path);
  if (start === null || !node) return null;
  const from = source.text.lastIndexOf('\n', start - 1) + 1;
  const before = source.text.slice(from, start);
  if (!(typeof path.at(-1) === 'number' ? /^ *- *$/ : /^ *$/).test(before)) return null;
  const end = Math.max(node.range![1], start);
  const last = source.text[end - 1] === '\n' ? end : source.text.indexOf('\n', end) + 1;
  return last <= 0 ? null : [from, last];
}

/** The text without a key and its value, or without an item; null where that is not whole lines, or would leave nothing. */
export function without(source: Source, path: Path): string | null {
  const parent = source.document.getIn(path.slice(0, -1), true);
  if (!(isMap(parent) || isSeq(parent)) || parent.items.length < 2 || parent.flow) return null;
  const lines = linesOf(source, path);
  return lines && source.text.slice(0, lines[0]) + source.text.slice(lines[1]);
}

/** The text with lines before a key or an item, as deep as it; and the number of the first of them. */
export function before(
  source: Source,
  path: Path,
  added: readonly string[],
): { readonly text: string; readonly line: number } | null {
  const lines = linesOf(source, path);
  const start = startOf(source, path);
  if (!lines || start === null) return null;
  const isItem = typeof path.at(-1) === 'number';
  const [from] = lines;
  const indent = ' '.repeat(
    isItem ? source.text.slice(from, start).indexOf('-') : source.lines.linePos(start).col - 1,
  );
  const block = added.map((line) => `${indent}${line}\n`).join('');
  return {
    text: source.text.slice(0, from) + block + source.text.slice(from),
    line: source.lines.linePos(from).line,
  };
}

/** The lines of a key or an item, as they are written. */
export function written(source: Source, path: Path): string | null {
  const lines = linesOf(source, path);
  return lines && source.text.slice(...lines);
}

/** A name with one slip of a hand, which is another name. */
export function misspelled(name: string, random: () => number): string {
  const letters = [...name];
  const at = [...letters.keys()].filter(
    (index) =>
      index > 0 &&
      /[a-z]/.test(letters[index]!) &&
      /[a-z]/.test(letters[index - 1]!) &&
      letters[index] !== letters[index - 1],
  );
  const index = at[Math.floor(random() * at.length)];
  if (index === undefined) return `${name}x`;
  const [a, b] = [letters[index - 1]!, letters[index]!];
  const slips = [[b, a], [a], [a, b, b]];
  letters.splice(index - 1, 2, ...slips[Math.floor(random() * slips.length)]!);
  return letters.join('');
}
