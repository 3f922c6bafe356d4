import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { argumentsOf, MAIN } from './corpus/command-line.ts';
import type { Task } from './corpus/judge.ts';
import { questionsAbout, type Questions } from './corpus/questions.ts';
import { built, type Recipe } from './corpus/recipe.ts';
import { declaringRenders } from './declaring-renders.ts';
import { rendersIn } from './renders-in.ts';
import { table } from './table.ts';

/*
 * What `locate --set` costs in a fresh process with an empty cache, in processor seconds, beside the renders that nobody could do
 * without: each root that reads an edited file before and after, and the asked root once more, marked. A second ratio counts those
 * besides that tell who applies what (declaring-renders.ts). Linux only.
 *
 * The program is built first, as users run it; with --source it runs from its sources.
 *
 *     node bench/cold.ts [--source] [--fields 6] [--seconds 120] [--seed 1] <folder>…
 */

interface Cold {
  readonly task: Task;
  readonly isDeclined: boolean;
  /** Processor seconds of Faultline and its tools. */
  readonly seconds: number;
  readonly renders: number;
  /** Processor seconds of the needed renders, by the plain tools; 0 where no tool renders. */
  readonly needed: number;
  readonly neededRenders: number;
  /** The same with the renders that tell who applies what. */
  readonly neededToTell: number;
}

/** A tool in a PID namespace of its own leaves no processor time to its parent: it runs in none. */
const ENVIRONMENT = { ...process.env, FAULTLINE_ISOLATION: 'none' };

/** Prints a row for each repository. */
export async function cold(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      source: { type: 'boolean', default: false },
      fields: { type: 'string', default: '6' },
      seconds: { type: 'string', default: '120' },
      seed: { type: 'string', default: '1' },
    },
  });
  const main = values.source ? MAIN : await builtMain();
  const start = await startSeconds(main);
  const rows: (readonly (string | number)[])[] = [];
  for (const folder of positionals) {
    const questions = await questionsAbout(folder, Number(values.seed));
    try {
      rows.push([basename(resolve(folder)), ...cells(await asked(questions, main, values), start)]);
    } finally {
      questions.copy.remove();
    }
  }
  process.stdout.write(`a start of the program: ${start.toFixed(2)} s\n\n${table([HEADER, ...rows])}\n`);
}

/** The program as `npm run build` makes it. */
async function builtMain(): Promise<string> {
  const project = resolve(import.meta.dirname, '..');
  const compiler = join(project, 'node_modules/.bin/tsc');
  await promisify(execFile)(compiler, ['-p', 'tsconfig.build.json'], { cwd: project });
  return join(project, 'dist/main.js');
}

async function asked(
  questions: Questions,
  main: string,
  { fields, seconds }: { readonly fields: string; readonly seconds: string },
): Promise<readonly Cold[]> {
  const known = new Map<string, Promise<number>>();
  const declaring = declaringRenders(questions.world, questions.copy);
  const cases: Cold[] = [];
  const end = performance.now() + Number(seconds) * 1000;
  for (const task of questions.tasks.slice(0, Number(fields))) {
    if (performance.now() > end) break;
    const one = await measured({ questions, main, declaring, known }, task);
    process.stderr.write(`${lineOf(one)}\n`);
    cases.push(one);
  }
  return cases;
}

interface Run {
  readonly questions: Questions;
  readonly main: string;
  readonly declaring: readonly Recipe[];
  /** Seconds of each render, by its recipe. */
  readonly known: Map<string, Promise<number>>;
}

