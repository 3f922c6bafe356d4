import { MINUTE } from '../kubernetes/durations.ts';
import { count, span, utc } from '../kubernetes/times.ts';
import { describeRef } from '../kubernetes/objects.ts';
import { item, list, paragraph, type Block } from '../model/block.ts';
import { ownText, prose, sentenceOf, type Prose } from '../untrusted/prose.ts';
import { sentence } from '../untrusted/sentences.ts';
import type { Sighting, Verification } from './verification.ts';

export interface VerificationInput {
  readonly mergedAt: number | null;
  /** Milliseconds. */
  readonly quiet: number;
}

/** The result of the merged change so far: the result in bold, then what to do, then what was seen. */
export function verificationBlocks(
  verification: Verification,
  { mergedAt, quiet }: VerificationInput,
): readonly Block[] {
  switch (verification.phase) {
    case 'waiting':
      return verification.isLate
        ? told(
            'Merged, but not applied yet.',
            'The cluster still has the old value. Check whether the sync of this repository is paused, failing or waiting for somebody.',
          )
        : told('Merged. Waiting for the cluster to apply it.', '');
    case 'watching':
      if (verification.isStopped)
        return told(
          prose`Applied ${utc(verification.appliedAt)}; nothing runs with it now.`,
          'Whether it helped shows once its pods run.',
        );
      return verification.quietSince === null
        ? told(
            prose`Applied ${utc(verification.appliedAt)}, and still failing.`,
            'That may be the pods that the rollout replaces; Faultline keeps watching.',
          )
        : told(
            'Applied, and no failure since.',
            prose`Resolved if it stays so until ${utc(verification.quietSince + (verification.quiet ?? quiet))}.`,
          );
    case 'resolved': {
      const { quietSince, at } = verification;
      const took = quietSince - (mergedAt ?? quietSince);
      return told(
        took < MINUTE ? 'Resolved within a minute.' : `Resolved after ${span(took)}.`,
        `The failure has not returned for ${span(at - quietSince)} after the change was applied.`,
      );
    }
    case 'still-failing':
      return [
        ...told(
          `Still failing ${span(verification.at - verification.appliedAt)} after the change was applied.`,
          'The change did not help, or not alone.',
        ),
        ...sightings(verification.seen),
      ];
    case 'worse': {
      const { seen, revert } = verification;
      const [were, have] = seen.length === 1 ? ['was', 'has'] : ['were', 'have'];
      return [
        ...told(
          `Worse: ${count(seen.length, 'object')} that ${were} healthy before ${have} failed since the change was applied.`,
          undo(revert),
        ),
        ...sightings(seen),
      ];
    }
    case 'gone':
      return told(
        verification.because === 'namespace-deleted'
          ? 'Its namespace was deleted after the change was applied.'
          : 'The workload was deleted after the change was applied.',
        'Whether this change would have helped is not known.',
      );
    case 'not-applied':
      return told(
        'Not applied within a day.',
        'Faultline has stopped watching. Check what applies this repository: the merge has not reached the cluster, or Faultline cannot see it there.',
      );
    case 'overtaken':
      return told(
        'Overtaken: the cluster has another value now.',
        'Whether this change would have helped is not known.',
      );
  }
}

function told(lead: Prose | string, text: Prose | string): readonly Block[] {
  return [paragraph(typeof text === 'string' ? ownText(text) : text, lead)];
}

function undo(revert: Extract<Verification, { phase: 'worse' }>['revert']): Prose {
  if (revert === null) return ownText('A pull request that reverts it follows.');
  if ('number' in revert) return ownText(`Pull request #${revert.number} reverts it; a person merges it.`);
  return prose`No proven edit reverts it: ${sentence(sentenceOf(revert.declined))} Revert it by hand: press Revert below, or \`git revert <commit>\` (with \`-m 1\` for a merge commit).`;
}

/** What failed, each in its own words. */
export function sightings(seen: readonly Sighting[]): readonly Block[] {
  return list(
    seen.map(({ object, summary }) =>
      item(summary === '' ? prose`${describeRef(object)}` : sentence(sentenceOf(summary))),
    ),
  );
}
