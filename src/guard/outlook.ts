import { servicePortsOf } from '../facts/services.ts';
import { keysOf } from '../kubernetes/config-objects.ts';
import { mayHaveNamespace } from '../kubernetes/scope.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Listed, LookedUp, Outlook } from '../model/foresight.ts';
import { aheadOf } from './ahead.ts';
import { identityOf } from './planned.ts';
import type { Side } from './side.ts';

/** What one root renders on both sides. */
export interface RootSides {
  /** Of the root. */
  readonly id: string;
  readonly objects: readonly ClusterObject[];
  readonly before: readonly ClusterObject[];
  readonly cluster: ClusterState | null;
}

/** What a change starts from, and the ids of the roots that it may render differently. */
export interface Start {
  readonly side: Side;
  readonly touched: ReadonlySet<string>;
}

/** @param start null: as if nothing had been there, which shows what was wrong all along */
export function outlookOf(root: RootSides, after: Side, start: Start | null): Outlook {
  const before = start?.side ?? null;
  const { objects, cluster } = root;
  const allBefore = before === null ? [] : root.before;
  const byIdentity = new Map(allBefore.map((object) => [identityOf(object), object]));

  function lookUp(kind: string, given: string | null, name: string): LookedUp {
    const namespace = mayHaveNamespace(kind) ? given : null;
    const isIt = (object: ClusterObject): boolean => isNamed(object, kind, namespace, name);
    const own = objects.find(isIt);
    if (own) return { is: 'planned', object: own };
    const found = after.find(kind, namespace, name);
    const was = before === null ? [] : before.find(kind, namespace, name);
    const wasHere = allBefore.find(isIt);
    // Two roots that render one object go to two clusters: what is left in the other one is not here.
    const others = wasHere ? found?.filter((one) => !was?.some(({ root: at }) => at === one.root)) : found;
    const [other] = others ?? [];
    if (other) return { is: 'planned', object: other.object };
    // The root itself has it no more, and those that cannot be rendered are as they were: it did not move there.
    const unrendered = wasHere ? after.unrendered(kind, namespace, name) : null;
    if (wasHere && unrendered?.every(({ id }) => !start!.touched.has(id)))
      return { is: 'dropped', object: wasHere };
    if (found === null || was === null) return { is: 'unknown' };
    const dropped = wasHere ?? was[0]?.object;
    if (dropped) return { is: 'dropped', object: dropped };
    if (cluster === null || (namespace === null && mayHaveNamespace(kind) && !kind.startsWith('Cluster')))
      return { is: 'unknown' };
    const live = cluster.get(kind, namespace, name);
    if (live) return { is: 'live', object: live };
    return cluster.presence(kind, namespace, name) === 'absent' ? { is: 'absent' } : { is: 'unknown' };
  }

  function list(kind: string, namespace: string | null): Listed {
    const found = after.list(kind, namespace);
    const was = before === null ? [] : before.list(kind, namespace);
    const all = new Map<string, ClusterObject>();
    const isIn = (object: ClusterObject): boolean =>
      object.kind === kind && isSameNamespace(object, namespace);
    for (const object of [...objects.filter(isIn), ...(found ?? []).map(({ object }) => object)])
      if (!all.has(identityOf(object))) all.set(identityOf(object), object);
    const gone = new Set((was ?? []).map(({ object }) => identityOf(object)));
    const isKnown = namespace !== null || !mayHaveNamespace(kind);
    for (const live of isKnown ? (cluster?.list(kind, namespace) ?? []) : [])
      if (!all.has(identityOf(live)) && !gone.has(identityOf(live))) all.set(identityOf(live), live);
    const isAll = found !== null && was !== null && isKnown && cluster?.isRecorded(kind, namespace) === true;
    return { objects: [...all.values()], isAll };
  }

  return {
    objects,
    cluster,
    ahead: aheadOf({ cluster, lookUp, list }),
    lookUp,
    list,
    before: (object) => byIdentity.get(identityOf(object)) ?? null,
    serviceBefore: (namespace, name) => before?.find('Service', namespace, name)?.[0]?.object ?? null,
    allBefore,
  };
}

function isNamed(object: ClusterObject, kind: string, namespace: string | null, name: string): boolean {
  return object.kind === kind && object.metadata.name === name && isSameNamespace(object, namespace);
}

/** What names no namespace may be in any. */
function isSameNamespace({ metadata }: ClusterObject, namespace: string | null): boolean {
  return metadata.namespace === undefined || namespace === null || metadata.namespace === namespace;
}

/** Objects that one root no longer renders, or renders with less that others can name: keys, ports. Wherever they are now. */
export function leftBehind(
  before: readonly ClusterObject[],
  after: readonly ClusterObject[],
): readonly ClusterObject[] {
  const now = new Map(after.map((object) => [identityOf(object), object]));
  return before.filter((object) => {
    const is = now.get(identityOf(object));
    if (!is) return true;
    const left = new Set(namedParts(is));
    return namedParts(object).some((part) => !left.has(part));
  });
}

/** What others name of an object beside its name. */
function namedParts(object: ClusterObject): readonly string[] {
  if (object.kind === 'ConfigMap' || object.kind === 'Secret') return [...(keysOf(object) ?? [])];
  if (object.kind !== 'Service') return [];
  return servicePortsOf(object).flatMap(({ name, number }) => [
    String(number),
    ...(name === null ? [] : [name]),
  ]);
}
