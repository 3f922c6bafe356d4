import type { Marker } from '../pull-requests/marker.ts';
import { heading, item, list, paragraph, type Block } from '../model/block.ts';
import { commitLink } from '../pull-requests/site.ts';
import { sentence } from '../untrusted/sentences.ts';
import { toMarkdown } from '../writers/markdown.ts';
import { count, utcMinutes } from '../kubernetes/times.ts';
import type { Proposal } from '../model/proposal.ts';
import type { Ending } from '../model/ending.ts';
import { joinProse, often, ownText, prose, sentenceOf, type Prose } from '../untrusted/prose.ts';
import { lastOf, type Entry, type Status } from './status.ts';
import { statusLine } from './status-line.ts';
import { verificationBlocks } from './verification-text.ts';

export interface StatusCommentInput {
  readonly status: Status;
  readonly mergedAt: number | null;
  readonly quiet: number;
  /** For links; null where the repository has no web pages. */
  readonly remote: Proposal['remote'];
  readonly audit: Marker['audit'] | null;
}

/** The one comment that is edited in place: the status in the first line; then what happened, the newest first. */
export function statusComment(input: StatusCommentInput): string {
  const { status, remote, audit } = input;
  const history = [...status.entries]
    .reverse()
    .map((entry) => item(sentence(told(entry, remote)), { lead: ownText(utcMinutes(entry.at)) }));
  return toMarkdown([
    ...(status.verification === null
      ? [currentState(status)]
      : verificationBlocks(status.verification, input)),
    ...(history.length === 0 ? [] : [heading('What happened (UTC)'), ...list(history)]),
    { kind: 'mark', comment: statusLine(status, audit) },
  ]);
}

/** One sentence for whoever opens this on a phone: what weighs most, whatever came last. */
function currentState(status: Status): Block {
  const last = lastOf(status, ['already-so', 'other-value', 'removed']) ?? weightiest(status);
  switch (last?.kind) {
    case 'already-so':
      return paragraph(
        ownText('Whatever applies this repository does the rest.'),
        'Closed: git already contains this change.',
      );
    case 'other-value':
      return paragraph(
        ownText('If the workload still fails with the new value, Faultline opens another pull request.'),
        'Closed: git now sets another value than the one that this would change.',
      );
    case 'removed':
      return paragraph(
        ownText('If it comes back and fails, Faultline opens another pull request.'),
        'Closed: git no longer contains what this would change.',
      );
    case 'handed-off':
      return paragraph(
        ownText(
          'It changes neither branch nor description any more, and does not auto-merge. To hand the branch back, reset it to the last commit of Faultline, or close this pull request.',
        ),
        'Somebody else pushed to this branch, so Faultline leaves it alone.',
      );
    case 'quiet':
      return paragraph(
        prose`${ownText(QUIET[last.because ?? 'recovered'].next)}${cameBack(last.times)}`,
        QUIET[last.because ?? 'recovered'].lead,
      );
    case 'merging':
      return paragraph(
        ownText('To stop it, convert this to a draft, disable auto-merge or close it.'),
        'GitHub auto-merges this once the required checks pass.',
      );
    case 'refused':
      return paragraph(
        prose`GitHub says: ${last.why}`,
        'A person has to merge this: GitHub refused to auto-merge it.',
      );
    case 'merging-off':
      return paragraph(sentenceOf(last.why), 'A person has to merge this now.');
    case 'consent-over':
      return paragraph(
        prose`Then merge it, or write \`/rca approve\`.`,
        'The branch has changed since somebody approved it: review it again.',
      );
    default:
      return paragraph(ownText(''), 'Waiting for review.');
  }
}

