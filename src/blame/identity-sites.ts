import { scalars } from '../edits/scalars.ts';
import { printFieldPath } from '../kubernetes/field-path.ts';
import type { Field } from '../kubernetes/field.ts';
import { groupOf, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { openAt, replacedOnce } from '../locate/documents.ts';
import { isMadeFrom } from '../locate/own-layers.ts';
import type { Replacement } from '../locate/replacements.ts';
import { kustomizationIn } from '../renderers/kustomization.ts';
import type { Match } from '../sources/find.ts';
import type { Revision } from '../sources/revision.ts';
import type { KustomizeRoot } from '../sources/roots.ts';
import { renderedWith } from './rendered-with.ts';

/** In the form of a name, and in no repository. */
const MARK = 'faultline-other';

/** Places that are tried. */
const MOST_TRIED = 24;

type FoundSite = Replacement['site'];

/** A scalar of a file that may be a part of a name. */
interface Candidate {
  readonly file: string;
  readonly document: number;
  readonly path: string;
}

/**
 * What gives an object of a kustomization its namespace or its name, which no marker shows since the object is another one with it:
 * `namespace` of the outermost kustomization that has one; `namePrefix` and `nameSuffix` of all, with the name in the manifest. Each was
 * seen in a render with something else in its place.
 */
export async function identitySites(
  revision: Revision,
  { root, rendered }: Match,
  field: Field,
): Promise<readonly FoundSite[]> {
  const path = field.path.join('/');
  if (root.kind !== 'kustomize' || (path !== 'metadata/namespace' && path !== 'metadata/name')) return [];
  const keys = path === 'metadata/namespace' ? ['namespace'] : ['namePrefix', 'nameSuffix'];
  const candidates = [
    ...entriesOf(revision, root, keys),
    ...manifestsOf(revision, root, rendered.object, path.replace('/', '.')),
  ].slice(0, MOST_TRIED);
  const found: FoundSite[] = [];
  for (const candidate of candidates) {
    const site = await confirmed(revision, { root, object: rendered.object }, candidate, path);
    if (site === null) continue;
    found.push(site);
    if (path === 'metadata/namespace') break;
  }
  return found;
}

/** The root's own kustomization comes last in the build, and wins. */
function entriesOf(revision: Revision, root: KustomizeRoot, keys: readonly string[]): readonly Candidate[] {
  return [...new Set([root.path, ...root.closure.folders])].flatMap((folder) => {
    const file = kustomizationIn(revision.tree, folder);
    return file === undefined ? [] : keys.map((path) => ({ file, document: 0, path }));
  });
}

function manifestsOf(
  revision: Revision,
  root: KustomizeRoot,
  object: KubernetesObject,
  path: string,
): readonly Candidate[] {
  return [...root.closure.files]
    .filter(([, role]) => role === 'objects')
    .flatMap(([file]) => revision.manifests(file).objects)
    .filter(({ object: one, origin }) => isMadeFrom(object, one) && origin.within.length === 0)
    .map(({ origin }) => ({ file: origin.file, document: origin.document, path }));
}

/** Null where the name stays what it is with something else there. */
async function confirmed(
  revision: Revision,
  { root, object }: { readonly root: KustomizeRoot; readonly object: KubernetesObject },
  { file, document, path }: Candidate,
  about: 'metadata/namespace' | 'metadata/name',
): Promise<FoundSite | null> {
  const opened = openAt(revision, { file, document });
  if ('kind' in opened) return null;
  const scalar = scalars(opened.document).find(
    (one) => one.through === 'own' && printFieldPath(one.path) === path,
  );
  if (!scalar || scalar.value === null || String(scalar.value) === '') return null;
  const replaced = path === 'namePrefix' ? `${MARK}-` : path === 'nameSuffix' ? `-${MARK}` : MARK;
  const edit = replacedOnce(opened.document, scalar.path, replaced);
  if (edit.kind !== 'edited') return null;
  const after = await renderedWith(revision, { root, edits: [{ file, ...edit.edit }] });
  const was = refOf(object);
  const isMarked = after?.objects.some((one) => {
    const is = refOf(one.object);
    if (is.kind !== was.kind || groupOf(is.apiVersion) !== groupOf(was.apiVersion)) return false;
    if (about === 'metadata/namespace') return is.name === was.name && is.namespace === MARK;
    return is.namespace === was.namespace && is.name === was.name.replace(String(scalar.value), replaced);
  });
  if (!isMarked) return null;
  const { line, column } = scalar;
  return { file, document, line, column, path, kind: 'replace' };
}
