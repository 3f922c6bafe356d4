import { ownText, prose } from '../../untrusted/prose.ts';
import { done, refused, type Command } from '../command.ts';
import { noArguments } from '../usual.ts';

/** A branch that somebody else pushed to is never overwritten, whoever asks: people who want that drop those commits themselves. */
export const rebuild: Command = {
  name: 'rebuild',
  usage: '/rca rebuild',
  summary: 'rebuilds the branch on the head of its base, with a new proof',
  acts: true,
  needs: 'pull-request',
  async run({ actions, subject, rest }) {
    if (rest !== '') return refused(noArguments(rebuild));
    const { state, isOurs } = subject.pullRequest;
    if (state !== 'open') return refused(prose`The pull request is ${ownText(state)} already.`);
    if (!isOurs)
      return refused(
        ownText(
          'Somebody else has pushed to this branch, so it is left as it is. Reset the branch to the last commit of Faultline, then ask again.',
        ),
      );
    const result = await actions.rebuild(subject);
    if (result.kind === 'refused') return refused(prose`Nothing was written: ${result.why}`);
    const [head, base] = [result.head.slice(0, 8), result.base.slice(0, 8)];
    return result.isNew
      ? done(
          prose`The branch was rebuilt on ${base} and is now at ${head}. The description has the new proof.`,
        )
      : done(prose`The branch is at ${head}, on the newest commit of its base already.`);
  },
};
