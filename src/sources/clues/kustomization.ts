import { recordAt, recordsOf } from '../../kubernetes/objects.ts';
import { mayHaveNamespace } from '../../kubernetes/scope.ts';
import type { ChartEntry } from '../../renderers/chart-entries.ts';
import type { Closure, FileRole } from '../../renderers/kustomization.ts';
import { isManifestPath } from '../../renderers/manifests.ts';
import { isCoveredBy, stringsIn } from '../../renderers/tree-paths.ts';
import { containsText } from '../../tree/contains-text.ts';
import type { Revision } from '../revision.ts';
import { rolesOf, type KustomizeRoot } from '../roots.ts';
import type { Wanted } from '../wanted.ts';
import { areRelated, strongest, type Clue } from './clue.ts';
import { clueInChart } from './chart.ts';
import { clueInFile, type Reshaping } from './manifests.ts';

/** One kustomization of a root, with what those around it do to its objects. */
interface Layer {
  readonly folder: string;
  /** What the kustomization says. */
  readonly value: Readonly<Record<string, unknown>>;
  /** Files and addresses that it names. */
  readonly named: readonly string[];
  /** The namespaces that its objects are given, one for each way in which it is included; null where they keep their own. */
  readonly namespaces: ReadonlySet<string | null>;
  /** False where something may write any other namespace. */
  readonly isSettled: boolean;
  /** True where a Namespace in it is called as the wanted one: its name is the namespace that the objects around it are given. */
  readonly isWantedNamespace: boolean;
}

export function clueInKustomization(revision: Revision, root: KustomizeRoot, wanted: Wanted): Clue | null {
  const { closure } = root;
  if (unreadMentions(revision, closure.unread, wanted)) return 'named';
  const contents = contentsOf(revision, root);
  const renamed = renamedTo(contents, wanted);
  return strongest(clues());

  function* clues(): Iterable<Clue | null> {
    for (const layer of layersOf(wanted, contents)) {
      const fitting = [...layer.namespaces].filter(
        (one) => one === null || typeof wanted.namespace !== 'string' || one === wanted.namespace,
      );
      if (fitting.length === 0) continue;
      const reshaping: Reshaping = {
        extendsNames: true,
        renamed: layer.isWantedNamespace ? 'named' : renamed,
        keepsNamespaces: layer.isSettled && fitting.every((one) => one === null),
      };
      const isItsNamespace = typeof wanted.namespace === 'string' && fitting.includes(wanted.namespace);
      for (const path of layer.named)
        if (closure.files.get(path) === 'objects') yield clueInFile(revision, path, wanted, reshaping);
        else if (!closure.files.has(path)) {
          yield clueInOwnFolder(revision, path, wanted, reshaping);
          yield clueInAddress(path, layer, wanted) ?? (isItsNamespace ? 'placed' : 'open');
        }
      yield* cluesInFields(layer, wanted);
      yield* cluesInGenerators(revision, closure, layer, wanted);
      yield* cluesInCharts(revision, closure, layer, wanted);
    }
  }
}

/** What a kustomization that was not understood reads is not known: whatever lies where it may read, and speaks of the object. */
function unreadMentions({ tree }: Revision, unread: readonly string[], { kind, name }: Wanted): boolean {
  if (unread.length === 0) return false;
  return tree.paths().some((path) => {
    if (!isManifestPath(path) || !isCoveredBy(path, unread)) return false;
    const content = tree.read(path);
    return content !== undefined && containsText(content, kind) && containsText(content, name ?? '');
  });
}

/**
 * Prefixes and suffixes only make names longer. A JSON6902 patch, a replacement or a patch that is allowed to writes any name: the wanted
 * one most likely if some file says it.
 */
function renamedTo({ files, isRenaming }: Contents, { name }: Wanted): Clue | null {
  if (!isRenaming) return null;
  return name === undefined || files.some(({ text }) => containsText(text, name)) ? 'related' : 'open';
}

/** What the files of a root say, as whoever applies it has it built. */
interface Contents {
  readonly files: readonly Content[];
  /** Whether something may write other names than the files of the objects have. */
  readonly isRenaming: boolean;
  /** Whether something beside the fields of the kustomizations may write namespaces. */
  readonly writesNamespaces: boolean;
  readonly folders: readonly Pick<Layer, 'folder' | 'value' | 'named'>[];
  /** The namespaces that the objects of each folder are given. */
  readonly namespaces: ReadonlyMap<string, ReadonlySet<string | null>>;
}

