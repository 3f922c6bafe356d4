import { ownText, prose } from '../../untrusted/prose.ts';
import { parseReason } from '../arguments.ts';
import { done, refused, type Command } from '../command.ts';
import { writeAs } from '../usual.ts';

export const ignore: Command = {
  name: 'ignore',
  usage: '/rca ignore <reason>',
  summary: 'proposes nothing more for these incidents unless evidence of another kind appears',
  acts: true,
  needs: 'incident',
  async run({ actions, subject, author, given, rest }) {
    const reason = parseReason(rest);
    if (reason === null)
      return refused(prose`${writeAs(ignore)} The reason is what the next one who asks will be told.`);
    await actions.ignore(subject, author, reason, given);
    const stays =
      subject.pullRequest?.state === 'open'
        ? ownText(' This pull request stays open until somebody closes it.')
        : ownText('');
    return done(
      prose`Ignored: ${reason}. Evidence of another kind or \`${'/rca retry'}\` brings it back.${stays}`,
    );
  },
};
