import { nearest } from '../errors/nearest.ts';
import { describeRef, refOf, type ObjectRef } from '../kubernetes/objects.ts';
import { findObject } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import { rolesOf, type Root } from '../sources/roots.ts';
import type { Wanted } from '../sources/wanted.ts';
import { containsText } from '../tree/contains-text.ts';

/** Names of one kind that are compared. */
const MOST_NAMES = 1000;

/**
 * What somebody most likely meant by an object that no root renders: the same name in another namespace, a name like it, or a kind that
 * is spelled nearly so. Only what one root renders is suggested; empty where there is none.
 */
export async function didYouMean(
  revision: Revision,
  wanted: Wanted,
  roots: readonly Root[],
): Promise<string> {
  const { kind, name } = wanted;
  if (name === undefined) return '';
  const ofKind = writtenIn(revision, roots, kind);
  if (ofKind.length > 0) return nearName(revision, { kind, name }, roots, ofKind);
  const all = writtenIn(revision, roots, null);
  const near = nearest(kind, [...new Set(all.map((one) => one.kind))]);
  if (near === null) return '';
  const named = await nearName(revision, { kind: near, name }, roots, writtenIn(revision, roots, near));
  return named === '' ? `; did you mean the kind ${near}?` : named;
}

async function nearName(
  revision: Revision,
  { kind, name }: { readonly kind: string; readonly name: string },
  roots: readonly Root[],
  objects: readonly ObjectRef[],
): Promise<string> {
  const written = [...new Set(objects.map((one) => one.name))].slice(0, MOST_NAMES);
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

/** Objects of a kind as manifests write them, without those that charts make; null: of all kinds. */
function writtenIn(revision: Revision, roots: readonly Root[], kind: string | null): readonly ObjectRef[] {
  const files = new Set(
    roots.flatMap((root) => (root.kind === 'helm' ? [] : [...rolesOf(root)])).map(([file]) => file),
  );
  return [...files]
    .filter((file) => {
      const content = revision.tree.read(file);
      return content !== undefined && (kind === null || containsText(content, kind));
    })
    .flatMap((file) => revision.manifests(file).objects)
    .filter(({ object }) => kind === null || object.kind === kind)
    .map(({ object }) => refOf(object));
}
