import { utc } from '../../kubernetes/times.ts';
import { ownText, prose } from '../../untrusted/prose.ts';
import { done, refused, type Answer, type Command, type Context } from '../command.ts';
import type { Approval, OnPullRequest } from '../actions.ts';
import { writeAs } from '../usual.ts';

/**
 * Lets GitHub merge what the commenter saw. Comments and pushes have times of one second, so a push in the very second of
 * the comment may have come first or last: it counts as not seen.
 */
export const approve: Command = {
  name: 'approve',
  usage: '/rca approve [<commit>]',
  summary: 'lets GitHub merge this commit once its checks and reviews are there; it is not a review',
  acts: true,
  needs: 'pull-request',
  async run(context) {
    const { actions, subject, author, rest } = context;
    const { state, isDraft, isOurs, head } = subject.pullRequest;
    if (rest !== '' && !/^[0-9a-f]{7,64}$/i.test(rest)) return refused(writeAs(approve));
    if (state !== 'open') return refused(prose`The pull request is ${ownText(state)} already.`);
    if (!isOurs)
      return refused(
        ownText(
          'Somebody else has pushed to this branch, so what it holds now is not proven. Merge it by hand.',
        ),
      );
    if (isDraft)
      return refused(
        ownText('This is a draft: a person has to think about it first. Mark it as ready, then approve it.'),
      );
    const unseen = notSeen(context);
    if (unseen) return unseen;
    return answerTo(await actions.approve(subject, head, author), head);
  },
};

function notSeen({ subject, rest, given }: Context & { readonly subject: OnPullRequest }): Answer | null {
  const { head, headSince } = subject.pullRequest;
  const short = head.slice(0, 8);
  if (rest !== '')
    return head.startsWith(rest.toLowerCase())
      ? null
      : refused(prose`The branch is at ${short}, not at ${rest}. Nothing was done.`);
  const again = prose`Look at it, then write \`/rca approve ${short}\`.`;
  if (headSince === null)
    return refused(
      prose`It is not known when the branch came to ${short}, so not whether you saw it. ${again}`,
    );
  return headSince >= given.writtenAt
    ? refused(
        prose`The branch moved to ${short} at ${utc(headSince)}, after your comment. Nothing was done. ${again}`,
      )
    : null;
}

function answerTo(approval: Approval, head: string): Answer {
  const commit = head.slice(0, 8);
  switch (approval.kind) {
    case 'enabled':
      return done(
        prose`GitHub merges ${commit} once the required checks and reviews are there. This is not a review.`,
      );
    case 'merged':
      return done(prose`There was nothing left to wait for: ${commit} is merged.`);
    case 'waits-for-check':
      return done(prose`${commit} is merged once a required check has passed on it.`);
    case 'moved-on':
      return refused(ownText('The branch moved while this was done, so auto-merge was not switched on.'));
    case 'refused':
      return refused(prose`Auto-merge was not switched on: ${approval.why}`);
  }
}
