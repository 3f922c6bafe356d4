import { CORE_SCHEMA, FAILSAFE_SCHEMA, Type, load } from 'js-yaml';
import SourceMap from 'js-yaml-source-map';
import type { Json } from '../kubernetes/objects.ts';
import { withoutMergeTags } from './merge-tags.ts';
import type { Language } from './document-nodes.ts';

const MERGE = new Type('tag:yaml.org,2002:merge', {
  kind: 'scalar',
  resolve: (source: unknown) => source === '<<',
});
const SCHEMA = CORE_SCHEMA.extend({ implicit: [MERGE] });

/** What js-yaml makes of one document, with the core schema and merge keys; undefined when it cannot read it. */
export function secondReading(document: string, language: Language = 'yaml'): Json | undefined {
  try {
    // As JSON does it, the last of equal keys counts.
    return (load(withoutMergeTags(document), { schema: SCHEMA, json: language === 'helm-values' }) ??
      null) as Json;
  } catch {
    return undefined;
  }
}

/** The line of each path in a document, from 1: that of the key, or of the item of a sequence. */
export type Lines = (path: readonly string[]) => number | undefined;

/**
 * What js-yaml-source-map makes of a masked document (see {@link MaskedDocument}); undefined when js-yaml cannot read it.
 * It knows no lines in the first item of a document that is a sequence of sequences.
 */
export function secondLines(masked: string): Lines | undefined {
  const map = new SourceMap();
  try {
    load(withoutMergeTags(masked), { schema: FAILSAFE_SCHEMA, listener: map.listen() });
  } catch {
    return undefined;
  }
  return (path) => {
    // It takes the first item of a document that is a sequence for the document, and leaves out its index.
    const inFirst = path[0] === '0' && path[1] !== undefined && !/^\d/.test(path[1]);
    return (map.lookup([...path]) ?? (inFirst ? map.lookup(path.slice(1)) : undefined))?.line;
  };
}
