import { fieldNamed, type FieldName } from '../../kubernetes/field-path.ts';
import type { Scalar } from '../../kubernetes/objects.ts';
import { diffBlock, item, list, type Block } from '../../model/block.ts';
import type { Settable } from '../../model/finding.ts';
import type { PlacedChange } from '../../model/change.ts';
import type { Located } from '../../model/located.ts';
import { cutLines, SIZE_BUDGETS } from '../../writers/size-budget.ts';
import { orderedChanges, placeText } from '../../pull-requests/site.ts';
import { shownValue, wordingOf } from '../../model/change-wording.ts';
import { ownText, prose, sentenceOf, type Prose } from '../../untrusted/prose.ts';
import { parseAssignment } from '../arguments.ts';
import { withinCaps, type Capped } from '../../decisions/caps.ts';
import { done, refused, type Answer, type Command } from '../command.ts';
import type { Reproposed, Seen } from '../actions.ts';
import { nothingSeen, writeAs } from '../usual.ts';
import { chosenField, ownChange } from '../../decisions/set-values.ts';

export const set: Command = {
  name: 'set',
  usage: '/rca set <field>=<value>',
  summary: 'proposes another value for a field of this finding, within the limits, and proves it again',
  acts: true,
  needs: 'pull-request',
  async run({ actions, subject, author, rest, given }) {
    const assignment = parseAssignment(rest);
    if (assignment === null)
      return refused(prose`${writeAs(set)} A value with spaces goes between quotes: \`${'command="a b"'}\`.`);
    const { state, isOurs } = subject.pullRequest;
    if (state !== 'open') return refused(prose`The pull request is ${ownText(state)} already.`);
    if (!isOurs)
      return refused(
        ownText('Somebody else has pushed to this branch, so it is left as it is. Push the value yourself.'),
      );
    const changes = changesOf(await actions.seen(subject));
    if (changes === null) return refused(nothingSeen());
    const chosen = chosenField(assignment.field, changes);
    if ('why' in chosen) return refused(chosen.why);
    const change = changes.find((one) => one.field.text === chosen.text)!;
    const capped: Capped | null =
      assignment.value === null
        ? null
        : withinCaps(ownChange(change), assignment.value, {
            settable: change.settable,
            changes,
            limits: actions.limits,
          });
    if (capped?.kind === 'refused') return refused(capped.why);
    const value = capped?.value ?? null;
    const result = await actions.set(subject, { field: chosen.text, value }, author, given);
    return reproposed(result, chosen.text, change.after);
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
      const name = fieldNamed(field);
      const now = result.located.changes.find((change) => change.field.text === field);
      // Where an earlier attempt was interrupted, what it was before that is not known any more.
      const isKnown = was !== undefined && was !== now?.after;
      const then = isKnown ? prose` It was ${shownValue(name, was)}.` : prose``;
      return done(
        ...(now ? [prose`${leafOf(name)} is now ${shownValue(name, now.after)}.${then}`] : []),
        ...proposed(result.located, result.head),
      );
    }
  }
}

function leafOf({ path }: FieldName): string {
  return path
    .filter((segment) => typeof segment === 'string')
    .slice(-2)
    .join('.');
}

interface Proposable extends PlacedChange {
  readonly settable: Settable | undefined;
}

/** What is proposed; `own` is there where somebody has set a value. */
function changesOf(seen: readonly Seen[]): readonly Proposable[] | null {
  const changes = seen.flatMap(({ result: { located, incident } }) =>
    located?.kind === 'located'
      ? located.changes.map((change): Proposable => {
          const { terms, changes: wanted } = incident.finding;
          const own = wanted.find(({ field }) => field.text === change.field.text)?.own;
          return { ...change, ...(own === undefined ? {} : { own }), settable: terms?.settable };
        })
      : [],
  );
  return changes.length === 0 ? null : changes;
}

function proposed(located: Located, head: string): readonly (Prose | Block)[] {
  const lines = orderedChanges({ located }).map((change) => {
    const { what, from, to } = wordingOf(change);
    const values = from === null ? prose`${to ?? ''}` : prose`from ${from} to ${to ?? ownText('nothing')}`;
    return item(prose`${placeText(change.site)}: ${what} ${values}`);
  });
  const { text } = cutLines(located.diff, SIZE_BUDGETS[3]!.diff);
  const { status, reason } = located.proof;
  return [
    prose`The branch is now at ${head.slice(0, 8)}:`,
    ...list(lines),
    diffBlock(text),
    status === 'proven'
      ? ownText('Proven again: the intended fields change and nothing else does.')
      : prose`Not proven: ${sentenceOf(reason ?? 'something could not be rendered')}.`,
  ];
}
