import { lenientFieldPath } from '../../kubernetes/field-path.ts';
import type { Scalar } from '../../kubernetes/objects.ts';
import type { Settable } from '../../model/finding.ts';
import type { Change, Located } from '../../model/located.ts';
import { cutLines, ROOMS } from '../../writers/room.ts';
import { orderedChanges, placeText } from '../../pull-requests/site.ts';
import { shownValue, wordingOf } from '../../model/change-wording.ts';
import { fenced, inline } from '../../untrusted/markdown.ts';
import { ownText, prose, sentenceOf, untrusted, type Prose } from '../../untrusted/prose.ts';
import { parseAssignment } from '../arguments.ts';
import { withinCaps, type Capped } from '../../decisions/caps.ts';
import { done, refused, type Answer, type Command } from '../command.ts';
import type { Reproposed, Seen } from '../desk.ts';
import { nothingSeen, writeAs } from '../usual.ts';
import { fieldNamed } from '../../decisions/set-values.ts';

export const set: Command = {
  name: 'set',
  usage: '/rca set <field>=<value>',
  summary: 'proposes another value for a field of this finding, within the limits, and proves it again',
  acts: true,
  needs: 'pull-request',
  async run({ desk, subject, author, rest, given }) {
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
    const field = fieldNamed(assignment.field, changes);
    if (typeof field !== 'string') return refused(field.why);
    const change = changes.find((one) => one.field === field)!;
    const capped: Capped | null =
      assignment.value === null
        ? null
        : withinCaps(change.own, assignment.value, {
            settable: change.settable,
            changes,
            limits: desk.limits,
          });
    if (capped?.kind === 'refused') return refused(capped.why);
    const value = capped?.value ?? null;
    const result = await desk.set(subject, { field, value }, author, given);
    return reproposed(result, field, change.after);
  },
};

/** What came of it, with what the field was and what it is now. */
export function reproposed(result: Reproposed, field: string, was: Scalar | undefined): Answer {
  switch (result.kind) {
    case 'refused':
      return refused(prose`Nothing was changed: ${result.why}`);
    case 'unchanged':
      return done(ownText('That is what this pull request proposes already.'));
    case 'proposed': {
      const now = result.located.changes.find((change) => change.field === field);
      // Where an earlier attempt was interrupted, what it was before that is not known any more.
      const isKnown = was !== undefined && was !== now?.after;
      const then = isKnown ? prose` It was ${shownValue(field, was)}.` : prose``;
      return done(
        ...(now ? [prose`${leafOf(field)} is now ${shownValue(field, now.after)}.${then}`] : []),
        ...proposed(result.located, result.head),
      );
    }
  }
}

function leafOf(field: string): string {
  return lenientFieldPath(field)
    .filter((segment) => typeof segment === 'string')
    .slice(-2)
    .join('.');
}

interface Proposable extends Change {
  /** With the value that Faultline itself proposes, whatever was set meanwhile: the caps go by that. */
  readonly own: Change;
  readonly settable: Settable | undefined;
}

function changesOf(seen: readonly Seen[]): readonly Proposable[] | null {
  const changes = seen.flatMap(({ result: { located, incident } }) =>
    located?.kind === 'located'
      ? located.changes.map((change) => {
          const set = incident.values?.set.find(({ field }) => field === change.field);
          const { settable } = incident.finding.terms ?? {};
          return { ...change, own: set ? { ...change, after: set.own } : change, settable };
        })
      : [],
  );
  return changes.length === 0 ? null : changes;
}

function proposed(located: Located, head: string): readonly (Prose | string)[] {
  const lines = orderedChanges({ located }).map((change) => {
    const { what, from, to } = wordingOf(change);
    const values = from === null ? prose`${to ?? ''}` : prose`from ${from} to ${to ?? ''}`;
    return `- ${inline(prose`${placeText(change.site)}: ${what} ${values}`)}`;
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
