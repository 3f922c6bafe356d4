import { posix } from 'node:path';
import type { Tree } from '../tree/tree.ts';
import {
  aliasOf,
  dependenciesIn,
  type Dependency,
  type Description,
  isArchiveOf,
  lineIn,
  locked,
  NOTHING_SAID,
  parse,
} from './chart-dependencies.ts';
import { below, type Listing, listingOf } from './chart-listing.ts';
import type { ChartClosure, ChartFileRole, ChartPart, RemoteChart } from './chart.ts';
import { chartNameProblem } from './names.ts';
import type { FileProblem } from './rendering.ts';
import { namedPaths, resolvePath } from './tree-paths.ts';

type Prefix = readonly string[];

type PrefixesFor = (chartName: string) => readonly Prefix[];

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
  return new ChartClosureBuilder(tree, root, fetching === 'as they lie').build();
}

class ChartClosureBuilder {
  readonly #tree: Tree;
  readonly #root: string;
  /** Dependencies count only where they lie in `charts/`. */
  readonly #isAsItLies: boolean;
  readonly #files = new Map<string, ChartFileRole>();
  readonly #placed = new Map<string, string>();
  readonly #parts: ChartPart[] = [];
  readonly #remote: RemoteChart[] = [];
  readonly #archives: { readonly file: string; readonly prefix: Prefix }[] = [];
  readonly #problems: FileProblem[] = [];
  readonly #unread: string[] = [];

  constructor(tree: Tree, root: string, isAsItLies: boolean) {
    this.#tree = tree;
    this.#root = root;
    this.#isAsItLies = isAsItLies;
  }

  build(): ChartClosure {
    const root = this.#root;
    const listing = this.#listingOf(root);
    this.#visit({ folder: root, placedAt: root, listing, prefixes: [[]], dependants: [], isVendored: false });
    const clash = [...this.#placed].find(([at]) => foldersOf(at).some((folder) => this.#placed.has(folder)));
    if (clash) this.#report(clash[1], `would lie below a file, at ${clash[0]}`);
    return {
      root,
      files: this.#files,
      placed: this.#placed,
      parts: this.#parts,
      remote: this.#remote,
      leftOut: [],
      archives: this.#archives,
      problems: this.#problems,
      unread: this.#unread,
    };
  }

  #listingOf(folder: string): Listing {
    return listingOf(this.#tree, folder, (file, message) => this.#report(file, message));
  }

  #report(file: string, message: string, line: number | null = null): void {
    this.#problems.push({ file, line, message });
  }

