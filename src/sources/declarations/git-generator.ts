/**
 * The git generator of an ApplicationSet: an Application for each folder, or for each set of parameters in files
 * (https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git/).
 */
import { posix } from 'node:path';
import { isRecord } from '../../kubernetes/objects.ts';
import type { Tree } from '../../tree/tree.ts';
import { documentIn, recordsOf, textOf, textsByName, type Obstacles } from './fields.ts';
import { argoRevision } from './followed.ts';
import { matchesGlob, matchesSteps } from './globs.ts';
import type { Generation, Generator } from './generation.ts';
import { flattened, normalized, type Parameters } from './template-parameters.ts';

export function gitParameters(fields: Generator, at: string, generation: Generation): readonly Parameters[] {
  const { obstacles, isHere } = generation;
  const repository = textOf(fields['repoURL'], `${at}.repoURL`, obstacles) ?? '';
  const { pin } = argoRevision(textOf(fields['revision'], `${at}.revision`, obstacles));
  if (!isHere(repository)) obstacles.push(`${at} of ${repository === '' ? 'no repository' : repository}`);
  if (pin !== undefined) obstacles.push(`${at} of ${pin}`);
  if (obstacles.length > 0) return [];
  const prefix = textOf(fields['pathParamPrefix'], `${at}.pathParamPrefix`, obstacles);
  const directories = recordsOf(fields['directories'], `${at}.directories`, obstacles);
  const files = recordsOf(fields['files'], `${at}.files`, obstacles);
  if (directories.length === 0 && files.length === 0) obstacles.push(`${at} without directories or files`);
  const made =
    directories.length > 0
      ? foldersOf(directories, at, generation).map((folder) =>
          pathParameters(folder, null, prefix, generation),
        )
      : filesOf(files, at, generation).flatMap((file) =>
          contentsOf(file, at, generation).map((content) => ({
            ...(generation.isGo ? content : flattened(content)),
            ...pathParameters(posix.dirname(file), posix.basename(file), prefix, generation),
          })),
        );
  const values = textsByName(fields['values'], `${at}.values`, obstacles);
  return made.map((parameters) => withValues(parameters, values, generation));
}

/** `values`, in which the generator's own parameters can be used. */
export function withValues(
  parameters: Parameters,
  values: Readonly<Record<string, string>>,
  { isGo, fill, obstacles }: Generation,
): Parameters {
  const filled = Object.entries(values).map(
    ([key, value]) => [key, fill(value, parameters, obstacles)] as const,
  );
  if (filled.length === 0) return parameters;
  if (isGo) return { ...parameters, values: Object.fromEntries(filled) };
  return { ...parameters, ...Object.fromEntries(filled.map(([key, value]) => [`values.${key}`, value])) };
}

/** Where a folder lies, or a file. */
function pathParameters(
  folder: string,
  file: string | null,
  prefix: string | null,
  { isGo }: Generation,
): Parameters {
  const basename = posix.basename(folder);
  const named = {
    basename,
    basenameNormalized: normalized(basename),
    ...(file === null ? {} : { filename: file, filenameNormalized: normalized(file) }),
  };
  const segments = folder.split('/');
  if (isGo) {
    const path = { path: folder, ...named, segments };
    return prefix === null ? { path } : { [prefix]: { path } };
  }
  const name = prefix === null ? 'path' : `${prefix}.path`;
  return Object.fromEntries([
    [name, folder],
    ...Object.entries(named).map(([key, value]) => [`${name}.${key}`, value]),
    ...segments.map((segment, index) => [`${name}[${index}]`, segment]),
  ]);
}

interface Pattern {
  readonly path: string;
  readonly isExclude: boolean;
}

/** Classes, braces and escapes are not followed, and neither are so many stars in a step that a matcher would try for long. */
function patternsOf(items: readonly Generator[], at: string, obstacles: Obstacles): readonly Pattern[] {
  return items.map((item, index) => {
    const path = textOf(item['path'], `${at}[${index}].path`, obstacles) ?? '';
    if (path === '' || /[[\]\\{}(]|(\*[^*/]+){3}/.test(path)) obstacles.push(`${at}[${index}].path`);
    return { path, isExclude: item['exclude'] === true };
  });
}

/** Folders that are named and not left out; Argo CD does not go into hidden ones. */
function foldersOf(
  items: readonly Generator[],
  at: string,
  { tree, obstacles }: Generation,
): readonly string[] {
  const patterns = patternsOf(items, `${at}.directories`, obstacles).map(({ path, isExclude }) => ({
    steps: path.split('/'),
    isExclude,
  }));
  return allFolders(tree).filter((folder) => {
    const matching = patterns.filter(({ steps }) => matchesSteps(steps, folder.split('/')));
    return matching.length > 0 && matching.every(({ isExclude }) => !isExclude);
  });
}

function allFolders(tree: Tree): readonly string[] {
  const folders = new Set<string>();
  for (const path of tree.paths()) {
    for (
      let folder = posix.dirname(path);
      folder !== '.' && !folders.has(folder);
      folder = posix.dirname(folder)
    )
      folders.add(folder);
  }
  return [...folders].filter((folder) => !/(^|\/)\./.test(folder)).sort();
}

function filesOf(
  items: readonly Generator[],
  at: string,
  { tree, obstacles }: Generation,
): readonly string[] {
  const patterns = patternsOf(items, `${at}.files`, obstacles);
  if (obstacles.length > 0) return [];
  const chosen = (reading: (pattern: string) => (path: string) => boolean): readonly string[] => {
    const [included, excluded] = [false, true].map((side) =>
      patterns.filter(({ isExclude }) => isExclude === side).map(({ path }) => reading(path)),
    );
    return tree
      .paths()
      .filter(
        (path) => included!.some((matches) => matches(path)) && !excluded!.some((matches) => matches(path)),
      );
  };
  // A setting of Argo CD decides which of two readers of patterns it uses.
  const [asPathspec, asGlob] = [chosen(pathspec), chosen(doublestar)];
  if (asPathspec.join('\n') !== asGlob.join('\n'))
    obstacles.push(`${at}.files, which Argo CD reads in one of two ways`);
  return asPathspec;
}

/** As `git ls-files` reads it: stars go over slashes, and a folder is everything below it. */
function pathspec(pattern: string): (path: string) => boolean {
  const folder = `${pattern.replace(/\/+$/, '')}/`;
  return (path) => matchesGlob(pattern, path) || path.startsWith(folder);
}

function doublestar(pattern: string): (path: string) => boolean {
  return (path) => posix.matchesGlob(path, pattern);
}

/** A file is one set of parameters, or a list of them. */
function contentsOf(file: string, at: string, { tree, obstacles }: Generation): readonly Parameters[] {
  const content = tree.entry(file)?.kind === 'file' ? tree.read(file) : undefined;
  const document = content && documentIn(content.toString());
  if (document && (document.value ?? null) === null) return [{}];
  const contents = document && (Array.isArray(document.value) ? document.value : [document.value]);
  if (contents && contents.every(isRecord)) return contents;
  obstacles.push(`${at}.files with ${file}, which holds no parameters`);
  return [];
}
