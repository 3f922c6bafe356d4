import { posix } from 'node:path';
import {
  describeRef,
  isRecord,
  refOf,
  sameObject,
  type KubernetesObject,
  type Json,
} from '../kubernetes/objects.ts';
import type { Change } from '../model/change.ts';
import type { RenderFailure } from '../renderers/rendering.ts';
import { isCoveredBy, isFolder, realPath, resolvePath, stringsIn } from '../renderers/tree-paths.ts';
import type { Tree } from '../tree/tree.ts';
import { isRendered } from './beside.ts';
import type { Declaration } from './declaration.ts';
import { isDeclaration } from './declarations/plans.ts';
import { isOrigin } from './declarations/same-repository.ts';
import { speaksOfControllers } from './may-declare.ts';
import type { Revision } from './revision.ts';
import { filesOf, unreadOf, type Root } from './roots.ts';

/**
 * What may read one of the files without being a root that renders: an Argo CD or Flux object whose content could not be
 * worked out, and one that is written in a root that does not render. Each is a failure, which says why nothing is proven.
 */
export async function unknownReaders(
  revision: Revision,
  files: readonly string[],
): Promise<readonly RenderFailure[]> {
  const declarations = await revision.declarations();
  const failures: RenderFailure[] = [];
  const mentioned = declarations.flatMap(({ plan }) => ('from' in plan ? (plan.from.repository ?? []) : []));
  const isElsewhere = (repository: string | null): boolean =>
    repository !== null && isOrigin(repository, revision.origin, mentioned) === false;
  for (const declaration of declarations) {
    const { plan, roots, obstacle } = declaration;
    if (roots.length > 0) continue;
    if ('from' in plan && (plan.from.revision.pin !== undefined || isElsewhere(plan.from.repository)))
      continue;
    if (isElsewhere(repositoryOf(declaration.object))) continue;
    const named = mayReadOf(declaration, revision.tree);
    if (files.some((file) => isCoveredBy(file, named)))
      failures.push(unknown(plan.by, whatItApplies(plan, obstacle)));
  }
  for (const { objects, root } of await writtenDeclarations(revision)) {
    const naming = objects.filter((object) =>
      files.some((file) => isCoveredBy(file, namedBy(object, revision.tree))),
    );
    const reading = naming.filter((object) => !isElsewhere(repositoryOf(object)));
    // Many a file speaks of them and declares nothing of these files: its root is not rendered for it.
    if (reading.length === 0 || (await isRendered(revision, root))) continue;
    for (const object of reading)
      failures.push(
        unknown(describeRef(refOf(object)), `it is declared by ${root.id}, which is not rendered`),
      );
  }
  return failures;
}

/**
 * Objects that change and whose content is not rendered as a whole, such as an ApplicationSet for clusters which only Argo CD knows:
 * what that does to them is not known.
 */
export async function unknownFollowers(
  revision: Revision,
  changesIn: (root: Root) => readonly Change<Json>[],
): Promise<readonly RenderFailure[]> {
  return (await revision.declarations()).flatMap(({ plan, object, parent }) => {
    if (!('option' in plan) || !object || parent === null) return [];
    const own = refOf(object);
    const changes = changesIn(parent).filter(
      (change) => sameObject(change.object, own) && !isOfOtherGenerator(change.field.text, plan.option),
    );
    return changes.length === 0
      ? []
      : [unknown(plan.by, whatItApplies(plan, `what depends on ${plan.option}, which is not rendered`))];
  });
}

function whatItApplies(plan: Declaration['plan'], obstacle: string | null): string {
  return 'option' in plan && plan.option.endsWith('.clusters')
    ? `it makes Applications for clusters that only Argo CD knows (${plan.option})`
    : `it applies ${obstacle ?? 'what is not rendered'}`;
}

