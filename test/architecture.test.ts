import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

/*
 * docs/architecture.md in a form that fails. Places are below src/: `git/` is that folder, `./` the files directly in src/.
 * What may import what counts types too; what leads to a door counts only imports that exist at run time.
 */

/** Every place with all others that it may import, types included. What a place imports stands above it. */
const mayImport: Readonly<Record<string, readonly string[] | 'all'>> = {
  // What everything is built on. `kubernetes/` and `untrusted/` know nothing of ours.
  'kubernetes/': [],
  'untrusted/': [],
  'errors/': ['untrusted/'],
  'concurrency/': [],
  'http/': [],
  'tracing/': [],
  // The records that flow.
  'model/': ['kubernetes/', 'untrusted/'],
  'facts/': ['model/', 'kubernetes/', 'untrusted/'],
  'witnesses/': ['facts/', 'model/', 'kubernetes/', 'untrusted/'],
  'rules/': ['witnesses/', 'facts/', 'model/', 'kubernetes/', 'untrusted/'],
  'incidents/': [
    'rules/',
    'witnesses/',
    'facts/',
    'model/',
    'kubernetes/',
    'untrusted/',
    'errors/',
    'concurrency/',
  ],
  // The edges.
  'cluster/': ['model/', 'kubernetes/', 'untrusted/', 'errors/', 'http/', 'concurrency/'],
  'registry/': ['model/', 'kubernetes/', 'errors/', 'http/'],
  'tree/': ['errors/'],
  'git/': ['tree/', 'model/', 'untrusted/', 'errors/', 'concurrency/'],
  'github/': ['tracing/', 'untrusted/', 'concurrency/'],
  'store/': ['model/', 'kubernetes/', 'untrusted/'],
  'edits/': ['kubernetes/'],
  'renderers/': [
    'edits/',
    'tree/',
    'tracing/',
    'kubernetes/',
    'untrusted/',
    'errors/',
    'concurrency/',
    'http/',
  ],
  // What a language model wrote is shown beside everything else, and nothing is made of it.
  'explanation/': ['model/', 'untrusted/'],
  // Policy. The failures that it can name are a generated list, so that it needs no rule.
  'config/': ['tree/', 'errors/'],
  'decisions/': ['config/', 'witnesses/', 'model/', 'kubernetes/', 'untrusted/'],
  // From a field to its line and its proof: the same way for every rule and every policy.
  'sources/': [
    'config/',
    'git/',
    'renderers/',
    'edits/',
    'tree/',
    'model/',
    'kubernetes/',
    'untrusted/',
    'errors/',
  ],
  'proof/': ['sources/', 'renderers/', 'edits/', 'model/', 'kubernetes/'],
  'locate/': [
    'proof/',
    'sources/',
    'git/',
    'renderers/',
    'edits/',
    'tree/',
    'model/',
    'kubernetes/',
    'errors/',
    'concurrency/',
  ],
  // What a fix teaches, and the file that holds it.
  'lessons/': ['sources/', 'git/', 'edits/', 'config/', 'model/', 'kubernetes/', 'untrusted/'],
  'blame/': [
    'locate/',
    'proof/',
    'sources/',
    'git/',
    'renderers/',
    'edits/',
    'tree/',
    'model/',
    'kubernetes/',
    'config/',
    'untrusted/',
  ],
  'proposals/': [
    'locate/',
    'proof/',
    'sources/',
    'git/',
    'renderers/',
    'decisions/',
    'config/',
    'incidents/',
    'model/',
    'kubernetes/',
    'untrusted/',
    'errors/',
  ],
  // The rules on a change that somebody proposes.
  'guard/': [
    'proposals/',
    'locate/',
    'proof/',
    'sources/',
    'git/',
    'renderers/',
    'edits/',
    'tree/',
    'cluster/',
    'registry/',
    'config/',
    'rules/',
    'witnesses/',
    'facts/',
    'model/',
    'kubernetes/',
    'untrusted/',
    'errors/',
    'concurrency/',
  ],
  // What people read.
  'writers/': ['model/', 'kubernetes/', 'untrusted/'],
  'pull-requests/': ['writers/', 'model/', 'kubernetes/', 'untrusted/'],
  'output/': ['pull-requests/', 'writers/', 'decisions/', 'config/', 'model/', 'kubernetes/', 'untrusted/'],
  // GitHub, the store and the repository's content are interfaces that these are handed.
  'lifecycle/': [
    'pull-requests/',
    'writers/',
    'decisions/',
    'config/',
    'github/',
    'store/',
    'facts/',
    'model/',
    'kubernetes/',
    'untrusted/',
  ],
  'chatops/': [
    'pull-requests/',
    'writers/',
    'decisions/',
    'config/',
    'github/',
    'store/',
    'model/',
    'kubernetes/',
    'untrusted/',
    'errors/',
    'concurrency/',
  ],
  'dashboard/': [
    'pull-requests/',
    'writers/',
    'config/',
    'github/',
    'store/',
    'model/',
    'kubernetes/',
    'untrusted/',
  ],
  'report/': ['store/', 'model/', 'kubernetes/', 'untrusted/'],
  'notifications/': [
    'report/',
    'writers/',
    'config/',
    'store/',
    'model/',
    'kubernetes/',
    'untrusted/',
    'http/',
  ],
  'onboarding/': [
    'sources/',
    'renderers/',
    'decisions/',
    'config/',
    'github/',
    'model/',
    'kubernetes/',
    'untrusted/',
  ],
  'status-page/': [
    'dashboard/',
    'report/',
    'pull-requests/',
    'writers/',
    'config/',
    'store/',
    'model/',
    'kubernetes/',
    'untrusted/',
  ],
  // What alerts of others name, and who sent them.
  'alerts/': ['model/', 'kubernetes/', 'untrusted/'],
  // What a task does is for whoever starts the queue.
  'queue/': [],
  // What assistants may ask; who answers is handed in.
  'mcp/': ['alerts/', 'kubernetes/'],
  // Who serves what, among several processes.
  'replicas/': [],
  'observation/': ['queue/', 'lifecycle/', 'tracing/', 'model/'],
  // Wiring: what stands above, whatever it is.
  'pipeline.ts': 'all',
  'service/': 'all',
  'doctor/': [
    'config/',
    'github/',
    'git/',
    'renderers/',
    'cluster/',
    'model/',
    'kubernetes/',
    'errors/',
    'concurrency/',
  ],
  'app.ts': 'all',
  'commands/': 'all',
  // What the commands are called and take, their help, completion and manual.
  'command-line/': ['commands/', 'errors/'],
  'command-line.ts': 'all',
  'main.ts': 'all',
};

