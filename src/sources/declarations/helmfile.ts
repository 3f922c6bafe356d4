/**
 * Reads helmfiles: the releases that they install, in each of their environments (https://helmfile.readthedocs.io). What a release
 * is given: `values` in their order, then `set` and `setString`.
 */
import { posix } from 'node:path';
import { isRecord, recordsOf, type Json, type ObjectRef } from '../../kubernetes/objects.ts';
import { withoutActions } from '../../edits/template-actions.ts';
import { isFolder } from '../../renderers/tree-paths.ts';
import type { Tree } from '../../tree/tree.ts';
import { isEmpty, repositoryPath, type Obstacles } from './fields.ts';
import {
  dataOf,
  environmentsIn,
  filesNamed,
  isElsewhere,
  isForgiving,
  loadHelmfile,
  missing,
  noteUnknown,
  readerIn,
  textsIn,
  valuesIn,
  valuesOfEntries,
  type Loading,
  type State,
} from './helmfile-state.ts';
import { filledHelmfile } from './helmfile-template.ts';
import type { ChartContent, Plan, Unplanned, ValuesInput } from './plan.ts';
import { standInsOf } from './unknowns.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One release, and every file that decides about it. */
export interface HelmfileRelease {
  readonly plan: Plan | Unplanned;
  readonly files: readonly string[];
}

interface InEnvironment extends HelmfileRelease {
  /** Equal for environments whose values are in the same files. */
  readonly environment: { readonly name: string; readonly key: string };
}

const OWN_NAME =
  /(^|\/)(helmfile([-.][^/]*)?|[^/]+[-.]helmfile)\.ya?ml(\.gotmpl)?$|(^|\/)helmfile\.d\/[^/]+\.ya?ml(\.gotmpl)?$/;

/** A file that `helmfile` takes without being told, or one that it is likely told of: `helmfile-edge.yaml`, `edge.helmfile.yaml`. */
export function isHelmfile(path: string): boolean {
  return OWN_NAME.test(path);
}

const MOST_RELEASES = 1000;
/** For one environment. */
const MOST_HELMFILES = 300;
const MOST_ENVIRONMENTS = 100;
const DEEPEST = 5;

/** The kind that stands for a release of a helmfile, which is no object of a cluster. */
export const HELMFILE_RELEASE = 'helmfile release';

/** The object that stands for a helmfile. */
export function helmfileRef(file: string): ObjectRef {
  return { apiVersion: 'helmfile', kind: 'Helmfile', namespace: null, name: file };
}

/** What a helmfile and those that it names install. A release that no environment can change is one, else there is one for each. */
export function helmfileReleases(tree: Tree, file: string): readonly HelmfileRelease[] {
  const environments = environmentsOf(tree, file);
  const all = environments.flatMap((environment) =>
    releasesIn({ tree, environment, depth: 0, budget: { left: MOST_HELMFILES } }, file, {}, null).slice(
      0,
      MOST_RELEASES,
    ),
  );
  // Who names environments seldom means `default`: what helmfile would refuse there is nobody's.
  const isMeant = ({ plan, environment }: InEnvironment): boolean =>
    environments.length === 1 || environment.name !== 'default' || 'content' in plan;
  // What two helmfiles include is there once.
  const once = new Map(all.map((each) => [JSON.stringify([each.environment.name, each.plan.by]), each]));
  const groups = Map.groupBy([...once.values()].filter(isMeant), (release) => keyOf(release, tree));
  return [...groups.values()].map(([first, ...more]) => {
    const { plan, files, environment } = first!;
    const isOne = environments.length === 1 || more.length + 1 === environments.length;
    const by = isOne ? plan.by : `${plan.by} (environment ${environment.name})`;
    return { plan: { ...plan, by }, files };
  });
}

/** Releases with one key are the same whatever is edited. */
function keyOf({ plan, files, environment }: InEnvironment, tree: Tree): string {
  const isOpen = files.some((file) => tree.read(file)?.includes('Environment.Name'));
  const content = 'content' in plan ? [plan.content, plan.namespace] : plan.option;
  return JSON.stringify([plan.by, content, files, isOpen ? environment.name : environment.key]);
}

