import { describeRef } from '../kubernetes/objects.ts';
import { heading, item, list, type Block } from '../model/block.ts';
import type { Proposal } from '../model/proposal.ts';
import { prose } from '../untrusted/prose.ts';
import { utc } from '../kubernetes/times.ts';

const MOST = 5;

/** Other incidents that the same change ends. */
export function othersSection({ incidents }: Pick<Proposal, 'incidents'>): readonly Block[] {
  const others = incidents.slice(1).map(({ cluster, finding }) => {
    const container = finding.container === null ? prose`` : prose`, container ${finding.container}`;
    return item(
      prose`${describeRef(finding.object)}${container}, cluster ${cluster}, since ${utc(finding.firstSeen)}`,
    );
  });
  return others.length === 0 ? [] : [heading('Same cause'), ...list(others, MOST)];
}
