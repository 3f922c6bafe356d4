import type { ClusterState } from '../model/cluster-state.ts';
import type { Remembered } from '../model/remembered.ts';
import type { KindOfMemory } from './remembered/kind-of-memory.ts';
import { KILLS } from './remembered/kills.ts';
import { PINS } from './remembered/pins.ts';
import { PULL_ERRORS } from './remembered/pull-errors.ts';
import { TEMPLATES } from './remembered/templates.ts';

type Kind = Remembered['kind'];
type OfKind<K extends Kind> = Extract<Remembered, { readonly kind: K }>;

const KINDS: { readonly [K in Kind]: KindOfMemory<OfKind<K>> } = {
  kill: KILLS,
  'pull-error': PULL_ERRORS,
  pin: PINS,
  template: TEMPLATES,
};

/**
 * Adds what a reading shows to what is remembered, and forgets what no rule can use any more. The same thing seen twice is one. What did
 * not change is the same object.
 */
export function remember(
  known: ReadonlyMap<string, Remembered>,
  cluster: ClusterState,
): ReadonlyMap<string, Remembered> {
  const byKind = Map.groupBy(known.values(), ({ kind }) => kind);
  const all = (Object.keys(KINDS) as Kind[]).flatMap((kind) => ofKind(kind, byKind.get(kind) ?? [], cluster));
  return new Map(all.map((one) => [one.id, one]));
}

function ofKind<K extends Kind>(
  kind: K,
  known: readonly Remembered[],
  cluster: ClusterState,
): readonly Remembered[] {
  const memory: KindOfMemory<OfKind<K>> = KINDS[kind];
  const kept = (known as readonly OfKind<K>[]).filter((one) => memory.isKept(one, cluster));
  const all = new Map(kept.map((one) => [one.id, one]));
  for (const seen of memory.seenIn(cluster, all)) all.set(seen.id, seen);
  return [...Map.groupBy(all.values(), (one) => memory.subjectOf(one)).values()].flatMap((group) =>
    group.length <= memory.most ? group : group.toSorted(newestFirst).slice(0, memory.most),
  );
}

function newestFirst(a: Remembered, b: Remembered): number {
  return b.at - a.at || (a.id < b.id ? -1 : 1);
}
