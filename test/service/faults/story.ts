import { isDeepStrictEqual } from 'node:util';
import type { FaultKind, JournalEntry } from '../../github/stand-in/interface.ts';
import { chapters, type Chapter } from './chapters.ts';
import { isWrite, sufferings, type Suffering } from './faults.ts';
import {
  isAnsweredOtherwise,
  isNotDone,
  outline,
  pictureOf,
  withoutAnswers,
  type Picture,
} from './picture.ts';
import { Life, World, type Moment } from './world.ts';

/** A chapter that went undisturbed: where it began, what was asked, and what came of it. */
export interface Told {
  readonly chapter: Chapter;
  readonly beginning: Moment;
  /** In order, without git's. */
  readonly requests: readonly JournalEntry[];
  /** The end, or any of several that are as good. */
  readonly pictures: readonly Picture[];
  readonly end: Moment;
}

/** One request of a chapter, and what it suffers. */
export interface Point {
  readonly request: JournalEntry;
  readonly suffering: Suffering;
}

/** Those after which all is as if nothing had been. */
const SAME_STORY = sufferings.filter(
  ({ kills, isOtherStory }) => kills !== 'process-and-store' && isOtherStory === undefined,
);

/** What of a suffering may make the end another one. */
type Ending = Pick<Suffering, 'kills' | 'mayBeLost' | 'isOtherStory'>;

const HALF_A_DAY = 12 * 60 * 60_000;
/** Faultline edits a description every five minutes at most. */
const PAUSE = 6;
/** How often it may look again until all is as it should be. */
const ROUNDS = 4;

/** Tells the chapters, each undisturbed, in their order. Half a day of its own clock ago, so that a real process can take over. */
export async function* story(): AsyncGenerator<Told> {
  const told = new Map<string, Told>();
  const worlds: World[] = [];
  try {
    for (const chapter of chapters) {
      const before = chapter.after === null ? null : told.get(chapter.after)!.end;
      const world = before
        ? await World.at(before)
        : await World.begin(chapter.files ?? {}, Date.now() - HALF_A_DAY);
      worlds.push(world);
      const one = await undisturbed(chapter, world);
      told.set(chapter.name, one);
      yield one;
    }
  } finally {
    // Not before: moments are gone with their world.
    for (const world of worlds) await world.end();
  }
}

async function undisturbed(chapter: Chapter, world: World): Promise<Told> {
  world.pass(PAUSE);
  chapter.begin(world);
  const beginning = world.moment();
  const life = await Life.begin(world);
  await live(life);
  const picture = await pictureOf(world, life.store);
  const requests = world.github.journal.filter(({ kind }) => kind !== 'git');
  await life.end();
  const end = world.moment();
  const pictures = chapter.goesOn ? [picture, await oneLookLater(world)] : [picture];
  return { chapter, beginning, requests, pictures, end };
}

async function oneLookLater(world: World): Promise<Picture> {
  const life = await Life.begin(world);
  await live(life);
  const picture = await pictureOf(world, life.store);
  await life.end();
  return picture;
}

export async function live(life: Life): Promise<void> {
  await life.start();
  await life.goOn();
}

/** What the requests of a chapter suffer: a write everything that it can, another one of each group, in turn. */
export function pointsOf({ chapter, requests }: Told): readonly Point[] {
  // Every process starts in the same way.
  const own = requests.filter((request) => chapter.after === null || !isStart(request));
  return own.flatMap((request) => {
    const possible = sufferings.filter((suffering) => suffering.befalls(request));
    const isNext = (suffering: Suffering): boolean => {
      if (suffering.group === undefined || suffering.group === 'ref') return true;
      const group = possible.filter((one) => one.group === suffering.group);
      return group[request.n % group.length] === suffering;
    };
    return possible
      .filter((suffering) => isWrite(request) || isNext(suffering))
      .map((suffering) => ({ request, suffering }));
  });
}

function isStart({ path }: JournalEntry): boolean {
  return path.startsWith('/app') || path.startsWith('/installation');
}

/** What is otherwise than in the undisturbed story after a request suffered; null when nothing is. */
export async function disturbed(told: Told, point: Point): Promise<string | null> {
  const world = await World.at(told.beginning);
  try {
    return await endOf(world, told, point);
  } finally {
    await world.end();
  }
}

async function endOf(world: World, told: Told, { request: { n }, suffering }: Point): Promise<string | null> {
  const { github } = world;
  const { does, times = 1, kills } = suffering;
  github.faults.add({ after: n - 1, times, does: typeof does === 'function' ? does(github) : does });
  if (kills) github.faults.add({ after: n, times: Infinity, does: { kind: 'drop' } });
  const life = await Life.begin(world);
  const death = new Promise<void>((resolve) => {
    if (!kills) return;
    github.onRequest((at, moment) => {
      if (at !== n || moment !== 'done') return;
      void life.end();
      resolve();
    });
  });
  // What cannot be asked at its start ends the process, and it is started again.
  const isAlive = await Promise.race([live(life).then(() => true), death.then(() => false)]).catch(
    () => false,
  );
  github.onRequest(null);
  github.faults.clear();
  if (!github.journal.some((entry) => entry.n === n)) return 'no request suffered';
  if (isAlive) return settled(life, told.pictures, suffering).finally(() => life.end());
  await life.end();
  if (kills === 'process-and-store') world.loseStore();
  return goneOn(world, told.pictures, suffering);
}

