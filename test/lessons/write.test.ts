import { describe, expect, test } from 'vitest';
import { teach } from '../../src/lessons/write.ts';
import type { Lesson } from '../../src/model/lessons.ts';
import { plainText } from '../../src/untrusted/prose.ts';

const MEMORY = 'spec.template.spec.containers[name=tiles].resources.limits.memory';
const BRANCH = 'faultline/oom-killed/tiles-9a3f0c1d';

function lesson(more: Partial<Lesson> = {}): Lesson {
  return {
    object: 'Deployment/tiles',
    namespace: 'seatmap',
    root: 'apps/seatmap',
    field: MEMORY,
    atLeast: '768Mi',
    ...more,
  };
}

function taught(text: string | null, lessons: readonly Lesson[], lowered: readonly Lesson[] = []) {
  const result = teach(text, lessons, lowered, BRANCH);
  if (result.kind === 'left') throw new Error(plainText(result.why));
  return result;
}

const ITEM = `object: Deployment/tiles
    namespace: seatmap
    root: apps/seatmap
    field: ${MEMORY}
    atLeast: 768Mi
    since: ${BRANCH}
`;

const BY_PEOPLE = `# ours, ask the seatmap team
expectations:   # sorted by nobody
  # gates need two
  - {object: Deployment/gates, field: spec.replicas, atLeast: 2}   # always

  - object:   "Deployment/zones"
    field: 'spec.replicas'
    atMost: 9
# the end`;

describe('a lesson', () => {
  test('makes the file where there is none, and says what it is for', () => {
    const { text, written } = taught(null, [lesson()]);
    expect(text).toBe(
      `# What earlier failures taught. The guard of Faultline holds every pull request to it; edit or delete any line.\nexpectations:\n  - ${ITEM}`,
    );
    expect(written).toEqual([{ ...lesson(), line: 3 }]);
  });

  test.each([
    ['', `${taught(null, [lesson()]).text}`],
    ['# only a comment', `# only a comment\nexpectations:\n  - ${ITEM}`],
    ['expectations: []\n', `expectations:\n- ${ITEM.replaceAll('\n    ', '\n  ')}`],
    ['{}\n', `expectations:\n- ${ITEM.replaceAll('\n    ', '\n  ')}`],
  ])('fills a file that holds nothing: %j', (before, after) => {
    expect(taught(before, [lesson()]).text).toContain(after.trimEnd());
  });

  test('goes to its place by name, and every other byte of people stays', () => {
    const { text, written } = taught(BY_PEOPLE, [lesson({ namespace: null })]);
    const item = `  - ${ITEM.replace('    namespace: seatmap\n', '')}`;
    const [first, second] = BY_PEOPLE.split('\n\n');
    expect(text).toBe(`${first}\n${item.trimEnd()}\n\n${second}`);
    expect(written[0]!.line).toBe(5);
  });

  test('leaves a file that cannot be read, and says why', () => {
    const result = teach('expectations: [{object: tiles, field: a, equals: 1}]\n', [lesson()], [], BRANCH);
    expect(result.kind === 'left' && plainText(result.why)).toContain(
      '.github/faultline-expectations.yml:1:25: expectations[0].object: expected <Kind>/<name>, such as Deployment/cart, but found "tiles"',
    );
  });

  test('is not written where as much is expected already, by anybody and in any writing', () => {
    const file = `expectations:\n- object: Deployment/tiles\n  field: ${MEMORY}\n  atLeast: 0.75Gi\n`;
    expect(taught(file, [lesson()])).toMatchObject({ text: file, written: [], left: [] });
  });

  test('raises what an earlier fix taught, in its place', () => {
    const file = taught(BY_PEOPLE, [lesson({ atLeast: '512Mi' })]).text.replace('-9a3f0c1d', '-00000000');
    const { text } = taught(file, [lesson()]);
    expect(text).toBe(taught(BY_PEOPLE, [lesson()]).text);
  });

  test('stands beside a lower bound of people, which stays', () => {
    const file = `expectations:\n- object: Deployment/tiles\n  field: ${MEMORY}\n  atLeast: 256Mi\n  since: '#12'\n`;
    const { text, written } = taught(file, [lesson()]);
    expect(text.startsWith(file)).toBe(true);
    expect(written).toHaveLength(1);
  });

  test('is not written beside what it would contradict', () => {
    const file = `expectations:\n- object: Deployment/tiles\n  field: ${MEMORY}\n  atMost: 512Mi\n`;
    const { text, left } = taught(file, [lesson()]);
    expect(text).toBe(file);
    expect(left.map(plainText)).toEqual([
      '.github/faultline-expectations.yml:2 expects something else of this field',
    ]);
  });

  test('of another root or another field stands beside it', () => {
    const { text } = taught(taught(null, [lesson()]).text, [lesson({ root: 'apps/other' })]);
    expect(text.match(/- object/g)).toHaveLength(2);
  });
});

describe('a fix that gives less', () => {
  const less = lesson({ atLeast: '512Mi' });

  test('ends what an earlier fix taught of the field, and nothing else', () => {
    const { text, ended } = taught(taught(BY_PEOPLE, [lesson()]).text, [], [less]);
    expect(text).toBe(BY_PEOPLE);
    expect(ended).toEqual([{ line: 9, since: BRANCH }]);
  });

  test('leaves an empty list where that was the only one', () => {
    const { text } = taught(taught(null, [lesson()]).text, [], [less]);
    expect(text).toContain('\nexpectations: []\n');
  });

  test('leaves what it still meets, and what people expect', () => {
    const own = taught(null, [lesson({ atLeast: '256Mi' })]).text;
    expect(taught(own, [], [less])).toMatchObject({ text: own, ended: [] });
    const people = own.replace(BRANCH, "'#12'").replace('256Mi', '1Gi');
    expect(taught(people, [], [less])).toMatchObject({ text: people, ended: [] });
  });
});
