import { done, refused, type Command } from '../command.ts';
import { reportText } from '../report-text.ts';
import { noArguments, nothingSeen } from '../usual.ts';

export const explain: Command = {
  name: 'explain',
  usage: '/rca explain',
  summary: 'tells the cause, what is done about it and why, from what is known now',
  acts: false,
  needs: 'incident',
  async run({ actions, subject, rest }) {
    if (rest !== '') return refused(noArguments(explain));
    const seen = await actions.seen(subject);
    return seen.length === 0 ? done(nothingSeen()) : done(reportText(seen));
  },
};