/** The environments that a helmfile names; `default` where it names none. */
function environmentsOf(tree: Tree, file: string): readonly InEnvironment['environment'][] {
  const loading: Loading = { tree, unknowns: [], obstacles: [], files: new Set() };
  const state = loadHelmfile(file, 'default', loading);
  const named = Object.entries(state ? environmentsIn(state.fields) : {}).slice(0, MOST_ENVIRONMENTS);
  if (named.length === 0) return [{ name: 'default', key: '' }];
  return named.map(([name, fields]) => {
    const hasOwn = Array.isArray(fields['values']) && fields['values'].some(isRecord);
    return { name, key: hasOwn ? name : JSON.stringify(fields) };
  });
}

interface Run {
  readonly tree: Tree;
  readonly environment: InEnvironment['environment'];
  readonly depth: number;
  /** Helmfiles that may still be read: those that include each other would be without end. */
  readonly budget: { left: number };
}

function releasesIn(
  run: Run,
  file: string,
  given: Fields,
  selectors: readonly string[] | null,
): readonly InEnvironment[] {
  const loading: Loading = { tree: run.tree, unknowns: [], obstacles: [], files: new Set() };
  run.budget.left -= 1;
  const state = run.budget.left < 0 ? null : loadHelmfile(file, run.environment.name, loading, given);
  if (run.budget.left === 0)
    loading.obstacles.push(`${file}, beyond the ${MOST_HELMFILES} helmfiles that are followed`);
  if (run.budget.left < 0 || (state && !state.hasEnvironment)) return [];
  if (state === null || loading.obstacles.length > 0) {
    const [option = file] = loading.obstacles;
    const reads = [...loading.files].flatMap((read) => [
      read,
      ...namedIn(run.tree, read, posix.dirname(file)),
    ]);
    const plan: Unplanned = { by: `helmfile ${file}`, ref: helmfileRef(file), option, path: null, reads };
    return [{ plan, files: [...loading.files], environment: run.environment }];
  }
  const releases = recordsOf(state.fields['releases'])
    .map((written) => inheriting(written, state))
    .filter((release) => isSelected(release, selectors, state))
    .flatMap((release) => releaseOf(release, state, run, loading));
  const below = run.depth >= DEEPEST ? [] : nested(state, run, loading);
  return [...releases, ...below];
}

/** What a text that is not understood names in its folder, up to where an action or a glob begins. */
function namedIn(tree: Tree, file: string, folder: string): readonly string[] {
  const text = withoutActions(tree.read(file)?.toString() ?? '');
  return text.split(/[\s"'`,:[\]{}]+/).flatMap((word) => {
    const known = /^[^*?\uE000]*/.exec(word)![0];
    const whole = known === word ? word : known.slice(0, known.lastIndexOf('/') + 1);
    const path = /[/.]/.test(whole) ? repositoryPath(whole, folder) : null;
    return path !== null && path !== '.' && (tree.entry(path) !== undefined || isFolder(tree, path))
      ? [path]
      : [];
  });
}

function nested(state: State, run: Run, loading: Loading): readonly InEnvironment[] {
  const { helmfiles } = state.fields;
  const folder = posix.dirname(state.file);
  return (Array.isArray(helmfiles) ? (helmfiles as readonly unknown[]) : []).flatMap((entry) => {
    const fields = isRecord(entry) ? entry : { path: entry };
    const written = typeof fields['path'] === 'string' ? fields['path'] : '';
    const inner: Loading = { ...loading, obstacles: [] };
    const values = valuesOfEntries(fields['values'], folder, state.environment, 'Error', inner);
    const selectors = fields['selectors'] === undefined ? null : textsIn(fields['selectors']);
    return helmfilesAt(run.tree, written, folder)
      .filter((file) => file !== state.file)
      .flatMap((file) => releasesIn({ ...run, depth: run.depth + 1 }, file, values, selectors))
      .map(({ files, ...release }) => ({ ...release, files: [...new Set([...loading.files, ...files])] }));
  });
}

