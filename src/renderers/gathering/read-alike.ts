import { isDeepStrictEqual } from 'node:util';
import yaml from 'js-yaml';
import { coreType } from '../../edits/plain-scalars.ts';
import { isRecord, type Json } from '../../kubernetes/objects.ts';
import { OUTPUT_SCHEMA } from '../manifests.ts';
import { readStrictly } from '../strict-yaml.ts';

/** A date, which Kustomize prints as a point in time where it is not quoted. */
const DATE = /^\d{4}-\d\d?-\d\d?/;

/**
 * Documents that every reader of this program and Kustomize type alike; null where one of them may not: `yes`, which only kubectl
 * takes for true, dates, and keys that are no text, which Kustomize refuses to print.
 */
export function readAlike(content: Buffer): readonly Json[] | null {
  const { documents, problem } = readStrictly(content);
  if (problem) return null;
  const values = documents.map(({ value }) => value);
  const core: unknown[] = [];
  try {
    const text = String(content).replace(/^\uFEFF/, '');
    yaml.loadAll(text, (document) => core.push(document), { schema: OUTPUT_SCHEMA });
  } catch {
    return null;
  }
  const read = core.filter((document) => document !== null && document !== undefined);
  return isDeepStrictEqual(values, read) && values.every(isUndisputed) ? values : null;
}

function isUndisputed(value: Json): boolean {
  if (typeof value === 'string') return !DATE.test(value);
  if (Array.isArray(value)) return value.every(isUndisputed);
  if (!isRecord(value)) return true;
  return Object.entries(value).every(
    ([key, child]) => coreType(key) === 'string' && isUndisputed(child as Json),
  );
}
