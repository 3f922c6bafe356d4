import type { Marker } from '../pull-requests/marker.ts';
import { commitLink } from '../pull-requests/site.ts';
import { sentence } from '../writers/sentence.ts';
import { count, utcMinutes } from '../kubernetes/times.ts';
import type { Proposal } from '../model/proposal.ts';
import { inline } from '../untrusted/markdown.ts';
import { prose } from '../untrusted/prose.ts';
import { lastOf, statusLine, type Entry, type Status } from './status.ts';
import { verificationText } from './verification-text.ts';

export interface StatusCommentInput {
  readonly status: Status;
  readonly mergedAt: number | null;
  readonly quiet: number;
  /** For links; null where the repository has no web pages. */
  readonly remote: Proposal['remote'];
  readonly audit: Marker['audit'] | null;
}

/** The one comment that is edited in place: how things stand, in the first line; then what happened, the newest first. */
export function statusComment(input: StatusCommentInput): string {
  const { status, remote, audit } = input;
  const history = [...status.entries]
    .reverse()
    .map((entry) => `- **${utcMinutes(entry.at)}** ${told(entry, remote)}`);
  const parts = [
    status.verification === null ? standing(status) : verificationText(status.verification, input),
    history.length === 0 ? '' : `### What happened\n\nTimes in UTC.\n\n${history.join('\n')}`,
    statusLine(status, audit),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** One sentence for whoever opens this on a phone: what weighs most, whatever came last. */
function standing(status: Status): string {
  const last = lastOf(status, ['already-so', 'other-value']) ?? standingEvent(status);
  switch (last?.kind) {
    case 'already-so':
      return '**Closed: git already says what this would have changed it to.** What is left to do is up to whatever applies it.';
    case 'other-value':
      return '**Closed: the value that this would have changed has been changed by other means.** If the failure goes on with the new value, that gets a pull request of its own.';
    case 'handed-off':
      return '**Somebody else pushed to this branch, so Faultline leaves it alone.** Neither branch nor description are changed any more, and nothing is merged by itself. To hand it back, reset the branch to the last commit of Faultline, or close this pull request.';
    case 'quiet':
      return '**The failure is not seen any more, but git still has the value that caused it.** It may come back with the next restart or rollout, so this stays open. Close it if the value is right.';
    case 'merging':
      return '**This merges by itself once the required checks pass.** To stop it, convert it to a draft, disable auto-merge or close it.';
    case 'refused':
      return `**A person has to merge this: GitHub does not let Faultline.** ${inline(prose`GitHub says: ${last.why}`)}`;
    case 'merging-off':
      return `**A person has to merge this now.** ${sentence(prose`${last.why}`)}`;
    case 'consent-over':
      return '**The branch has changed since somebody let it merge: look at it again.** Then merge it, or write `/rca approve`.';
    default:
      return '**Waiting for review.**';
  }
}

/** The newest event of each pair that ends each other, the heaviest first. */
function standingEvent(status: Status): Entry | undefined {
  const handed = lastOf(status, ['handed-off', 'handed-back']);
  if (handed?.kind === 'handed-off') return handed;
  const quiet = lastOf(status, ['quiet', 'back']);
  return quiet?.kind === 'quiet'
    ? quiet
    : lastOf(status, ['merging', 'merging-off', 'refused', 'consent-over']);
}

function told(entry: Entry, remote: Proposal['remote']): string {
  switch (entry.kind) {
    case 'evidence':
      return `New evidence: ${entry.evidence.map(evidenceKind).join(', ')}.`;
    case 'incidents':
      return `${count(entry.count, 'more incident')} of the same cause.`;
    case 'rebuilt':
      return `Rebuilt on ${inline(commitLink(entry.commit, { remote }))} and proven again, because ${REBUILT[entry.because]}.`;
    case 'handed-off':
      return `Somebody else pushed ${inline(commitLink(entry.head, { remote }))}.`;
    case 'handed-back':
      return 'All commits on the branch are by Faultline again.';
    case 'quiet':
      return 'The failure was not seen any more.';
    case 'back':
      return 'The failure was seen again.';
    case 'merging':
      return `Merging by itself was switched on for ${inline(commitLink(entry.head, { remote }))}.`;
    case 'merging-off':
      return `Merging by itself was switched off: ${sentence(prose`${entry.why}`)}`;
    case 'consent-over':
      return `Auto-merge, which somebody had switched on for ${inline(commitLink(entry.head, { remote }))}, was switched off before another commit was written.`;
    case 'refused':
      return `GitHub refused to merge ${inline(commitLink(entry.head, { remote }))} by itself.`;
    case 'blocked':
      return `GitHub refused to let Faultline update this: ${sentence(prose`${entry.why}`)}`;
    case 'already-so':
      return 'Git renders the value that was wanted.';
    case 'other-value':
      return 'Git renders another value than the one that failed.';
  }
}

/** `registry` for `tag-not-found`, of `tag-not-found:registry`. */
function evidenceKind(kind: string): string {
  const [cause = '', source = ''] = kind.split(':');
  return inline(prose`${source} for ${cause}`);
}

const REBUILT = {
  'edit-changed': 'the edit itself changed with what is known now',
  'base-changed': 'the file changed there',
  'base-moved': 'what merges by itself must be proven on what it is merged into',
  asked: 'somebody asked for it',
} as const;
