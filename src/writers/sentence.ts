import { inline } from '../untrusted/markdown.ts';
import type { Prose } from '../untrusted/prose.ts';
import { sentence as wholeSentence } from '../untrusted/sentences.ts';

/** A whole sentence in Markdown, whatever fragment it was made of. */
export function sentence(fragment: Prose): string {
  return inline(wholeSentence(fragment), 1500);
}
