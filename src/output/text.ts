import type { Action } from '../model/decision.ts';
import { describeRef } from '../kubernetes/objects.ts';
import type { LocateResult } from '../model/located.ts';
import { orderedChanges, placeText } from '../pull-requests/site.ts';
import { count } from '../pull-requests/times.ts';
import { confidenceOf } from '../model/finding.ts';
import { shortened } from '../untrusted/shorten.ts';
import { plainText } from '../untrusted/prose.ts';
import { indented, oneLine, paint, paintDiff, type Style, type TextOptions } from './paint.ts';
import { proofText } from './proof-text.ts';
import type { IncidentResult, Report } from '../model/report.ts';

const STYLES: Readonly<Record<Action, Style>> = {
  'auto-fix': 'green',
  propose: 'green',
  escalate: 'yellow',
  monitor: 'dim',
  decline: 'dim',
};

/** A list that is longer is not read. */
const MOST_PROBLEMS = 20;

/** The report for people at a terminal: each incident with its place first, problems and a count at the end. */
export function toText(report: Report, options: TextOptions): string {
  const incidents = report.results.map((result) => incidentText(result, options));
  const problems = report.problems
    .slice(0, MOST_PROBLEMS)
    .map(
      ({ where, message }) =>
        `${paint('problem', 'yellow', options)}  ${oneLine(where)}: ${oneLine(message)}`,
    );
  const more = report.problems.length - problems.length;
  if (more > 0) problems.push(`and ${count(more, 'more problem')}; --output json lists all`);
  return [...incidents, ...(problems.length > 0 ? [problems.join('\n')] : []), countLine(report, options), '']
    .join('\n\n')
    .replace(/\n\n$/, '\n');
}

function incidentText(
  { incident, decision, located, pullRequest }: IncidentResult,
  options: TextOptions,
): string {
  const { finding } = incident;
  const label = (name: string): string => paint(name.padEnd(10), 'dim', options);
  const place =
    located?.kind === 'located'
      ? orderedChanges({ located }).map(({ site }) => oneLine(placeText(site)))
      : [];
  const kind = `${finding.rule}/${finding.cause}`;
  const confidence = `confidence ${confidenceOf(finding.confidence).toFixed(2)}`;
  const lines = [
    paint([...new Set(place), oneLine(describeRef(finding.object))].join('  '), 'bold', options),
    `  ${oneLine(plainText(finding.summary))}`,
    located?.kind === 'located' ? `\n${indented(paintDiff(located.diff, options), '    ')}\n` : '',
    `  ${label('cause')}${kind}, ${confidence}`,
    finding.affected.length === 0 ? '' : `  ${label('culprit')}${oneLine(describeRef(finding.culprit))}`,
    ...whyText(finding, located).map((line) => `  ${label(line.label)}${line.text}`),
    located === null
      ? ''
      : `  ${label('proof')}${located.kind === 'located' ? proofText(located.proof) : `no edit: ${oneLine(located.reason)}${candidatesText(located)}`}`,
    `  ${label('decision')}${paint(decision.action, STYLES[decision.action], options)}: ${oneLine(plainText(decision.reason))} ${paint(`(${oneLine(decision.policy)})`, 'dim', options)}`,
    pullRequest === null
      ? ''
      : `  ${label(pullRequest.draft ? 'draft' : 'proposal')}${pullRequest.title} ${paint(`(${pullRequest.branch})`, 'dim', options)}`,
  ];
  return lines.filter((line) => line !== '').join('\n');
}

/** Without an edit, what was seen and what helps take the place of the diff. */
function whyText(
  { evidence, advice }: IncidentResult['incident']['finding'],
  located: LocateResult | null,
): readonly { readonly label: string; readonly text: string }[] {
  if (located?.kind === 'located') return [];
  const seen = evidence.slice(0, 2).map(({ ref, text }) => {
    return { label: 'seen', text: `${oneLine(ref)}: ${shortened(oneLine(plainText(text)), 200)}` };
  });
  return [...seen, ...advice.slice(0, 2).map((item) => ({ label: 'try', text: oneLine(plainText(item)) }))];
}

function candidatesText({ candidates }: { readonly candidates: readonly string[] }): string {
  return candidates.length === 0 ? '' : ` (${candidates.map(oneLine).join(', ')})`;
}

function countLine({ cluster, results, problems }: Report, options: TextOptions): string {
  const name = oneLine(cluster);
  if (results.length === 0)
    return problems.length === 0
      ? `Nothing is failing in ${name}.`
      : `No failure was found in ${name}, as far as it could be read.`;
  const actions: readonly Action[] = ['auto-fix', 'propose', 'escalate', 'monitor', 'decline'];
  const counts = actions
    .map((action) => ({
      action,
      number: results.filter(({ decision }) => decision.action === action).length,
    }))
    .filter(({ number }) => number > 0)
    .map(({ action, number }) => `${number} ${action}`);
  const branches = new Set(
    results.flatMap(({ pullRequest }) => (pullRequest === null ? [] : [pullRequest.branch])),
  );
  return paint(
    `${count(results.length, 'incident')} in ${name}: ${counts.join(', ')}. ${count(branches.size, 'pull request')}.`,
    'bold',
    options,
  );
}
