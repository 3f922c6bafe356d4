import { ownText, prose } from '../../untrusted/prose.ts';
import { done, refused, type Command } from '../command.ts';
import { parseReason } from '../arguments.ts';
import { writeAs } from '../usual.ts';

export const accept: Command = {
  name: 'accept',
  usage: '/rca accept <reason>',
  summary: 'on anybody’s pull request: lets the guard pass this head as it is; a new push ends that',
  acts: true,
  needs: 'anywhere',
  async run({ actions, author, given, rest }) {
    const reason = parseReason(rest);
    if (reason === null) return refused(prose`${writeAs(accept)} The reason is recorded.`);
    const accepted = await actions.accept(given.thread, author, reason);
    if (accepted.kind === 'refused') return refused(accepted.why);
    return done(
      prose`The guard lets ${accepted.head.slice(0, 10)} pass as it is: ${reason}. `,
      ownText('A new push ends that.'),
    );
  },
};
