import { folded, diffBlock, item, list, paragraph, table, warning, type Block } from '../model/block.ts';
import type { GuardFinding, GuardReport } from '../model/guard-report.ts';
import { count } from '../kubernetes/times.ts';
import { ownText, plainText, prose, sentenceOf, untrusted, type Prose } from '../untrusted/prose.ts';
import { toMarkdown } from '../writers/markdown.ts';
import { countLine, leftOutBlocks, MOST_ROWS, placeOf, rowsOf } from './guard.ts';

/** The name of the check run. */
export const GUARD_CHECK = 'Faultline guard';
/** Rows of the table of changes, where it is folded. */
const MOST_FOLDED = 400;
/** GitHub shows no more than this of a message, in characters. */
const MESSAGE = 4000;

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
    const hint = suggestion?.line ? `\n\nSuggested: ${plainText(untrusted(suggestion.line)).trim()}` : '';
    return [
      {
        path: site.file,
        line: site.line,
        level: level === 'error' ? ('failure' as const) : ('warning' as const),
        title: `${rule}/${cause}`,
        message: `${plainText(because)}${hint}`.slice(0, MESSAGE).toWellFormed(),
      },
    ];
  });
}

/** The summary of a check run, as Markdown: the findings, then one table of what changes, folded when it is long. */
export function guardMarkdown(
  report: GuardReport,
  { limit, accepted = null }: { readonly limit?: number; readonly accepted?: Accepted | null } = {},
): string {
  const rows = report.roots.flatMap(({ root, changes, status }) =>
    status === 'unknown' ? [] : rowsOf(changes).map((cells) => [prose`${root}`, ...cells]),
  );
  const columns = ['root', 'object', 'field', 'before → after'];
  const unknown = report.roots.filter(({ status }) => status === 'unknown');
  return toMarkdown(
    [
      paragraph(countLine(report)),
      ...(accepted ? [warning(acceptedText(accepted))] : []),
      ...report.findings.flatMap(summaryOf),
      ...(rows.length > MOST_ROWS
        ? folded(`What changes: ${rows.length} fields and objects`, table(columns, rows, MOST_FOLDED))
        : table(columns, rows)),
      ...folded(
        'Roots that were not compared',
        list(unknown.map(({ root, why }) => item(prose`${root}: ${sentenceOf(why ?? '')}`))),
      ),
      ...leftOutBlocks(report),
    ],
    limit,
  );
}

function summaryOf(finding: GuardFinding): readonly Block[] {
  const { because, suggestion, level } = finding;
  return [
    paragraph(prose`${placeOf(finding)}: ${because}`, ownText(level === 'error' ? 'Error:' : 'Warning:')),
    ...(suggestion ? [diffBlock(suggestion.diff)] : []),
  ];
}
