import { stringsIn } from '../tree-paths.ts';

/** A text that every printer of YAML writes as it is, without quotes and on one line. */
const PLAIN = /^[A-Za-z$./][\w./${}:=-]*$/;

/** Whether texts with variables stand in a printed object as they are: what Flux fills in there has one type. */
export function hasPlainVariables(object: unknown): boolean {
  for (const text of stringsIn(object))
    if (text.includes('$') && (!PLAIN.test(text) || text.endsWith(':'))) return false;
  return true;
}
