import { applyEdits, decode } from '../edits/edit.ts';
import { reach, valueOf } from '../edits/reach.ts';
import type { ConcretePath } from '../kubernetes/field-path.ts';
import { groupOf, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';
import type { Rendered } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import { rolesOf, type KustomizeRoot, type PlainRoot } from '../sources/roots.ts';
import { apartFromDeclaring, declaringScalars } from './declaring-scalars.ts';
import { filesReaching } from './reaching-files.ts';
import { markerText, markersIn, withoutMarker } from './markers.ts';
import { mayConfigure, sourceScalars, type SourceScalar } from './source-scalars.ts';

/** Which scalars of the sources each rendered field contains. */
export interface SiteMap {
  readonly scalars: readonly SourceScalar[];
  /** Scalars whose markers the field contains; empty when none was seen. */
  controlling(object: KubernetesObject, path: ConcretePath): readonly SourceScalar[];
  /** Scalars that could not be marked, for trying alone. */
  readonly unmarked: readonly SourceScalar[];
}

/** Renders spent on halving before the remaining scalars count as unmarkable. */
const MOST_RENDERS = 40;

/**
 * One marked render of a root tells every field's site (design: candidates are edits; markers find them). Where the
 * render fails or loses an object, the set of markers is halved.
 */
export async function markedRender(
  revision: Revision,
  root: KustomizeRoot | PlainRoot,
  kind?: string,
): Promise<SiteMap> {
  const base = await revision.render(root);
  const own = scalarsReaching(revision, root, kind);
  const scalars = distinct([...declaringScalars(revision, root), ...apartFromDeclaring(own, root)]);
  const found = new Map<string, Set<number>>();
  const unmarked = new Set(scalars.keys());
  const isSelected = selectsByAnnotation(revision, root) ? isAnnotation : () => false;
  if (base.kind === 'failed') return siteMap(scalars, found, unmarked);
  let renders = 0;
  /** What changed which entry of `images` sees an image. */
  const misleading = new Set<number>();

  const mark = async (indices: readonly number[]): Promise<void> => {
    if (indices.length === 0 || renders >= MOST_RENDERS) return;
    renders += 1;
    const overlay = markedFiles(revision, scalars, indices);
    const edited = revision.with(overlay);
    const here = root.declared ? await edited.here(root) : root;
    const marked = here && (await edited.render(here));
    const same = new Set(marked?.kind === 'rendered' ? marked.objects.map(({ text }) => text) : []);
    // What renders to the same text has no marker, and is not parsed.
    const objects = changedIn(base, same);
    const before = new Set(base.objects.map(({ text }) => text));
    const byIdentity =
      marked?.kind === 'rendered'
        ? new Map(changedIn(marked, before).map((object) => [identity(object), object]))
        : null;
    if (byIdentity !== null && objects.every((object) => byIdentity.has(identity(object)))) {
      for (const index of indices) unmarked.delete(index);
      const shown = { scalars, found, misleading };
      for (const object of objects)
        collect(byIdentity.get(identity(object)), object, [], identity(object), shown);
    } else if (indices.length > 1) {
      const half = indices.length >> 1;
      await mark(indices.slice(0, half));
      await mark(indices.slice(half));
    }
  };
  const matched = imageNames(scalars);
  const markable = [...scalars.keys()].filter(
    (index) =>
      scalars[index]!.markable &&
      !isMatched(scalars[index]!, matched) &&
      !isSelected(scalars[index]!) &&
      markerText(scalars[index]!, index) !== null,
  );
  await mark(markable);
  // Without those, others may turn out to be misleading too.
  let known = 0;
  while (misleading.size > known) {
    known = misleading.size;
    for (const index of misleading) unmarked.add(index);
    await mark(markable.filter((index) => !misleading.has(index)));
  }
  return siteMap(scalars, found, unmarked);
}

function scalarsReaching(
  revision: Revision,
  root: KustomizeRoot | PlainRoot,
  kind: string | undefined,
): readonly SourceScalar[] {
  const { tree } = revision;
  if (kind === undefined)
    return [...rolesOf(root)].flatMap(([file, role]) => sourceScalars(tree, file, role));
  const isOfKind = (one: string): boolean => one === kind || one.endsWith('List') || mayConfigure(one);
  return filesReaching(revision, root, kind).flatMap(({ file, role, isWhole }) =>
    sourceScalars(tree, file, role, isWhole ? undefined : isOfKind),
  );
}

/** The objects whose texts are none of these. */
function changedIn({ objects }: Rendered, texts: ReadonlySet<string>): readonly KubernetesObject[] {
  return objects.filter(({ text }) => !texts.has(text)).map(({ object }) => object);
}

function siteMap(
  scalars: readonly SourceScalar[],
  found: ReadonlyMap<string, ReadonlySet<number>>,
  unmarked: ReadonlySet<number>,
): SiteMap {
  return {
    scalars,
    unmarked: [...unmarked].map((index) => scalars[index]!),
    controlling: (object, path) =>
      [...(found.get(fieldKey(identity(object), path)) ?? [])].flatMap((index) => scalars[index] ?? []),
  };
}

/** The names by which entries of `images` choose what they change. */
function imageNames(scalars: readonly SourceScalar[]): ReadonlySet<string> {
  return new Set(
    scalars.flatMap(({ role, document, path }) => {
      if (!role.startsWith('image-') || document === null) return [];
      const name = reach(document, [...path.slice(0, -1), 'name']);
      return name ? [String(valueOf(name.node))] : [];
    }),
  );
}

/** A new name that an entry of a later layer looks for: with a marker in it, that entry would change nothing. */
function isMatched({ role, value }: SourceScalar, names: ReadonlySet<string>): boolean {
  return role === 'image-newName' && names.has(String(value));
}

/** Where a patch is meant for objects with an annotation, a marker in it would take the patch away. */
function selectsByAnnotation(revision: Revision, root: KustomizeRoot | PlainRoot): boolean {
  return [...rolesOf(root)].some(
    ([file, role]) =>
      role !== 'content' && role !== 'env' && revision.tree.read(file)?.includes('annotationSelector'),
  );
}

function isAnnotation({ path }: SourceScalar): boolean {
  return path.includes('annotations');
}

/** A scalar that is reached by several paths (aliases, merge keys) is one place in the file. */
function distinct(scalars: readonly SourceScalar[]): readonly SourceScalar[] {
  const seen = new Set<string>();
  return scalars.filter(({ file, start, end }) => {
    const place = `${file}\0${start}\0${end}`;
    if (seen.has(place)) return false;
    seen.add(place);
    return true;
  });
}

function markedFiles(
  revision: Revision,
  scalars: readonly SourceScalar[],
  indices: readonly number[],
): ReadonlyMap<string, Buffer> {
  const edits = new Map<string, { start: number; end: number; text: string }[]>();
  for (const index of indices) {
    const scalar = scalars[index]!;
    const text = markerText(scalar, index)!;
    const spaced = scalar.style === 'empty' ? ` ${text}` : text;
    const inFile = edits.get(scalar.file);
    if (inFile) inFile.push({ start: scalar.start, end: scalar.end, text: spaced });
    else edits.set(scalar.file, [{ start: scalar.start, end: scalar.end, text: spaced }]);
  }
  return new Map(
    [...edits].map(([file, list]) => [
      file,
      Buffer.from(applyEdits(decode(revision.tree.read(file)!)!, list)),
    ]),
  );
}

/** What a marked render has shown so far. */
interface Shown {
  readonly scalars: readonly SourceScalar[];
  readonly found: Map<string, Set<number>>;
  readonly misleading: Set<number>;
}

/** What has not changed is no marker, whatever it looks like. */
function collect(value: unknown, unmarked: unknown, path: ConcretePath, object: string, shown: Shown): void {
  if (typeof value === 'object' && value !== null) {
    const counterpart = typeof unmarked === 'object' && unmarked !== null ? unmarked : {};
    for (const [key, item] of Object.entries(value)) {
      const step = Array.isArray(value) ? Number(key) : key;
      collect(item, (counterpart as Record<string, unknown>)[key], [...path, step], object, shown);
    }
  } else if (value !== unmarked) {
    const markers = markersIn(value);
    if (markers.length === 0) return;
    const { scalars, found, misleading } = shown;
    const original = /image/i.test(String(path.at(-1))) ? unmarkedImage(value, markers, scalars) : null;
    if (original !== null && original !== unmarked) {
      for (const marker of markers) misleading.add(marker);
      return;
    }
    const key = fieldKey(object, path);
    const known = found.get(key);
    if (known) for (const marker of markers) known.add(marker);
    else found.set(key, new Set(markers));
  }
}

/** The image that a marked one stands for; null where not all markers in it are of images. */
function unmarkedImage(
  value: unknown,
  markers: readonly number[],
  scalars: readonly SourceScalar[],
): string | null {
  if (typeof value !== 'string') return null;
  return markers.reduce<string | null>((text, marker) => {
    const scalar = scalars[marker];
    return text === null || !scalar ? null : withoutMarker(scalar, marker, text);
  }, value);
}

function identity(object: KubernetesObject): string {
  const { kind, namespace, name } = refOf(object);
  return JSON.stringify([groupOf(object.apiVersion), kind, namespace, withoutHash(name)]);
}

function fieldKey(object: string, path: ConcretePath): string {
  return `${object}${JSON.stringify(path)}`;
}
