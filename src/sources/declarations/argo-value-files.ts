import { isDeepStrictEqual } from 'node:util';
import type { ConcretePath } from '../../kubernetes/field-path.ts';
import { isRecord } from '../../kubernetes/objects.ts';
import { realPath } from '../../renderers/tree-paths.ts';
import type { Tree } from '../../tree/tree.ts';
import type { Reading, Source, Written } from './argo-reading.ts';
import { expanded } from './build-variables.ts';
import { isEmpty, repositoryPath, textOf, textsOf } from './fields.ts';
import { argoRevision } from './followed.ts';
import { matchesSteps } from './globs.ts';
import type { ChartContent, Followed, ValuesInput } from './plan.ts';
import { isOrigin, sameRepository } from './same-repository.ts';

/** Where a field of the source stands in the object that declares it; null where an override file says it. */
export function placeIn({ at, overrides }: Source, written: Written): Written {
  return (path) => (isOverridden(overrides, path) ? null : written([...at, ...path]));
}

/** True where an override says the value, all of what it stands in, or a part of it. */
function isOverridden(overrides: unknown, path: ConcretePath): boolean {
  let here = overrides;
  for (const step of path) {
    if (!isRecord(here)) return here !== undefined;
    here = here[step];
  }
  return here !== undefined;
}

export function valueFiles(
  source: Source,
  options: Readonly<Record<string, unknown>>,
  chart: ChartContent['chart'],
  reading: Reading,
): { readonly files: readonly ValuesInput[]; readonly unknown: readonly string[] } {
  const { obstacles } = reading;
  const at = `${source.name}.helm.valueFiles`;
  const found = textsOf(options['valueFiles'], at, obstacles).map((name, index) =>
    valueFile(name, `${at}[${index}]`, source, chart, reading),
  );
  // A file that is named has its place where it is named, whatever globs match it too; otherwise the first glob decides.
  const named = new Set(found.flatMap((each) => ('file' in each ? [each.file] : [])));
  const files: string[] = [];
  const unknown: string[] = [];
  for (const each of found) {
    if ('file' in each) files.push(each.file);
    else if ('matched' in each)
      files.push(...each.matched.filter((file) => !named.has(file) && !files.includes(file)));
    else if ('unknown' in each) unknown.push(each.unknown);
    else if ('obstacle' in each) obstacles.push(each.obstacle);
    else if (options['ignoreMissingValueFiles'] !== true)
      obstacles.push(`${each.missing}, a file that this repository does not have`);
  }
  // Newer versions of Argo CD take such a file once, where it is named first.
  const again = files.find((file, index) => files.indexOf(file) !== index);
  if (again !== undefined) obstacles.push(`${at} with ${again} twice`);
  return { files: files.map((path) => ({ kind: 'file', path })), unknown };
}

type ValueFile =
  | { readonly file: string }
  /** By a glob, in the order in which they are given to Helm. */
  | { readonly matched: readonly string[] }
  /** For people: of a chart or a repository that is not at hand. */
  | { readonly unknown: string }
  | { readonly missing: string }
  | { readonly obstacle: string };

function valueFile(
  name: string,
  at: string,
  source: Source,
  chart: ChartContent['chart'],
  { tree, origin, obstacles, variables, sources }: Reading,
): ValueFile {
  const first = name.split('/')[0]!;
  const other = sources.find(
    ({ fields }) => !isEmpty(fields['ref']) && first === `$${String(fields['ref'])}`,
  );
  if (!other && first.startsWith('$') && sources.length > 1)
    return { obstacle: `${at}, of a source that is not there` };
  const written = expanded(other ? name.slice(first.length) : name, variables, at, obstacles);
  const isGlob = /[*?]/.test(written);
  if (/^[a-z][a-z0-9+.-]*:/i.test(written) || /[[\]{}\\]/.test(written)) return { obstacle: at };
  if (chart.kind === 'remote' && !other) return { unknown: `${written} of the chart` };
  const address = String((other ?? source).fields['repoURL']);
  if (chart.kind === 'folder' && other && !isSameContent(source, other))
    return { obstacle: `${at}, a file of ${address}` };
  const path = repositoryPath(written, chart.kind === 'folder' ? chart.path : '.');
  if (isGlob && path !== null && (chart.kind === 'folder' || mayBeAtHand(other!, origin, sources))) {
    const matched = matchedBy(tree, path);
    return matched.length > 0 ? { matched } : { missing: at };
  }
  const file = path === null ? null : realPath(tree, path);
  const isThere = file !== null && tree.entry(file)?.kind === 'file';
  if (chart.kind === 'remote') {
    const isAtHand = isThere && mayBeAtHand(other!, origin, sources);
    return isAtHand ? { file } : { unknown: `${name} of ${address}` };
  }
  if (file === null) return { obstacle: `${at}, which leaves the repository` };
  return isThere ? { file } : { missing: at };
}

/**
 * Of one folder the files by their names, before those of its subfolders (https://argo-cd.readthedocs.io/en/latest/user-guide/helm/#glob-patterns-in-value-files).
 */
function matchedBy(tree: Tree, glob: string): readonly string[] {
  const pattern = glob.split('/').map((step) => (step === '**' ? null : step));
  return tree
    .paths()
    .filter((path) => matchesSteps(pattern, path.split('/')))
    .toSorted((a, b) => (inTurn(a) < inTurn(b) ? -1 : 1))
    .flatMap((path) => {
      const real = realPath(tree, path);
      return real !== null && tree.entry(real)?.kind === 'file' ? [real] : [];
    });
}

/** Sorts files before folders. */
function inTurn(path: string): string {
  const steps = path.split('/');
  return steps
    .map((step, index) => (index === steps.length - 1 ? `\u0001${step}` : `\u0002${step}`))
    .join('/');
}

/** The same files: another repository's, another branch's or a version's may say something else. */
function isSameContent(source: Source, other: Source): boolean {
  const [own, others] = [source, other].map(({ fields }) => String(fields['repoURL']));
  const [revision, otherRevision] = [source, other].map(revisionOf);
  return (
    isEmpty(other.fields['chart']) &&
    sameRepository(own!, others!) &&
    isDeepStrictEqual(revision, otherRevision)
  );
}

function mayBeAtHand(source: Source, origin: string | null, sources: readonly Source[]): boolean {
  const addresses = sources.map(({ fields }) => String(fields['repoURL']));
  const isElsewhere = isOrigin(String(source.fields['repoURL']), origin, addresses) === false;
  return !isElsewhere && revisionOf(source).pin === undefined && isEmpty(source.fields['chart']);
}

function revisionOf({ fields }: Source): Followed {
  return argoRevision(textOf(fields['targetRevision'], 'targetRevision', []));
}
