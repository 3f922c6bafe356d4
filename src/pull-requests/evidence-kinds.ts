import type { Finding } from '../model/finding.ts';

/**
 * What sort of evidence a finding rests on, coarse enough to stay the same from scan to scan: the cause with each of its
 * sources, `tag-not-found:event`. Causes are those of one rule, so the rule needs no naming. An alert is no evidence of its own: it
 * repeats what others measured, and neither reopens what people closed nor ends what they ignored.
 */
export function evidenceKinds({ cause, evidence }: Pick<Finding, 'cause' | 'evidence'>): readonly string[] {
  const sources = evidence.map(({ source }) => source).filter((source) => source !== 'alert');
  return [...new Set(sources.map((source) => `${cause}:${source}`))].sort();
}
