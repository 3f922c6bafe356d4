import type { Action } from '../model/decision.ts';
import type { Freeze } from '../config/schema.ts';
import { ownText, prose, type Prose } from '../untrusted/prose.ts';
import { isMerging, type Merging } from './status.ts';

/** Whether a pull request is merged without a person. */
export type MergePlan =
  | { readonly do: 'nothing' }
  | { readonly do: 'switch-on' }
  | { readonly do: 'switch-off'; readonly why: Prose }
  /** It may be auto-merged later. */
  | { readonly do: 'wait'; readonly why: Prose };

export interface MergeSituation {
  readonly action: Action;
  readonly proof: 'proven' | 'unproven';
  readonly isDraft: boolean;
  /** GitHub's auto-merge is on, or the pull request is in the merge queue, whoever did it. */
  readonly isOn: boolean;
  /** Its base has a merge queue, and it is not in there. */
  readonly leftQueue: boolean;
  /** The commit that GitHub would merge, and the one that is proven; null where the branch is in other hands. */
  readonly head: string;
  readonly ourHead: string | null;
  /** The base as the branch was written on it, as this run has proven it, and as GitHub has it now. */
  readonly base: { readonly written: string | null; readonly proven: string; readonly now: string | null };
  readonly requiredChecks: readonly string[];
  /** Approving reviews that a branch rule asks for; null when that could not be read. */
  readonly requiredApprovals: number | null;
  readonly freeze: Freeze | null;
  /** Number of another change that auto-merges, or was auto-merged and is not verified yet. */
  readonly underWay: number | null;
  /** What Faultline did about it so far; null for nothing. */
  readonly merging: Merging | null;
}

/** Only its own switching-on is ever taken back: auto-merge that a person switched on is that person's. */
export function planMerge(situation: MergeSituation): MergePlan {
  const { merging, isOn, leftQueue, head } = situation;
  const obstacle = obstacleTo(situation);
  if (obstacle) return isMerging(situation) ? { do: 'switch-off', why: obstacle } : { do: 'nothing' };
  // Somebody switched it off: so it stays.
  if (merging?.state === 'on' && !isOn)
    return {
      do: 'switch-off',
      why: ownText(
        leftQueue
          ? 'the merge queue gave it up, or somebody took it out'
          : 'auto-merge was disabled on GitHub',
      ),
    };
  if (merging?.state === 'off') return { do: 'nothing' };
  if (merging?.state === 'refused' && merging.head === head) return { do: 'nothing' };
  // Switched on by a person, or by Faultline for this very commit.
  if (isOn && (merging === null || (merging.state === 'on' && merging.head === head)))
    return { do: 'nothing' };
  const pending = notYet(situation);
  return pending ? { do: 'wait', why: pending } : { do: 'switch-on' };
}

/** Why it is not auto-merged, until somebody changes that. */
function obstacleTo(situation: MergeSituation): Prose | null {
  const { action, proof, isDraft, head, ourHead, requiredChecks, requiredApprovals, freeze } = situation;
  if (action !== 'auto-fix') return ownText('the current evidence asks for a person');
  if (proof !== 'proven') return ownText('the change is not proven');
  if (isDraft) return ownText('it is a draft');
  if (ourHead !== head) return ownText('the branch is not as Faultline wrote it');
  if (requiredChecks.length === 0) return ownText('the branch requires no check before a merge');
  if (requiredApprovals === null)
    return ownText('whether the branch requires an approving review could not be read');
  if (requiredApprovals > 0)
    return prose`the branch requires ${requiredApprovals} approving ${ownText(requiredApprovals === 1 ? 'review' : 'reviews')}, and Faultline gives none to itself`;
  return freeze ? prose`a freeze is on from ${freeze.from} to ${freeze.to} (${freeze.timezone})` : null;
}

/** What auto-merge waits for. */
function notYet({ base, underWay }: MergeSituation): Prose | null {
  if (base.now !== base.proven || base.written !== base.proven)
    return ownText('the base has moved since the proof');
  return underWay === null
    ? null
    : prose`${`pull request ${underWay}`} is not verified yet, and only one change auto-merges at a time`;
}
