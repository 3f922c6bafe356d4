import { isRecord, recordsOf } from '../kubernetes/objects.ts';
import { aliasProblem } from './names.ts';
import type { FileProblem } from './rendering.ts';
import { readStrictly, type StrictDocument } from './strict-yaml.ts';

export interface Dependency {
  /** Where it is written. */
  readonly file: string;
  readonly line: number | null;
  readonly name: string;
  readonly alias: string;
  readonly version: string;
  readonly repository: string;
}

/** What a Chart.yaml or requirements.yaml says. */
export interface Description {
  /** Null where there is none. */
  readonly path: string | null;
  readonly value: Readonly<Record<string, unknown>>;
  readonly document: StrictDocument | null;
}

export const NOTHING_SAID: Description = { path: null, value: {}, document: null };

export function lineIn({ document }: Description, path: readonly (string | number)[]): number | null {
  return document?.lineOf(path) ?? null;
}

export function aliasOf({ name, alias }: Dependency): string | null {
  return alias === name ? null : aliasProblem(alias);
}

/** Helm 2 wrote them into requirements.yaml, which Helm 3 still prefers. */
export function dependenciesIn(description: Description, requirements: Description): readonly Dependency[] {
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
export function locked(
  dependencies: readonly Dependency[],
  locks: readonly Description[],
): readonly Dependency[] {
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

export function isArchiveOf(archive: string, name: string): boolean {
  return archive === name || (archive.startsWith(`${name}-`) && /^v?\d/.test(archive.slice(name.length + 1)));
}

interface Parsed {
  readonly value: Readonly<Record<string, unknown>>;
  readonly document: StrictDocument | null;
  readonly problem: Pick<FileProblem, 'line' | 'message'> | null;
}

/** Dozens of releases may install one chart. */
const PARSED = new WeakMap<Buffer, Parsed>();

export function parse(content: Buffer): Parsed {
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
