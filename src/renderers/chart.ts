import { posix } from 'node:path';
import { isRecord, recordsOf } from '../kubernetes/objects.ts';
import type { Tree } from '../tree/tree.ts';
import { namedPaths, resolvePath, firstBelow } from './tree-paths.ts';
import { aliasProblem, chartNameProblem } from './names.ts';
import type { FileProblem } from './rendering.ts';
import { readStrictly, type StrictDocument } from './strict-yaml.ts';

/** How a chart's file takes part in a render; it decides which of its scalars may be marked. */
export type ChartFileRole = 'chart' | 'values' | 'template' | 'other';

/** One chart of a render: the one that is installed, or a chart that it depends on and whose files lie in the repository. */
export interface ChartPart {
  /** Folder in the repository. */
  readonly folder: string;
  /** Folder in the sandbox. */
  readonly placedAt: string;
  readonly name: string;
  /** Where its values stand in those of the installed chart: [] for that one itself, `['postgresql']` (the alias, else the name) for a subchart. */
  readonly prefix: readonly string[];
  readonly isLibrary: boolean;
}

/**
 * Every file that rendering a chart may read, found without rendering: the sandbox and, with contents, the cache key.
 * Charts that `dependencies` name by `file://` lie in the sandbox where `helm dependency build` would put them.
 */
export interface ChartClosure {
  /** Folder of the installed chart; `.` is the top of the repository. */
  readonly root: string;
  /** By path in the repository. */
  readonly files: ReadonlyMap<string, ChartFileRole>;
  /** Path in the sandbox → path in the repository; one file can be in several places (a library used by two subcharts). */
  readonly placed: ReadonlyMap<string, string>;
  /** The installed chart first. */
  readonly parts: readonly ChartPart[];
  /** Charts that are neither vendored in `charts/` (folder or archive) nor in the repository. */
  readonly remote: readonly RemoteChart[];
  /** Such charts that are left out of the render. Empty for the whole. */
  readonly leftOut: readonly RemoteChart[];
  /** Subcharts that are vendored as archives: they render, their own files cannot be edited. By prefix. */
  readonly archives: readonly { readonly file: string; readonly prefix: readonly string[] }[];
  readonly problems: readonly FileProblem[];
  /** Folders that it names and that are not followed: it may read what is below them. */
  readonly unread: readonly string[];
}

/** A chart that is published somewhere. */
export interface RemoteChart {
  readonly name: string;
  /** Or a range of versions; empty for the newest. */
  readonly version: string;
  /** `https://…` or `oci://…`; empty where a dependency names none. */
  readonly repository: string;
  /** Where in the sandbox it is put. */
  readonly placedAt: string;
  /** Where its values stand in those of the installed chart. */
  readonly prefixes: readonly (readonly string[])[];
}

/** `chart redis 18.x from https://charts.example`, for people. */
export function describeChart({ name, version, repository }: RemoteChart): string {
  return ['chart', name, version, repository && `from ${repository}`].filter(Boolean).join(' ');
}

/** The closure of a release whose chart is published somewhere, and no part of the repository. */
export function remoteClosure(chart: Pick<RemoteChart, 'name' | 'version' | 'repository'>): ChartClosure {
  const { name, version, repository } = chart;
  const placedAt = `${name}.tgz`;
  return {
    root: placedAt,
    files: new Map(),
    placed: new Map(),
    parts: [],
    remote: [{ name, version, repository, placedAt, prefixes: [[]] }],
    leftOut: [],
    archives: [],
    problems: [],
    unread: [],
  };
}

type Prefix = readonly string[];

/** The files of one chart: path in the chart → path in the repository, which differ behind symlinks. */
type Listing = ReadonlyMap<string, string>;

interface Dependency {
  /** Where it is written. */
  readonly file: string;
  readonly line: number | null;
  readonly name: string;
  readonly alias: string;
  readonly version: string;
  readonly repository: string;
}

/** One chart on its way into the closure. */
interface Visit {
  readonly folder: string;
  readonly placedAt: string;
  readonly listing: Listing;
  /** One for each name it is used under. */
  readonly prefixes: readonly Prefix[];
  /** Folders of the charts that depend on it, for cycles. */
  readonly dependants: readonly string[];
  /** Vendored charts render with what they bring along; nobody looks for what they lack. */
  readonly isVendored: boolean;
}