interface Content {
  readonly text: Buffer;
  readonly role: FileRole;
}

/** Object after object is looked for in the same roots. */
const CONTENTS = new WeakMap<Revision, WeakMap<KustomizeRoot, Contents>>();

function contentsOf(revision: Revision, root: KustomizeRoot): Contents {
  const ofRevision = CONTENTS.get(revision) ?? new WeakMap<KustomizeRoot, Contents>();
  CONTENTS.set(revision, ofRevision);
  const known = ofRevision.get(root);
  if (known !== undefined) return known;
  const { closure, overlay } = root;
  const files = [...closure.files].flatMap(([file, role]) => {
    const text = overlay?.get(file) ?? revision.tree.read(file);
    return text === undefined ? [] : [{ text, role }];
  });
  const contents = {
    files,
    isRenaming: files.some(mayRename),
    writesNamespaces: files.some(({ text }) => NAMESPACE_WRITERS.some((word) => text.includes(word))),
    folders: closure.folders.map((folder) => ({
      folder,
      value: revision.kustomizationIn(root, folder),
      named: closure.named.get(folder) ?? [],
    })),
    namespaces: namespacesGiven(closure),
  };
  ofRevision.set(root, contents);
  return contents;
}

const RENAMES = ['/metadata/name', 'allowNameChange', 'allowKindChange'];

function mayRename({ text, role }: Content): boolean {
  return (
    RENAMES.some((word) => text.includes(word)) ||
    (text.includes('metadata.name') && (role !== 'objects' || text.includes('Transformer')))
  );
}

/** What may give an object a namespace beside the field of the kustomization. */
const NAMESPACE_WRITERS = ['NamespaceTransformer', '/metadata/namespace', 'metadata.namespace'];

function layersOf(
  { kind, name }: Wanted,
  { writesNamespaces, folders, namespaces }: Contents,
): readonly Layer[] {
  const isSettled = mayHaveNamespace(kind) && !writesNamespaces;
  const given = isSettled ? namespaces : null;
  return folders.map((layer) => ({
    ...layer,
    namespaces: given?.get(layer.folder) ?? KEPT,
    isSettled,
    isWantedNamespace:
      kind === 'Namespace' && name !== undefined && namespaces.get(layer.folder)?.has(name) === true,
  }));
}

const KEPT: ReadonlySet<string | null> = new Set([null]);

/** Of nested kustomizations, the outermost that sets a namespace wins. */
function namespacesGiven({
  folders: [top],
  includes,
  namespaces,
}: Closure): ReadonlyMap<string, ReadonlySet<string | null>> {
  const given = new Map<string, Set<string | null>>();
  const visit = (folder: string, outer: string | null): void => {
    const namespace = outer ?? namespaces.get(folder) ?? null;
    const known = given.get(folder) ?? new Set();
    if (known.has(namespace)) return;
    given.set(folder, known.add(namespace));
    for (const inner of includes.get(folder) ?? []) visit(inner, namespace);
  };
  if (top !== undefined) visit(top, null);
  return given;
}

/** An address may be that of a folder of this very repository, in whichever revision. */
function clueInOwnFolder(
  revision: Revision,
  address: string,
  wanted: Wanted,
  reshaping: Reshaping,
): Clue | null {
  const [path = ''] = address.split('?');
  const steps = path.split(/[/:]/);
  const at = steps.findIndex((owner, index) => isOwn(revision, `${owner}/${steps[index + 1]}`));
  const folder =
    at < 0
      ? ''
      : steps
          .slice(at + 2)
          .filter(Boolean)
          .join('/');
  const root = folder === '' ? null : revision.roots.at(folder);
  if (!root || root.kind === 'helm') return null;
  return strongest(
    [...rolesOf(root)].map(([file, role]) =>
      role === 'objects' ? clueInFile(revision, file, wanted, reshaping) : null,
    ),
  );
}

function isOwn({ origin }: Revision, slug: string): boolean {
  return origin !== null && slug.replace(/\.git$/, '').toLowerCase() === origin.toLowerCase();
}

