import type { PullRequest } from '../github/host.ts';
import { describeRef } from '../kubernetes/objects.ts';
import { fenced, inline } from '../untrusted/markdown.ts';
import { ownText, prose, untrusted } from '../untrusted/prose.ts';
import { cutLines } from '../writers/room.ts';
import { sentence } from '../writers/sentence.ts';
import { wordingOf } from '../model/change-wording.ts';
import type { Inverse } from './run.ts';
import type { Sighting } from './verification.ts';

export interface RevertBodyInput {
  readonly merged: Pick<PullRequest, 'number'>;
  readonly inverse: Inverse;
  /** What fails that was healthy before; empty where somebody asked for the revert. */
  readonly seen: readonly Sighting[];
  /** Login of whoever asked. */
  readonly askedBy: string | null;
  /** The last line. */
  readonly marker: string;
}

const DIFF = 20_000;

/** Why it should be taken back, what that brings back, and that a person decides. */
export function revertBody({ merged, inverse, seen, askedBy, marker }: RevertBodyInput): string {
  const { located } = inverse;
  const { text, left } = cutLines(located.diff, DIFF);
  const back = located.changes.map(({ object, ...change }) => {
    const { what, from, to } = wordingOf(change);
    return `- ${inline(prose`${describeRef(object)}, ${what}: ${from ?? ownText('nothing')} → ${to ?? ownText('nothing')}`)}`;
  });
  const parts = [
    askedBy === null
      ? `**What broke:** Since #${merged.number} was applied, something has failed that was healthy before:`
      : `**Asked for** by ${inline(prose`${askedBy}`)}: #${merged.number} is to be taken back.`,
    failures(seen),
    '**This change:** takes it back. The failure that it was for will return, so look at both before you merge:',
    back.join('\n'),
    '> [!WARNING]\n> Faultline never merges this by itself. If the new failure has another cause, close this.',
    `### Change\n\n${fenced(untrusted(text), 'diff')}${left > 0 ? `\n\nThe commit shows the other ${left} lines.` : ''}`,
    `### Proof\n\n${proofSentence(inverse)}`,
    marker,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function failures(seen: readonly Sighting[]): string {
  return seen
    .map(({ object, summary }) =>
      summary === '' ? `- ${inline(prose`${describeRef(object)}`)}` : `- ${sentence(prose`${summary}`)}`,
    )
    .join('\n');
}

function proofSentence({ located: { proof }, commit }: Inverse): string {
  const on = inline(prose`Rendered before and after on commit ${commit.slice(0, 8)}`);
  return proof.status === 'proven'
    ? `${on}: these fields change, and nothing else.`
    : `Not proven: ${sentence(prose`${proof.reason ?? 'something could not be rendered'}`)}`;
}
