import { CORE_SCHEMA, Type, load } from 'js-yaml';
import SourceMap from 'js-yaml-source-map';
import type { ConcretePath } from '../kubernetes/field-path.ts';
import type { Json } from '../kubernetes/objects.ts';

const MERGE = new Type('tag:yaml.org,2002:merge', {
  kind: 'scalar',
  resolve: (source: unknown) => source === '<<',
});
const SCHEMA = CORE_SCHEMA.extend({ implicit: [MERGE] });

/** What js-yaml makes of a document: another program's answer to the questions that edits ask of `yaml`. */
export interface SecondReading {
  readonly value: Json;
  /** The line (from 1, in the document) on which js-yaml finds the key or item at a path; null where its map has no entry. */
  lineOf(path: ConcretePath): number | null;
}

/** Reads one document; null when js-yaml cannot. */
export function secondReading(document: string): SecondReading | null {
  const map = new SourceMap();
  try {
    const value = (load(document, { schema: SCHEMA, listener: map.listen() }) ?? null) as Json;
    return { value, lineOf: (path) => lineIn(map, path) };
  } catch {
    return null;
  }
}

/** The map joins keys with dots, so it cannot tell `a.b` from `a` and `b`. */
function lineIn(map: SourceMap, path: ConcretePath): number | null {
  if (path.length === 0 || path.some((segment) => /^$|[.[\]]/.test(String(segment)))) return null;
  return map.lookup(path.map(String))?.line ?? null;
}
