import { applyEdits, decode } from '../../edits/edit.ts';
import { scalarAt } from '../../edits/scalars.ts';
import { leafName, printFieldPath, type FieldName } from '../../kubernetes/field-path.ts';
import type { Rendered } from '../../renderers/rendering.ts';
import type { Revision } from '../../sources/revision.ts';
import type { HelmRoot } from '../../sources/roots.ts';
import { openValues } from '../documents.ts';
import { layersOf, leavesOf, valuesIn, type Leaf } from './values.ts';

/** A value that somebody gives a chart and that no template reads. */
export interface UnreadValue {
  /** `apps/tides/values.yaml:3` */
  readonly place: string;
  /** `db.storageClass` */
  readonly path: string;
  readonly value: string;
}

/** More are not worth a render each. */
const MOST_TRIED = 3;

/**
 * Values with nearly the name of a field that does not render: what the person who wrote them may have meant. Each is tried: with another
 * value in its place, everything renders as before.
 */
export async function unreadValues(
  revision: Revision,
  root: HelmRoot,
  field: FieldName,
): Promise<readonly UnreadValue[]> {
  const given = layersOf(revision, root).filter(
    (layer) =>
      layer.kind === 'file' && root.values.some((one) => one.kind === 'file' && one.path === layer.file),
  );
  const named = [...leavesOf(valuesIn(revision, given))].filter((leaf) => isNamedLike(leaf, leafName(field)));
  if (named.length === 0) return [];
  const base = await revision.render(root);
  if (base.kind === 'failed') return [];
  const unread: UnreadValue[] = [];
  for (const leaf of named.slice(0, MOST_TRIED)) {
    const found = await unreadAt(revision, root, base, leaf);
    if (found) unread.push(found);
  }
  return unread;
}

/** `storageClass` for `storageClassName`; short keys such as `name` say too little. */
function isNamedLike({ path, value }: Leaf, field: string): boolean {
  const [key, wanted] = [String(path.at(-1)).toLowerCase(), field.toLowerCase()];
  const isAlike = key.length >= 6 && (wanted.startsWith(key) || key.startsWith(wanted));
  return isAlike && typeof value === 'string' && value !== '';
}

async function unreadAt(
  revision: Revision,
  root: HelmRoot,
  base: Rendered,
  { path, value, layer }: Leaf,
): Promise<UnreadValue | null> {
  if (layer.kind !== 'file') return null;
  const opened = openValues(revision, layer.file);
  const site = 'kind' in opened ? null : scalarAt(opened.document, path);
  const text = revision.tree.read(layer.file);
  const before = text && decode(text);
  if (site?.kind !== 'scalar' || site.through !== 'own' || !before) return null;
  const edit = { start: site.start, end: site.end, text: JSON.stringify(`${String(value)}-other`) };
  const edited = revision.with(new Map([[layer.file, Buffer.from(applyEdits(before, [edit]))]]));
  const here = root.declared ? await edited.here(root) : root;
  const other = here && (await edited.render(here));
  if (other?.kind !== 'rendered') return null;
  const texts = base.objects.map((object) => object.text).join('\n');
  return texts === other.objects.map((object) => object.text).join('\n')
    ? { place: `${layer.file}:${site.line}`, path: printFieldPath(path), value: String(value) }
    : null;
}
