/**
 * Reads helmfiles: the releases that they install, in each of their environments (https://helmfile.readthedocs.io). What a release
 * is given: `values` in their order, then `set` and `setString`.
 */
import { posix } from 'node:path';
import { withoutActions } from '../../edits/template-actions.ts';
import { isRecord, type ObjectRef, recordsOf } from '../../kubernetes/objects.ts';
import { isFolder } from '../../renderers/tree-paths.ts';
import type { Tree } from '../../tree/tree.ts';
import { isEmpty, repositoryPath } from './fields.ts';
import {
  type Fields,
  type HelmfileRelease,
  type InEnvironment,
  ownFolder,
  releaseOf,
  type Run,
} from './helmfile-release.ts';
import {
  environmentsIn,
  filesNamed,
  loadHelmfile,
  type Loading,
  type State,
  textsIn,
  valuesOfEntries,
} from './helmfile-state.ts';
import type { Unplanned } from './plan.ts';

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
