import { decode } from '../edits/edit.ts';
import { scalarAt } from '../edits/scalars.ts';
import type { Repository } from '../git/repository.ts';
import type { Scalar } from '../kubernetes/objects.ts';
import type { LineAuthor } from '../model/layers.ts';
import { Revision } from '../sources/revision.ts';
import type { Renderers } from '../renderers/renderers.ts';
import type { Tree } from '../tree/tree.ts';
import { openedAt, type Place } from './take-out.ts';

const NOBODY: LineAuthor = { commit: null, pullRequest: null, line: null, before: undefined };

/** Who wrote the line of a place, and what the place had before. */
export class LineAuthors {
  readonly #repository: Repository;
  readonly #renderers: Renderers;
  readonly #revision: Revision;

  constructor(repository: Repository, renderers: Renderers, revision: Revision) {
    this.#repository = repository;
    this.#renderers = renderers;
    this.#revision = revision;
  }

  async of(place: Place): Promise<LineAuthor> {
    const { head } = this.#repository;
    if (!head) return NOBODY;
    const line = await lineIn(await this.#repository.treeAt(head.sha), this.#revision.tree, place);
    const commit = line === null ? null : await this.#repository.blame(place.file, line, head.sha);
    if (!commit) return { ...NOBODY, line };
    const pullRequest = await this.#repository.pullRequestOf(commit, head.sha);
    return { commit, pullRequest, line, before: await this.#before(commit.sha, place) };
  }

  async #before(sha: string, place: Place): Promise<Scalar | undefined> {
    const [own] = await this.#repository.lineage({ from: sha, limit: 1 });
    const parent = own?.parents?.[0];
    if (parent === undefined) return undefined;
    const tree = await this.#repository.treeAt(parent);
    if (tree.entry(place.file)?.kind !== 'file') return undefined;
    await tree.load([place.file]);
    return writtenAt(await Revision.of(onlyOf(tree, place.file), this.#renderers), place);
  }
}

/** One file of a tree: nothing else is read for one value. */
function onlyOf(tree: Tree, file: string): Tree {
  return {
    paths: () => [file],
    entry: (path) => (path === file ? tree.entry(path) : undefined),
    load: (paths) => tree.load(paths),
    read: (path) => (path === file ? tree.read(path) : undefined),
  };
}

/** What is written at a place; undefined where that is no single value of YAML. */
export function writtenAt(revision: Revision, place: Place): Scalar | undefined {
  const opened = openedAt(revision, place);
  const site = opened && scalarAt(opened.document, opened.path);
  return site?.kind === 'scalar' ? site.value : undefined;
}

/**
 * The line of the commit that a line of the work tree is; null where it is not committed. Files that were edited since are compared line
 * by line from both ends.
 */
async function lineIn(head: Tree, now: Tree, { file, line }: Place): Promise<number | null> {
  const [then, here] = [head.entry(file), now.entry(file)];
  if (then?.kind !== 'file' || here?.kind !== 'file') return null;
  if (then.hash === here.hash) return line;
  await Promise.all([head.load([file]), now.load([file])]);
  const [before, after] = [linesOf(head, file), linesOf(now, file)];
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  if (line <= start) return line;
  let end = 0;
  while (end < before.length - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  if (line > after.length - end) return line - after.length + before.length;
  const between = before.slice(start, before.length - end);
  const same = between.flatMap((text, index) => (text === after[line - 1] ? [start + index + 1] : []));
  return same.length === 1 ? same[0]! : null;
}

function linesOf(tree: Tree, file: string): readonly string[] {
  const content = tree.read(file);
  return ((content && decode(content)) ?? '').split('\n');
}
