import { posix } from 'node:path';
import yaml from 'js-yaml';
import { isRecord } from '../kubernetes/objects.ts';
import type { Tree } from '../tree/tree.ts';
import { decode } from '../edits/edit.ts';
import { OUTPUT_SCHEMA, yamlProblem } from './manifests.ts';
import type { FileProblem } from './rendering.ts';

/** Kustomize takes the first of these that a folder has; having two is an error of its own. */
export const KUSTOMIZATION_NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] as const;

export function isKustomizationPath(path: string): boolean {
  return (KUSTOMIZATION_NAMES as readonly string[]).includes(posix.basename(path));
}

/** The kustomization file of a folder (`.` is the top), or undefined. One that is a symlink is the file it leads to. */
export function kustomizationIn(tree: Tree, folder: string): string | undefined {
  return KUSTOMIZATION_NAMES.map((name) => realPath(tree, joinPath(folder, name))).find(
    (path): path is string => path !== null && tree.entry(path)?.kind === 'file',
  );
}

/**
 * The path of a file or folder when every symlink on the way is followed, and null where one leads out of the tree or
 * nowhere. The links are put into `links`, with what they lead to.
 */
export function realPath(tree: Tree, path: string, links?: Map<string, string>): string | null {
  let reached = '.';
  for (const segment of path.split('/')) {
    const next = segment === '.' ? reached : joinPath(reached, segment);
    const entry = tree.entry(next);
    if (entry?.kind !== 'symlink') reached = next;
    else if (entry.target === null) return null;
    else {
      links?.set(next, entry.target);
      reached = entry.target;
    }
  }
  return reached;
}

/** How a file takes part in a build; it decides which of its scalars may be marked. */
export type FileRole = 'kustomization' | 'objects' | 'configuration' | 'content' | 'env' | 'values' | 'chart';

/**
 * Every file that `kustomize build` of a root may read, found without rendering. It is the sandbox (only these files are
 * written out to render) and the cache key (with their contents).
 */
export interface Closure {
  readonly root: string;
  readonly files: ReadonlyMap<string, FileRole>;
  /** Symlinks on the way to them, each with the path inside the repository that it leads to in the end. */
  readonly links: ReadonlyMap<string, string>;
  /** Folders of kustomizations that take part, the root's own first. */
  readonly folders: readonly string[];
  /** Folder → the folders it includes, in order of mention. */
  readonly includes: ReadonlyMap<string, readonly string[]>;
  /** Things that need the network: remote bases and charts. */
  readonly remote: readonly string[];
  /** What stands in the way of a faithful build, in words: a missing file, a path that leaves the repository. */
  readonly problems: readonly FileProblem[];
  /** Features that are recognised and not rendered, such as `helmCharts`. */
  readonly unsupported: readonly string[];
  /** Some kustomization reads a file that lies outside its own folder. */
  readonly crossesFolders: boolean;
  /** Some kustomization renders a chart that lies in the repository. */
  readonly usesHelm: boolean;
}

/** Joins and normalises; the top of the repository is `.`. Null when the result lies outside. */
export function resolvePath(folder: string, reference: string): string | null {
  if (posix.isAbsolute(reference)) return null;
  const path = posix.normalize(posix.join(folder, reference)).replace(/\/$/, '');
  return path === '..' || path.startsWith('../') ? null : path;
}

function joinPath(folder: string, name: string): string {
  return folder === '.' ? name : `${folder}/${name}`;
}

/** A kustomization as a value, read once per content. */
export class KustomizationReader {
  readonly #byHash = new Map<
    string,
    { value: Readonly<Record<string, unknown>>; problem: { line: number | null; message: string } | null }
  >();

  read(tree: Tree, path: string): { value: Readonly<Record<string, unknown>>; problem: FileProblem | null } {
    const entry = tree.entry(path);
    if (entry?.kind !== 'file')
      return { value: {}, problem: { file: path, line: null, message: 'is no regular file' } };
    let known = this.#byHash.get(entry.hash);
    if (!known) {
      known = parseKustomization(tree.read(path));
      this.#byHash.set(entry.hash, known);
    }
    return { value: known.value, problem: known.problem && { file: path, ...known.problem } };
  }
}