/** The doors to the world, each with the only places that use it. */
const doors: Readonly<Record<string, readonly string[]>> = {
  '@kubernetes/client-node': ['cluster/'],
  '@kubernetes/client-node/dist/config_types.js': ['cluster/'],
  '@kubernetes/client-node/dist/exec_auth.js': ['cluster/'],
  '@kubernetes/client-node/dist/gen/http/http.js': ['cluster/'],
  'simple-git': ['git/'],
  '@octokit/rest': ['github/'],
  '@octokit/auth-app': ['github/'],
  undici: ['cluster/', 'github/'],
  'node:child_process': ['renderers/', 'commands/'],
  '@modelcontextprotocol/sdk': ['mcp/', 'commands/'],
  'node:fs': [
    'config/',
    'cluster/',
    'doctor/',
    'registry/',
    'git/',
    'renderers/',
    'tree/',
    'store/',
    'service/',
    'commands/',
  ],
  'node:sqlite': ['store/'],
  pg: ['store/'],
  'graphile-worker': ['queue/'],
  'node:os': ['git/', 'renderers/', 'service/', 'commands/'],
  'node:http': ['mcp/', 'observation/', 'cluster/', 'renderers/', 'commands/'],
  'node:https': ['cluster/', 'renderers/'],
  probot: ['./', 'commands/'],
  '@probot/get-private-key': ['commands/'],
  pino: ['commands/'],
  commander: ['./', 'command-line/'],
  'node:module': ['./'],
  'node:diagnostics_channel': ['commands/'],
};

/** Libraries that only compute, each with its only places. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  zod: ['alerts/', 'config/', 'mcp/', 'registry/', 'service/'],
  yaml: ['edits/', 'config/'],
  'js-yaml': ['edits/', 'renderers/', 'cluster/', 'sources/'],
  'js-yaml-source-map': ['edits/'],
  'node:zlib': ['renderers/'],
  kysely: ['store/'],
  diff: ['git/'],
  'fastest-levenshtein': ['errors/', 'witnesses/'],
  'node:async_hooks': ['store/'],
  // Which addresses a network holds.
  'node:net': ['status-page/'],
  '@opentelemetry/api': ['tracing/'],
  '@prometheus-io/client': ['observation/'],
};

/** What Node brings along and anything may use. */
const harmless = ['crypto', 'path', 'util', 'url', 'timers', 'perf_hooks', 'process', 'vm', 'events'].map(
  (name) => `node:${name}`,
);

