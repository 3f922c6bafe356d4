import type { Change, Located } from '../../locate/located.ts';
import { cutLines, ROOMS } from '../../pull-requests/room.ts';
import { orderedChanges, fileLine } from '../../pull-requests/site.ts';
import { wordingOf } from '../../pull-requests/wording.ts';
import { fenced, inline } from '../../untrusted/markdown.ts';
import { joinProse, ownText, prose, sentenceOf, untrusted, type Prose } from '../../untrusted/prose.ts';
import { parseAssignment } from '../arguments.ts';
import { withinCaps } from '../caps.ts';
import { done, refused, type Answer, type Command } from '../command.ts';
import { chooseField } from '../fields.ts';
import { nothingSeen, writeAs } from '../usual.ts';

export const set: Command = {
  name: 'set',
  usage: '/rca set <field>=<value>',
  summary: 'proposes another value for a field of this finding, within the limits, and proves it again',
  acts: true,
  needs: 'pull-request',
  async run({ desk, subject, author, rest }) {
    const assignment = parseAssignment(rest);
    if (assignment === null)
      return refused(prose`${writeAs(set)} A value with spaces goes between quotes: \`${'command="a b"'}\`.`);
    const { state, isOurs } = subject.pullRequest;
    if (state !== 'open') return refused(prose`The pull request is ${ownText(state)} already.`);
    if (!isOurs)
      return refused(
        ownText('Somebody else has pushed to this branch, so it is left as it is. Push the value yourself.'),
      );
    const changes = changesOf(await desk.seen(subject));
    if (changes === null) return refused(nothingSeen());
    const change = chosen(assignment.field, changes);
    if ('outcome' in change) return change;
    const capped = withinCaps(change, assignment.value, changes, desk.limits);
    if (capped.kind === 'refused') return refused(capped.why);
    const result = await desk.set(subject, { field: change.field, value: capped.value }, author);
    switch (result.kind) {
      case 'refused':
        return refused(prose`Nothing was changed: ${result.why}`);
      case 'unchanged':
        return done(ownText('That is what this pull request proposes already.'));
      case 'proposed':
        return done(...proposed(result.located, result.head));
    }
  },
};

function changesOf(
  seen: Awaited<ReturnType<Parameters<typeof set.run>[0]['desk']['seen']>>,
): readonly Change[] | null {
  const changes = seen.flatMap(({ result: { located } }) =>
    located?.kind === 'located' ? located.changes : [],
  );
  return changes.length === 0 ? null : changes;
}

function chosen(named: string, changes: readonly Change[]): Change | Answer {
  const fields = changes.map(({ field }) => field);
  const choice = chooseField(named, fields);
  if (choice.kind === 'field') return changes.find(({ field }) => field === choice.field)!;
  return choice.kind === 'several'
    ? refused(prose`${named} may be one of ${listed(choice.fields)}. Write more of it.`)
    : refused(prose`${named} is no field of this finding. It is about ${listed([...new Set(fields)])}.`);
}

function listed(fields: readonly string[]): Prose {
  return joinProse(
    fields.slice(0, 8).map((field) => prose`${field}`),
    ', ',
  );
}

function proposed(located: Located, head: string): readonly (Prose | string)[] {
  const lines = orderedChanges({ located }).map((change) => {
    const { what, from, to } = wordingOf(change);
    const values = from === null ? prose`${to ?? ''}` : prose`from ${from} to ${to ?? ''}`;
    return `- ${inline(prose`${fileLine(change.site)}: ${what} ${values}`)}`;
  });
  const { text } = cutLines(located.diff, ROOMS[3]!.diff);
  const { status, reason } = located.proof;
  return [
    prose`The branch is now at ${head.slice(0, 8)}:`,
    lines.join('\n'),
    fenced(untrusted(text), 'diff'),
    status === 'proven'
      ? ownText('Proven again: the intended fields change and nothing else does.')
      : prose`Not proven: ${sentenceOf(reason ?? 'something could not be rendered')}.`,
  ];
}
