import { ownText, prose } from '../../untrusted/prose.ts';
import { done, refused, type Command } from '../command.ts';
import { noArguments } from '../usual.ts';
import { revert } from './revert.ts';
import { reproposed } from './set.ts';

export const undo: Command = {
  name: 'undo',
  usage: '/rca undo',
  summary: 'takes back the last command given here, and a merged change as revert does',
  acts: true,
  needs: 'anywhere',
  async run(context) {
    const { actions, subject, given, rest } = context;
    if (rest !== '') return refused(noArguments(undo));
    const pullRequest = subject?.pullRequest ?? null;
    if (subject && pullRequest?.state === 'merged' && revert.needs === 'pull-request')
      return revert.run({ ...context, subject: { ...subject, pullRequest } });
    // The dashboard is about no incident, and its boxes are about each.
    const undone = await actions.undo(subject ?? { fingerprints: [], pullRequest: null }, given);
    switch (undone.kind) {
      case 'nothing':
        return refused(
          prose`Nothing to take back: no ${'set'}, ${'snooze'} or ${'ignore'} given here is in force.`,
        );
      case 'set': {
        const { field, value, by, result } = undone;
        return result.kind === 'unchanged'
          ? done(prose`The value that ${by} set is taken back. It was the proposed one.`)
          : reproposed(result, field, value ?? undefined);
      }
      case 'snooze':
      case 'ignore': {
        const again = undone.isOnAgain
          ? ownText(' What was in force before it is in force again.')
          : ownText('');
        return done(prose`The ${undone.kind} of ${undone.by} is taken back.${again}`);
      }
    }
  },
};
