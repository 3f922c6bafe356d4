import { folded, diffBlock, item, list, paragraph, warning, type Block } from '../model/block.ts';
import type { GuardFinding, GuardReport } from '../model/guard-report.ts';
import { count } from '../kubernetes/times.ts';
import { counted, ownText, plainText, prose, sentenceOf, untrusted, type Prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { toMarkdown } from '../writers/markdown.ts';
import { countLine, leftOutBlocks, messageText, MOST_ROWS, placeOf, rowOf, tableOf } from './guard.ts';

/** The name of the check run. */
export const GUARD_CHECK = 'Faultline guard';
/** Rows of the table of changes, where it is folded. */
const MOST_FOLDED = 400;

/** Who lets a change pass although something is foreseen, and why. */
export interface Accepted {
  readonly by: string;
  readonly reason: string;
}

function acceptedText({ by, reason }: Accepted): Prose {
  return prose`${by} accepts this as it is: ${reason}. A new push ends that.`;
}

export function guardTitle({ findings }: Pick<GuardReport, 'findings'>, accepted: Accepted | null): string {
  if (findings.length === 0) return 'Nothing foreseen';
  const errors = findings.filter(({ level }) => level === 'error').length;
  const warnings = findings.length - errors;
  const told = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ].join(' and ');
  return accepted ? `${told}, accepted` : told;
}

/** Findings at their lines, in the order of the report. */
export function guardAnnotations({ findings }: Pick<GuardReport, 'findings'>) {
  return findings.flatMap(({ site, level, rule, cause, because, suggestion }) => {
    if (!site) return [];
    const hint = suggestion?.line ? `\n\n${hintOf(suggestion.line)}` : '';
    return [
      {
        path: site.file,
        line: site.line,
        level: level === 'error' ? ('failure' as const) : ('warning' as const),
        title: `${rule}/${cause}`,
        message: `${messageText(because)}${hint}`,
      },
    ];
  });
}

/** Of a suggested line, in characters. */
const HINT = 200;

/** The line that is proven to be right, where no suggestion can be applied by a click. */
export function hintOf(line: string): string {
  return `Suggested: ${shortened(plainText(untrusted(line)), HINT)}`;
}

/** Findings that a summary shows, where it is too long with more of them. */
const SHOWN = [200, 60, 20, 5];
/** GitHub takes 65,535 characters. */
const SUMMARY = 65_000;

export interface SummaryOptions {
  readonly limit?: number;
  readonly accepted?: Accepted | null;
}

/**
 * The summary of a check run, as Markdown: the findings, then one table of what changes, folded when it is long. Never longer than the limit:
 * GitHub refuses the whole check then.
 */
export function guardMarkdown(
  report: GuardReport,
  { limit = SUMMARY, accepted = null }: SummaryOptions = {},
): string {
  let text = '';
  for (const most of SHOWN) {
    text = toMarkdown(summary(report, most, accepted), limit);
    if (text.length <= limit) return text;
  }
  return text.slice(0, limit).toWellFormed();
}

function summary(report: GuardReport, most: number, accepted: Accepted | null): readonly Block[] {
  const changes = report.roots.flatMap(({ root, changes: all, status }) =>
    status === 'unknown' ? [] : all.map((change) => ({ root, change })),
  );
  const columns = ['root', 'object', 'field', 'before → after'];
  const tableWith = (rows: number): readonly Block[] =>
    tableOf(columns, changes, ({ root, change }) => [prose`${root}`, ...rowOf(change)], rows);
  const unknown = report.roots.filter(({ status }) => status === 'unknown');
  const more = report.findings.length - most;
  return [
    paragraph(countLine(report)),
    ...(accepted ? [warning(acceptedText(accepted))] : []),
    ...report.findings.slice(0, most).flatMap(summaryOf),
    ...(more > 0 ? [paragraph(prose`… and ${counted(more, 'finding')} more, each at its line.`)] : []),
    ...(changes.length > MOST_ROWS
      ? folded(`What changes: ${changes.length} fields and objects`, tableWith(MOST_FOLDED))
      : tableWith(MOST_ROWS)),
    ...folded(
      'Roots that were not compared',
      list(unknown.map(({ root, why }) => item(prose`${root}: ${sentenceOf(why ?? '')}`))),
    ),
    ...leftOutBlocks(report),
  ];
}

function summaryOf(finding: GuardFinding): readonly Block[] {
  const { because, suggestion, level } = finding;
  return [
    paragraph(prose`${placeOf(finding)}: ${because}`, ownText(level === 'error' ? 'Error:' : 'Warning:')),
    ...(suggestion ? [diffBlock(suggestion.diff)] : []),
  ];
}