/** What the requests of a chapter suffered, and what is otherwise in the end. */
export interface Besieged {
  readonly suffered: ReadonlyMap<string, Suffering>;
  readonly found: string | null;
}

/** The chapter with every request suffering something when it is made first. */
export async function besieged(told: Told): Promise<Besieged> {
  const world = await World.at(told.beginning);
  const { github } = world;
  const suffered = new Map<string, Suffering>();
  const next = (request: JournalEntry): Suffering => rarestFor(request, [...suffered.values()], told.chapter);
  try {
    for (;;) {
      const life = await Life.begin(world);
      const death = new Promise<'dead'>((resolve) => {
        let dies: number | null = null;
        github.onRequest((n, moment, request) => {
          const name = `${request.method} ${request.path} ${request.operation}`;
          if (moment === 'done' && n === dies) {
            void life.end();
            resolve('dead');
          }
          if (moment === 'done' || suffered.has(name) || github.faults.pending.length > 0) return;
          const suffering = next(request);
          const { does, times = 1, kills } = suffering;
          suffered.set(name, suffering);
          github.faults.add({ does: does as FaultKind, times });
          if (kills) dies = n;
        });
      });
      const lived = live(life).then(() => settled(life, told.pictures, { mayBeLost: true }));
      // What cannot be asked at its start ends the process, and it is started again.
      const found = await Promise.race([lived, death]).catch(() => 'dead' as const);
      await life.end();
      if (found !== 'dead') return { suffered, found };
      github.faults.clear();
    }
  } finally {
    await world.end();
  }
}

/** What a request suffers: the rarest so far, or what only refs can suffer, in each chapter another. */
function rarestFor(request: JournalEntry, used: readonly Suffering[], chapter: Chapter): Suffering {
  const possible = SAME_STORY.filter((one) => one.befalls(request));
  const ofRefs = possible.filter(({ group }) => group === 'ref');
  if (ofRefs.length > 0) return ofRefs[chapters.indexOf(chapter) % ofRefs.length]!;
  const times = (one: Suffering): number => used.filter((other) => other === one).length;
  return possible.reduce((rarest, one) => (times(one) < times(rarest) ? one : rarest));
}

/** What is not as it should be after Faultline was started again. */
export async function goneOn(
  world: World,
  wanted: readonly Picture[],
  suffering: Ending,
): Promise<string | null> {
  const life = await Life.begin(world);
  try {
    await life.start();
    return await settled(life, wanted, suffering);
  } finally {
    await life.end();
  }
}

/** Looks again until all is as it should be; else what is not. */
async function settled(life: Life, wanted: readonly Picture[], suffering: Ending): Promise<string | null> {
  const { world, store } = life;
  for (let round = 0; ; round += 1) {
    const now = await pictureOf(world, store);
    const differing = wanted.map((one) => differences(one, now, suffering));
    const found = differing.includes(null) ? null : differing[0]!;
    if (found === null && world.github.violations.length === 0) return null;
    if (round === ROUNDS) return [...world.github.violations, found ?? ''].join('\n');
    if (round > 0) world.pass(PAUSE);
    if (round === 1 && suffering.mayBeLost && isNotDone(now)) world.say(world.said.at(-1)!.body);
    await life.goOn();
  }
}

function differences(
  wanted: Picture,
  found: Picture,
  { kills, mayBeLost, isOtherStory }: Ending,
): string | null {
  const hasOtherAnswer = mayBeLost && isAnsweredOtherwise(found);
  const seen = (picture: Picture): object => {
    if (isOtherStory) return outline(picture);
    const told = hasOtherAnswer ? withoutAnswers(picture) : picture;
    // What was remembered of comments is gone with the store.
    return kills === 'process-and-store' ? { ...told, store: null } : told;
  };
  if (isDeepStrictEqual(seen(wanted), seen(found))) return null;
  return linesThatDiffer(seen(wanted), seen(found));
}

function linesThatDiffer(wanted: object, found: object): string {
  const [one, other] = [wanted, found].map((value) => JSON.stringify(value, null, 1).split('\n')) as [
    string[],
    string[],
  ];
  return [
    ...one.filter((line) => !other.includes(line)).map((line) => `- ${line.trim()}`),
    ...other.filter((line) => !one.includes(line)).map((line) => `+ ${line.trim()}`),
  ].join('\n');
}
