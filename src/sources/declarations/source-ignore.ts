/**
 * What Flux's source controller leaves out of the archive of a repository: `.sourceignore` files and `spec.ignore` of the
 * GitRepository, in the format of .gitignore
 * (https://fluxcd.io/flux/components/source/gitrepositories/#excluding-files).
 */
import { posix } from 'node:path';
import type { Tree } from '../../tree/tree.ts';
import { matchesSteps } from './globs.ts';

interface Pattern {
  readonly matches: (path: string) => boolean;
  readonly takesBack: boolean;
}

/** Each of them is held against each file. */
const MOST_PATTERNS = 500;

/** Says of a file whether it is left out; null where nothing is. Where there is too much to read, everything is. */
export function sourceIgnore(tree: Tree, ignore: string): ((file: string) => boolean) | null {
  const inTree = tree
    .paths()
    .filter((path) => posix.basename(path) === '.sourceignore')
    .flatMap((path) => patternsIn(String(tree.read(path) ?? ''), posix.dirname(path)));
  const patterns = [...inTree, ...patternsIn(ignore, '.')];
  if (patterns.length === 0) return null;
  if (patterns.length > MOST_PATTERNS) return () => true;
  // The last pattern that matches the file or a folder above it counts: unlike git, Flux reads on in folders that are left out.
  return (file) =>
    patterns.findLast(({ matches }) => above(file).some((path) => matches(path)))?.takesBack === false;
}

/** Folders end in a slash. */
function above(file: string): readonly string[] {
  const steps = file.split('/');
  return steps.map((_step, index) =>
    index === steps.length - 1 ? file : `${steps.slice(0, index + 1).join('/')}/`,
  );
}

function patternsIn(text: string, folder: string): readonly Pattern[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => patternOf(line.trimEnd(), folder));
}

function patternOf(line: string, folder: string): Pattern {
  const takesBack = line.startsWith('!');
  const glob = takesBack ? line.slice(1) : line.replace(/^\\(?=[!#])/, '');
  const isFolder = glob.endsWith('/');
  const body = glob.replace(/\/$/, '');
  const written = body
    .replace(/^\//, '')
    .split('/')
    .map((step) => (step === '**' ? null : step));
  // What is named without a place may lie anywhere, and what ends in stars is everything below.
  const anywhere = body.includes('/') ? [] : [null];
  const below = written.at(-1) === null ? ['*'] : [];
  const pattern = [...anywhere, ...written, ...below];
  const start = folder === '.' ? '' : `${folder}/`;
  return {
    matches: (path) => {
      if (!path.startsWith(start) || (isFolder && !path.endsWith('/'))) return false;
      const steps = path.slice(start.length).replace(/\/$/, '').split('/');
      return matchesSteps(pattern, steps);
    },
    takesBack,
  };
}
