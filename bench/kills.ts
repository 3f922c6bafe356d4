import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openStore } from '../src/store/sqlite.ts';
import { lostOf, rememberUntilKilled } from '../test/service/faults/kill-rememberer.ts';
import { isWrite } from '../test/service/faults/faults.ts';
import { pictureOf, pictureOfGitHub, type Picture } from '../test/service/faults/picture.ts';
import { goneOn, live, story, type Told } from '../test/service/faults/story.ts';
import { Life, SLUG, World } from '../test/service/faults/world.ts';
import { serve } from '../test/service/process.ts';
import type { JournalEntry } from '../test/github/stand-in/interface.ts';
import { table } from './table.ts';

/*
 * `node bench/kills.ts`: `faultline serve` is killed with SIGKILL at every request of the story, after it was carried out, and before
 * that where it writes. What goes on with the folder that it leaves has to come to the end of the undisturbed story. `--chapter` is a
 * part of a name, and may be repeated. Exit status 1 when one ends otherwise. The chapter `remembered` kills a process that remembers
 * readings of a cluster at chance moments, and counts the kills after which something that it acknowledged is missing.
 */

const SETTINGS =
  'clusters: {prod: {snapshot: snapshot}}\ninterval: 1s\npolling: 1s\nfolder: state\nwritePause: off\nonboarding: none\n';
const HOUR = 60 * 60_000;

/** Requests of a chapter, however long the process looks again and again. */
const MOST = 400;

type Moment = 'arrived' | 'done';

const { values } = parseArgs({ options: { chapter: { type: 'string', multiple: true, default: [''] } } });
const rows: (string | number)[][] = [];
for await (const told of story()) {
  if (!values.chapter.some((part) => told.chapter.name.includes(part))) continue;
  const { requests, pictures } = await undisturbed(told);
  let failures = 0;
  let points = 0;
  for (const { n, operation, ...request } of requests) {
    const moments: readonly Moment[] = isWrite({ n, operation, ...request }) ? ['arrived', 'done'] : ['done'];
    for (const moment of moments) {
      points += 1;
      const found = await killed(told, n, moment, pictures);
      if (found === null) continue;
      failures += 1;
      process.stdout.write(
        `${told.chapter.name}, request ${n} (${operation}), killed when ${moment}\n${found}\n`,
      );
    }
  }
  rows.push([told.chapter.name, requests.length, points, failures]);
  process.stderr.write(`${told.chapter.name}: ${points} points\n`);
}

const REMEMBERED = 'remembered';
if (values.chapter.some((part) => REMEMBERED.includes(part))) rows.push(await killedRemembering());

const sums = [1, 2, 3].map((column) => rows.reduce((sum, row) => sum + Number(row[column]), 0));
const header = ['chapter', 'requests', 'kills', 'otherwise'];
process.stdout.write(`${table([header, ...rows, ['all', ...sums]])}\n`);
process.stdout.write(`${sums[1]} distinct points, ${sums[2]} ended otherwise\n`);
if (sums[2]! > 0) process.exitCode = 1;

async function killedRemembering(): Promise<(string | number)[]> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-kills-'));
  const file = join(folder, 'faultline.db');
  let [readings, failures] = [0, 0];
  for (let kill = 0; kill < 60; kill += 1) {
    const acknowledged = await rememberUntilKilled(file, readings, Math.random() * 60);
    const lost = await lostOf(file, acknowledged);
    readings = acknowledged + 1;
    if (lost.length === 0) continue;
    failures += 1;
    process.stdout.write(`${REMEMBERED}, killed after reading ${acknowledged}: lost ${lost.join(', ')}\n`);
  }
  rmSync(folder, { recursive: true });
  return [REMEMBERED, readings, 60, failures];
}

/** The requests that a process makes until it has done everything, and what came of it. */
async function undisturbed(told: Told): Promise<{
  readonly requests: readonly JournalEntry[];
  readonly pictures: readonly Picture[];
}> {
  const model = await nowIn(told);
  const life = await Life.begin(model);
  await live(life);
  const picture = await pictureOf(model, life.store);
  if (told.chapter.goesOn) await life.goOn();
  const pictures = [picture, await pictureOf(model, life.store)];
  await life.end();
  await model.end();

  const world = await nowIn(told);
  const requests: JournalEntry[] = [];
  const finished = JSON.stringify({ ...picture, store: null });
  await served(world, (_n, moment, entry) => {
    if (moment === 'arrived') requests.push(entry);
    if (requests.length > MOST) throw new Error(`${told.chapter.name}: it does not come to its end`);
    const found = pictureOfGitHub(world);
    return JSON.stringify(found) === finished && requests.length >= told.requests.length;
  });
  await world.end();
  return { requests, pictures };
}

async function killed(
  told: Told,
  at: number,
  when: Moment,
  pictures: readonly Picture[],
): Promise<string | null> {
  const world = await nowIn(told);
  try {
    await served(world, (n, moment) => n === at && moment === when);
    return await goneOn(world, pictures, { mayBeLost: true });
  } finally {
    await world.end();
  }
}

/** The beginning of a chapter as of now, for a process with a clock of its own. */
async function nowIn({ beginning }: Told): Promise<World> {
  const world = await World.at(beginning, Date.now());
  writeFileSync(join(world.folder, 'faultline-service.yml'), SETTINGS);
  const store = await openStore(join(world.folder, 'state/faultline.db'));
  // It has asked for comments before they were written.
  await store.cursors.set(`comments ${SLUG}`, String(beginning.at - HOUR));
  await store.close();
  return world;
}

/** Runs `faultline serve` until the request at which it is to die. */
async function served(
  { github, folder }: World,
  isTheEnd: (n: number, moment: Moment, entry: JournalEntry) => boolean,
): Promise<void> {
  const child = serve(github, folder);
  const exited = once(child, 'exit');
  // A request that arrives at the moment of death is not carried out.
  github.onRequest((n, moment, entry) => {
    if (!isTheEnd(n, moment, entry)) return undefined;
    github.faults.add({ times: Infinity, does: { kind: 'drop' } });
    child.kill('SIGKILL');
    return exited.then(() => undefined);
  });
  await exited;
  github.onRequest(null);
  github.faults.clear();
  if (child.signalCode !== 'SIGKILL') throw new Error(`the process ended by itself, with ${child.exitCode}`);
}