/** Far more than any chart has: symlinks to folders of symlinks, and charts that each depend on two, multiply. */
const MOST_FILES = 50_000;
const MOST_PARTS = 500;

/**
 * The closure of the chart in a folder. All YAML files of the tree must be loaded. `as it lies`: what Helm finds without
 * anybody having fetched its dependencies, as Kustomize has it rendered.
 */
export function chartClosureOf(
  tree: Tree,
  root: string,
  fetching: 'as they are fetched' | 'as they lie' = 'as they are fetched',
): ChartClosure {
  const files = new Map<string, ChartFileRole>();
  const placed = new Map<string, string>();
  const parts: ChartPart[] = [];
  const remote: RemoteChart[] = [];
  const archives: { readonly file: string; readonly prefix: Prefix }[] = [];
  const problems: FileProblem[] = [];

  const unread: string[] = [];

  const report = (file: string, message: string, line: number | null = null): void =>
    void problems.push({ file, line, message });

  const read = (listing: Listing, name: string): Description => {
    const path = listing.get(name);
    const content = path === undefined ? undefined : tree.read(path);
    if (path === undefined || content === undefined) return NOTHING_SAID;
    const { value, document, problem } = parse(content);
    if (problem) {
      problems.push({ file: path, ...problem });
      unread.push(...namedPaths(tree, posix.dirname(path), [String(content)]));
    }
    return { path, value, document };
  };

  const visit = (chart: Visit): void => {
    const { folder, placedAt, listing, prefixes } = chart;
    if (parts.length > MOST_PARTS) return report(root, `depends on more than ${MOST_PARTS} charts`);
    const subfolders = new Set<string>();
    for (const [within, path] of listing) {
      placed.set(join(placedAt, within), path);
      const [, subfolder] = /^charts\/([^/_.][^/]*)\//.exec(within) ?? [];
      if (subfolder !== undefined) subfolders.add(subfolder);
      else if (!files.has(path)) files.set(path, roleOf(within));
    }
    const description = read(listing, 'Chart.yaml');
    const { name, type } = description.value;
    const nameProblem = typeof name === 'string' ? chartNameProblem(name) : 'names no chart';
    if (!listing.has('Chart.yaml')) report(join(folder, 'Chart.yaml'), 'does not exist');
    else if (nameProblem !== null)
      report(listing.get('Chart.yaml')!, nameProblem, lineIn(description, ['name']));
    for (const prefix of prefixes)
      parts.push({
        folder,
        placedAt,
        name: String(name),
        prefix,
        isLibrary: type === 'library',
      });
    const locks = ['Chart.lock', 'requirements.lock'].map((name) => read(listing, name));

    const requirements = read(listing, 'requirements.yaml');
    const declared = locked(dependenciesIn(description, requirements), locks);
    const dependencies = declared.filter((dependency) => {
      const problem = chartNameProblem(dependency.name) ?? aliasOf(dependency);
      if (problem === null) return true;
      report(dependency.file, problem, dependency.line);
      const target = resolvePath(folder, dependency.repository.replace(/^file:\/\//, ''));
      if (target !== null && dependency.repository.startsWith('file://')) unread.push(target);
      return false;
    });
    const vendored = new Set<string>();
    /** Where its values stand: under each name that a dependency gives it, and its own where none does. */
    const prefixesFor = (chartName: string): readonly Prefix[] => {
      vendored.add(chartName);
      const named = dependencies.filter((dependency) => dependency.name === chartName);
      const names = named.length > 0 ? named.map(({ alias }) => alias) : [chartName];
      return prefixes.flatMap((prefix) => names.map((each) => [...prefix, each]));
    };

    for (const subfolder of subfolders) {
      const inside = below(listing, `charts/${subfolder}/`);
      const own = inside.get('Chart.yaml');
      const content = own === undefined ? undefined : tree.read(own);
      const subchart = content && parse(content).value['name'];
      visit({
        folder: own === undefined ? join(folder, `charts/${subfolder}`) : posix.dirname(own),
        placedAt: join(placedAt, `charts/${subfolder}`),
        listing: inside,
        prefixes: prefixesFor(typeof subchart === 'string' ? subchart : subfolder),
        dependants: [...chart.dependants, folder],
        isVendored: true,
      });
    }
    for (const [within, file] of listing) {
      const archive = /^charts\/([^/_.][^/]*)\.tgz$/.exec(within)?.[1];
      if (archive === undefined) continue;
      const named = dependencies.find(({ name: each }) => isArchiveOf(archive, each))?.name;
      for (const prefix of prefixesFor(named ?? archive.replace(/-v?\d+\..*$/, '')))
        archives.push({ file, prefix });
    }
    if (chart.isVendored || fetching === 'as they lie') return;

    const missing = new Map<string, Dependency>();
    for (const dependency of dependencies)
      if (!vendored.has(dependency.name))
        missing.set(`${dependency.name} ${dependency.repository}`, dependency);
    for (const dependency of missing.values()) follow(chart, dependency, prefixesFor);
  };

  /** A dependency that is not in `charts/`. */
  const follow = (
    { folder, placedAt, dependants }: Visit,
    { name, version, repository, file: from, line }: Dependency,
    prefixesFor: (name: string) => readonly Prefix[],
  ): void => {
    if (!repository.startsWith('file://')) {
      const at = join(placedAt, `charts/${name}.tgz`);
      remote.push({ name, version, repository, placedAt: at, prefixes: prefixesFor(name) });
      return;
    }
    const target = resolvePath(folder, repository.slice('file://'.length));
    if (target === null) return report(from, `${repository} lies outside the repository`, line);
    if ([...dependants, folder].includes(target)) return report(from, `${repository} is a cycle`, line);
    const inside = listingOf(tree, target, report);
    if (!inside.has('Chart.yaml')) {
      unread.push(target);
      return report(from, `${repository} is no chart`, line);
    }
    const charts = join(placedAt, 'charts');
    const taken = (at: string): boolean =>
      [...placed.keys()].some((path) => path.startsWith(`${join(charts, at)}/`));
    if (placed.has(join(charts, name)))
      return report(from, `${name} is a file of its charts/, and so no folder`, line);
    visit({
      folder: target,
      placedAt: join(charts, taken(name) ? `${name}-from-${posix.basename(target)}` : name),
      listing: inside,
      prefixes: prefixesFor(name),
      dependants: [...dependants, folder],
      isVendored: false,
    });
  };

  const listing = listingOf(tree, root, report);
  visit({ folder: root, placedAt: root, listing, prefixes: [[]], dependants: [], isVendored: false });
  const clash = [...placed].find(([at]) => foldersOf(at).some((folder) => placed.has(folder)));
  if (clash) report(clash[1], `would lie below a file, at ${clash[0]}`);
  return { root, files, placed, parts, remote, leftOut: [], archives, problems, unread };
}

/** The same chart without those of its dependencies that are published elsewhere. */
export function withoutRemote(closure: ChartClosure): ChartClosure {
  return { ...closure, remote: [], leftOut: [...closure.leftOut, ...closure.remote] };
}

/** The folders that a path lies in. */
function foldersOf(path: string): readonly string[] {
  const steps = path.split('/').slice(0, -1);
  return steps.map((_step, index) => steps.slice(0, index + 1).join('/'));
}

/** What a Chart.yaml or requirements.yaml says. */
interface Description {
  /** Null where there is none. */
  readonly path: string | null;
  readonly value: Readonly<Record<string, unknown>>;
  readonly document: StrictDocument | null;
}

const NOTHING_SAID: Description = { path: null, value: {}, document: null };

function lineIn({ document }: Description, path: readonly (string | number)[]): number | null {
  return document?.lineOf(path) ?? null;
}

function aliasOf({ name, alias }: Dependency): string | null {
  return alias === name ? null : aliasProblem(alias);
}

/** `.` is the top. */
function join(folder: string, within: string): string {
  return folder === '.' ? within : `${folder}/${within}`;
}

/** What a chart's folder has, with what its symlinks lead to, as far as that is in the repository. Helm follows them. */
function listingOf(tree: Tree, folder: string, report: (file: string, message: string) => void): Listing {
  const listing = new Map<string, string>();
  const list = (from: string, as: string, links: readonly string[]): void => {
    for (const path of pathsBelow(tree, from)) {
      const within = as + (from === '.' ? path : path.slice(from.length + 1));
      const entry = tree.entry(path);
      if (listing.size >= MOST_FILES) return report(folder, `has more than ${MOST_FILES} files`);
      if (entry?.kind === 'file') listing.set(within, path);
      if (entry?.kind !== 'symlink') continue;
      const { target } = entry;
      if (target === null) report(path, 'is a symlink that leads to nothing in the repository');
      else if (tree.entry(target)?.kind === 'file') listing.set(within, target);
      else if ([...links, path].some((link) => `${link}/`.startsWith(target === '.' ? '' : `${target}/`)))
        report(path, 'is a symlink that leads back to where it lies');
      else list(target, `${within}/`, [...links, path]);
    }
  };
  list(folder, '', [folder]);
  return listing;
}

function below(listing: Listing, prefix: string): Listing {
  const inside = [...listing].filter(([within]) => within.startsWith(prefix));
  return new Map(inside.map(([within, path]) => [within.slice(prefix.length), path]));
}

/** The paths below a folder; they are sorted, so that they stand together. */
function pathsBelow(tree: Tree, folder: string): readonly string[] {
  const paths = tree.paths();
  if (folder === '.') return paths;
  const prefix = `${folder}/`;
  const start = firstBelow(paths, folder);
  let end = start;
  while (end < paths.length && paths[end]!.startsWith(prefix)) end += 1;
  return paths.slice(start, end);
}

/** Of a path in its own chart. */
function roleOf(within: string): ChartFileRole {
  if (within === 'Chart.yaml' || within === 'requirements.yaml') return 'chart';
  if (within === 'values.yaml') return 'values';
  return /^templates\/.*\.(ya?ml|tpl|txt|json)$/.test(within) ? 'template' : 'other';
}

/** Helm 2 wrote them into requirements.yaml, which Helm 3 still prefers. */
function dependenciesIn(description: Description, requirements: Description): readonly Dependency[] {
  const from = requirements.value['dependencies'] === undefined ? description : requirements;
  const written = from.value['dependencies'];
  const textOf = (value: unknown): string =>
    ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : '';
  return (Array.isArray(written) ? written : recordsOf(written)).flatMap((each: unknown, index) => {
    if (!isRecord(each) || from.path === null) return [];
    const { name, alias, version, repository } = each;
    if (textOf(name) === '') return [];
    return {
      file: from.path,
      line: lineIn(from, ['dependencies', index, 'name']),
      name: textOf(name),
      alias: textOf(alias) || textOf(name),
      version: textOf(version),
      repository: textOf(repository),
    };
  });
}

/**
 * With the versions that `helm dependency update` found for ranges, and that `helm dependency build` takes
 * (https://helm.sh/docs/helm/helm_dependency_build/). A lock of other dependencies was not written for these.
 */
function locked(dependencies: readonly Dependency[], locks: readonly Description[]): readonly Dependency[] {
  const found = recordsOf(locks.find(({ path }) => path !== null)?.value['dependencies']);
  const isLock =
    found.length === dependencies.length &&
    dependencies.every(
      ({ name, repository }, index) =>
        found[index]!['name'] === name && String(found[index]!['repository'] ?? '') === repository,
    );
  if (!isLock) return dependencies;
  return dependencies.map((dependency, index) => {
    const version = found[index]!['version'];
    const isRemote = !dependency.repository.startsWith('file://');
    return isRemote && typeof version === 'string' && version !== ''
      ? { ...dependency, version }
      : dependency;
  });
}

function isArchiveOf(archive: string, name: string): boolean {
  return archive === name || (archive.startsWith(`${name}-`) && /^v?\d/.test(archive.slice(name.length + 1)));
}

interface Parsed {
  readonly value: Readonly<Record<string, unknown>>;
  readonly document: StrictDocument | null;
  readonly problem: Pick<FileProblem, 'line' | 'message'> | null;
}

/** Dozens of releases may install one chart. */
const PARSED = new WeakMap<Buffer, Parsed>();

function parse(content: Buffer): Parsed {
  const parsed = PARSED.get(content) ?? parsedAnew(content);
  PARSED.set(content, parsed);
  return parsed;
}

function parsedAnew(content: Buffer): Parsed {
  const { documents, problem } = readStrictly(content);
  const [document = null, second] = documents;
  const value = isRecord(document?.value) ? document.value : {};
  const several = second ? { line: second.lineOf([]), message: 'has more than one document' } : null;
  return { value, document, problem: problem ?? several };
}
