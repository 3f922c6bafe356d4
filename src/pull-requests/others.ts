import { describeRef } from '../kubernetes/objects.ts';
import { inline } from '../untrusted/markdown.ts';
import { prose } from '../untrusted/prose.ts';
import type { Proposal } from '../model/proposal.ts';
import { bulleted, type Room } from './room.ts';
import { utc } from './times.ts';

/** Other incidents that the same change ends. */
export function othersSection(
  { incidents }: Pick<Proposal, 'incidents'>,
  room: Pick<Room, 'entries'>,
): string {
  const others = incidents.slice(1).map(({ cluster, finding }) => {
    const container = finding.container === null ? prose`` : prose`, container ${finding.container}`;
    return inline(
      prose`${describeRef(finding.object)}${container}, cluster ${cluster}, since ${utc(finding.firstSeen)}`,
    );
  });
  return others.length === 0 ? '' : `### Same cause\n\n${bulleted(others, room)}`;
}
