import yaml from 'js-yaml';
import { decode } from '../edits/edit.ts';
import { isRecord, type Json } from '../kubernetes/objects.ts';
import type { TextProblem } from './disputed.ts';
import { OUTPUT_SCHEMA } from './manifests.ts';
import { readStrictly, type StrictDocument } from './strict-yaml.ts';

/** A kustomization as a value, and how it is written. */
export interface ParsedKustomization {
  readonly value: Readonly<Record<string, Json>>;
  /** Null where it was refused. */
  readonly document: StrictDocument | null;
  readonly problem: TextProblem | null;
}

/** The value of a kustomization; undefined stands for a content that is not there. */
export function parseKustomization(content: Buffer | undefined): ParsedKustomization {
  const { documents, problem } = readStrictly(content ?? Buffer.from([0xff]));
  const [document = null, second] = documents;
  if (problem) return { value: looselyRead(content), document: null, problem };
  if (second)
    return {
      value: looselyRead(content),
      document: null,
      problem: { line: second.lineOf([]), message: 'is not YAML: more than one document' },
    };
  if (document === null) return { value: {}, document, problem: null };
  return isRecord(document.value)
    ? { value: document.value as ParsedKustomization['value'], document, problem: null }
    : { value: {}, document: null, problem: { line: 1, message: 'is not a mapping' } };
}

/** What a refused kustomization seems to say: it is not rendered, and this is only for what it may read. */
function looselyRead(content: Buffer | undefined): ParsedKustomization['value'] {
  const text = content && decode(content);
  try {
    const value = text && yaml.load(text.replace(/^\uFEFF/, ''), { schema: OUTPUT_SCHEMA, json: true });
    return isRecord(value) ? (value as ParsedKustomization['value']) : {};
  } catch {
    return {};
  }
}