const words = ['kubernetes/', 'untrusted/', 'errors/', 'concurrency/'];
const records = ['model/'];
const edges = ['alerts/', 'cluster/', 'registry/', 'git/', 'github/', 'renderers/', 'tree/'];
const judging = ['incidents/', 'rules/', 'witnesses/', 'facts/', 'decisions/'];
const telling = ['writers/', 'pull-requests/', 'output/'];
const talking = ['chatops/', 'dashboard/', 'notifications/', 'onboarding/', 'report/', 'status-page/'];

/** Values in, values out: no import of these leads through a door, not even by way of other files. */
const pure = [
  'alerts/',
  ...words,
  ...records,
  ...judging,
  'edits/',
  'proof/',
  ...telling,
  ...talking,
  'lifecycle/',
];

const source = resolve(import.meta.dirname, '../src');
const files = new Map(
  readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [relative(source, file), readFileSync(file, 'utf8')]),
);
const imports = new Map([...files].map(([file, text]) => [file, importsOf(file, text)]));

const withTypes = new Map(
  [...files].map(([file, text]) => [file, importsOf(file, text.replace(/^import type\b/gm, 'import'))]),
);

describe('the import directions', () => {
  test('each outside library is imported in its own place', () => {
    const elsewhere = edgesWhere((file, target) => {
      const places = doors[target] ?? libraries[target];
      return places !== undefined && !isIn(file, places);
    });
    expect(elsewhere).toEqual([]);
  });

  test('each outside library has a place in a table', () => {
    const known = [...Object.keys(doors), ...Object.keys(libraries), ...harmless];
    expect(edgesWhere((_file, target) => !isOwn(target) && !known.includes(target))).toEqual([]);
  });

  test('nothing pure leads through a door', () => {
    const leaks = [...files.keys()]
      .filter((file) => isIn(file, pure))
      .map((file) => pathToDoor(file))
      .filter((path) => path !== null);
    expect(leaks).toEqual([]);
  });

  test('a place imports only what the table gives it, types included', () => {
    const curious = [...withTypes].flatMap(([file, targets]) =>
      targets
        .filter((target) => isOwn(target) && placeOf(target) !== placeOf(file) && !isGiven(file, target))
        .map((target) => `${file} imports ${target}`),
    );
    expect(curious).toEqual([]);
  });

  test('the table leads downwards only, so that no two places import each other', () => {
    const order = Object.keys(mayImport);
    const upwards = Object.entries(mayImport).flatMap(([place, others]) =>
      others === 'all'
        ? []
        : others.filter((one) => order.indexOf(one) >= order.indexOf(place)).map((one) => `${place} ${one}`),
    );
    expect(upwards).toEqual([]);
  });

  test('no files import each other in a circle', () => {
    expect([...files.keys()].map((file) => circleFrom(file)).filter((circle) => circle !== null)).toEqual([]);
  });

  test('nor do their types', () => {
    expect([...files.keys()].filter((file) => circleFrom(file, withTypes) !== null)).toEqual([]);
  });

  test('the product imports nothing of its tests and scripts', () => {
    expect(edgesWhere((_file, target) => target.startsWith('..'))).toEqual([]);
  });
});

describe('what a command loads', () => {
  test('is, for locate, neither the schemas nor what judges a cluster: a short run is mostly loading', () => {
    const isHeavy = (target: string): boolean =>
      ['zod', 'probot', 'pino', '@kubernetes/client-node', '@octokit/rest'].includes(target) ||
      (isOwn(target) && isIn(target, [...judging, 'cluster/', 'github/', 'service/', 'lifecycle/']));
    const atOnce = new Map([...files].map(([file, text]) => [file, importsOf(file, text, 'at once')]));
    expect(chainFrom('commands/locate.ts', isHeavy, atOnce)).toBeNull();
  });
});

