/**
 * What a helmfile says for one environment, with its bases and values
 * (https://helmfile.readthedocs.io/en/latest/#configuration).
 *
 * A file is taken apart at `---`, and each part is filled in with the values of the parts before it. Of two values the later one
 * wins: those of the whole file (`values`), then those of the environment.
 */
import { posix } from 'node:path';
import { isRecord } from '../../kubernetes/objects.ts';
import { realPath } from '../../renderers/tree-paths.ts';
import type { Tree } from '../../tree/tree.ts';
import { withoutActions } from '../../edits/template-actions.ts';
import { documentIn, repositoryPath, type Obstacles } from './fields.ts';
import { matchesSteps } from './globs.ts';
import { filledHelmfile, type Unknowns } from './helmfile-template.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The values that templates see. */
export interface EnvironmentValues {
  readonly name: string;
  readonly values: Fields;
}

export interface Loading {
  readonly tree: Tree;
  readonly unknowns: Unknowns;
  readonly obstacles: Obstacles;
  /** Every file that was read. */
  readonly files: Set<string>;
}

export interface State {
  readonly file: string;
  readonly fields: Fields;
  readonly environment: EnvironmentValues;
  /** False where it names environments, and not this one. */
  readonly hasEnvironment: boolean;
}

const MOST_BASES = 50;

/** @param given values that a helmfile above this one gives it */
export function loadHelmfile(
  file: string,
  environment: string,
  loading: Loading,
  given: Fields = {},
): State | null {
  const folder = posix.dirname(file);
  const loaded = loadFile(file, { name: environment, values: {} }, given, { ...loading, folder }, true);
  if (loaded === null) return null;
  const names = Object.keys(environmentsIn(loaded.fields));
  return { file, ...loaded, hasEnvironment: names.length === 0 || names.includes(environment) };
}

interface InFolder extends Loading {
  /** What paths are relative to, in bases too. */
  readonly folder: string;
}

function loadFile(
  file: string,
  start: EnvironmentValues,
  given: Fields,
  loading: InFolder,
  mayHaveBases: boolean,
): { readonly fields: Fields; readonly environment: EnvironmentValues } | null {
  const text = readText(file, loading);
  if (text === null) {
    loading.obstacles.push(`${file}, which cannot be read`);
    return null;
  }
  let [fields, environment] = [{} as Fields, start];
  let above = '';
  for (const part of text.replaceAll('\r\n', '\n').split(/\n---\n/)) {
    const own = partIn(part, above, environment, file, given, loading);
    above += `${part}\n---\n`.replace(/[^\n]/g, ' ');
    if (own === null) return null;
    let whole = own;
    for (const base of mayHaveBases ? textsIn(own['bases']).slice(0, MOST_BASES) : []) {
      const path = repositoryPath(base, loading.folder);
      const loaded = path === null ? null : loadFile(path, environment, given, loading, false);
      if (loaded === null) return null;
      whole = layered(loaded.fields, whole);
    }
    fields = layered(fields, whole);
    environment = withValues(environment, whole, file, given, loading);
  }
  return { fields, environment };
}

/** One part as a mapping. `above` keeps its lines where they are in the file. */
function partIn(
  part: string,
  above: string,
  environment: EnvironmentValues,
  file: string,
  given: Fields,
  loading: InFolder,
): Fields | null {
  const text = above + part;
  // Older versions let a part see the environments that it names itself.
  const named = part.replace(/\{\{-?\s*\.Environment\.Name\s*-?\}\}/g, environment.name);
  const own = documentIn(withoutActions(named))?.value;
  const seen = isRecord(own)
    ? withValues(environment, own, file, given, { ...loading, obstacles: [] })
    : environment;
  const refused: Obstacles = [];
  const filling = {
    ...loading,
    file,
    obstacles: refused,
    read: readerIn(loading, loading.folder),
    leavesReleases: true,
  };
  const document = documentIn(filledHelmfile(text, dataOf(seen), filling));
  if (refused.length === 0 && document && (document.value ?? null) === null) return {};
  if (refused.length === 0 && document && isRecord(document.value)) return document.value;
  loading.obstacles.push(refused[0] ?? `${file}, which cannot be read as a mapping`);
  return null;
}

export function dataOf({ name, values }: EnvironmentValues): Fields {
  return { Environment: { Name: name, Values: values }, Values: values, StateValues: values, Namespace: '' };
}

/** Environments are united, lists follow each other, and of everything else the later one counts. */
function layered(below: Fields, above: Fields): Fields {
  const result = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const other = result.get(key);
    if (Array.isArray(other) && Array.isArray(value)) result.set(key, [...(other as unknown[]), ...value]);
    else if (key === 'environments' && isRecord(other) && isRecord(value))
      result.set(key, unitedEnvironments(other, value));
    else if (isRecord(other) && isRecord(value)) result.set(key, { ...other, ...value });
    else result.set(key, value);
  }
  return Object.fromEntries(result);
}