function parseKustomization(content: Buffer | undefined) {
  const text = content && decode(content);
  if (text === undefined || text === null)
    return { value: {}, problem: { line: null, message: 'cannot be read as UTF-8 text' } };
  try {
    const value = yaml.load(text.replace(/^\uFEFF/, ''), { schema: OUTPUT_SCHEMA });
    return isRecord(value)
      ? { value, problem: null }
      : { value: {}, problem: value === undefined ? null : { line: 1, message: 'is not a mapping' } };
  } catch (error) {
    return { value: {}, problem: yamlProblem(error) };
  }
}

const OBJECT_LISTS = ['resources', 'bases', 'components', 'patchesStrategicMerge'];
const PLUGIN_LISTS = ['generators', 'transformers', 'validators'];
const PATCH_LISTS = ['patches', 'patchesJson6902'];
const GENERATOR_LISTS = ['configMapGenerator', 'secretGenerator'];

/** Keys that name files, or hold items that do. */
const NAMING_FILES = [
  ...OBJECT_LISTS,
  ...PLUGIN_LISTS,
  ...PATCH_LISTS,
  ...GENERATOR_LISTS,
  'crds',
  'replacements',
  'configurations',
  'openapi',
  'helmCharts',
  'helmGlobals',
  'helmChartInflationGenerator',
  'path',
  'paths',
  'files',
  'envs',
  'env',
];

