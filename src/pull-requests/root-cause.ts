import type { Finding } from '../rules/rule.ts';
import { inline } from '../untrusted/markdown.ts';
import { plainText } from '../untrusted/prose.ts';
import { chartBlock } from './chart.ts';
import { firstSentence } from './head.ts';

/** The whole paragraph and the chart; nothing where the first lines said it all. */
export function rootCauseSection({ rootCause, chart }: Pick<Finding, 'rootCause' | 'chart'>): string {
  const drawn = chart === null ? '' : chartBlock(chart);
  if (drawn === '' && plainText(firstSentence(rootCause)) === plainText(rootCause).trim()) return '';
  return ['### Root cause', inline(rootCause), drawn].filter((part) => part !== '').join('\n\n');
}