/** One generator's elements are nothing to another. */
function isOfOtherGenerator(field: string, option: string): boolean {
  const [own, its] = [field, option].map((text) => /^spec\.generators\[\d+\]/.exec(text)?.[0]);
  return own !== undefined && its !== undefined && own !== its;
}

function unknown(root: string, message: string): RenderFailure {
  return { kind: 'failed', root, code: 'unsupported', message };
}

/** What a declaration without roots would have read. */
function mayReadOf({ plan, object }: Declaration, tree: Tree): readonly string[] {
  if ('option' in plan)
    return [
      ...(plan.path === null ? [] : [plan.path]),
      ...(plan.reads ?? []),
      ...(object ? namedBy(object, tree, plan.path) : []),
    ];
  const { content } = plan;
  if (content.kind === 'folder') return [content.path];
  const values = content.values.flatMap((each) => (each.kind === 'file' ? [each.path] : []));
  return content.chart.kind === 'folder' ? [content.chart.path, ...values] : values;
}

/**
 * Paths of the repository in an object's specification: as they stand, from its own folder, after `$values/`, and up to where a
 * template or a pattern begins.
 */
function namedBy(object: KubernetesObject, tree: Tree, own: string | null = null): readonly string[] {
  const found = new Set<string>();
  for (const text of stringsIn(object['spec'])) {
    if (text.length > 4096 || /[\n\s]/.test(text.replace(/\{\{.*?\}\}/g, '')) || /^[a-z]+:\/\//i.test(text))
      continue;
    const plain = text.replace(/^\$[\w-]+\//, '').replace(/^\/+/, '');
    const known = /^[^{*?[$]*/.exec(plain)![0];
    const whole = known.length === plain.length ? known : known.slice(0, known.lastIndexOf('/') + 1);
    if (whole === '' || /^\.?\/?$/.test(whole)) continue;
    for (const folder of ['.', ...(own === null ? [] : [own])]) {
      const named = resolvePath(folder, whole);
      const path = named === null ? null : realPath(tree, named);
      if (path !== null && path !== '.' && (tree.entry(path)?.kind === 'file' || isFolder(tree, path)))
        found.add(path);
    }
  }
  return [...found];
}

/** The address that an object takes its content from, where it says exactly one. */
function repositoryOf(object: KubernetesObject | undefined): string | null {
  const found = new Set<string>();
  const collect = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 50) return;
    for (const [key, child] of Object.entries(value))
      if (key === 'repoURL' && typeof child === 'string') found.add(child);
      else collect(child, depth + 1);
  };
  collect(object?.['spec'], 0);
  const [only, other] = found;
  return only !== undefined && other === undefined ? only : null;
}

interface WrittenDeclarations {
  readonly root: Root;
  readonly objects: readonly KubernetesObject[];
}

const FOUND = new WeakMap<Revision, Promise<readonly WrittenDeclarations[]>>();

/** Objects that declare something as they are written in the files of roots; looked for once. */
function writtenDeclarations(revision: Revision): Promise<readonly WrittenDeclarations[]> {
  const found = FOUND.get(revision) ?? findWritten(revision);
  FOUND.set(revision, found);
  return found;
}

async function findWritten(revision: Revision): Promise<readonly WrittenDeclarations[]> {
  return (await revision.allRoots())
    .filter(({ kind }) => kind !== 'helm')
    .map((root) => ({
      root,
      objects: filesRead(root, revision.tree)
        .filter((file) => speaksOfControllers(revision, file))
        .flatMap((file) => revision.manifests(file).objects)
        .map(({ object }) => object)
        .filter((object) => isDeclaration(object) && isRecord(object['spec'])),
    }))
    .filter(({ objects }) => objects.length > 0);
}

function filesRead(root: Root, tree: Tree): readonly string[] {
  const unread = unreadOf(root);
  const below = unread.length === 0 ? [] : tree.paths().filter((path) => isCoveredBy(path, unread));
  return [...new Set([...filesOf(root), ...below])].filter((path) => /\.ya?ml$/.test(posix.basename(path)));
}
