import { posix } from 'node:path';
import { nearest } from '../errors/nearest.ts';
import { InputError } from '../errors/input-error.ts';
import { refOf, type ObjectRef } from '../kubernetes/objects.ts';
import { declined, type Declined } from '../model/declined.ts';
import { describeWanted } from '../locate/target.ts';
import { isFolder } from '../renderers/tree-paths.ts';
import { isPublishedChart } from '../sources/declarations/plan.ts';
import type { Declaration } from '../sources/declaration.ts';
import { findObject, type Match } from '../sources/find.ts';
import { isOfHelmfileIn } from '../sources/helmfiles.ts';
import type { Revision } from '../sources/revision.ts';
import { standsFor } from '../sources/same-root.ts';
import type { Root } from '../sources/roots.ts';
import type { Wanted } from '../sources/wanted.ts';

/**
 * The roots that `--root` means: a folder, or the Argo CD or Flux object that applies one. Why what an object applies cannot be edited
 * here is declined.
 *
 * @throws {InputError} when nothing here is called so
 */
export async function rootsNamed(
  revision: Revision,
  text: string,
  wanted: Wanted,
): Promise<readonly Root[] | Declined> {
  const folder = posix.normalize(text).replace(/\/$/, '');
  const ref = isFolder(revision.tree, folder) ? null : objectNamed(text);
  const named = await (ref
    ? rootsOfObject(revision, text, ref)
    : rootsOfFolder(revision, text, folder, wanted));
  return 'code' in named ? named : asApplied(revision, named, wanted);
}

/** What the named roots apply, where that renders the object and they do not: the release that a HelmRelease in the folder installs. */
async function asApplied(
  revision: Revision,
  named: readonly Root[],
  wanted: Wanted,
): Promise<readonly Root[]> {
  const isNamedOrBelow = (root: Root): boolean => {
    const parent = root.declared?.parent ?? null;
    return named.some(({ id }) => id === root.id) || (parent !== null && isNamedOrBelow(parent));
  };
  if ((await findObject(revision, wanted, named)).matches.length > 0) return named;
  const below = (await appliedRoots(revision)).filter(isNamedOrBelow);
  const { matches } = await findObject(revision, wanted, below);
  return matches.length > 0 ? distinct(matches.map(({ root }) => root)) : named;
}

const KINDS = ['Application', 'ApplicationSet', 'Kustomization', 'HelmRelease'];

interface NamedObject {
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
}

/** `Kind/namespace/name`, or without the namespace. */
function objectNamed(text: string): NamedObject | null {
  const [written = '', ...rest] = text.split('/');
  const kind = KINDS.find((one) => one.toLowerCase() === written.toLowerCase());
  const [namespace, name] = rest.length === 2 ? rest : [null, rest[0]];
  return kind !== undefined && rest.length <= 2 && name ? { kind, namespace: namespace || null, name } : null;
}

async function rootsOfObject(
  revision: Revision,
  text: string,
  named: NamedObject,
): Promise<readonly Root[] | Declined> {
  const all = await revision.declarations();
  const meant = all.filter((one) => refsOf(one).some((ref) => isNamed(ref, named)));
  if (meant.length === 0) {
    const known = [...new Set(all.flatMap((one) => refsOf(one).map(printed)))];
    const others = known.filter((one) => one.endsWith(`/${named.name}`));
    const likely = others.length > 0 ? others : [nearest(text, known)].filter((one) => one !== null);
    throw new InputError(
      `--root ${text}: no root of this repository holds ${named.kind === 'Application' || named.kind === 'ApplicationSet' ? 'an' : 'a'} ${named.kind} of this name${suggested(likely)}`,
    );
  }
  const own = new Set((await revision.ownDeclarations()).map(({ plan }) => plan));
  const followed = meant.filter(
    ({ plan }) =>
      'from' in plan && own.has(plan) && (isPublishedChart(plan) || plan.from.revision.pin === undefined),
  );
  const roots = followed.flatMap((one) => one.roots);
  return roots.length > 0 ? distinct(roots) : obstacleOf((followed[0] ?? meant[0])!);
}

/** The object that applies something, and the one that made it: an ApplicationSet. */
function refsOf({ plan, object }: Declaration): readonly ObjectRef[] {
  return object ? [plan.ref, refOf(object)] : [plan.ref];
}

function isNamed(ref: ObjectRef, { kind, namespace, name }: NamedObject): boolean {
  const isThere = namespace === null || ref.namespace === null || ref.namespace === namespace;
  return ref.kind === kind && ref.name === name && isThere;
}

function printed({ kind, namespace, name }: ObjectRef): string {
  return [kind, ...(namespace === null ? [] : [namespace]), name].join('/');
}

