import { describeRef } from '../kubernetes/objects.ts';
import { diffBlock, heading, item, list, paragraph, type Block, type Item } from '../model/block.ts';
import type { Action } from '../model/decision.ts';
import { confidenceOf } from '../model/finding.ts';
import type { LocateResult } from '../model/located.ts';
import type { IncidentResult, Report } from '../model/report.ts';
import { affectedText, backOffText, endText } from '../pull-requests/container-state.ts';
import { whatChanged } from '../pull-requests/what-changed.ts';
import { orderedChanges, placeText } from '../pull-requests/site.ts';
import { count } from '../kubernetes/times.ts';
import { joinProse, ownText, prose, sentenceOf, type Prose } from '../untrusted/prose.ts';
import { toTerminal, type TerminalOptions } from '../writers/terminal.ts';
import { proofText } from './proof-text.ts';

/** A list that is longer is not read. */
const MOST_PROBLEMS = 20;

/** The report for people at a terminal: each incident with its place first, problems and a count at the end. */
export function reportText(report: Report, options: TerminalOptions): string {
  const { results, problems } = report;
  const more = problems.length - MOST_PROBLEMS;
  const lines = problems
    .slice(0, MOST_PROBLEMS)
    .map(({ where, message }) => item(prose`${where}: ${sentenceOf(message)}`));
  if (more > 0) lines.push(item(ownText(`… and ${more} more; --output json lists all`)));
  return toTerminal(
    [
      ...results.flatMap(incidentBlocks),
      ...(lines.length === 0 ? [] : [heading('Problems'), ...list(lines)]),
      heading(countLine(report)),
    ],
    options,
  );
}

function incidentBlocks({ incident, decision, located, pullRequest }: IncidentResult): readonly Block[] {
  const { finding } = incident;
  const isLocated = located?.kind === 'located';
  const places = isLocated ? orderedChanges({ located }).map(({ site }) => placeText(site)) : [];
  const title = [...new Set(places), describeRef(finding.object)].map((part) => prose`${part}`);
  const confidence = confidenceOf(finding.confidence).toFixed(2);
  const changed = whatChanged(incident);
  return [
    heading(joinProse(title, '  ')),
    paragraph(finding.summary),
    ...(isLocated ? [diffBlock(located.diff)] : []),
    ...list([
      row('cause', ownText(`${finding.rule}/${finding.cause}, confidence ${confidence}`)),
      ...(finding.affected.length === 0 ? [] : [row('culprit', prose`${describeRef(finding.culprit)}`)]),
      ...rowOf('affects', affectedText(incident)),
      ...(changed?.items.map(({ text }) => row('changed', text)) ?? []),
      ...rowOf('ended', endText(incident)),
      ...rowOf('waits', backOffText(incident)),
      ...finding.ruledOut.map(({ what, because }) => row('not', prose`${what}: ${because}`)),
      ...(isLocated ? [] : withoutEdit(finding)),
      ...(located === null ? [] : [row('proof', proofOf(located))]),
      row('decision', prose`${ownText(decision.action)}: ${decision.reason} (${decision.policy})`),
      ...(pullRequest === null
        ? []
        : [
            row(
              pullRequest.draft ? 'draft' : 'proposal',
              prose`${pullRequest.title} (${pullRequest.branch})`,
            ),
          ]),
    ]),
  ];
}

function row(lead: string, text: Prose): Item {
  return item(text, { lead: ownText(lead) });
}

function rowOf(lead: string, text: Prose | null): readonly Item[] {
  return text === null ? [] : [row(lead, text)];
}

/** What was seen and what helps take the place of the diff. */
function withoutEdit({ evidence, advice }: IncidentResult['incident']['finding']): readonly Item[] {
  const seen = evidence
    .slice(0, 2)
    .map(({ ref, text }) => item(prose`${ref}:`, { lead: ownText('seen'), quote: text }));
  return [...seen, ...advice.slice(0, 2).map((text) => item(text, { lead: ownText('try') }))];
}

function proofOf(located: LocateResult): Prose {
  if (located.kind === 'located') return proofText(located.proof);
  const { candidates, reason } = located;
  const between =
    candidates.length === 0
      ? prose``
      : prose` (${joinProse(
          candidates.map((candidate) => prose`${candidate}`),
          ', ',
        )})`;
  return prose`no edit: ${sentenceOf(reason)}${between}`;
}

const ACTIONS: readonly Action[] = ['auto-fix', 'propose', 'escalate', 'monitor', 'decline'];

function countLine({ cluster, results, problems }: Report): Prose {
  if (results.length === 0)
    return problems.length === 0
      ? prose`Nothing is failing in ${cluster}.`
      : prose`No failure was found in what could be read of ${cluster}.`;
  const counts = ACTIONS.map((action) => {
    const number = results.filter(({ decision }) => decision.action === action).length;
    return number === 0 ? null : `${number} ${action}`;
  }).filter((text) => text !== null);
  const branches = new Set(results.flatMap(({ pullRequest }) => pullRequest?.branch ?? []));
  return prose`${ownText(count(results.length, 'incident'))} in ${cluster}: ${ownText(counts.join(', '))}. ${ownText(count(branches.size, 'pull request'))}.`;
}
