import { folded, heading, item, list, paragraph, type Block, type Item } from '../model/block.ts';
import { wordingOf } from '../model/change-wording.ts';
import type { Decision } from '../model/decision.ts';
import type { Incident } from '../model/incident.ts';
import type { LocateResult } from '../model/located.ts';
import { ownText, plainText, prose, sentenceOf, type Prose } from '../untrusted/prose.ts';
import { isBlank, sentence, withoutStart } from '../untrusted/sentences.ts';
import { affectedText, backOffText, chainText, endUnsaid, ruledOutItems } from './incident-lines.ts';
import { decisionLine } from './decision.ts';
import { evidenceBlocks } from './evidence.ts';
import { explanationSection } from './explanation.ts';
import { occurrenceLine } from './occurrences.ts';
import { placeText } from './site.ts';
import { changedList, whatChanged } from './what-changed.ts';

const EVIDENCE = 12;

/** The report on an incident for which no pull request is opened: what is known, why nothing is changed, what to do. */
export function escalationReport(
  incident: Incident,
  decision: Decision,
  located: LocateResult | null,
): readonly Block[] {
  const { cluster, finding } = incident;
  const { summary, rootCause, chart, guards, advice, evidence } = finding;
  const why = withoutStart(rootCause, summary);
  return [
    paragraph(summary, incident.finding.foresees ? 'What will break:' : 'What broke:'),
    ...(isBlank(why) ? [] : [paragraph(why, 'Why:')]),
    ...changedBlocks(incident),
    ...stateLines(incident),
    ...explanationSection(incident),
    ...folded('Ruled out', ruledOutItems(finding)),
    decisionLine(decision),
    ...list(
      guards
        .filter(({ reason }) => !isSaid(decision, plainText(reason)))
        .map(({ reason }) => item(sentence(reason))),
    ),
    occurrenceLine(cluster, finding),
    ...(located === null ? [] : siteSection(located, decision)),
    ...(advice.length === 0
      ? []
      : [heading('What helps'), ...list(advice.map((text) => item(sentence(text))))]),
    ...evidenceBlocks(evidence, EVIDENCE),
    ...(chart === null ? [] : [{ kind: 'chart', chart } as const]),
  ];
}

function changedBlocks(incident: Incident): readonly Block[] {
  const changed = whatChanged(incident);
  return changed === null ? [] : changedList(changed);
}

function stateLines(incident: Incident): readonly Block[] {
  const lines: readonly (readonly [string, Prose | null])[] = [
    ['Chain:', chainText(incident)],
    ['Affects', affectedText(incident)],
    ['Last end of the container:', endUnsaid(incident)],
    ['Waiting:', backOffText(incident)],
  ];
  return lines.flatMap(([lead, text]) => (text === null ? [] : [paragraph(text, lead)]));
}

function isSaid({ reason }: Decision, text: string): boolean {
  return plainText(reason).includes(text);
}

/** Where the edit would be, or between which places it could not be decided. */
function siteSection(located: LocateResult, decision: Decision): readonly Block[] {
  if (located.kind === 'declined') {
    const reason = sentenceOf(located.reason);
    const told = [
      ...(isSaid(decision, plainText(reason)) ? [] : [paragraph(reason)]),
      ...list(located.candidates.map((candidate) => item(prose`${candidate}`))),
    ];
    return told.length === 0 ? [] : [heading('Why no edit'), ...told];
  }
  const isMade = decision.action === 'propose' || decision.action === 'auto-fix';
  return [heading(isMade ? 'The edit' : 'The edit it would be'), ...list(located.changes.map(editItem))];
}

function editItem(change: Extract<LocateResult, { kind: 'located' }>['changes'][number]): Item {
  const { what, from, to } = wordingOf(change);
  const edit =
    from === null ? prose`${what}: ${to ?? ''}` : prose`${what} from ${from} to ${to ?? ownText('nothing')}`;
  return item(prose`${placeText(change.site)}: ${edit}`);
}
