import type { Decision } from '../decisions/decision.ts';
import type { Incident } from '../incidents/incident.ts';
import type { LocateResult } from '../locate/located.ts';
import { inline } from '../untrusted/markdown.ts';
import { ownText, plainText, prose, sentenceOf } from '../untrusted/prose.ts';
import { chartBlock } from './chart.ts';
import { decisionSection } from './decision.ts';
import { evidenceSection } from './evidence.ts';
import { occurrenceLine } from './head.ts';
import { bulleted, ROOMS, sentence } from './room.ts';
import { fileLine } from './site.ts';
import { wordingOf } from './wording.ts';

const ROOM = { ...ROOMS[2]!, evidence: 12, evidenceLines: 6 };

/** The report on an incident for which no pull request is opened: what is known, why nothing is changed, what to do. */
export function escalationText(
  { cluster, finding }: Incident,
  decision: Decision,
  located: LocateResult | null,
): string {
  const repeated = plainText(finding.rootCause).trim() === plainText(finding.summary).trim();
  const parts = [
    `**What broke:** ${sentence(finding.summary)}`,
    repeated ? '' : inline(finding.rootCause),
    inline(occurrenceLine(cluster, finding)),
    finding.chart === null ? '' : chartBlock(finding.chart),
    decisionSection(decision, finding.guards, ROOM),
    located === null ? '' : siteSection(located, decision),
    finding.advice.length === 0 ? '' : `### What helps\n\n${bulleted(finding.advice.map(sentence), ROOM)}`,
    evidenceSection(finding.evidence, ROOM),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
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
    return inline(prose`${fileLine(change.site)}: ${edit}`);
  });
  const isMade = decision.action === 'propose' || decision.action === 'auto-fix';
  return `### ${isMade ? 'The edit' : 'The edit it would be'}\n\n${bulleted(sites, ROOM)}`;
}