describe('text from outside', () => {
  /** Files outside `untrusted/` in which a name of it is imported. */
  const importersOf = (name: string): readonly string[] =>
    [...files]
      .filter(([file]) => !isIn(file, ['untrusted/']))
      .filter(([, text]) =>
        new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\} from '[./]*untrusted/`).test(text),
      )
      .map(([file]) => file);

  test('is masked by the edges that read it, and by nobody else', () => {
    const makers = ['maskedText', 'maskedLog', 'maskedLogTail', 'maskedObject'].flatMap(importersOf);
    expect(makers.filter((file) => !isIn(file, edges))).toEqual([]);
    expect(makers.length).toBeGreaterThan(3);
  });

  test('is never declared to be masked', () => {
    const casts = filesWith(/\bas (?:unknown as )?Masked(?:Text|Object)\b/);
    expect(casts.filter((file) => !isIn(file, ['untrusted/']))).toEqual([]);
  });

  test('reaches no rule unmasked, so that no rule masks', () => {
    const masking = edgesWhere(
      (file, target) =>
        isIn(file, ['rules/', 'incidents/', 'decisions/']) &&
        /^untrusted\/(?:mask|masked|hidden)\.ts$/.test(target),
    );
    expect(masking).toEqual([]);
    for (const file of ['model/cluster-state.ts', 'model/need.ts'])
      expect(files.get(file), `${file} asks for masked text`).toMatch(/MaskedText/);
  });

  test('becomes HTML by the template alone, and what is written as it stands is our own', () => {
    expect(filesWith(/\bnew Html\(/).filter((file) => !isIn(file, ['untrusted/']))).toEqual([]);
    expect(importersOf('ownHtml').filter((file) => !isIn(file, ['status-page/']))).toEqual([]);
  });

  test('is unwrapped by the writers of its folder alone', () => {
    expect(filesWith(/\bUntrusted\.reveal\b/).filter((file) => !isIn(file, ['untrusted/']))).toEqual([]);
  });
});

describe('the house style', () => {
  test('a file exports by name', () => {
    expect(filesWith(/^export default\b/m)).toEqual([]);
  });

  test('a closed set is a union, not an enum', () => {
    expect(filesWith(/^(export )?(const )?enum\b/m)).toEqual([]);
  });

  test('no file only passes on what others export', () => {
    expect(filesWith(/^export (\*|(type )?\{[^}]*\}) from\b/m)).toEqual([]);
  });

  test('a file is named after what it is about', () => {
    const vague = /(^|[/-])(utils?|helpers?|misc|common|manager|handler|data)\b/i;
    expect([...files.keys()].filter((file) => vague.test(file))).toEqual([]);
  });
});

/** What a file imports at run time: paths below src/ for its own files, else the package, without what follows it (`node:fs` of `node:fs/promises`). */
function importsOf(file: string, text: string, when: 'ever' | 'at once' = 'ever'): readonly string[] {
  const pattern =
    /^(?:import|export)\s+(?!type\b)[^;'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;
  return [...text.matchAll(pattern)]
    .filter(([, , , lazy]) => when === 'ever' || lazy === undefined)
    .map(([, from, alone, lazy]) => {
      const target = from ?? alone ?? lazy ?? '';
      return target.startsWith('.') ? join(dirname(file), target) : packageOf(target);
    });
}

function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

function isOwn(target: string): boolean {
  return /\.(?:ts|json)$/.test(target);
}

/** `git/` of `git/diff.ts`, `./` of `main.ts`. */
function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/') + 1) : './';
}

/** The place of a file in the table: its folder, or itself directly in src. */
function placeOf(file: string): string {
  return file.includes('/') ? folderOf(file) : file;
}

function isGiven(file: string, target: string): boolean {
  const order = Object.keys(mayImport);
  const given = mayImport[placeOf(file)] ?? [];
  return given === 'all'
    ? order.indexOf(placeOf(target)) < order.indexOf(placeOf(file))
    : given.includes(placeOf(target));
}

function isIn(file: string, places: readonly string[]): boolean {
  return places.includes(folderOf(file));
}

/** All imports that are so, in words. */
function edgesWhere(is: (file: string, target: string) => boolean): readonly string[] {
  return [...imports].flatMap(([file, targets]) =>
    targets.filter((target) => is(file, target)).map((target) => `${file} imports ${target}`),
  );
}

function filesWith(pattern: RegExp): readonly string[] {
  return [...files].filter(([, text]) => pattern.test(text)).map(([file]) => file);
}

/** The shortest chain of imports from a file to a door. */
function pathToDoor(start: string): string | null {
  return chainFrom(start, (target) => target in doors);
}

function circleFrom(start: string, graph: ReadonlyMap<string, readonly string[]> = imports): string | null {
  return chainFrom(start, (target) => target === start, graph);
}

function chainFrom(
  start: string,
  isEnd: (target: string) => boolean,
  graph: ReadonlyMap<string, readonly string[]> = imports,
): string | null {
  const chains: (readonly string[])[] = [[start]];
  const seen = new Set<string>();
  for (const chain of chains) {
    for (const target of graph.get(chain.at(-1)!) ?? []) {
      if (isEnd(target)) return [...chain, target].join(' → ');
      if (seen.has(target)) continue;
      seen.add(target);
      chains.push([...chain, target]);
    }
  }
  return null;
}