/** Works out the closure of one root. All YAML files of the tree must be loaded. */
export function closureOf(tree: Tree, root: string, kustomizations: KustomizationReader): Closure {
  const files = new Map<string, FileRole>();
  const links = new Map<string, string>();
  const folders: string[] = [];
  const includes = new Map<string, string[]>();
  const remote: string[] = [];
  const problems: FileProblem[] = [];
  const unsupported: string[] = [];
  const pluginFolders = new Set<string>();
  let crossesFolders = false;
  let usesHelm = false;

  const add = (path: string, role: FileRole): void => {
    if (!files.has(path)) files.set(path, role);
  };

  const follow = (folder: string, from: string, reference: unknown, role: FileRole): void => {
    if (typeof reference !== 'string' || reference === '' || reference.includes('\n')) return;
    const named = resolvePath(folder, reference);
    const path = named === null ? null : realPath(tree, named, links);
    if (path !== null && tree.entry(path)?.kind === 'file') {
      add(path, role);
      if (folder !== '.' && !path.startsWith(`${folder}/`)) crossesFolders = true;
    } else if (path !== null && isFolder(tree, path)) {
      if (role === 'objects') {
        includes.get(folder)!.push(path);
        visit(path, from);
      }
    } else if (looksRemote(reference)) remote.push(reference);
    else {
      const reason =
        named === null
          ? 'lies outside the repository'
          : path === null
            ? 'is behind a symlink that leads out of the repository, or nowhere'
            : 'does not exist';
      problems.push({ file: from, line: null, message: `${reference} ${reason}` });
    }
  };

  /** Go reads keys in any case. What is written so that only Go sees a file in it is refused. */
  const refuseDisguised = (value: unknown, file: string): void => {
    const disguised = isRecord(value) && Object.keys(value).find((key) => isDisguised(key));
    if (disguised)
      problems.push({ file, line: null, message: `${disguised} is not how this field is written` });
  };

  /** The configuration of a generator, transformer or validator may name files too, and is read from the kustomization's folder. */
  const followPlugin = (folder: string, from: string, reference: unknown): void => {
    if (typeof reference !== 'string') return;
    if (reference.includes('\n')) return followConfigurations(folder, from, reference);
    const named = resolvePath(folder, reference);
    const path = named === null ? null : realPath(tree, named, links);
    if (path !== null && tree.entry(path)?.kind !== 'file' && isFolder(tree, path))
      return followPluginFolder(folder, from, path);
    follow(folder, from, reference, 'objects');
    if (path === null || !files.has(path)) return;
    const content = tree.read(path);
    followConfigurations(folder, path, (content && decode(content)) ?? 'unreadable');
  };

  const followPluginFolder = (folder: string, from: string, path: string): void => {
    follow(folder, from, posix.relative(folder, path) || '.', 'objects');
    const file = kustomizationIn(tree, path);
    if (pluginFolders.has(path) || file === undefined) return;
    pluginFolders.add(path);
    const { value } = kustomizations.read(tree, file);
    // What changes a configuration could make it name another file.
    if (!Object.keys(value).every((key) => ['apiVersion', 'kind', 'resources'].includes(key)))
      unsupported.push(`${path}, which builds the configuration of generators or transformers,`);
    for (const item of listOf(value['resources']))
      if (typeof item === 'string')
        followPlugin(folder, from, posix.relative(folder, posix.join(path, item)));
  };

  const followConfigurations = (folder: string, from: string, text: string): void => {
    for (const configuration of documentsOf(text)) {
      const kind = fieldOf(configuration, 'kind');
      if (fieldOf(configuration, 'apiVersion') !== 'builtin' || String(kind).startsWith('Helm'))
        unsupported.push(`${String(kind)} in ${from}, which runs a program,`);
      refuseDisguised(configuration, from);
      for (const key of ['path', 'paths'])
        for (const item of listOf(fieldOf(configuration, key))) follow(folder, from, item, 'objects');
      for (const item of listOf(fieldOf(configuration, 'replacements'))) {
        refuseDisguised(item, from);
        follow(folder, from, fieldOf(item, 'path'), 'configuration');
      }
      followGenerator(folder, from, configuration);
    }
  };

  const followGenerator = (folder: string, file: string, generator: unknown): void => {
    for (const item of listOf(fieldOf(generator, 'files'))) {
      const text = String(item);
      follow(folder, file, text.slice(text.indexOf('=') + 1), 'content');
    }
    for (const item of [...listOf(fieldOf(generator, 'envs')), ...listOf(fieldOf(generator, 'env'))])
      follow(folder, file, item, 'env');
  };

  const visit = (folder: string, from: string): void => {
    if (includes.has(folder)) return;
    const file = kustomizationIn(tree, folder);
    if (file === undefined) {
      problems.push({ file: from, line: null, message: `${folder} has no kustomization` });
      return;
    }
    folders.push(folder);
    includes.set(folder, []);
    for (const name of KUSTOMIZATION_NAMES) realPath(tree, joinPath(folder, name), links);
    if (folder !== '.' && !file.startsWith(`${folder}/`)) crossesFolders = true;
    add(file, 'kustomization');
    const { value, problem } = kustomizations.read(tree, file);
    if (problem) problems.push(problem);
    refuseDisguised(value, file);
    for (const key of [...PATCH_LISTS, ...GENERATOR_LISTS, 'replacements'])
      for (const item of listOf(value[key])) refuseDisguised(item, file);

    for (const key of OBJECT_LISTS)
      for (const item of listOf(value[key])) follow(folder, file, item, 'objects');
    for (const key of PLUGIN_LISTS) for (const item of listOf(value[key])) followPlugin(folder, file, item);
    for (const key of PATCH_LISTS)
      for (const item of listOf(value[key])) follow(folder, file, fieldOf(item, 'path'), 'objects');
    for (const item of listOf(value['replacements']))
      follow(folder, file, fieldOf(item, 'path'), 'configuration');
    for (const key of ['crds', 'configurations'])
      for (const item of listOf(value[key])) follow(folder, file, item, 'configuration');
    follow(folder, file, fieldOf(value['openapi'], 'path'), 'configuration');
    for (const key of GENERATOR_LISTS)
      for (const generator of listOf(value[key])) followGenerator(folder, file, generator);
    for (const chart of listOf(value['helmCharts'])) followChart(folder, file, chart, value['helmGlobals']);
    if (listOf(value['helmChartInflationGenerator']).length > 0)
      unsupported.push(`helmChartInflationGenerator in ${file}`);
  };

  /** Kustomize lets helm render a chart of the repository; one that is not there it would pull. */
  const followChart = (folder: string, from: string, chart: unknown, globals: unknown): void => {
    const odd = oddSetting(chart, globals);
    if (odd !== null) return void unsupported.push(`${odd} of helmCharts in ${from}`);
    const [name, version, repository] = ['name', 'version', 'repo'].map((key) => fieldOf(chart, key));
    const home = String(fieldOf(globals, 'chartHome') ?? 'charts');
    const pulled = repository && version ? `/${String(name)}-${String(version)}` : '';
    const named = resolvePath(folder, `${home}${pulled}/${String(name)}`);
    const path = named === null ? null : realPath(tree, named, links);
    if (path === null || tree.entry(joinPath(path, 'Chart.yaml'))?.kind !== 'file')
      return void remote.push(`chart ${String(name)}${repository ? ` from ${String(repository)}` : ''}`);
    usesHelm = true;
    for (const file of pathsBelow(tree, path)) {
      const real = realPath(tree, file, links);
      if (real === null || tree.entry(real)?.kind !== 'file')
        problems.push({ file, line: null, message: 'leads to no file of the repository' });
      // Of a chart that was pulled once, nothing is changed: the next pull would undo it.
      else add(real, !repository && file === joinPath(path, 'values.yaml') ? 'values' : 'chart');
    }
    for (const reference of [
      fieldOf(chart, 'valuesFile'),
      ...listOf(fieldOf(chart, 'additionalValuesFiles')),
    ])
      follow(folder, from, reference, 'values');
  };

  visit(realPath(tree, root, links) ?? root, root);
  return { root, files, links, folders, includes, remote, problems, unsupported, crossesFolders, usesHelm };
}

