import { changeSection } from './change.ts';
import { confidenceSection } from './confidence.ts';
import { decisionSection } from './decision.ts';
import { effectSection } from './effect.ts';
import { evidenceSection } from './evidence.ts';
import { draftBanner, headSection } from './head.ts';
import { markerLine } from './marker.ts';
import { othersSection } from './others.ts';
import type { Proposal } from '../model/proposal.ts';
import { ROOMS, type Room } from './room.ts';
import { rootCauseSection } from './root-cause.ts';
import { undoSection } from './undo.ts';

/** GitHub takes 65,536 characters; some are left for what it adds. */
const LIMIT = 65_000;

/**
 * The description: the root-cause analysis. The marker is always its last line. Too long, evidence and rendered diff are
 * shortened first; head, change and decision always stay.
 *
 * @param marker the last line, where it says more than the proposal does
 */
export function pullRequestBody(proposal: Proposal, marker: string = markerLine(proposal)): string {
  for (const room of ROOMS) {
    const body = joined(sections(proposal, room), marker);
    if (body.length <= LIMIT) return body;
  }
  return joined(essentials(proposal, ROOMS.at(-1)!), marker);
}

function sections(proposal: Proposal, room: Room): readonly string[] {
  const { finding } = proposal.incidents[0]!;
  return [
    headSection(proposal),
    draftBanner(proposal),
    changeSection(proposal, room),
    rootCauseSection(finding),
    evidenceSection(finding.evidence, room),
    effectSection(proposal, room),
    confidenceSection(finding, room),
    decisionSection(proposal.decision, finding.guards, room),
    undoSection(proposal, room),
    othersSection(proposal, room),
  ];
}

function essentials(proposal: Proposal, room: Room): readonly string[] {
  return [
    headSection(proposal),
    draftBanner(proposal),
    changeSection(proposal, room),
    decisionSection(proposal.decision, proposal.incidents[0]!.finding.guards, room),
  ];
}

function joined(parts: readonly string[], marker: string): string {
  return [...parts.filter((part) => part !== ''), marker].join('\n\n');
}
