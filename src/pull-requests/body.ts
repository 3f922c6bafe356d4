import { folded, type Block } from '../model/block.ts';
import type { Proposal } from '../model/proposal.ts';
import { toMarkdown } from '../writers/markdown.ts';
import { beforeMergingSection, draftBanner } from './before-merging.ts';
import { changeSection } from './change.ts';
import { ruledOutItems } from './incident-lines.ts';
import { autoMergeSection, decisionSection } from './decision.ts';
import { evidenceSection, moreEvidence } from './evidence.ts';
import { explanationSection } from './explanation.ts';
import { headSection } from './head.ts';
import { lessonsSection } from './lessons.ts';
import { markerLine } from './marker.ts';
import { occurrenceLine } from './occurrences.ts';
import { othersSection } from './others.ts';
import { proofDetails, proofSection } from './proof.ts';
import { rootCauseSection } from './root-cause.ts';
import { undoSection } from './undo.ts';

/**
 * The description: the root-cause analysis. Its first three lines and the diff are enough to decide by; what only some readers
 * want to know is folded. The marker is always its last line.
 *
 * @param marker the last line, where it says more than the proposal does
 */
export function pullRequestBody(proposal: Proposal, marker: string = markerLine(proposal)): string {
  return toMarkdown([...sections(proposal), { kind: 'mark', comment: marker }]);
}

function sections(proposal: Proposal): readonly Block[] {
  const { cluster, finding } = proposal.incidents[0]!;
  return [
    ...headSection(proposal),
    ...draftBanner(proposal),
    ...changeSection(proposal),
    ...proofSection(proposal),
    ...lessonsSection(proposal),
    ...autoMergeSection(proposal),
    occurrenceLine(cluster, finding),
    ...beforeMergingSection(proposal),
    ...rootCauseSection(proposal),
    ...explanationSection(proposal.incidents[0]!),
    ...othersSection(proposal),
    ...evidenceSection(proposal),
    ...moreEvidence(proposal),
    ...folded('Ruled out', ruledOutItems(finding)),
    ...proofDetails(proposal),
    ...decisionSection(proposal),
    ...undoSection(proposal),
  ];
}
