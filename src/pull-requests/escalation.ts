import type { Decision } from '../model/decision.ts';
import type { Incident } from '../model/incident.ts';
import type { LocateResult } from '../model/located.ts';
import { inline } from '../untrusted/markdown.ts';
import { type Prose, ownText, plainText, prose, sentenceOf } from '../untrusted/prose.ts';
import { chartBlock } from './chart.ts';
import { decisionSection } from './decision.ts';
import { evidenceSection } from './evidence.ts';
import { occurrenceLine } from './head.ts';
import { bulleted, ROOMS, sentence } from './room.ts';
import { placeText } from './site.ts';
import { wordingOf } from '../model/change-wording.ts';

const ROOM = { ...ROOMS[2]!, evidence: 12, evidenceLines: 6 };

/** The report on an incident for which no pull request is opened: what is known, why nothing is changed, what to do. */
export function escalationText(
  { cluster, finding }: Incident,
  decision: Decision,
  located: LocateResult | null,
): string {
  const parts = [
    `**What broke:** ${sentence(finding.summary)}`,
    besides(finding),
    inline(occurrenceLine(cluster, finding)),
    finding.chart === null ? '' : chartBlock(finding.chart),
    decisionSection(decision, finding.guards, ROOM),
    located === null ? '' : siteSection(located, decision),
    finding.advice.length === 0 ? '' : `### What helps\n\n${bulleted(finding.advice.map(sentence), ROOM)}`,
    evidenceSection(finding.evidence, ROOM),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** The root cause, but for the summary when it begins with that. */
function besides({ summary, rootCause }: Pick<Incident['finding'], 'summary' | 'rootCause'>): string {
  const [said, all] = [plainText(summary).trim(), plainText(rootCause).trim()];
  if (!all.startsWith(said)) return inline(rootCause);
  return said === all ? '' : inline(withoutStart(rootCause, summary));
}

/** A text without the one that it was joined to; whole where the two were not made of the same parts. */
function withoutStart(text: Prose, start: Prose): Prose {
  const at = start.parts.length - 1;
  const isStart =
    start.parts.every((part, index) =>
      index < at ? part === text.parts[index] : text.parts[index]!.startsWith(part),
    ) && start.values.every((value, index) => plainText(value) === plainText(text.values[index]!));
  if (!isStart) return text;
  return {
    parts: [text.parts[at]!.slice(start.parts[at]!.length).trimStart(), ...text.parts.slice(at + 1)],
    values: text.values.slice(at),
  };
}

/** Where the edit would be, or between which places it could not be decided. */
function siteSection(located: LocateResult, decision: Decision): string {
  if (located.kind === 'declined') {
    const isSaid = plainText(decision.reason).includes(plainText(sentenceOf(located.reason)));
    const why = isSaid ? '' : sentence(sentenceOf(located.reason));
    const candidates = bulleted(
      located.candidates.map((candidate) => inline(prose`${candidate}`)),
      ROOM,
    );
    const told = [why, candidates].filter((part) => part !== '');
    return told.length === 0 ? '' : ['### Why no edit', ...told].join('\n\n');
  }
  const sites = located.changes.map((change) => {
    const { what, from, to } = wordingOf(change);
    const edit =
      from === null
        ? prose`${what}: ${to ?? ''}`
        : prose`${what} from ${from} to ${to ?? ownText('nothing')}`;
    return inline(prose`${placeText(change.site)}: ${edit}`);
  });
  const isMade = decision.action === 'propose' || decision.action === 'auto-fix';
  return `### ${isMade ? 'The edit' : 'The edit it would be'}\n\n${bulleted(sites, ROOM)}`;
}
