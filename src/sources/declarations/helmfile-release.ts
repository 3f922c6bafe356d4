import { posix } from 'node:path';
import { isRecord, type Json, recordsOf } from '../../kubernetes/objects.ts';
import type { Tree } from '../../tree/tree.ts';
import { isEmpty, type Obstacles, repositoryPath } from './fields.ts';
import {
  dataOf,
  filesNamed,
  isElsewhere,
  isForgiving,
  type Loading,
  missing,
  noteUnknown,
  readerIn,
  type State,
  textsIn,
  valuesIn,
} from './helmfile-state.ts';
import { filledHelmfile } from './helmfile-template.ts';
import type { ChartContent, Plan, Unplanned, ValuesInput } from './plan.ts';
import { standInsOf } from './unknowns.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** One release, and every file that decides about it. */
export interface HelmfileRelease {
  readonly plan: Plan | Unplanned;
  readonly files: readonly string[];
}

export interface InEnvironment extends HelmfileRelease {
  /** Equal for environments whose values are in the same files. */
  readonly environment: { readonly name: string; readonly key: string };
}

/** The kind that stands for a release of a helmfile, which is no object of a cluster. */
export const HELMFILE_RELEASE = 'helmfile release';

export interface Run {
  readonly tree: Tree;
  readonly environment: InEnvironment['environment'];
  readonly depth: number;
  /** Helmfiles that may still be read: those that include each other would be without end. */
  readonly budget: { left: number };
}

/** The folder in which `helmfile` is started to take the file. */
export function ownFolder(file: string): string {
  const folder = posix.dirname(file);
  return posix.basename(folder) === 'helmfile.d' ? posix.dirname(folder) : folder;
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

export function releaseOf(written: Fields, state: State, run: Run, outer: Loading): readonly InEnvironment[] {
  const loading: Loading = {
    ...outer,
    unknowns: [...outer.unknowns],
    obstacles: [],
    files: new Set(outer.files),
  };
  const { obstacles, unknowns } = loading;
  const { file, environment, fields } = state;
  const known = knownOf(written, fields);
  const filled = (text: string, release: Fields = known): string =>
    filledHelmfile(
      text,
      { ...dataOf(environment), Release: release },
      { ...loading, file, read: readerIn(loading, posix.dirname(file)) },
    ).trim();
  const [name, namespace] = [filled(known.Name), filled(known.Namespace) || 'default'];
  const release = { ...known, Name: name, Namespace: namespace };
  const filledHere = (text: string): string => filled(text, release);
  if (name === '' || !isInstalled(written, state, loading, filledHere)) return [];
  const by = `helmfile ${file} release ${name}`;
  const ref = { apiVersion: 'helmfile', kind: HELMFILE_RELEASE, namespace, name };
  const at = `release ${name} of ${file}`;
  refuseNotFollowed(written, at, state, obstacles);
  const chart = chartOf(filledHere(known.Chart), filledHere(known.ChartVersion), state, run.tree);
  const values = [
    ...valuesOfRelease(written, release, state, loading, filledHere),
    ...setsOf(written, at, obstacles, filledHere),
  ];
  const secrets = textsIn(written['secrets']).map((text) =>
    posix.join(posix.dirname(file), filledHere(text)),
  );
  const unknownValues = [
    ...secrets.map((path) => `${path}, a file of secrets,`),
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
  const plan: Plan = {
    by,
    ref,
    namespace,
    cluster: null,
    from: originOf(chart),
    content,
    steps: [],
    ...(standInsOf(values).length > 0 ? { unknowns } : {}),
  };
  return [{ plan, files, environment: run.environment }];
}

/** What templates of the release know of it, before its own texts are filled in. */
interface Known extends Fields {
  readonly Name: string;
  readonly Namespace: string;
  readonly Chart: string;
  readonly Labels: Fields;
  readonly ChartVersion: string;
}

function knownOf(written: Fields, fields: Fields): Known {
  return {
    Name: textOf(written['name']),
    Namespace: textOf(fields['namespace']) || textOf(written['namespace']),
    Chart: textOf(written['chart']),
    Labels: isRecord(written['labels']) ? written['labels'] : {},
    ChartVersion: textOf(written['version']),
  };
}

function refuseNotFollowed(written: Fields, at: string, { file, fields }: State, obstacles: Obstacles): void {
  const option = NOT_FOLLOWED.find((each) => !isEmpty(written[each]));
  if (option !== undefined) obstacles.push(`${option} of ${at}`);
  if (!isEmpty(recordAt(fields, 'helmDefaults')['postRenderer']))
    obstacles.push(`helmDefaults.postRenderer of ${file}`);
}

function originOf(chart: ChartContent['chart']): Plan['from'] {
  return chart.kind === 'remote'
    ? { repository: chart.repository, revision: { pin: chart.version } }
    : { repository: null, revision: {} };
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