async function measured({ questions, main, declaring, known }: Run, task: Task): Promise<Cold> {
  const cache = mkdtempSync(join(tmpdir(), 'faultline-cold-'));
  try {
    const args = [main, ...argumentsOf(questions.copy.path, task), '--output', 'json'];
    let answer = '';
    const seconds = await processorSeconds(async () => {
      answer = await inFreshProcess(args, cache);
    });
    const located = JSON.parse(answer) as {
      readonly changes?: readonly { readonly site: { readonly file: string } }[];
    };
    const files = new Set((located.changes ?? []).map(({ site }) => site.file));
    const readers = [...questions.world.built.values()]
      .filter(({ root }) => root.files.some((file) => files.has(file)))
      .map(({ root }) => root.recipe);
    const own = task.built.root.recipe;
    // Without an edit, the asked root is rendered as it is and marked.
    const twice = files.size === 0 ? [] : unique([own, ...readers]);
    const recipes = files.size === 0 ? [own, own] : [own, ...twice, ...twice];
    const sumOf = async (all: readonly Recipe[]): Promise<number> => {
      let sum = 0;
      for (const recipe of all) sum += await secondsOf(questions, recipe, known);
      return sum;
    };
    const needed = await sumOf(recipes);
    const counted = new Set(recipes.map((recipe) => JSON.stringify(recipe)));
    const others = declaring.filter((recipe) => !counted.has(JSON.stringify(recipe)));
    return {
      task,
      isDeclined: files.size === 0,
      seconds,
      renders: rendersIn(cache),
      needed,
      neededToTell: needed + (await sumOf(others)),
      neededRenders: recipes.filter(({ kind }) => kind !== 'plain').length,
    };
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

async function inFreshProcess(args: readonly string[], cache: string): Promise<string> {
  const env = { ...ENVIRONMENT, XDG_CACHE_HOME: cache };
  const { stdout } = await promisify(execFile)(process.execPath, [...args], { env, maxBuffer: 2 ** 28 });
  return stdout;
}

/** One render by the plain tools, measured once for each recipe. */
function secondsOf(
  { copy, tools }: Questions,
  recipe: Recipe,
  known: Map<string, Promise<number>>,
): Promise<number> {
  const key = JSON.stringify(recipe);
  const seconds = known.get(key) ?? processorSeconds(() => built(copy, tools, recipe));
  known.set(key, seconds);
  return seconds;
}

function unique(recipes: readonly Recipe[]): readonly Recipe[] {
  return [...new Map(recipes.map((recipe) => [JSON.stringify(recipe), recipe])).values()];
}

/** What the program costs where there is next to nothing to read. */
async function startSeconds(main: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-cold-'));
  try {
    const repository = join(folder, 'repository');
    mkdirSync(repository);
    writeFileSync(
      join(repository, 'settings.yaml'),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {level: info}\n',
    );
    const args = [main, 'locate', '--repo', repository, '--object', 'ConfigMap/settings'];
    args.push('--field', 'data.level', '--set', 'debug');
    const measure = (): Promise<number> =>
      processorSeconds(() => inFreshProcess(args, join(folder, 'cache')));
    // The first run fills Node's cache of compiled sources.
    const seconds = [await measure(), await measure(), await measure(), await measure()];
    return median(seconds.slice(1));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Linux counts processor time in hundredths of a second for every process that it shows in `/proc`. */
const TICKS = 100;

/** Processor time of the processes that an action starts and waits for. */
async function processorSeconds(act: () => Promise<unknown>): Promise<number> {
  const before = childTicks();
  await act();
  return (childTicks() - before) / TICKS;
}

/** `cutime` and `cstime` of proc(5): ended children, with theirs. The name of the program before them may have spaces. */
function childTicks(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').replace(/^.*\)/s, '').trim().split(' ');
  return Number(fields[13]) + Number(fields[14]);
}

const HEADER = [
  'repository',
  'fields',
  'declined',
  'renders, median / worst',
  'needed, median',
  'seconds, median / worst',
  'needed, median',
  'and to tell who applies',
  'ratio, median / worst',
  'without the start',
  'ratio to both, median / worst',
  'without the start',
];

function cells(cases: readonly Cold[], start: number): readonly (string | number)[] {
  const seconds = cases.map((one) => one.seconds);
  const renders = cases.map((one) => one.renders);
  const ratios = (of: (one: Cold) => number, less = 0): string => {
    const all = cases.filter((one) => of(one) > 0).map((one) => Math.max(0, one.seconds - less) / of(one));
    return all.length === 0 ? '–' : `${median(all).toFixed(1)} / ${Math.max(...all).toFixed(1)}`;
  };
  const needed = ({ needed: some }: Cold): number => some;
  const both = ({ neededToTell }: Cold): number => neededToTell;
  return [
    cases.length,
    cases.filter(({ isDeclined }) => isDeclined).length,
    `${median(renders)} / ${Math.max(...renders)}`,
    median(cases.map(({ neededRenders }) => neededRenders)),
    `${median(seconds).toFixed(1)} / ${Math.max(...seconds).toFixed(1)}`,
    median(cases.map(needed)).toFixed(2),
    median(cases.map(both)).toFixed(2),
    ratios(needed),
    ratios(needed, start),
    ratios(both),
    ratios(both, start),
  ];
}

function lineOf({ task, isDeclined, seconds, renders, needed, neededRenders, neededToTell }: Cold): string {
  const { thing, field, built: of } = task;
  const what = `${of.root.asked} ${thing.kind}/${thing.name} ${field.text}`;
  const said = isDeclined ? ' (declined)' : '';
  return `${seconds.toFixed(2)} s, ${renders} renders; needed ${needed.toFixed(2)} s, ${neededRenders}, ${neededToTell.toFixed(2)} s to tell who applies too: ${what}${said}`;
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? 0;
}

if (import.meta.main) {
  // The tools of `npm run tools` go first, so that numbers of two machines are numbers of one tool.
  const tools = resolve(import.meta.dirname, '../.tools/bin');
  if (existsSync(tools)) process.env['PATH'] = `${tools}${delimiter}${process.env['PATH'] ?? ''}`;
  await cold(process.argv.slice(2));
}
