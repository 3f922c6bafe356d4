import { describe, expect, test } from 'vitest';
import { Ask, type Answer } from '../../src/model/ask.ts';
import { changeOf } from '../../src/model/change.ts';
import type { Difference, FieldVersion, Need } from '../../src/model/need.ts';
import { asDraft, concludeRaise, type Raise } from '../../src/rules/raise.ts';
import { ownText, plainText, prose } from '../../src/untrusted/prose.ts';

const object = { apiVersion: 'v1', kind: 'Quay', namespace: 'shop', name: 'north' };

const raise: Raise = {
  noun: 'maximum',
  object,
  field: 'spec.maximum',
  amount: 4,
  written: 4,
  next: 6,
  shown: String,
  summary: ownText('It is full.'),
  rootCause: ownText('All four are taken.'),
  causes: { waiting: 'waiting', tooSmall: 'too-small' },
  raisedBefore: () => null,
  against: () => null,
  doubt: () => null,
  fix: {
    reason: ownText('Six are needed.'),
    changes: [changeOf(object, 'spec.maximum', 4, 6)],
    advice: [ownText('Watch it.')],
  },
};

const version = (value: number, author = 'Ada'): FieldVersion => ({
  value,
  commit: { sha: 'abcdef1234567890', author, email: 'x@shop.example', at: 0, subject: 'quay: more' },
});

/** What is concluded where git has these values, the newest first. */
function concluded(
  changed: Partial<Raise>,
  history: readonly FieldVersion[] | null = null,
  kind: Difference['kind'] = 'unknown',
) {
  const difference: Difference = { kind, because: ownText('Because.'), evidence: [] };
  const answers: Partial<Record<Need['kind'], Answer>> = { 'field-history': history, difference };
  const asking = concludeRaise({ ...raise, ...changed }, new Ask({ memoryFactor: 2 }));
  let step = asking.next([]);
  while (!step.done) step = asking.next(step.value.map((need) => answers[need.kind] ?? null));
  return step.value;
}

const against = { cause: 'no-room', says: ownText('the quay has no room.'), evidence: [] };
const before = { says: ownText('It was raised.'), when: ownText('within 7 days of a raise'), evidence: [] };

describe('a value that is too small', () => {
  test('is raised where nothing stands against it', () => {
    const { outcome } = concluded({});
    expect(outcome).toMatchObject({ cause: 'too-small', verdict: 'fix', changes: raise.fix.changes });
  });

  test('is a draft where a person has to agree, measured by what a person chose last', () => {
    const doubt = (chosen: number) => (chosen === 3 ? prose`${chosen} were chosen.` : null);
    const { outcome } = concluded({ doubt }, [version(4, 'quay[bot]'), version(3)]);
    expect(outcome).toMatchObject({
      cause: 'too-small',
      verdict: 'escalate',
      guards: [{ kind: 'draft' }],
      changes: raise.fix.changes,
    });
    expect(concluded({ doubt }, [version(4)]).outcome.verdict).toBe('fix');
  });

  test.each([
    ['was raised before', { raisedBefore: () => before }, 'raised-before', 'reached again within 7 days'],
    ['has no room to grow', { against: () => against }, 'no-room', 'A maximum of 6 is not possible here'],
  ] as const)('is left alone, without advice on a raise, where it %s', (_what, changed, cause, says) => {
    const { outcome } = concluded(changed);
    expect(outcome).toMatchObject({ cause });
    expect(outcome.changes ?? outcome.advice).toBeUndefined();
    expect(plainText(outcome.reason!)).toContain(says);
  });

  test.each([
    ['drift', 'drift'],
    ['lag', 'waiting'],
    ['unknown', 'waiting'],
  ] as const)('is left alone where git has more already: %s', (kind, cause) => {
    const { outcome } = concluded({}, [version(8), version(4)], kind);
    expect(outcome.cause).toBe(cause);
    expect(outcome.changes).toBeUndefined();
    expect(plainText(outcome.rootCause)).toContain('Git has a maximum of 8');
  });

  test('is surer where its history is known', () => {
    expect(concluded({}).confidence.factor).toBeLessThan(1);
    expect(concluded({}, [version(4)]).confidence.factor).toBe(1);
  });
});

test('a draft keeps the other guards', () => {
  const guard = { kind: 'no-auto-merge', reason: ownText('It must be recreated.') } as const;
  const draft = asDraft({ cause: 'a', rootCause: ownText(''), guards: [guard] }, ownText('A person agrees.'));
  expect(draft.guards?.map(({ kind }) => kind)).toEqual(['draft', 'no-auto-merge']);
});
