import { ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { done, refused, type Command } from '../command.ts';
import type { Retried, Seen } from '../actions.ts';
import { reportText, whereabouts } from '../report-text.ts';
import { noArguments } from '../usual.ts';

export const retry: Command = {
  name: 'retry',
  usage: '/rca retry',
  summary: 'ends a snooze or ignore, scans again now, and brings the proposal up to date',
  acts: true,
  needs: 'incident',
  async run({ actions, subject, author, rest }) {
    if (rest !== '') return refused(noArguments(retry));
    const retried = await actions.retry(subject, author);
    if (retried.kind === 'refused') return refused(prose`It was not tried again: ${retried.why}`);
    if (retried.kind === 'recovered')
      return done(ownText('Scanned again: nothing of this is failing any more.'));
    return done(
      outcome(retried),
      retried.change === 'none' ? '' : where(retried.seen),
      reportText(retried.seen),
    );
  },
};

const OUTCOMES: Readonly<Record<Extract<Retried, { kind: 'seen' }>['change'], string>> = {
  none: 'Scanned again: it still fails, and nothing about the proposal has changed.',
  updated: 'Scanned again: it still fails. The proposal was brought up to date.',
  opened: 'Scanned again: it still fails. A proposal was opened.',
};

function outcome({ change }: Extract<Retried, { kind: 'seen' }>): Prose {
  return ownText(OUTCOMES[change]);
}

function where([leading]: readonly Seen[]): string {
  return leading === undefined ? '' : whereabouts(leading);
}