/** What an entry of helmCharts may say. Anything else could make helm run or read something of its own. */
const CHART_SETTINGS = new Set([
  'name',
  'version',
  'repo',
  'releaseName',
  'namespace',
  'nameTemplate',
  'valuesFile',
  'additionalValuesFiles',
  'valuesInline',
  'valuesMerge',
  'includeCRDs',
  'skipHooks',
  'skipTests',
  'apiVersions',
  'kubeVersion',
]);

/** The setting that stands in the way of handing a chart to helm, or null. A release name could be read as an option. */
function oddSetting(chart: unknown, globals: unknown): string | null {
  if (!isRecord(chart) || (globals !== undefined && !isRecord(globals))) return 'an entry';
  const unknown = [
    ...Object.keys(chart).filter((key) => !CHART_SETTINGS.has(key)),
    ...Object.keys(globals ?? {}).filter((key) => key !== 'chartHome'),
  ];
  if (unknown.length > 0) return unknown[0]!;
  const words = ['name', 'releaseName', 'namespace', 'version', 'kubeVersion', 'nameTemplate'];
  return words.find((key) => String(chart[key] ?? '').startsWith('-')) ?? null;
}

function pathsBelow(tree: Tree, folder: string): readonly string[] {
  return folder === '.' ? tree.paths() : tree.paths().filter((path) => path.startsWith(`${folder}/`));
}

/** A folder exists in a tree when a file lies below it. */
export function isFolder(tree: Tree, folder: string): boolean {
  if (folder === '.') return true;
  const paths = tree.paths();
  const prefix = `${folder}/`;
  let low = 0;
  let high = paths.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (paths[middle]! < prefix) low = middle + 1;
    else high = middle;
  }
  return paths[low]?.startsWith(prefix) ?? false;
}

function looksRemote(reference: string): boolean {
  return /^[a-z+]+:\/\/|^git@|^git::|^(github|gitlab|bitbucket)\.(com|org)[/:]|\?(ref|version|timeout|submodules)=|\.git(\/\/|$|\?)/i.test(
    reference,
  );
}

function isDisguised(key: string): boolean {
  const folded = fold(key);
  return !NAMING_FILES.includes(key) && NAMING_FILES.some((name) => fold(name) === folded);
}

/** As encoding/json compares names: also the long s and the Kelvin sign are letters to it. */
function fold(key: string): string {
  return key.toUpperCase().toLowerCase();
}

function documentsOf(text: string): readonly unknown[] {
  try {
    return yaml.loadAll(text, undefined, { schema: OUTPUT_SCHEMA }).filter((document) => document !== null);
  } catch {
    return [{ kind: 'an unreadable configuration' }];
  }
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

function fieldOf(value: unknown, key: string): unknown {
  return isRecord(value) ? value[key] : undefined;
}
