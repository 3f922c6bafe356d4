import { nearest } from '../errors/nearest.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { findObject } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import { rolesOf, type Root } from '../sources/roots.ts';
import type { Wanted } from '../sources/wanted.ts';
import { containsText } from '../tree/contains-text.ts';

/**
 * What somebody most likely meant by an object that no root renders: the same name in another namespace, or a name like it. Only what
 * one root renders is suggested; empty where there is none.
 */
export async function didYouMean(
  revision: Revision,
  wanted: Wanted,
  roots: readonly Root[],
): Promise<string> {
  const { kind, name } = wanted;
  if (name === undefined) return '';
  const written = namesOf(revision, kind, roots);
  const longer = written.filter((one) => one.includes(name) || name.includes(one));
  const names = written.includes(name) ? [name] : [nearest(name, written), ...longer];
  for (const one of new Set(names)) {
    if (one === null) continue;
    const { matches } = await findObject(revision, { kind, name: one }, roots);
    const [match] = matches;
    if (match && matches.length === 1)
      return `; did you mean ${describeRef(refOf(match.rendered.object))} (${match.root.id})?`;
  }
  return '';
}

/** The names of objects of the kind as manifests write them, without those that charts make. */
function namesOf(revision: Revision, kind: string, roots: readonly Root[]): readonly string[] {
  const files = new Set(
    roots.flatMap((root) => (root.kind === 'helm' ? [] : [...rolesOf(root)])).map(([file]) => file),
  );
  const names = [...files]
    .filter((file) => {
      const content = revision.tree.read(file);
      return content !== undefined && containsText(content, kind);
    })
    .flatMap((file) => revision.manifests(file).objects)
    .filter(({ object }) => object.kind === kind)
    .map(({ object }) => refOf(object).name);
  return [...new Set(names)].slice(0, 1000);
}
