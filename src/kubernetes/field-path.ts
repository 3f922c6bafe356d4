/**
 * Field paths as `kubectl explain` writes them: `spec.template.spec.containers[name=server].image`,
 * `spec.rules[0].host`, `data["app.properties"]`.
 */

/** A list item chosen by the value of one of its keys. */
export interface ItemKey {
  readonly key: string;
  readonly value: string;
}

export type FieldSegment = string | number | ItemKey;
export type FieldPath = readonly FieldSegment[];

/** A field as changes name it: its path, and the same as text. */
export interface FieldName {
  readonly path: FieldPath;
  readonly text: string;
}

/** A path in which every list item is named by its index. */
export type ConcretePath = readonly (string | number)[];

/** The text is not a field path; `column` counts from 1. */
export class FieldPathError extends Error {
  readonly column: number;

  constructor(message: string, column: number) {
    super(message);
    this.name = 'FieldPathError';
    this.column = column;
  }
}

const PLAIN_KEY = /[^.[\]"]+/y;
const INDEX = /\[(\d+)\]/y;
const ITEM = /\[([A-Za-z0-9_.-]+)=("(?:[^"\\]|\\.)*"|[^\]"]*)\]/y;
const QUOTED = /\[("(?:[^"\\]|\\.)*")\]/y;

/**
 * Reads a field path.
 *
 * @throws {FieldPathError} where the text stops being one.
 */
export function parseFieldPath(text: string): FieldPath {
  const segments: FieldSegment[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  while (at < text.length) {
    let match: RegExpExecArray | null;
    if ((match = take(INDEX))) segments.push(Number(match[1]));
    else if ((match = take(QUOTED))) segments.push(unquote(match[1]!, at));
    else if ((match = take(ITEM))) {
      const value = match[2]!;
      segments.push({ key: match[1]!, value: value.startsWith('"') ? unquote(value, at) : value });
    } else {
      const dotted = text[at] === '.';
      if (dotted && segments.length === 0)
        throw new FieldPathError('a field path does not start with "."', at + 1);
      if (!dotted && segments.length > 0)
        throw new FieldPathError(
          text[at] === '['
            ? 'expected [0], [name=value] or ["key"]'
            : `expected "." or "[", found "${text[at]}"`,
          at + 1,
        );
      if (dotted) at += 1;
      match = take(PLAIN_KEY);
      if (!match) throw new FieldPathError('expected a field name', at + 1);
      segments.push(match[0]);
    }
  }
  if (segments.length === 0) throw new FieldPathError('the field path is empty', 1);
  return segments;
}

/** @param end offset after the bracket that closes the quoted text. */
function unquote(quoted: string, end: number): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw new FieldPathError(`${quoted} is not a quoted key`, end - quoted.length);
  }
}

/** Writes a path so that {@link parseFieldPath} reads it back. */
export function printFieldPath(path: FieldPath): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (typeof segment === 'string') {
      if (/^[A-Za-z0-9_$-]+$/.test(segment)) text += text === '' ? segment : `.${segment}`;
      else text += `[${JSON.stringify(segment)}]`;
    } else {
      const plain = /^[^\]"]*$/.test(segment.value);
      text += `[${segment.key}=${plain ? segment.value : JSON.stringify(segment.value)}]`;
    }
  }
  return text;
}

/** Turns item keys into indices of `object`; null where an item or a parent does not exist. The last segment may be missing. */
export function concretePath(object: unknown, path: FieldPath): ConcretePath | null {
  const concrete: (string | number)[] = [];
  let here: unknown = object;
  for (const [position, segment] of path.entries()) {
    if (typeof segment === 'object') {
      if (!Array.isArray(here)) return null;
      const index = here.findIndex(
        (item) => String((item as Record<string, unknown> | null)?.[segment.key]) === segment.value,
      );
      if (index < 0) return null;
      concrete.push(index);
      here = here[index];
      continue;
    }
    concrete.push(segment);
    const last = position === path.length - 1;
    if (typeof here !== 'object' || here === null) {
      if (!last || here !== undefined) return null;
    } else here = (here as Record<string | number, unknown>)[segment];
    if (here === undefined && !last) return null;
  }
  return concrete;
}

/** The value at `path`, or undefined where there is none. */
export function getField(object: unknown, path: FieldPath): unknown {
  const concrete = concretePath(object, path);
  return concrete === null ? undefined : getAt(object, concrete);
}

/** The value at a concrete path, or undefined where there is none. */
export function getAt(object: unknown, path: ConcretePath): unknown {
  let here: unknown = object;
  for (const segment of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<string | number, unknown>)[segment];
  }
  return here;
}

/**
 * Names list items by their `name` where the object's items have unique ones, so that people can read the path:
 * `spec.containers[0].image` becomes `spec.containers[name=server].image`.
 */
export function readablePath(object: unknown, path: ConcretePath): FieldPath {
  const readable: FieldSegment[] = [];
  let here: unknown = object;
  for (const segment of path) {
    if (typeof segment === 'number' && Array.isArray(here)) {
      const names = here.map((item) => (item as Record<string, unknown> | null)?.['name']);
      const name = names[segment];
      const unique = typeof name === 'string' && names.filter((other) => other === name).length === 1;
      readable.push(unique ? { key: 'name', value: name } : segment);
    } else readable.push(segment);
    here =
      typeof here === 'object' && here !== null
        ? (here as Record<string | number, unknown>)[segment]
        : undefined;
  }
  return readable;
}

/** The field of a path. */
export function fieldAt(path: FieldPath): FieldName {
  return { path, text: printFieldPath(path) };
}

/** The field that a text names. A text that is no path is a field of one key; the empty text is the object as a whole. */
export function fieldNamed(text: string): FieldName {
  if (text === '') return { path: [], text };
  try {
    return { path: parseFieldPath(text), text };
  } catch (error) {
    if (error instanceof FieldPathError) return { path: [text], text };
    throw error;
  }
}

/** The name that says what a value is: the variable's for `env[name=X].value`, else the last key. */
export function leafName({ path }: Pick<FieldName, 'path'>): string {
  const last = path.at(-1);
  // An item of a list of values goes by the list's name.
  const named = last === 'value' || typeof last === 'number' ? path.at(-2) : last;
  return typeof named === 'object' ? named.value : String(named ?? '');
}
