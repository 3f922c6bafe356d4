/**
 * What Flux's source controller leaves out of the archive of a repository: `.sourceignore` files and `spec.ignore` of the
 * GitRepository, in the format of .gitignore
 * (https://fluxcd.io/flux/components/source/gitrepositories/#excluding-files).
 */
import { posix } from 'node:path';
import type { Tree } from '../../tree/tree.ts';

interface Pattern {
  readonly matches: RegExp;
  readonly takesBack: boolean;
}

/** Says of a file whether it is left out; null where nothing is. */
export function sourceIgnore(tree: Tree, ignore: string): ((file: string) => boolean) | null {
  const inTree = tree
    .paths()
    .filter((path) => posix.basename(path) === '.sourceignore')
    .flatMap((path) => patternsIn(String(tree.read(path) ?? ''), posix.dirname(path)));
  const patterns = [...inTree, ...patternsIn(ignore, '.')];
  if (patterns.length === 0) return null;
  // The last pattern that matches the file or a folder above it counts: unlike git, Flux looks into what is left out.
  return (file) =>
    patterns.findLast(({ matches }) => above(file).some((path) => matches.test(path)))?.takesBack === false;
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
  const isRooted = body.includes('/');
  const inner = body
    .replace(/^\//, '')
    .split('/')
    .map((step) => (step === '**' ? null : stepPattern(step)))
    .reduce<string>(
      (before, step, index, steps) =>
        before +
        (step === null
          ? index === steps.length - 1
            ? '.+'
            : '(?:[^/]+/)*'
          : step + (index === steps.length - 1 ? '' : '/')),
      '',
    );
  const start = folder === '.' ? '' : `${escaped(folder)}/`;
  return {
    matches: new RegExp(`^${start}${isRooted ? '' : '(?:[^/]+/)*'}${inner}${isFolder ? '/' : '/?'}$`),
    takesBack,
  };
}

function stepPattern(step: string): string {
  return step
    .split(/(\*+|\?)/)
    .map((part) => (part.startsWith('*') ? '[^/]*' : part === '?' ? '[^/]' : escaped(part)))
    .join('');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
