import { CORE_SCHEMA, Type, load } from 'js-yaml';
import type { Json } from '../kubernetes/objects.ts';

const MERGE = new Type('tag:yaml.org,2002:merge', {
  kind: 'scalar',
  resolve: (source: unknown) => source === '<<',
});
const SCHEMA = CORE_SCHEMA.extend({ implicit: [MERGE] });

/** What js-yaml makes of one document, with the core schema and merge keys; undefined when it cannot read it. */
export function secondReading(document: string): Json | undefined {
  try {
    return (load(document, { schema: SCHEMA }) ?? null) as Json;
  } catch {
    return undefined;
  }
}
