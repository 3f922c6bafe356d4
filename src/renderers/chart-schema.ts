import { decode } from '../edits/edit.ts';
import { isRecord } from '../kubernetes/objects.ts';
import type { TextProblem } from './disputed.ts';

/** Drafts that Helm's validator brings along; any other `$schema` is an address that it would ask. */
const KNOWN_DRAFT =
  /^https?:\/\/json-schema\.org\/(?:schema|draft-0[467]\/schema|draft\/(?:2019-09|2020-12)\/schema)#?$/;
const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef'];
const DEEPEST = 200;

/**
 * A values.schema.json as it is handed to Helm: printed from what was read, so that both see the same. Refused where it
 * refers to anything outside itself (a file, an address), which Helm would read or ask for.
 */
export function schemaText(content: Buffer): string | TextProblem {
  const text = decode(content);
  if (text === null) return { line: null, message: 'is not UTF-8 text' };
  let schema: unknown;
  try {
    schema = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return { line: null, message: 'is not JSON' };
  }
  const foreign = foreignReference(schema, 0);
  if (foreign === null) return JSON.stringify(schema);
  const at = text.indexOf(JSON.stringify(foreign));
  const line = at < 0 ? null : text.slice(0, at).split('\n').length;
  return { line, message: `refers to ${shown(foreign)}: only references within the file (#/…) are followed` };
}

function foreignReference(value: unknown, depth: number): string | null {
  if (depth > DEEPEST) return 'itself, too deeply';
  if (Array.isArray(value)) return firstOf(value, depth);
  if (!isRecord(value)) return null;
  for (const key of REFERENCES) {
    const reference = value[key];
    if (typeof reference === 'string' && !reference.startsWith('#')) return reference;
  }
  const { $schema: draft } = value;
  if (typeof draft === 'string' && draft !== '' && !KNOWN_DRAFT.test(draft)) return draft;
  return firstOf(Object.values(value), depth);
}

function firstOf(values: readonly unknown[], depth: number): string | null {
  for (const value of values) {
    const found = foreignReference(value, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

function shown(text: string): string {
  const plain = text.replace(/[^\x20-\x7E]/g, '?');
  return plain.length > 120 ? `${plain.slice(0, 119)}…` : plain;
}
