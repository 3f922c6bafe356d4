import { groupOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import type { Tree } from '../../tree/tree.ts';
import type { Closure } from '../kustomization.ts';
import type { RenderedObject } from '../rendering.ts';
import { membersOf, type Member } from './members.ts';
import { readAlike } from './read-alike.ts';
import type { GatheringReaders } from './readers.ts';

/**
 * What a root renders of some kinds, read from its files: its kustomizations only gather these objects, and change at most their
 * namespace, labels and annotations.
 */
export interface Gathered {
  /** The objects that were asked for, as a build prints them and in its order. */
  readonly objects: readonly RenderedObject[];
  /** Any object of the root; `unclear` where only a build can tell whether it is there and what it looks like. */
  readonly find: (
    kind: string,
    namespace: string | null,
    name: string,
  ) => KubernetesObject | 'unclear' | null;
}

/**
 * Null where only a build can tell: something may change an object that is asked for, or the build may fail. Whatever renames
 * objects, copies values between them, or is not known here counts as that.
 */
export function gathered(
  tree: Tree,
  closure: Closure,
  readers: GatheringReaders,
  isAskedFor: (object: KubernetesObject) => boolean,
): Gathered | null {
  const { remote, unsupported, problems, links, charts } = closure;
  if (remote.length + unsupported.length + problems.length + links.size + charts.length > 0) return null;
  const members = membersOf(tree, closure.root, readers);
  if (members === null) return null;
  const alike = new Map<string, boolean>();
  const isReadAlike = (file: string): boolean => {
    const known = alike.get(file) ?? readAlike(tree.read(file)!) !== null;
    alike.set(file, known);
    return known;
  };
  const isClear = ({ file, isUnclear }: Member): boolean =>
    !isUnclear && (file === null || isReadAlike(file));
  const asked = members.filter(({ object }) => isAskedFor(object));
  if (!asked.every(isClear)) return null;
  return {
    objects: asked
      .map(({ object }) => object)
      .sort(asBuilt)
      .map((object) => ({ object, origin: null, text: JSON.stringify(object) })),
    find: (kind, namespace, name) => {
      const member = members.find(
        (one) =>
          one.object.kind === kind &&
          isNamed(one, name) &&
          (namespace === null || (one.object.metadata.namespace ?? namespace) === namespace),
      );
      if (!member) return null;
      return isClear(member) && !member.hasHash ? member.object : 'unclear';
    },
  };
}

function isNamed({ object, hasHash }: Member, name: string): boolean {
  const own = object.metadata.name;
  return hasHash ? name.startsWith(`${own}-`) : name === own;
}

/** The order in which Kustomize prints objects of kinds that it does not know. */
function asBuilt(a: KubernetesObject, b: KubernetesObject): number {
  const [one, other] = [sortKey(a), sortKey(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}

function sortKey({ apiVersion, kind, metadata }: KubernetesObject): string {
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  return `${groupOf(apiVersion) || '~G'}_${version}_${kind}|${metadata.namespace ?? '~X'}|${metadata.name}`;
}
