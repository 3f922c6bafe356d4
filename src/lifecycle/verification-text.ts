import { describeRef } from '../kubernetes/objects.ts';
import { count, span, utc } from '../kubernetes/times.ts';
import { sentence } from '../writers/sentence.ts';
import { inline } from '../untrusted/markdown.ts';
import { prose } from '../untrusted/prose.ts';
import type { Sighting, Verification } from './verification.ts';

export interface VerificationTextInput {
  readonly mergedAt: number | null;
  /** Milliseconds. */
  readonly quiet: number;
}

/** What became of the merged change, so far: the result in bold, then what to do, then what was seen. */
export function verificationText(
  verification: Verification,
  { mergedAt, quiet }: VerificationTextInput,
): string {
  const sinceMerge = (at: number): string => span(at - (mergedAt ?? at));
  switch (verification.phase) {
    case 'waiting':
      return verification.isLate
        ? `**Merged, but not applied yet.** The cluster still has the value from before. Look at what applies this repository: a sync that is paused, failing or waiting for somebody.`
        : '**Merged. Waiting until it is applied.**';
    case 'watching':
      return verification.quietSince === null
        ? `**Applied ${inline(prose`${utc(verification.appliedAt)}`)}, and still seen.** That may be what the rollout is replacing; Faultline watches.`
        : `**Applied, and quiet so far.** Resolved if it stays so until ${utc(verification.quietSince + quiet)}.`;
    case 'resolved':
      return `**Resolved after ${sinceMerge(verification.quietSince)}.** Nothing of it was seen for ${span(verification.at - verification.quietSince)} after the change was applied.`;
    case 'still-failing':
      return [
        `**Still failing ${span(verification.at - verification.appliedAt)} after the change was applied.** It did not help, or not alone.`,
        seen(verification.seen),
      ].join('\n\n');
    case 'worse':
      return [
        `**Worse: ${count(verification.seen.length, 'object')} that ${verification.seen.length === 1 ? 'was' : 'were'} healthy before ${verification.seen.length === 1 ? 'has' : 'have'} failed since the change was applied.** ${undo(verification.revert)}`,
        seen(verification.seen),
      ].join('\n\n');
    case 'not-applied':
      return '**Not applied within a day.** Faultline has stopped watching. Look at what applies this repository: the merge has not reached the cluster, or it could not be seen there.';
    case 'overtaken':
      return '**Overtaken: the cluster has another value now.** Whether this change would have helped is not known.';
  }
}

function undo(revert: Extract<Verification, { phase: 'worse' }>['revert']): string {
  if (revert === null) return 'A pull request that takes it back follows.';
  if ('number' in revert) return `Pull request #${revert.number} takes it back; a person merges it.`;
  return `It could not be taken back by a proven edit: ${sentence(prose`${revert.declined}`)} Revert it by hand: press Revert below, or \`git revert <commit>\` (with \`-m 1\` for a merge commit).`;
}

function seen(sightings: readonly Sighting[]): string {
  return sightings
    .map(({ object, summary }) =>
      summary === '' ? `- ${inline(prose`${describeRef(object)}`)}` : `- ${sentence(prose`${summary}`)}`,
    )
    .join('\n');
}
