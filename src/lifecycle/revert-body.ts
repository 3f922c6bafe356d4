import type { PullRequest } from '../github/host.ts';
import { describeRef } from '../kubernetes/objects.ts';
import { diffBlock, item, list, paragraph, warning, type Block } from '../model/block.ts';
import { wordingOf } from '../model/change-wording.ts';
import { ownText, prose, sentenceOf } from '../untrusted/prose.ts';
import { lessonsSection } from '../pull-requests/lessons.ts';
import { toMarkdown } from '../writers/markdown.ts';
import type { Inverse } from './run.ts';
import { sightings } from './verification-text.ts';
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

/** Why to revert it, what that brings back, and that a person decides. */
export function revertBody({ merged, inverse, seen, askedBy, marker }: RevertBodyInput): string {
  const { located } = inverse;
  const back = located.changes.map(({ object, ...change }) => {
    const { what, from, to } = wordingOf(change);
    return item(
      prose`${describeRef(object)}, ${what}: ${from ?? ownText('nothing')} → ${to ?? ownText('nothing')}`,
    );
  });
  const number = ownText(`#${merged.number}`);
  return toMarkdown([
    askedBy === null
      ? paragraph(
          prose`Since ${number} was applied, something has failed that was healthy before:`,
          'What broke:',
        )
      : paragraph(prose`${askedBy} asked to revert ${number}.`, 'Why:'),
    ...sightings(seen),
    paragraph(
      ownText('Reverts it. The failure that it fixed will return, so weigh both before you merge:'),
      'This change:',
    ),
    ...list(back),
    diffBlock(located.diff + (inverse.lessons?.diff ?? '')),
    proofOf(inverse),
    ...lessonsSection(inverse),
    warning(
      ownText('Faultline never auto-merges a revert. If the new failure has another cause, close this.'),
    ),
    { kind: 'mark', comment: marker },
  ]);
}

function proofOf({ located: { proof }, commit }: Inverse): Block {
  return proof.status === 'proven'
    ? paragraph(
        prose`These fields change and nothing else does. Rendered before and after at ${commit.slice(0, 8)}.`,
        'Proven:',
      )
    : paragraph(sentenceOf(proof.reason ?? 'something could not be rendered'), 'Not proven:');
}
