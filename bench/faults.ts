import { parseArgs } from 'node:util';
import { sufferings } from '../test/service/faults/faults.ts';
import { disturbed, pointsOf, story, type Point } from '../test/service/faults/story.ts';
import { inParallel } from '../src/concurrency/in-parallel.ts';
import { table } from './table.ts';

/*
 * `node bench/faults.ts`: every request of the story suffers everything that it can suffer, one at a time, and the story has to end
 * as if nothing had been. `--chapter` (may be repeated) and `--kind` are parts of names. Exit status 1 when one ends otherwise.
 */

/** Most of a story is waiting for git. */
const AT_ONCE = 6;

const { values } = parseArgs({
  options: {
    chapter: { type: 'string', multiple: true, default: [''] },
    kind: { type: 'string', default: '' },
  },
});

const rows: (string | number)[][] = [];
const failures: string[] = [];
for await (const told of story()) {
  if (!values.chapter.some((part) => told.chapter.name.includes(part))) continue;
  const points = pointsOf(told).filter(({ suffering }) => suffering.name.includes(values.kind));
  const before = failures.length;
  await inParallel(points, AT_ONCE, async (point) => {
    const found = await disturbed(told, point).catch((error: unknown) => String(error));
    if (found !== null) fail(told.chapter.name, point, found);
  });
  const counts = sufferings.map(
    ({ name }) => points.filter(({ suffering }) => suffering.name === name).length,
  );
  rows.push([told.chapter.name, told.requests.length, ...counts, points.length, failures.length - before]);
  process.stderr.write(`${told.chapter.name}: ${points.length} points\n`);
}

const names = ['chapter', 'requests', ...sufferings.map(({ name }) => name), 'points', 'otherwise'];
const sums = names.slice(1).map((_name, index) => rows.reduce((sum, row) => sum + Number(row[index + 1]), 0));
const columns = [names, ...rows, ['all', ...sums]];
process.stdout.write(`${table(names.map((_name, index) => columns.map((row) => row[index]!)))}\n`);
process.stdout.write(`${sums.at(-2)} distinct points, ${failures.length} ended otherwise\n`);
if (failures.length > 0) process.exitCode = 1;

function fail(chapter: string, { request, suffering }: Point, found: string): void {
  const lines = found.split('\n').map((line) => `    ${line}`);
  const where = `${chapter}, request ${request.n} (${request.operation ?? request.path}), ${suffering.name}`;
  failures.push(where);
  process.stdout.write(`${where}\n${lines.join('\n')}\n`);
}
