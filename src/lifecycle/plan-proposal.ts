import { DAY } from '../kubernetes/durations.ts';
import type { Config } from '../config/schema.ts';
import type { Marker } from '../pull-requests/marker.ts';
import { ownText, prose, type Prose } from '../untrusted/prose.ts';
import { union } from './description.ts';
import { branchAfter, type Own } from './own.ts';

/** What to do with one proposal of this run, before its pull request is compared with it. */
export type ProposalPlan =
  | { readonly do: 'open'; readonly branch: string; readonly earlier: Pick<Marker, 'kinds'> | null }
  | { readonly do: 'keep'; readonly own: Own }
  | { readonly do: 'wait'; readonly why: Prose }
  /** Somebody decided: it stays as it is. */
  | { readonly do: 'respect'; readonly number: number; readonly why: Prose };

export interface ProposalSituation {
  readonly branch: string;
  /** Evidence kinds of its incidents. */
  readonly kinds: readonly string[];
  /** Pull requests for its key, newest first. */
  readonly own: readonly Own[];
  readonly limits: Config['limits'];
  /** How many pull requests about failures to come may be opened in 24 hours; null for one about a failure of now. */
  readonly perDay: number | null;
  readonly counts: Counts;
  /** Who snoozed or ignored its incidents; null where one of them is not silenced. */
  readonly silencedBy: Prose | null;
  /** Why nothing new is opened at all; null where it may be. */
  readonly opensNothing: Prose | null;
  readonly now: number;
}

/** Pull requests of ours in this repository, as GitHub has them, with those of this run. */
export interface Counts {
  readonly open: number;
  readonly inLastHour: number;
  /** Those about failures that are still to come. */
  readonly foreseenInLastDay: number;
}

/** A value that is back so soon after a merge was put back by somebody; later it is another mistake. */
const TAKEN_BACK = 7 * DAY;

/**
 * One key has one pull request. What people closed stays closed until there is evidence of a kind that no earlier one for this
 * key had; what they took back after a merge stays for a week. What Faultline closed itself may be proposed again.
 */
export function planProposal(situation: ProposalSituation): ProposalPlan {
  const { own, silencedBy } = situation;
  const open = own.find(({ pull }) => pull.state === 'open');
  if (silencedBy) return { do: 'wait', why: silencedBy };
  if (open) return { do: 'keep', own: open };
  const [last] = own;
  if (!last) return openUnlessFull(situation, situation.branch, null);
  const respect = (why: Prose): ProposalPlan => ({ do: 'respect', number: last.pull.number, why });
  const { state, mergedAt, number } = last.pull;
  if (state === 'merged') {
    if (situation.now - (mergedAt ?? situation.now) < TAKEN_BACK)
      return respect(ownText('it was merged, and the value is back: somebody took it back'));
  } else if (last.marker?.closed === undefined && freshKinds(situation).length === 0)
    return respect(ownText('it was closed, and there is no evidence of a different kind'));
  const earlier = { kinds: knownKinds(own) };
  return openUnlessFull(situation, branchAfter(situation.branch, number), earlier);
}

function openUnlessFull(
  { limits, perDay, counts, opensNothing }: ProposalSituation,
  branch: string,
  earlier: Pick<Marker, 'kinds'> | null,
): ProposalPlan {
  if (opensNothing) return { do: 'wait', why: opensNothing };
  if (counts.open >= limits.openPullRequests)
    return {
      do: 'wait',
      why: prose`${counts.open} pull requests are open, and limits.openPullRequests is ${limits.openPullRequests}`,
    };
  if (counts.inLastHour >= limits.perHour)
    return {
      do: 'wait',
      why: prose`${counts.inLastHour} were opened in the last hour, and limits.perHour is ${limits.perHour}`,
    };
  if (perDay !== null && counts.foreseenInLastDay >= perDay)
    return {
      do: 'wait',
      why: prose`${counts.foreseenInLastDay} pull requests about failures to come were opened in the last 24 hours, and proactive.perDay is ${perDay}`,
    };
  return { do: 'open', branch, earlier };
}

function knownKinds(own: readonly Own[]): readonly string[] {
  return own.reduce<readonly string[]>((kinds, { marker }) => union(kinds, marker?.kinds ?? []), []);
}

/** Where one of them does not tell what was known, nothing counts as new. */
function freshKinds({ own, kinds }: ProposalSituation): readonly string[] {
  if (own.some(({ marker }) => marker?.kinds === undefined)) return [];
  const known = knownKinds(own);
  return kinds.filter((kind) => !known.includes(kind));
}
