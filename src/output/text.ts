import { describeRef } from '../kubernetes/objects.ts';
import { diffBlock, heading, item, list, paragraph, type Block, type Item } from '../model/block.ts';
import type { Action } from '../model/decision.ts';
import { confidenceOf } from '../model/finding.ts';
import type { LocateResult } from '../model/located.ts';
import type { Evidence } from '../model/evidence.ts';
import type { Incident } from '../model/incident.ts';
import type { IncidentResult, Report } from '../model/report.ts';
import {
  affectedText,
  backOffText,
  chainText,
  endText,
  failingThing,
} from '../pull-requests/incident-lines.ts';
import { commitLine, whatChanged } from '../pull-requests/what-changed.ts';
import { orderedChanges, placeText } from '../pull-requests/site.ts';
import { count } from '../kubernetes/times.ts';
import { joinProse, ownText, plainText, prose, sentenceOf, type Prose } from '../untrusted/prose.ts';
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
      ...results.filter(({ incident }) => !incident.finding.foresees).flatMap(incidentBlocks),
      ...willBreak(results),
      ...(lines.length === 0 ? [] : [heading('Problems'), ...list(lines)]),
      heading(countLine(report)),
    ],
    options,
  );
}

/** What fails later, behind what fails now. */
function willBreak(results: readonly IncidentResult[]): readonly Block[] {
  const foreseen = results.filter(({ incident }) => incident.finding.foresees);
  return foreseen.length === 0 ? [] : [heading('Will break'), ...foreseen.flatMap(incidentBlocks)];
}

function incidentBlocks({ incident, decision, located, pullRequest }: IncidentResult): readonly Block[] {
  const { finding } = incident;
  const isLocated = located?.kind === 'located';
  const places = isLocated ? orderedChanges({ located }).map(({ site }) => placeText(site)) : [];
  const title = [...new Set(places), describeRef(failingThing(finding))].map((part) => prose`${part}`);
  const confidence = confidenceOf(finding.confidence).toFixed(2);
  return [
    heading(joinProse(title, '  ')),
    paragraph(finding.summary),
    ...(isLocated ? [diffBlock(located.diff)] : []),
    ...list([
      row('cause', ownText(`${finding.rule}/${finding.cause}, confidence ${confidence}`)),
      ...(finding.affected.length === 1 ? [row('culprit', prose`${describeRef(finding.culprit)}`)] : []),
      ...rowOf('chain', chainText(incident)),
      ...rowOf('affects', affectedText(incident)),
      ...changedRows(incident),
      ...rowOf('ended', endText(incident)),
      ...rowOf('waits', backOffText(incident)),
      ...finding.ruledOut.map(({ what, because }) => row('ruled out', prose`${what}: ${because}`)),
      ...(isLocated ? [] : withoutEdit(incident)),
      ...explanationRow(incident),
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

/** Not proven, and told from all that is. */
function explanationRow({ explanation }: Incident): readonly Item[] {
  if (explanation === undefined) return [];
  const { model, text } = explanation;
  return [row('model', prose`${model} wrote, unproven: ${text}`)];
}

function row(lead: string, text: Prose): Item {
  return item(text, { lead: ownText(lead) });
}

/** The fields that changed, then commits that broke it without changing its template. */
function changedRows(incident: Incident): readonly Item[] {
  const { changes, finding } = incident;
  const elsewhere = (changes?.commits ?? []).filter((one) => one.changes.length === 0);
  return [
    ...(whatChanged(incident)?.items ?? []).map(({ text }) => row('changed', text)),
    ...elsewhere.map(({ commit }) => row('changed', commitLine(commit, finding.firstSeen))),
  ];
}

function rowOf(lead: string, text: Prose | null): readonly Item[] {
  return text === null ? [] : [row(lead, text)];
}

/** What was seen and what helps take the place of the diff. */
function withoutEdit(incident: Incident): readonly Item[] {
  const seen = tellingOf(incident).map(({ ref, text }) =>
    item(prose`${ref}:`, { lead: ownText('seen'), quote: text }),
  );
  const { advice } = incident.finding;
  return [...seen, ...advice.slice(0, 2).map((text) => item(text, { lead: ownText('try') }))];
}

const MOST_SEEN = 3;

/** Quotes that say what the rows above do not, of different sources where there are some. */
function tellingOf({ finding, ended, backOff }: Incident): readonly Evidence[] {
  const isSaid = ({ source, text }: Evidence): boolean => {
    if (source !== 'pod-status') return false;
    const said = plainText(text);
    const isEnd = ended !== null && said.includes(`exit code ${ended.exitCode}`);
    return isEnd || (backOff !== null && said.includes(backOff.reason));
  };
  const fresh = finding.evidence.filter((one) => !isSaid(one));
  const first = fresh.filter((one) => fresh.find(({ source }) => source === one.source) === one);
  return [...first, ...fresh.filter((one) => !first.includes(one))].slice(0, MOST_SEEN);
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
  const later = results.filter(({ incident }) => incident.finding.foresees).length;
  const foreseen = later === 0 ? '' : ` (${later} still to come)`;
  const branches = new Set(results.flatMap(({ pullRequest }) => pullRequest?.branch ?? []));
  return prose`${ownText(`${count(results.length, 'incident')}${foreseen}`)} in ${cluster}: ${ownText(counts.join(', '))}. ${ownText(count(branches.size, 'pull request'))}.`;
}
