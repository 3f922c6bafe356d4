import {
  fits,
  podsWith,
  selectorField,
  selectorOf,
  templateLabels,
  type Labels,
} from '../../facts/services.ts';
import { objectKey, recordAt, refOf, type Scalar } from '../../kubernetes/objects.ts';
import { changeOf, type Change } from '../../model/change.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { LastChange } from '../../witnesses/last-change.ts';
import { relationOf } from '../../witnesses/near-name.ts';
import { IDENTIFYING_KEYS, isIdentifying, type NoPods, type WrongEntry } from './selection.ts';

/** The selector before the last commit that changed it. */
export function selectorBefore(selector: Labels, keys: readonly string[], { before }: LastChange): Labels {
  const was = new Map(Object.entries(selector));
  for (const key of keys) {
    const value = before.get(selectorField(key));
    if (value === undefined) continue;
    if (value === null) was.delete(key);
    else was.set(key, String(value));
  }
  return Object.fromEntries(was);
}

/** What the selector would have to be for the near pods, where that is one thing; null else. */
export function nearSelector(
  cluster: ClusterState,
  service: ClusterObject,
  { selector, near, wrong }: NoPods,
): Labels | null {
  const wanted = new Map(Object.entries(selector));
  for (const entry of wrong) {
    const value = valueFor(entry);
    if (value !== null) {
      wanted.set(entry.key, value);
      continue;
    }
    if (entry.has.length > 0) return null;
    wanted.delete(entry.key);
    const other = isIdentifying(entry.key)
      ? IDENTIFYING_KEYS.find((key) => near.every((pod) => pod.metadata.labels?.[key] === entry.value))
      : undefined;
    if (other !== undefined) wanted.set(other, entry.value);
  }
  const labels = Object.fromEntries(wanted);
  const pods = podsWith(cluster, service.metadata.namespace ?? null, labels);
  const isSafe = Object.keys(labels).some(isIdentifying) && ownersOf(cluster, pods).length === 1;
  return isSafe && !wrong.some((entry) => isOfOthers(cluster, service, entry, near)) ? labels : null;
}

/** The one value that the near pods have, or the one of several that is spelt nearly so. */
function valueFor({ value, has }: WrongEntry): string | null {
  if (has.length === 1) return has[0]!;
  const spelt = has.filter((other) => relationOf(value, other, []) === 'spelling');
  return spelt.length === 1 ? spelt[0]! : null;
}

/** Labels that controllers of databases and progressive rollouts set while they run: no manifest has them. */
const SET_AT_RUNTIME =
  /(^|[/.-])(role|leader|master|primary|active|elected)$|pod-template-hash$|revision-hash$/i;

/**
 * The entry may well be meant: a controller sets the label on the pod that leads, the Service is named after the value, or another Service
 * selects the near pods by the same key and this one is for those that do not run now.
 */
function isOfOthers(
  cluster: ClusterState,
  service: ClusterObject,
  { key, value, has }: WrongEntry,
  near: readonly ClusterObject[],
): boolean {
  if (SET_AT_RUNTIME.test(key)) return true;
  const template = cluster.ownerOf(near[0]!).object;
  const isAddedLater =
    has.length > 0 && template !== undefined && templateLabels(template)[key] === undefined;
  if (isAddedLater) return true;
  if (isIdentifying(key)) return false;
  const { name, namespace = null } = service.metadata;
  return (
    name.split(/[-.]/).includes(value) ||
    has.some((other) => isSelectedBy(cluster, service, namespace, key, other))
  );
}

function isSelectedBy(
  cluster: ClusterState,
  service: ClusterObject,
  namespace: string | null,
  key: string,
  value: string,
): boolean {
  return cluster
    .list('Service', namespace)
    .some((other) => other !== service && selectorOf(other)?.[key] === value);
}

/** The workloads of pods, each once. */
export function ownersOf(cluster: ClusterState, pods: readonly ClusterObject[]) {
  const owners = pods.map((pod) => cluster.ownerOf(pod));
  return [...new Map(owners.map((owner) => [objectKey(owner.ref), owner])).values()];
}

/** New keys come first, so that none that goes is the last of its mapping. */
export function changesTo(service: ClusterObject, wanted: Labels): readonly Change[] {
  const now: Labels = recordAt(service, 'spec', 'selector');
  const keys = [...new Set([...Object.keys(wanted), ...Object.keys(now)])];
  const valueIn = (labels: Labels, key: string): Scalar =>
    labels[key] === undefined ? null : String(labels[key]);
  return keys
    .filter((key) => wanted[key] !== now[key])
    .map((key) => changeOf(refOf(service), selectorField(key), valueIn(now, key), valueIn(wanted, key)))
    .toSorted((a, b) => Number(a.after === null) - Number(b.after === null));
}

/** Whether the other Services of the namespace select some of these pods. */
export function othersSelecting(
  cluster: ClusterState,
  service: ClusterObject,
  pods: readonly ClusterObject[],
): readonly ClusterObject[] {
  return cluster.list('Service', service.metadata.namespace ?? null).filter((other) => {
    const selector = other === service ? null : selectorOf(other);
    return selector !== null && pods.some((pod) => fits(selector, pod.metadata.labels));
  });
}
