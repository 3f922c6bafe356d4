import { diffBlock, type Block } from '../model/block.ts';
import type { Proposal } from '../model/proposal.ts';

/** More is read better where GitHub shows the files that changed. */
const LINES = 30;

/** The source diff. */
export function changeSection({ located, lessons }: Pick<Proposal, 'located' | 'lessons'>): readonly Block[] {
  return [diffBlock(located.diff + (lessons?.diff ?? ''), LINES)];
}
