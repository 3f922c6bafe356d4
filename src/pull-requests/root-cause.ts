import type { Finding } from '../model/finding.ts';
import { inline } from '../untrusted/markdown.ts';
import { plainText } from '../untrusted/prose.ts';
import { chartBlock } from './chart.ts';
import { afterFirstSentence, firstSentence, whyOf } from './head.ts';

/** The paragraph but for the sentence that the first lines have of it, and the chart; nothing where no more is to be said. */
export function rootCauseSection(
  finding: Pick<Finding, 'summary' | 'rootCause' | 'reason' | 'chart'>,
): string {
  const { rootCause, chart } = finding;
  const isSaid = plainText(whyOf(finding)) === plainText(firstSentence(rootCause));
  const told = inline(isSaid ? afterFirstSentence(rootCause) : rootCause);
  const drawn = chart === null ? '' : chartBlock(chart);
  const parts = [told, drawn].filter((part) => part !== '');
  return parts.length === 0 ? '' : ['### Root cause', ...parts].join('\n\n');
}
