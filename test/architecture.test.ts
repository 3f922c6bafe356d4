import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

/*
 * docs/architecture.md in a form that fails. Places are below src/: `git/` is that folder, `./` the files directly in src/.
 * Only imports that exist at run time count: a type costs and reaches nothing.
 */

/** The doors to the world, each with the only places that use it. */
const doors: Readonly<Record<string, readonly string[]>> = {
  '@kubernetes/client-node': ['cluster/'],
  'simple-git': ['git/'],
  '@octokit/rest': ['github/'],
  '@octokit/auth-app': ['github/'],
  undici: ['github/'],
  'node:child_process': ['renderers/'],
  'node:fs': ['config/', 'cluster/', 'git/', 'renderers/', 'tree/', 'store/', 'service/', 'commands/'],
  'node:sqlite': ['store/'],
  'node:os': ['git/', 'renderers/', 'service/', 'commands/'],
  'node:http': ['cluster/'],
  'node:https': ['cluster/'],
  probot: ['./', 'commands/'],
  '@probot/get-private-key': ['commands/'],
  pino: ['commands/'],
  commander: ['./'],
  'node:module': ['./'],
  'node:diagnostics_channel': ['commands/'],
};

/** Libraries that only compute, each with its only places. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  zod: ['config/', 'service/'],
  yaml: ['edits/', 'config/'],
  'js-yaml': ['edits/', 'renderers/', 'cluster/', 'sources/'],
  'js-yaml-source-map': ['edits/'],
  'node:zlib': ['renderers/'],
  kysely: ['store/'],
  diff: ['git/'],
  'fastest-levenshtein': ['errors/', 'witnesses/'],
  'node:async_hooks': ['store/'],
};

/** What Node brings along and anything may use. */
const harmless = ['crypto', 'path', 'util', 'url', 'timers', 'perf_hooks', 'process', 'vm'].map(
  (name) => `node:${name}`,
);

const words = ['kubernetes/', 'untrusted/', 'errors/', 'concurrency/'];
const records = ['model/'];
const edges = ['cluster/', 'git/', 'github/', 'renderers/', 'tree/'];
const judging = ['incidents/', 'rules/', 'witnesses/', 'facts/', 'decisions/'];
const placing = ['sources/', 'locate/', 'edits/', 'proof/'];
const telling = ['writers/', 'pull-requests/', 'output/'];
const talking = ['chatops/', 'dashboard/', 'onboarding/'];

/** Values in, values out: no import of these leads through a door, not even by way of other files. */
const pure = [...words, ...records, ...judging, 'edits/', 'proof/', ...telling, ...talking, 'lifecycle/'];

/** What a folder does not know of, although it could. */
const doesNotKnow: Readonly<Record<string, readonly string[]>> = {
  // Everything is built on the words, so they know nothing else.
  ...eachOf(words, [...edges, ...judging, ...placing, ...telling, ...talking, 'config/']),
  // A rule says what is wrong and what should be. Where that is written and what is done about it is not its business.
  'rules/': [...edges, ...placing, ...telling, ...talking, 'decisions/', 'config/'],
  'decisions/': [...edges, ...placing, ...telling, ...talking],
  // The edges bring values in; what they mean is found out in the middle.
  ...eachOf(edges, [...judging, ...telling, ...talking]),
  // From a field to its line and its proof: the same way for every failure and every policy.
  ...eachOf(placing, [...judging, ...telling, ...talking, 'cluster/']),
  // The text is written from a finished proposal.
  'pull-requests/': [...edges, ...placing, ...talking, 'config/'],
  // GitHub, the store and the repository's content are interfaces that it is handed; the proposals are finished.
  'lifecycle/': ['cluster/', 'git/', 'renderers/', 'tree/', ...placing, ...talking, 'incidents/', 'rules/'],
  // What people ask for and are told goes through the actions of commands, the host's interface and values; the app wires what does it.
  ...eachOf(
    ['chatops/', 'dashboard/', 'onboarding/'],
    [...edges.filter((edge) => edge !== 'github/'), ...placing, 'lifecycle/', 'incidents/', 'store/'],
  ),
};

/** The only folders that a folder knows of, beside itself. */
const knowsOnly: Readonly<Record<string, readonly string[]>> = {
  'facts/': [...words, ...records],
  'witnesses/': [...words, ...records, 'facts/'],
  'model/': words,
  // Each medium has one writer, of what everybody else makes as values.
  'writers/': [...words, ...records],
  // Values go in and come out as they were; what they mean is nothing to keep them by. Their types it may name.
  'store/': [...words, ...records],
  // What a task does is for whoever starts the queue.
  'queue/': [],
  // What is done on GitHub is asked of it in GitHub's words.
  'github/': [...words, ...records],
};

function eachOf(
  folders: readonly string[],
  value: readonly string[],
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(folders.map((folder) => [folder, value]));
}

const source = resolve(import.meta.dirname, '../src');
const files = new Map(
  readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [relative(source, file), readFileSync(file, 'utf8')]),
);
const imports = new Map([...files].map(([file, text]) => [file, importsOf(file, text)]));

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

  test('no folder knows more than it needs', () => {
    const curious = edgesWhere(
      (file, target) => isOwn(target) && isIn(target, doesNotKnow[folderOf(file)] ?? []),
    );
    expect(curious).toEqual([]);
  });

  test('what knows only some folders knows no other', () => {
    const curious = edgesWhere((file, target) => {
      const known = knowsOnly[folderOf(file)];
      return known !== undefined && isOwn(target) && !isIn(target, [folderOf(file), ...known]);
    });
    expect(curious).toEqual([]);
  });

  test('no files import each other in a circle', () => {
    expect([...files.keys()].map((file) => circleFrom(file)).filter((circle) => circle !== null)).toEqual([]);
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

function circleFrom(start: string): string | null {
  return chainFrom(start, (target) => target === start);
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
