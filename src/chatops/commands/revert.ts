import { ownText, prose } from '../../untrusted/prose.ts';
import { done, refused, type Command } from '../command.ts';
import { noArguments } from '../usual.ts';

export const revert: Command = {
  name: 'revert',
  usage: '/rca revert',
  summary: 'proposes to take the merged change back, with its own proof; a person merges it',
  acts: true,
  needs: 'pull-request',
  async run({ actions, subject, author, rest }) {
    if (rest !== '') return refused(noArguments(revert));
    const { state } = subject.pullRequest;
    if (state === 'open')
      return refused(ownText('It is not merged. Close it if it is wrong: it stays closed.'));
    if (state === 'closed')
      return refused(ownText('It was closed without a merge, so there is nothing to take back.'));
    const result = await actions.revert(subject, author);
    if (result.kind === 'refused') return refused(prose`No revert was proposed: ${result.why}`);
    return result.isNew
      ? done(prose`Pull request ${result.pullRequest} takes this change back. A person merges it.`)
      : done(prose`Pull request ${result.pullRequest} does that already.`);
  },
};