function unitedEnvironments(below: Fields, above: Fields): Fields {
  const names = new Set([...Object.keys(below), ...Object.keys(above)]);
  return Object.fromEntries(
    [...names].map((name) => {
      const [one, other] = [below[name], above[name]].map((each) => (isRecord(each) ? each : {}));
      return [name, layered(one!, other!)];
    }),
  );
}

export function environmentsIn(fields: Fields): Readonly<Record<string, Fields>> {
  const { environments } = fields;
  if (!isRecord(environments)) return {};
  return Object.fromEntries(
    Object.entries(environments).map(([name, each]) => [name, isRecord(each) ? each : {}]),
  );
}

function withValues(
  environment: EnvironmentValues,
  fields: Fields,
  file: string,
  given: Fields,
  loading: InFolder,
): EnvironmentValues {
  const own = environmentsIn(fields)[environment.name] ?? {};
  const { folder } = loading;
  const handler = own['missingFileHandler'] ?? fields['missingFileHandler'];
  const defaults = valuesOfEntries(fields['values'], folder, environment, 'Error', loading);
  const values = valuesOfEntries(own['values'], folder, environment, handler, loading);
  for (const secret of textsIn(own['secrets'])) {
    noteUnknown(`${posix.join(folder, secret)}, the secrets of environment ${environment.name},`, loading);
  }
  if (own['mergeStrategy'] === 'fallback')
    loading.obstacles.push(`mergeStrategy of environment ${environment.name} in ${file}`);
  return {
    name: environment.name,
    values: [environment.values, defaults, values, given].reduce((below, above) => deepMerged(below, above)),
  };
}

/** Files and mappings of `values`, each over those before it. */
export function valuesOfEntries(
  entries: unknown,
  folder: string,
  environment: EnvironmentValues,
  missingFileHandler: unknown,
  loading: Loading,
): Fields {
  let result: Fields = {};
  for (const entry of Array.isArray(entries) ? (entries as readonly unknown[]) : []) {
    if (isRecord(entry)) result = deepMerged(result, entry);
    if (typeof entry !== 'string') continue;
    if (isElsewhere(entry)) noteUnknown(`${entry}, values of environment ${environment.name},`, loading);
    if (isElsewhere(entry)) continue;
    const files = filesNamed(loading.tree, entry, folder);
    if (files.length === 0 && !isForgiving(missingFileHandler))
      loading.obstacles.push(missing(folder, entry));
    for (const file of files) result = deepMerged(result, valuesIn(file, dataOf(environment), loading) ?? {});
  }
  return result;
}

/** On the machine that helmfile runs on, or at some address. */
export function isElsewhere(path: string): boolean {
  return path.startsWith('/') || /^[a-z][a-z0-9+.-]*:/i.test(path);
}

export function noteUnknown(what: string, { unknowns }: Loading): void {
  if (!unknowns.includes(what)) unknowns.push(what);
}

export function missing(folder: string, path: string): string {
  return `${posix.join(folder, path)}, which this repository does not have`;
}

export function isForgiving(missingFileHandler: unknown): boolean {
  return ['Warn', 'Info', 'Debug'].includes(String(missingFileHandler));
}

/** A file of values; one that ends in `.gotmpl` is a template. Null where it is none. */
export function valuesIn(file: string, data: Fields, loading: Loading): Fields | null {
  const text = readText(file, loading);
  const filled =
    text !== null && file.endsWith('.gotmpl')
      ? filledHelmfile(text, data, { ...loading, file, read: readerIn(loading, posix.dirname(file)) })
      : text;
  const document = filled === null ? null : documentIn(filled);
  if (document && (document.value ?? null) === null) return {};
  if (document && isRecord(document.value)) return document.value;
  loading.obstacles.push(`${file}, which cannot be read as a mapping`);
  return null;
}

/** Files of the repository by a path or a glob, from a folder. */
export function filesNamed(tree: Tree, written: string, folder: string): readonly string[] {
  const path = repositoryPath(written, folder);
  if (path === null || isElsewhere(written)) return [];
  if (!/[*?[\]]/.test(path)) {
    const real = realPath(tree, path);
    return real !== null && tree.entry(real)?.kind === 'file' ? [real] : [];
  }
  const steps = path.split('/');
  return tree
    .paths()
    .filter((one) => tree.entry(one)?.kind === 'file' && matchesSteps(steps, one.split('/')));
}

/** `readFile` in a folder. */
export function readerIn(loading: Loading, folder: string): (path: string) => string | undefined {
  return (path) => {
    const [file] = filesNamed(loading.tree, path, folder);
    return file === undefined ? undefined : (readText(file, loading) ?? undefined);
  };
}

function readText(file: string, { tree, files }: Loading): string | null {
  const content = tree.entry(file)?.kind === 'file' ? tree.read(file) : undefined;
  files.add(file);
  return content?.toString() ?? null;
}

export function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}

export function deepMerged(below: Fields, above: Fields): Fields {
  const result = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const other = result.get(key);
    result.set(key, isRecord(other) && isRecord(value) ? deepMerged(other, value) : value);
  }
  return Object.fromEntries(result);
}
