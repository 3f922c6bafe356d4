import { isDeepStrictEqual } from 'node:util';
import { destinationsOf, isOpen } from '../../sources/appliers.ts';
import type { Match } from '../../sources/find.ts';
import type { Revision } from '../../sources/revision.ts';
import { filesOf } from '../../sources/roots.ts';
import { twinsOf } from '../../sources/twins.ts';

/**
 * Several roots that render the very same object into the same namespace, from a file that all of them read: one base of two clusters.
 * Whoever asks for the object without naming a root asks for it in all of them, and an edit has to reach each. Null where the objects
 * differ, where nothing says that they go to one namespace, and where each root has files of its own.
 */
export async function asOne(revision: Revision, matches: readonly Match[]): Promise<Match | null> {
  const [first, ...others] = matches;
  if (!first || !others.every((other) => isSameObject(first, other)) || !haveFileInCommon(matches))
    return null;
  const namespaces = new Set(
    (await Promise.all(matches.map((match) => namespacesOf(revision, match)))).flat(),
  );
  if (namespaces.size !== 1 || namespaces.has(null)) return null;
  const roots = others.map(({ root }) => root);
  const twins = await Promise.all([first.root, ...roots].map((root) => twinsOf(revision, root)));
  const meant = new Map([...roots, ...twins.flat()].map((root) => [root.id, root]));
  meant.delete(first.root.id);
  return { ...first, twins: [...meant.values()], alike: others };
}

function isSameObject({ rendered: { object: one } }: Match, { rendered: { object: other } }: Match): boolean {
  return isDeepStrictEqual(one, other);
}

function haveFileInCommon(matches: readonly Match[]): boolean {
  const [first, ...others] = matches.map(({ root }) => new Set(filesOf(root)));
  return first !== undefined && [...first].some((file) => others.every((files) => files.has(file)));
}

/** Null stands for one that nobody knows. */
async function namespacesOf(revision: Revision, match: Match): Promise<readonly (string | null)[]> {
  const { object } = match.rendered;
  if (!isOpen(object)) return [object.metadata.namespace ?? ''];
  const to = await destinationsOf(revision, match);
  return to.length === 0 ? [null] : to.map(({ namespace }) => namespace);
}