/** A file, several by a glob, or those that a folder has under their own names. */
function helmfilesAt(tree: Tree, written: string, folder: string): readonly string[] {
  const files = filesNamed(tree, written, folder);
  if (files.length > 0) return files;
  const path = repositoryPath(written, folder);
  return tree.paths().filter((one) => isHelmfile(one) && path !== null && ownFolder(one) === path);
}

/** The folder in which `helmfile` is started to take the file. */
export function ownFolder(file: string): string {
  const folder = posix.dirname(file);
  return posix.basename(folder) === 'helmfile.d' ? posix.dirname(folder) : folder;
}

/** Lists of a template come before the release's own; of everything else, the template's counts. */
function inheriting(release: Fields, state: State, path: readonly string[] = []): Fields {
  const { templates, defaultInherit } = state.fields;
  const named = Array.isArray(release['inherit'])
    ? recordsOf(release['inherit'])
    : recordsOf([release['inherit']]);
  const own = named.map(({ template, except }) => ({
    name: String(template ?? ''),
    except: textsIn(except),
  }));
  const defaults =
    path.length > 0 ? [] : textsIn(typeof defaultInherit === 'string' ? [defaultInherit] : defaultInherit);
  const all = [
    ...defaults
      .filter((name) => !own.some((one) => one.name === name))
      .map((name) => ({ name, except: [] as string[] })),
    ...own,
  ];
  const { inherit: _, ...written } = release;
  return [
    ...all.flatMap(({ name, except }) => {
      const template = isRecord(templates) ? templates[name] : undefined;
      if (!isRecord(template) || path.includes(name)) return [];
      const whole = inheriting(template, state, [...path, name]);
      return [Object.fromEntries(Object.entries(whole).filter(([key]) => !except.includes(key)))];
    }),
    written,
  ].reduce((below, above) => appended(below, above));
}

function appended(below: Fields, above: Fields): Fields {
  const result = new Map(Object.entries(above).concat(Object.entries(below)));
  for (const [key, value] of Object.entries(above)) {
    const other = below[key];
    if (Array.isArray(other) && Array.isArray(value)) result.set(key, [...(other as unknown[]), ...value]);
    else if (isRecord(other) && isRecord(value)) result.set(key, { ...value, ...other });
    else if (isEmpty(other)) result.set(key, value);
  }
  return Object.fromEntries(result);
}

/** `tier=web,name!=cart`: any one of the selectors. */
function isSelected(release: Fields, selectors: readonly string[] | null, { fields }: State): boolean {
  if (selectors === null || selectors.length === 0) return true;
  const labels: Fields = {
    ...(isRecord(release['labels']) ? release['labels'] : {}),
    ...(isRecord(fields['commonLabels']) ? fields['commonLabels'] : {}),
    name: release['name'],
    namespace: release['namespace'],
  };
  return selectors.some((selector) =>
    selector.split(',').every((term) => {
      const [, key, sign, value] = /^([^=!]+)(!?=)=?(.*)$/.exec(term.trim()) ?? [];
      return key !== undefined && (String(labels[key] ?? '') === value) === (sign === '=');
    }),
  );
}

/** What changes the objects of a release, or its values, in a way that is not followed. */
const NOT_FOLLOWED = [
  'jsonPatches',
  'strategicMergePatches',
  'transformers',
  'dependencies',
  'forceNamespace',
  'postRenderer',
  'env',
  'chartPath',
] as const;