/** What is not here speaks of the object by its address, or the kustomization that names it does: in an `images` entry, in a patch. */
function clueInAddress(address: string, { value }: Layer, { name }: Wanted): Clue | null {
  if (name === undefined) return 'related';
  const [path = ''] = address.replace(/^[a-z+]+:\/\//i, '').split('?');
  const steps = path.split(/[/:]/).slice(1);
  const words = steps.map((step) => step.replace(/\.(git|ya?ml|json)$/, ''));
  const isTied = words.some((word) => areRelated(word, name)) || JSON.stringify(value).includes(name);
  return isTied ? 'related' : null;
}

/** Fields of the kustomization that make objects, or that change one which they name. */
function* cluesInFields({ value }: Layer, { kind, name }: Wanted): Iterable<Clue | null> {
  const isNamed = (written: unknown): boolean =>
    name === undefined || (typeof written === 'string' && written !== '' && name.includes(written));
  for (const [field, made] of [
    ['configMapGenerator', 'ConfigMap'],
    ['secretGenerator', 'Secret'],
  ] as const)
    if (made === kind) for (const each of recordsOf(value[field])) if (isNamed(each['name'])) yield 'named';
  for (const patch of [...recordsOf(value['patches']), ...recordsOf(value['patchesJson6902'])]) {
    const target = recordAt(patch, 'target');
    if (target['kind'] === kind && name !== undefined && isNamed(target['name'])) yield 'named';
  }
}

/** A generator of Kustomize's own makes what its kind says; any other is a program. What was not understood may be anything. */
function* cluesInGenerators(
  revision: Revision,
  { unsupported, files }: Closure,
  { value, named }: Layer,
  { kind, name }: Wanted,
): Iterable<Clue | null> {
  if (!('generators' in value) && unsupported.length === 0) return;
  const manifests = named.filter((path) => files.get(path) === 'objects');
  for (const { object } of manifests.flatMap((path) => revision.manifests(path).objects))
    if (object.kind === `${kind}Generator` && (name === undefined || name.includes(object.metadata.name)))
      yield 'named';
  const texts = [JSON.stringify(value), ...manifests.map((path) => String(revision.tree.read(path)))];
  const isTied = name === undefined || texts.some((text) => text.includes(name));
  yield isTied || [...stringsIn(value)].some((text) => areRelated(text, name)) ? 'related' : 'open';
}

function* cluesInCharts(
  revision: Revision,
  root: Closure,
  layer: Layer,
  wanted: Wanted,
): Iterable<Clue | null> {
  const { folder } = layer;
  const { charts, absentCharts } = root;
  for (const { closure, entry, ...chart } of charts.flatMap((step) => step.charts))
    if (chart.folder === folder) {
      const files = [chart.valuesFile, ...chart.additional].map((path) => ({ kind: 'file', path }) as const);
      const values = [...files, { kind: 'inline', values: entry.valuesInline, at: null } as const];
      // Kustomize leaves the namespaces of what helm rendered alone, and most templates name none.
      yield clueInChart(revision, { closure, release: entry.release, namespace: null, values }, wanted);
    }
  for (const { entry } of absentCharts.filter((chart) => chart.folder === folder))
    yield clueInAbsentChart(revision, root, layer, entry, wanted);
}

/** Charts name what they make after the release and themselves, unless their values say another name. */
function clueInAbsentChart(
  { tree }: Revision,
  { files }: Closure,
  { named, namespaces }: Layer,
  entry: ChartEntry,
  { name, namespace }: Wanted,
): Clue | null {
  const own = entry.namespace;
  if (own !== null && typeof namespace === 'string' && own !== namespace) return null;
  if (name === undefined) return 'related';
  const values = named.flatMap((path) => (files.get(path) === 'values' ? (tree.read(path) ?? []) : []));
  const isTied =
    [entry.release, entry.name].some((one) => areRelated(one, name)) ||
    JSON.stringify(entry.valuesInline).includes(name) ||
    values.some((content) => containsText(content, name));
  if (isTied) return 'related';
  const goesThere = typeof namespace === 'string' && (own ?? [...namespaces][0]) === namespace;
  return goesThere ? 'placed' : 'open';
}
