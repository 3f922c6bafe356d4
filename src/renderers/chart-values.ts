import { decode } from '../edits/edit.ts';
import { resolved, type DocumentNode } from '../edits/document-nodes.ts';
import { openDocument } from '../edits/open-document.ts';
import { splitDocuments } from '../edits/split.ts';
import { isRecord, type Json } from '../kubernetes/objects.ts';

/** The values, or why they cannot be merged as Kustomize merges them. */
export type MergedValues =
  | { readonly kind: 'merged'; readonly values: Readonly<Record<string, Json>> }
  | { readonly kind: 'problem'; readonly message: string };

/**
 * The values that Kustomize makes of a values file and `valuesInline`, before Helm sees them (`valuesMerge`: with `override`
 * the inline ones win, with `merge` the file's do). It is no merge of Helm's: null takes the key away, so that the chart's own default
 * counts again, and the file is typed by YAML 1.2 (`yes` is text).
 */
export function mergedValues(
  file: Buffer,
  inline: Readonly<Record<string, Json>>,
  how: 'override' | 'merge',
): MergedValues {
  try {
    const written = valuesIn(file);
    const [winner, other] = how === 'override' ? [inline, written] : [written, inline];
    return { kind: 'merged', values: (merge(winner, other) ?? {}) as Readonly<Record<string, Json>> };
  } catch (error) {
    if (error instanceof Conflict) return { kind: 'problem', message: error.message };
    throw error;
  }
}

class Conflict extends Error {}

/** Undefined: nothing is left. */
function merge(winner: Json | undefined, other: Json | undefined): Json | undefined {
  if (winner === undefined) return other;
  if (winner === null) return undefined;
  if (other === undefined || other === null) return withoutNulls(winner);
  if (isRecord(winner) && isRecord(other)) {
    if ('$patch' in winner) throw new Conflict('has $patch among its values');
    // Kustomize would take it for an object and merge its lists by their keys.
    if ([winner, other].some((each) => 'kind' in each && 'apiVersion' in each))
      throw new Conflict('merges values that look like an object, by its schema');
    const merged: Record<string, Json> = {};
    for (const key of new Set([...Object.keys(other), ...Object.keys(winner)])) {
      const value = merge(winner[key] as Json | undefined, other[key] as Json | undefined);
      if (value !== undefined) merged[key] = value;
    }
    return merged;
  }
  if (kindOf(winner) !== kindOf(other))
    throw new Conflict(`has ${kindOf(winner)} where the other values have ${kindOf(other)}`);
  return winner;
}

/** A mapping that only the winner has loses its nulls, too; a list is taken over as it is. */
function withoutNulls(value: Json): Json {
  if (!isRecord(value)) return value;
  const entries = Object.entries(value as Readonly<Record<string, Json>>);
  return Object.fromEntries(
    entries.filter(([, each]) => each !== null).map(([key, each]) => [key, withoutNulls(each)]),
  );
}

function kindOf(value: Json): string {
  return Array.isArray(value) ? 'a list' : isRecord(value) ? 'a mapping' : 'a single value';
}

function valuesIn(file: Buffer): Json {
  const text = decode(file);
  if (text === null) throw new Conflict('is not UTF-8 text');
  const [range] = splitDocuments(text);
  if (!range) throw new Conflict('is empty');
  const opened = openDocument(text, range);
  if ('code' in opened)
    throw new Conflict(`${opened.line === null ? '' : `line ${opened.line}: `}${opened.message}`);
  const value = typed(opened.root, text);
  if (!isRecord(value)) throw new Conflict('is not a mapping');
  return value as Json;
}

/** As Go's third YAML parser types what it reads without knowing for what. */
function typed(node: DocumentNode, text: string): Json {
  const here = resolved(node);
  if (here.kind === 'sequence') return here.items.map((item) => typed(item, text));
  if (here.kind === 'mapping') {
    const own = here.entries.filter(({ merge: isMerge }) => !isMerge);
    const inherited = here.entries
      .filter(({ merge: isMerge }) => isMerge)
      .flatMap(({ value }) => {
        const source = typed(value, text);
        return (Array.isArray(source) ? source.toReversed() : [source]) as readonly Json[];
      });
    const entries = own.map(({ key, value, keyStart, keyEnd, keyStyle }) => {
      if (key === null) throw new Conflict('has a key that is not text');
      return [keyStyle === 'plain' ? text.slice(keyStart, keyEnd) : key, typed(value, text)] as const;
    });
    return Object.assign({}, ...inherited, Object.fromEntries(entries)) as Json;
  }
  if (here.style === 'empty' && here.tag === null) return null;
  if (here.tag === 'tag:yaml.org,2002:str') return String(here.value);
  if (here.tag !== null) throw new Conflict(`has the tag ${here.tag}`);
  return here.style === 'plain' ? plain(text.slice(here.start, here.end), here.value) : here.value;
}

function plain(source: string, value: Json): Json {
  if (/^[-+]?0[0-7]+$/.test(source)) return Number.parseInt(source, 8);
  if (/^\d{4}-\d\d?-\d\d?/.test(source)) throw new Conflict(`has the date ${source}`);
  if (/^[-+]?(?:0[xob]|\d[\d_]*_|0\d)/i.test(source) && !/^[-+]?0\.\d*$/.test(source) && !isText(source))
    throw new Conflict(`has ${source}, which parsers read differently`);
  if (/^[-+]?\.(?:inf|nan)$/i.test(source)) throw new Conflict(`has ${source}`);
  return value;
}

/** Words that merely begin like a number of another base: a commit, a date in one piece. */
function isText(source: string): boolean {
  return !/^[-+]?(?:0x[0-9a-f_]+|0o[0-7_]+|0b[01_]+|[\d_]+(?:\.[\d_]*)?(?:e[-+]?\d+)?)$/i.test(source);
}
