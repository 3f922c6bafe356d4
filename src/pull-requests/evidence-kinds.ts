import type { Finding } from '../model/finding.ts';

/**
 * What sort of evidence a finding rests on, coarse enough to stay the same from scan to scan: the cause with each of its
 * sources, `tag-not-found:event`. Causes are those of one rule, so the rule needs no naming.
 */
export function evidenceKinds({ cause, evidence }: Pick<Finding, 'cause' | 'evidence'>): readonly string[] {
  return [...new Set(evidence.map(({ source }) => `${cause}:${source}`))].sort();
}