  #read(listing: Listing, name: string): Description {
    const path = listing.get(name);
    const content = path === undefined ? undefined : this.#tree.read(path);
    if (path === undefined || content === undefined) return NOTHING_SAID;
    const { value, document, problem } = parse(content);
    if (problem) {
      this.#problems.push({ file: path, ...problem });
      this.#unread.push(...namedPaths(this.#tree, posix.dirname(path), [String(content)]));
    }
    return { path, value, document };
  }

  #visit(chart: Visit): void {
    if (this.#parts.length > MOST_PARTS)
      return this.#report(this.#root, `depends on more than ${MOST_PARTS} charts`);
    const subfolders = this.#place(chart);
    const description = this.#read(chart.listing, 'Chart.yaml');
    this.#describe(chart, description);
    const dependencies = this.#dependenciesOf(chart, description);
    const vendored = new Set<string>();
    /** Where its values stand: under each name that a dependency gives it, and its own where none does. */
    const prefixesFor = (chartName: string): readonly Prefix[] => {
      vendored.add(chartName);
      const named = dependencies.filter((dependency) => dependency.name === chartName);
      const names = named.length > 0 ? named.map(({ alias }) => alias) : [chartName];
      return chart.prefixes.flatMap((prefix) => names.map((each) => [...prefix, each]));
    };
    for (const subfolder of subfolders) this.#visitVendored(chart, subfolder, prefixesFor);
    this.#addArchives(chart, dependencies, prefixesFor);
    if (chart.isVendored || this.#isAsItLies) return;

    const missing = new Map<string, Dependency>();
    for (const dependency of dependencies)
      if (!vendored.has(dependency.name))
        missing.set(`${dependency.name} ${dependency.repository}`, dependency);
    for (const dependency of missing.values()) this.#follow(chart, dependency, prefixesFor);
  }

  /** Takes the chart's own files into the closure. The folders below `charts/` are left: each is a chart. */
  #place({ placedAt, listing }: Visit): ReadonlySet<string> {
    const subfolders = new Set<string>();
    for (const [within, path] of listing) {
      this.#placed.set(join(placedAt, within), path);
      const [, subfolder] = /^charts\/([^/_.][^/]*)\//.exec(within) ?? [];
      if (subfolder !== undefined) subfolders.add(subfolder);
      else if (!this.#files.has(path)) this.#files.set(path, roleOf(within));
    }
    return subfolders;
  }

  #describe({ folder, placedAt, listing, prefixes }: Visit, description: Description): void {
    const { name, type } = description.value;
    const problem = typeof name === 'string' ? chartNameProblem(name) : 'names no chart';
    const file = listing.get('Chart.yaml');
    if (file === undefined) this.#report(join(folder, 'Chart.yaml'), 'does not exist');
    else if (problem !== null) this.#report(file, problem, lineIn(description, ['name']));
    for (const prefix of prefixes)
      this.#parts.push({ folder, placedAt, name: String(name), prefix, isLibrary: type === 'library' });
  }

  /** What the chart says it depends on, without what has a name that Helm would not take. */
  #dependenciesOf({ folder, listing }: Visit, description: Description): readonly Dependency[] {
    const locks = ['Chart.lock', 'requirements.lock'].map((name) => this.#read(listing, name));
    const requirements = this.#read(listing, 'requirements.yaml');
    return locked(dependenciesIn(description, requirements), locks).filter((dependency) => {
      const problem = chartNameProblem(dependency.name) ?? aliasOf(dependency);
      if (problem === null) return true;
      this.#report(dependency.file, problem, dependency.line);
      const target = resolvePath(folder, dependency.repository.replace(/^file:\/\//, ''));
      if (target !== null && dependency.repository.startsWith('file://')) this.#unread.push(target);
      return false;
    });
  }

  #visitVendored(chart: Visit, subfolder: string, prefixesFor: PrefixesFor): void {
    const inside = below(chart.listing, `charts/${subfolder}/`);
    const own = inside.get('Chart.yaml');
    const content = own === undefined ? undefined : this.#tree.read(own);
    const name = content && parse(content).value['name'];
    this.#visit({
      folder: own === undefined ? join(chart.folder, `charts/${subfolder}`) : posix.dirname(own),
      placedAt: join(chart.placedAt, `charts/${subfolder}`),
      listing: inside,
      prefixes: prefixesFor(typeof name === 'string' ? name : subfolder),
      dependants: [...chart.dependants, chart.folder],
      isVendored: true,
    });
  }

  #addArchives({ listing }: Visit, dependencies: readonly Dependency[], prefixesFor: PrefixesFor): void {
    for (const [within, file] of listing) {
      const archive = /^charts\/([^/_.][^/]*)\.tgz$/.exec(within)?.[1];
      if (archive === undefined) continue;
      const named = dependencies.find(({ name }) => isArchiveOf(archive, name))?.name;
      for (const prefix of prefixesFor(named ?? archive.replace(/-v?\d+\..*$/, '')))
        this.#archives.push({ file, prefix });
    }
  }

  /** A dependency that is not in `charts/`. */
  #follow(
    { folder, placedAt, dependants }: Visit,
    { name, version, repository, file: from, line }: Dependency,
    prefixesFor: PrefixesFor,
  ): void {
    if (!repository.startsWith('file://')) {
      const at = join(placedAt, `charts/${name}.tgz`);
      this.#remote.push({ name, version, repository, placedAt: at, prefixes: prefixesFor(name) });
      return;
    }
    const target = resolvePath(folder, repository.slice('file://'.length));
    if (target === null) return this.#report(from, `${repository} lies outside the repository`, line);
    if ([...dependants, folder].includes(target)) return this.#report(from, `${repository} is a cycle`, line);
    const inside = this.#listingOf(target);
    if (!inside.has('Chart.yaml')) {
      this.#unread.push(target);
      return this.#report(from, `${repository} is not a chart`, line);
    }
    const charts = join(placedAt, 'charts');
    const isTaken = [...this.#placed.keys()].some((path) => path.startsWith(`${join(charts, name)}/`));
    if (this.#placed.has(join(charts, name)))
      return this.#report(from, `${name} is a file of its charts/, and so no folder`, line);
    this.#visit({
      folder: target,
      placedAt: join(charts, isTaken ? `${name}-from-${posix.basename(target)}` : name),
      listing: inside,
      prefixes: prefixesFor(name),
      dependants: [...dependants, folder],
      isVendored: false,
    });
  }
}

/** The folders that a path lies in. */
function foldersOf(path: string): readonly string[] {
  const steps = path.split('/').slice(0, -1);
  return steps.map((_step, index) => steps.slice(0, index + 1).join('/'));
}

/** `.` is the top. */
function join(folder: string, within: string): string {
  return folder === '.' ? within : `${folder}/${within}`;
}

/** Of a path in its own chart. */
function roleOf(within: string): ChartFileRole {
  if (within === 'Chart.yaml' || within === 'requirements.yaml') return 'chart';
  if (within === 'values.yaml') return 'values';
  return /^templates\/.*\.(ya?ml|tpl|txt|json)$/.test(within) ? 'template' : 'other';
}
