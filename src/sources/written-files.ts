import { posix } from 'node:path';
import { isNamed, parseRemote } from '../git/remote.ts';
import type { Repository } from '../git/repository.ts';
import type { Answers, PathPast, WrittenLine } from '../model/need.ts';
import { linesHolding } from '../git/lines-holding.ts';
import type { Tree } from '../tree/tree.ts';

/** Lines that are told of one text. */
const MOST_LINES = 20;
/** No manifest or template that people keep is larger. */
const LARGEST = 512 * 1024;
const TEXT = /\.(?:ya?ml|json|tpl|tmpl|gotmpl|txt|env|properties)$|(?:^|\/)(?:Kustomization|[^./]+)$/;

/** False where the address that a controller names is known to be another repository's. */
export function isFetchedFrom({ remote }: Repository, url: string | null): boolean {
  const named = url === null ? null : parseRemote(url);
  return remote === null || named === null || isNamed(remote, named.slug);
}

/** The lines in a folder's files (those of folders below it too), or in one file, that hold a text. */
export async function writtenLines(
  repository: Repository,
  tree: Tree,
  folder: string,
  text: string,
): Promise<Answers['written-lines']> {
  const files = pathsBelow(tree, folder).filter((path) => {
    const entry = tree.entry(path);
    return TEXT.test(path) && entry?.kind === 'file' && entry.size <= LARGEST;
  });
  await tree.load(files);
  const found = files.flatMap((file) => linesHolding(tree, file, text)).slice(0, MOST_LINES);
  const { head } = repository;
  return Promise.all(
    found.map(async (line): Promise<WrittenLine> => {
      const commit = head ? await repository.blame(line.file, line.line, head.sha) : null;
      return { ...line, commit };
    }),
  );
}

/** All files of a folder and below, or the file of that name. */
export function pathsBelow(tree: Tree, folder: string): readonly string[] {
  const path = posix
    .normalize(folder)
    .replace(/^\.?\//, '')
    .replace(/\/$/, '');
  if (path === '.' || path === '') return tree.paths();
  return tree.paths().filter((one) => one === path || one.startsWith(`${path}/`));
}

/** The commit after which a file, or all of a folder, was gone, and where it put the content; null where it is there or never was. */
export async function pathPast(repository: Repository, path: string): Promise<PathPast | null> {
  const { head } = repository;
  if (!head) return null;
  const [last] = await repository.log({ paths: [path], limit: 1 });
  if (!last) return null;
  const after = await repository.treeAt(last.sha);
  if (pathsBelow(after, path).length > 0) return null;
  const [, parent] = await repository.log({ from: last.sha, limit: 2 });
  if (!parent) return null;
  const before = await repository.treeAt(parent.sha);
  return { removedBy: last, movedTo: movedTo(before, after, path) };
}

/** The one place to which all files went unchanged. */
function movedTo(before: Tree, after: Tree, path: string): string | null {
  const gone = pathsBelow(before, path);
  const fresh = after.paths().filter((one) => before.entry(one) === undefined);
  const targets = gone.map((file) => {
    const same = fresh.filter((one) => hashOf(after, one) === hashOf(before, file));
    const below = file === path ? '' : file.slice(path.length);
    return new Set(
      same.filter((one) => one.endsWith(below)).map((one) => one.slice(0, one.length - below.length)),
    );
  });
  const [first, ...others] = targets.filter((one) => one.size > 0);
  const common = [...(first ?? [])].filter((one) => others.every((other) => other.has(one)));
  return common.length === 1 ? common[0]! : null;
}

function hashOf(tree: Tree, path: string): string | undefined {
  const entry = tree.entry(path);
  return entry?.kind === 'file' ? entry.hash : undefined;
}