function obstacleOf({ plan, obstacle }: Declaration): Declined {
  if ('from' in plan && plan.from.revision.pin !== undefined)
    return declined(
      'other-revision',
      `${plan.by} is pinned to ${plan.from.revision.pin}: a change of a branch does not reach it`,
    );
  return 'from' in plan && obstacle === null
    ? declined('other-repository', `${plan.by} applies it from ${plan.from.repository}`)
    : declined('render-failed', `${plan.by} applies ${obstacle ?? 'what is not rendered'}`);
}

/**
 * What the helmfile in the folder installs; what Argo CD or Flux makes of the folder, where exactly one of them does and renders the object; else the folder as it is: a base, or
 * one that several apply.
 */
async function rootsOfFolder(
  revision: Revision,
  text: string,
  folder: string,
  wanted: Wanted,
): Promise<readonly Root[] | Declined> {
  const roots = revision.roots.allAt(folder);
  const applied = await appliedRoots(revision);
  const around = applied.filter((outer) => holdsFolder(revision, outer, folder, roots));
  const own = around.filter(({ path }) => path === folder);
  const [root] = roots;
  const releases = (await revision.declaredRoots()).filter((one) => isOfHelmfileIn(one, folder));
  if (releases.length > 0 && (!root || root.kind === 'plain')) return [...releases, ...roots];
  if (!root && around.length === 0)
    throw new InputError(`--root ${text}: ${nothingIn(revision, folder, applied)}`);
  const mapped = revision.mappedReleases().filter(({ path }) => path === root?.path);
  if (mapped.length > 0) return mapped;
  const applying = (await findObject(revision, wanted, around)).matches.filter((match) =>
    isFrom(revision, match, folder),
  );
  if (applying.length === 1 || (!root && applying.length > 0))
    return distinct(applying.map((match) => match.root));
  if (!root)
    return own.length > 0
      ? own
      : declined('object-not-found', `no manifest below ${folder} makes ${describeWanted(wanted)}`);
  const { matches, failures } = await findObject(revision, wanted, roots);
  if (matches.length > 0) return [matches[0]!.root];
  return failures.length > 0 || own.length === 0 ? roots : own;
}

/** What this branch reaches of all that is applied from this repository. */
async function appliedRoots(revision: Revision): Promise<readonly Root[]> {
  const followed = (await revision.ownDeclarations()).filter(
    ({ plan }) => isPublishedChart(plan) || plan.from.revision.pin === undefined,
  );
  return distinct(followed.flatMap(({ roots }) => roots));
}

/** True for the folder in the form in which it is applied, and for a wider one that takes it in. */
function holdsFolder(revision: Revision, outer: Root, folder: string, own: readonly Root[]): boolean {
  if (outer.path === folder) return !own.some(({ id }) => id === outer.id);
  if (own.length === 0)
    return outer.kind !== 'helm' && [...ownFiles(outer)].some((file) => isBelow(file, folder));
  // What others include is named to change it for all of them.
  const scanned = own.filter((root) => revision.roots.all.includes(root));
  return scanned.some((root) => standsFor(outer, root));
}

/** Without those that declare it. */
function ownFiles(root: Root): Iterable<string> {
  return root.kind === 'plain' ? root.files : root.closure.files.keys();
}

function isBelow(path: string, folder: string): boolean {
  return folder === '.' || path.startsWith(`${folder}/`);
}

/** True for an object that is written below the folder, as far as its name tells. */
function isFrom(revision: Revision, { root, rendered: { object, origin } }: Match, folder: string): boolean {
  if (root.path === folder) return true;
  if (origin) return isBelow(origin.file, folder);
  return [...ownFiles(root)]
    .filter((file) => isBelow(file, folder))
    .flatMap((file) => revision.manifests(file).objects)
    .some(({ object: one }) => one.kind === object.kind && object.metadata.name.includes(refOf(one).name));
}

function nothingIn(revision: Revision, folder: string, applied: readonly Root[]): string {
  if (folder.startsWith('/') || folder === '..' || folder.startsWith('../'))
    return 'expected a folder of the repository, relative to its top';
  const paths = [...new Set([...revision.roots.all, ...applied].map(({ path }) => path))].sort();
  if (revision.tree.entry(folder)) return `a file${suggested([posix.dirname(folder)])}`;
  if (isFolder(revision.tree, folder))
    return `no kustomization, no chart and no manifests in this folder${suggested(paths.filter((path) => isBelow(path, folder)))}`;
  const near =
    nearest(folder, paths) ?? paths.find((path) => path.endsWith(`/${folder}`) || path.startsWith(folder));
  return `no such folder in this repository${suggested(near === undefined ? [] : [near])}`;
}

/** More are no suggestion. */
const MOST_SUGGESTED = 3;

function suggested(words: readonly string[]): string {
  return words.length === 0 ? '' : `; did you mean ${words.slice(0, MOST_SUGGESTED).join(' or ')}?`;
}

function distinct(roots: readonly Root[]): readonly Root[] {
  return [...new Map(roots.map((root) => [root.id, root])).values()];
}