function releaseOf(written: Fields, state: State, run: Run, outer: Loading): readonly InEnvironment[] {
  const loading: Loading = {
    ...outer,
    unknowns: [...outer.unknowns],
    obstacles: [],
    files: new Set(outer.files),
  };
  const { obstacles, unknowns } = loading;
  const { file, environment, fields } = state;
  const known = {
    Name: textOf(written['name']),
    Namespace: textOf(fields['namespace']) || textOf(written['namespace']),
    Chart: textOf(written['chart']),
    Labels: isRecord(written['labels']) ? written['labels'] : {},
    ChartVersion: textOf(written['version']),
  };
  const filled = (text: string, release: Fields = known): string =>
    filledHelmfile(
      text,
      { ...dataOf(environment), Release: release },
      { ...loading, file, read: readerIn(loading, posix.dirname(file)) },
    ).trim();
  const [name, namespace] = [filled(known.Name), filled(known.Namespace) || 'default'];
  const release = { ...known, Name: name, Namespace: namespace };
  if (name === '' || !isInstalled(written, state, loading, (text) => filled(text, release))) return [];
  const by = `helmfile ${file} release ${name}`;
  const ref = { apiVersion: 'helmfile', kind: HELMFILE_RELEASE, namespace, name };
  const at = `release ${name} of ${file}`;
  const option = NOT_FOLLOWED.find((each) => !isEmpty(written[each]));
  if (option !== undefined) obstacles.push(`${option} of ${at}`);
  if (!isEmpty(recordAt(fields, 'helmDefaults')['postRenderer']))
    obstacles.push(`helmDefaults.postRenderer of ${file}`);
  const folder = posix.dirname(file);
  const chart = chartOf(filled(known.Chart, release), filled(known.ChartVersion, release), state, run.tree);
  const values = [
    ...valuesOfRelease(written, release, state, loading, (text) => filled(text, release)),
    ...setsOf(written, at, obstacles, (text) => filled(text, release)),
  ];
  const unknownValues = [
    ...textsIn(written['secrets']).map(
      (secret) => `${posix.join(folder, filled(secret, release))}, a file of secrets,`,
    ),
    ...unknowns.filter((what) => !what.startsWith('{{')),
  ];
  if (standInsOf([name, namespace, chart]).length > 0)
    obstacles.push(unknowns[standInsOf([name, namespace, chart])[0]!]!);
  if (chart === null) obstacles.push(`${known.Chart}, the chart of ${at}`);
  const path = chart?.kind === 'folder' ? chart.path : null;
  const files = [...loading.files];
  if (chart === null || obstacles.length > 0)
    return [{ plan: { by, ref, option: obstacles[0]!, path }, files, environment: run.environment }];
  const content: ChartContent = {
    kind: 'chart',
    chart,
    release: { name, namespace },
    values,
    ...(unknownValues.length > 0 ? { unknownValues } : {}),
  };
  const isPublished = chart.kind === 'remote';
  const plan: Plan = {
    by,
    ref,
    namespace,
    cluster: null,
    from: {
      repository: isPublished ? chart.repository : null,
      revision: isPublished ? { pin: chart.version } : {},
    },
    content,
    steps: [],
    ...(standInsOf(values).length > 0 ? { unknowns } : {}),
  };
  return [{ plan, files, environment: run.environment }];
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function recordAt(fields: Fields, key: string): Fields {
  const value = fields[key];
  return isRecord(value) ? value : {};
}

/** `condition: cart.enabled` is about the environment's values. */
function isInstalled(
  release: Fields,
  { environment }: State,
  { obstacles }: Loading,
  filled: (text: string) => string,
): boolean {
  if (release['installed'] === false) return false;
  for (const key of ['installedTemplate', 'conditionTemplate']) {
    const text = filled(textOf(release[key]));
    if (text === 'false') return false;
    if (!['', 'true'].includes(text)) obstacles.push(`${key} of release ${textOf(release['name'])}`);
  }
  const condition = textOf(release['condition']);
  if (condition === '' || condition === 'true') return true;
  if (condition === 'false' || release['condition'] === false) return false;
  const keys = condition.split('.');
  let here: unknown = environment.values;
  for (const key of keys) here = isRecord(here) ? here[key] : undefined;
  if (keys.at(-1) !== 'enabled') obstacles.push(`condition ${condition}`);
  return here === true || keys.at(-1) !== 'enabled';
}

/** A folder, where there is one of that name; else a chart of a repository, which the helmfile mostly names. */
function chartOf(
  written: string,
  version: string,
  { file, fields }: State,
  tree: Tree,
): ChartContent['chart'] | null {
  const path = repositoryPath(written, posix.dirname(file));
  const isHere = path !== null && tree.entry(posix.join(path, 'Chart.yaml'))?.kind === 'file';
  if (isHere && !written.includes('://')) return { kind: 'folder', path };
  const chart = { kind: 'remote', version: version === '' ? '*' : version } as const;
  const [, oci, leaf] = /^(oci:\/\/.+)\/([^/]+)$/.exec(written) ?? [];
  if (oci !== undefined) return { ...chart, repository: oci, name: leaf! };
  const [, name, rest] = /^([\w-][\w.-]*)\/(.+)$/.exec(written) ?? [];
  const repository = recordsOf(fields['repositories']).find((one) => one['name'] === name);
  const url = textOf(repository?.['url']);
  if (rest === undefined) return null;
  // Known to whoever runs helmfile, by this name.
  if (url === '') return { ...chart, repository: name!, name: rest };
  const address = repository!['oci'] === true && !url.startsWith('oci:') ? `oci://${url}` : url;
  return { ...chart, repository: address, name: rest };
}

/** `valuesTemplate` before `values`; a file that ends in `.gotmpl` is a template. */
function valuesOfRelease(
  written: Fields,
  release: Fields,
  { file, fields, environment }: State,
  loading: Loading,
  filled: (text: string) => string,
): readonly ValuesInput[] {
  const { tree, obstacles } = loading;
  const handler = written['missingFileHandler'] ?? fields['missingFileHandler'];
  const folder = posix.join(posix.dirname(file), textOf(written['valuesPathPrefix']));
  const entries = ['valuesTemplate', 'values'].flatMap((key) => {
    const list = written[key];
    return Array.isArray(list) ? (list as readonly unknown[]) : [];
  });
  return entries.flatMap((entry): readonly ValuesInput[] => {
    if (isRecord(entry))
      return [
        { kind: 'inline', values: filledTexts(entry, filled) as Readonly<Record<string, Json>>, at: null },
      ];
    if (typeof entry !== 'string') return [];
    const name = filled(entry);
    if (isElsewhere(name)) {
      noteUnknown(`${name}, values of release ${textOf(release['Name'])},`, loading);
      return [];
    }
    const [path, ...more] = filesNamed(tree, name, folder);
    if (more.length > 0) obstacles.push(`${name}, which is several files`);
    if (path === undefined) {
      if (!isForgiving(handler)) obstacles.push(missing(folder, name));
      return [];
    }
    if (!path.endsWith('.gotmpl')) return [{ kind: 'file', path }];
    const values = valuesIn(path, { ...dataOf(environment), Release: release }, loading);
    return values === null
      ? []
      : [{ kind: 'inline', values: values as Readonly<Record<string, Json>>, at: null }];
  });
}

/** What speaks of the release, filled in. */
function filledTexts(value: unknown, filled: (text: string) => string): unknown {
  if (typeof value === 'string') return /\{\{[^]*\.Release\b/.test(value) ? filled(value) : value;
  if (Array.isArray(value)) return value.map((each) => filledTexts(each, filled));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filledTexts(each, filled)]));
}

function setsOf(
  written: Fields,
  at: string,
  obstacles: Obstacles,
  filled: (text: string) => string,
): readonly ValuesInput[] {
  return (['setTemplate', 'set', 'setString'] as const).flatMap((key) =>
    recordsOf(written[key]).flatMap((set, index): readonly ValuesInput[] => {
      const name = textOf(set['name']);
      const { value } = set;
      const isPlain = ['string', 'number', 'boolean'].includes(typeof value);
      if (name === '' || !isPlain) {
        obstacles.push(`${key}[${index}] of ${at}`);
        return [];
      }
      const text = filled(String(value)).replace(/[,{}]/g, '\\$&');
      return [{ kind: 'set', name: filled(name), value: text, asString: key === 'setString', at: null }];
    }),
  );
}
