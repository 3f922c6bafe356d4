import { DAY, MINUTE } from '../../kubernetes/durations.ts';
import { utc } from '../../kubernetes/times.ts';
import { ownText, prose } from '../../untrusted/prose.ts';
import { parseDuration, parseReason } from '../arguments.ts';
import { done, refused, type Command } from '../command.ts';
import { writeAs } from '../usual.ts';

const SHORTEST = 5 * MINUTE;
const LONGEST = 30 * DAY;

export const snooze: Command = {
  name: 'snooze',
  usage: '/rca snooze <duration> [<reason>]',
  summary: 'keeps quiet about these incidents for a while: `90m`, `24h`, `7d`',
  acts: true,
  needs: 'incident',
  async run({ actions, subject, author, given, now, rest }) {
    const parsed = parseDuration(rest);
    if (parsed === null) return refused(prose`${writeAs(snooze)} For example \`${'/rca snooze 24h'}\`.`);
    const { duration } = parsed;
    if (duration < SHORTEST || duration > LONGEST)
      return refused(ownText('A snooze takes from 5 minutes to 30 days.'));
    const until = now + duration;
    await actions.snooze(subject, until, author, parseReason(parsed.rest), given);
    return done(
      prose`Quiet until ${utc(until)}: nothing is proposed or reported for it. \`${'/rca undo'}\` or \`${'/rca retry'}\` ends that earlier.`,
    );
  },
};
