import { fieldNamed } from '../kubernetes/field-path.ts';
import { paragraph, type Block } from '../model/block.ts';
import { wordingOf } from '../model/change-wording.ts';
import type { Lessons } from '../model/lessons.ts';
import type { Proposal } from '../model/proposal.ts';
import { joinProse, ownText, plainText, prose, type Prose } from '../untrusted/prose.ts';
import { sentence } from '../untrusted/sentences.ts';

/** What the pull request changes beside the fix: the file that the guard holds later ones to. */
export function lessonsSection({ lessons }: Pick<Proposal, 'lessons'>): readonly Block[] {
  if (!lessons) return [];
  const lead = lessons.written.length > 0 ? 'What has to stay so:' : 'Expectations:';
  return [paragraph(lessonsText(lessons), lead)];
}

export function lessonsText({ file, content, written, ended, left }: Lessons): Prose {
  const told: Prose[] = [];
  if (written.length > 0)
    told.push(
      prose`once this is merged, the guard holds pull requests to ${joinProse(written.map(boundOf), ' and ')} (${`${file}:${written[0]!.line}`}).`,
    );
  for (const { line, since } of ended)
    told.push(
      prose`line ${line} of ${file}, since ${since}, asks for more than this change sets, so it goes.`,
    );
  if (content !== null)
    told.push(ownText('nothing that is deployed reads this file; edit or delete its lines as you like.'));
  if (left.length > 0) told.push(prose`no expectation is written: ${joinProse(left, '; ')}.`);
  return joinProse(told.map(sentence), ' ');
}

function boundOf({ field, atLeast }: Lessons['written'][number]): Prose {
  const { what, to, container } = wordingOf({ field: fieldNamed(field), before: null, after: atLeast });
  const noun = /replica/i.test(plainText(what)) ? what : prose`a ${what}`;
  const where = container === null ? prose`` : prose` in container ${container}`;
  return prose`${noun} of at least ${to ?? ''}${where}`;
}