const QUIET: Readonly<Record<Ending, { readonly lead: string; readonly next: string }>> = {
  recovered: {
    lead: 'The failure has stopped, but git still contains the value that caused it.',
    next: 'It may return with the next restart or rollout, so this stays open. Close it if the value is right.',
  },
  'scaled-to-zero': {
    lead: 'The workload is scaled to zero, so nothing fails now; git still contains the value that caused the failure.',
    next: 'It may return when the workload is scaled up, so this stays open. Close it if the value is right.',
  },
  deleted: {
    lead: 'The workload was deleted from the cluster; git still contains it, with the value that caused the failure.',
    next: 'It may return when the workload is applied again, so this stays open. Close it if the workload is not needed.',
  },
  'namespace-deleted': {
    lead: 'The namespace was deleted from the cluster; git still contains the workload, with the value that caused the failure.',
    next: 'It may return when the workload is applied again, so this stays open. Close it if the workload is not needed.',
  },
};

function cameBack(times: number | undefined): Prose {
  return times === undefined ? prose`` : prose` It has come back ${often(times)} after it had stopped.`;
}

/** The newest event of each pair that ends each other, the heaviest first. */
function weightiest(status: Status): Entry | undefined {
  const handed = lastOf(status, ['handed-off', 'handed-back']);
  if (handed?.kind === 'handed-off') return handed;
  const quiet = lastOf(status, ['quiet', 'back']);
  return quiet?.kind === 'quiet'
    ? quiet
    : lastOf(status, ['merging', 'merging-off', 'refused', 'consent-over']);
}

function told(entry: Entry, remote: Proposal['remote']): Prose {
  switch (entry.kind) {
    case 'evidence':
      return prose`New evidence: ${joinProse(entry.evidence.map(evidenceKind), ', ')}`;
    case 'incidents':
      return ownText(
        entry.total === undefined
          ? `${count(entry.count, 'more incident')} with the same cause`
          : `The same cause has ${count(entry.total, 'incident')} by now`,
      );
    case 'rebuilt':
      return prose`Rebuilt on ${commitLink(entry.commit, { remote })} and proven again, because ${ownText(REBUILT[entry.because])}`;
    case 'handed-off':
      return prose`Somebody else pushed ${commitLink(entry.head, { remote })}`;
    case 'handed-back':
      return ownText('All commits on the branch are by Faultline again');
    case 'quiet':
      return prose`${ownText(STOPPED[entry.because ?? 'recovered'])}${entry.times === undefined ? prose`` : prose`, after it had come back ${often(entry.times)}`}`;
    case 'back':
      return prose`The failure returned${entry.times === undefined || entry.times === 1 ? prose`` : prose`, as it has ${often(entry.times)} so far`}`;
    case 'merging':
      return prose`Auto-merge was switched on for ${commitLink(entry.head, { remote })}`;
    case 'merging-off':
      return prose`Auto-merge was switched off: ${sentenceOf(entry.why)}`;
    case 'consent-over':
      return prose`Somebody had switched on auto-merge for ${commitLink(entry.head, { remote })}; Faultline switched it off before it pushed another commit`;
    case 'refused':
      return prose`GitHub refused to auto-merge ${commitLink(entry.head, { remote })}`;
    case 'blocked':
      return prose`GitHub refused an update by Faultline: ${sentenceOf(entry.why)}`;
    case 'already-so':
      return ownText('Git renders the proposed value');
    case 'other-value':
      return ownText('Git renders another value than the one that failed');
    case 'removed':
      return ownText('Git no longer renders what this would change');
  }
}

const STOPPED: Readonly<Record<Ending, string>> = {
  recovered: 'The failure stopped',
  'scaled-to-zero': 'The workload was scaled to zero',
  deleted: 'The workload was deleted',
  'namespace-deleted': 'The namespace was deleted',
};

/** `registry for tag-not-found`, of `tag-not-found:registry`. */
function evidenceKind(kind: string): Prose {
  const [cause = '', source = ''] = kind.split(':');
  return prose`${source} for ${cause}`;
}

const REBUILT = {
  'edit-changed': 'what is known now changed the edit',
  'base-changed': 'the file changed there',
  'base-moved': 'auto-merge needs a proof on the branch it merges into',
  asked: 'somebody asked for it',
} as const;
