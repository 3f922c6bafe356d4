import { beforeAll, expect, test } from 'vitest';
import { chapters } from './faults/chapters.ts';
import { sufferings } from './faults/faults.ts';
import { besieged, disturbed, pointsOf, story, type Besieged, type Point } from './faults/story.ts';

/*
 * `node bench/faults.ts` lets every request of the story suffer everything that it can, one at a time. Here each suffers one thing,
 * all those of a chapter in one go; what is left over befalls the branch of the first pull request.
 */

const LEFT_OVER = ['422 on a ref, update failed', 'race on a ref', 'killed after the effect, store lost'];

const ends = new Map<string, Besieged>();
const single = new Map<string, string | null>();

beforeAll(async () => {
  const running: Promise<unknown>[] = [];
  for await (const told of story()) {
    const { name } = told.chapter;
    running.push(besieged(told).then((end) => ends.set(name, end)));
    const isLeftOver = ({ request, suffering }: Point): boolean =>
      request.operation === 'git/create-ref' && LEFT_OVER.includes(suffering.name);
    if (name === 'open')
      for (const point of pointsOf(told).filter(isLeftOver))
        running.push(disturbed(told, point).then((found) => single.set(point.suffering.name, found)));
  }
  await Promise.all(running);
}, 180_000);

test.each(chapters)('all is as if nothing had been after every request suffered: $name', ({ name }) => {
  expect(ends.get(name)?.found).toBeNull();
});

test.each(LEFT_OVER)('all is as if nothing had been after the branch met: %s', (name) => {
  expect(single.get(name)).toBeNull();
});

test('every kind of fault occurs', () => {
  const suffered = [...ends.values()].flatMap((end) => [...end.suffered.values()].map(({ name }) => name));
  const occurred = new Set([...suffered, ...single.keys()]);
  expect(sufferings.map(({ name }) => name).filter((name) => !occurred.has(name))).toEqual([]);
});
