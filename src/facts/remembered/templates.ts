import { createHash } from 'node:crypto';
import { HOUR, MINUTE } from '../../kubernetes/durations.ts';
import { recordAt, refOf, type KubernetesObject, type ObjectRef } from '../../kubernetes/objects.ts';
import { podTemplatePath } from '../../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { RememberedTemplate } from '../../model/remembered-template.ts';
import { controllerRevisionsOf, podMakersOf, revisionOf } from '../revisions.ts';
import { currentReplicaSet, isBehind } from '../rollout.ts';
import { isYoung, movedBack, type KindOfMemory } from './kind-of-memory.ts';

/** A program that crashes is Ready for a moment after each start: a template has worked once its pods were Ready this long. */
export const STEADY = 5 * MINUTE;

/** A reading is noted this often while nothing changes: until the template has worked, and after that. */
const NOTED_UNTIL_STEADY = MINUTE;
const NOTED_EVERY = HOUR;

/** Between two readings. */
const LONGEST_PAUSE = 15 * MINUTE;

/** Characters of a template, as JSON. */
const LARGEST = 64 * 1024;

export const TEMPLATES: KindOfMemory<RememberedTemplate> = {
  seenIn: (cluster, known) =>
    (['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'] as const).flatMap((kind) =>
      cluster.list(kind).flatMap((workload) => seenReady(workload, cluster, known) ?? []),
    ),
  isKept(one, cluster) {
    const workload = cluster.byUid(one.workload);
    if (workload === undefined) {
      const { kind } = one.template;
      return !cluster.isRecorded(kind, one.holder.namespace) && isYoung(one, cluster);
    }
    return isSteady(one) || (one.id === idOf(workload) && isWhollyReady(workload));
  },
  subjectOf: ({ workload }) => workload,
  most: 3,
};

export function isSteady({ at, since }: Pick<RememberedTemplate, 'at' | 'since'>): boolean {
  return at - since >= STEADY;
}

function seenReady(
  workload: ClusterObject,
  cluster: ClusterState,
  known: ReadonlyMap<string, RememberedTemplate>,
): RememberedTemplate | null {
  const id = isWhollyReady(workload) ? idOf(workload) : null;
  if (id === null) return null;
  const { now } = cluster;
  const before = known.get(id);
  if (before === undefined) return firstSeen(workload, cluster, id);
  if (before.at > now) return movedBack(before, now);
  if (isSteady(before)) return now - before.at < NOTED_EVERY ? before : { ...before, at: now };
  // What nobody saw for long does not count as a time that it was Ready.
  const isWatched = now - before.at <= LONGEST_PAUSE;
  const seen = { ...before, at: now, since: isWatched ? before.since : now };
  return now - before.at < NOTED_UNTIL_STEADY && !isSteady(seen) ? before : seen;
}

function firstSeen(workload: ClusterObject, cluster: ClusterState, id: string): RememberedTemplate | null {
  const holder = holderOf(workload, cluster);
  const { uid } = workload.metadata;
  const template = templateOf(workload);
  if (!holder || uid === undefined || template === null) return null;
  const { now: at } = cluster;
  return { kind: 'template', id, at, since: at, workload: uid, ...holder, template };
}

/** By the numbers that its controller keeps, which count the newest template only once it has seen it. */
export function isWhollyReady(workload: KubernetesObject): boolean {
  if (workload.metadata.deletionTimestamp !== undefined || isBehind(workload)) return false;
  const status = recordAt(workload, 'status');
  const count = (field: string): number => Number(status[field] ?? 0);
  if (workload.kind === 'DaemonSet') {
    const wanted = count('desiredNumberScheduled');
    return wanted > 0 && count('numberReady') === wanted && count('updatedNumberScheduled') === wanted;
  }
  const wanted = Number(recordAt(workload, 'spec')['replicas'] ?? 1);
  const all = [count('replicas'), count('updatedReplicas'), count('readyReplicas')];
  return wanted > 0 && all.every((number) => number === wanted);
}

/** What keeps the template, so that it can be named; null where that is not known. */
function holderOf(
  workload: ClusterObject,
  cluster: ClusterState,
): { readonly holder: ObjectRef; readonly revision: number } | null {
  if (workload.kind === 'Deployment') {
    const replicaSet = currentReplicaSet(cluster, workload);
    return replicaSet ? { holder: refOf(replicaSet), revision: revisionOf(replicaSet) ?? 0 } : null;
  }
  if (workload.kind === 'Rollout') {
    const [newest] = podMakersOf(cluster, workload);
    return newest ? { holder: refOf(newest), revision: revisionOf(newest) ?? 0 } : null;
  }
  const [newest] = controllerRevisionsOf(cluster, workload);
  return newest ? { holder: refOf(newest), revision: Number(newest['revision'] ?? 0) } : null;
}

/** An object of the workload's kind with its template and nothing else; null where that is too large to keep. */
function templateOf({ apiVersion, kind, metadata, ...object }: ClusterObject): KubernetesObject | null {
  const { name, namespace } = metadata;
  const template = recordAt(object, 'spec', 'template');
  if (podTemplatePath(kind) !== 'spec.template' || Object.keys(template).length === 0) return null;
  const kept = { apiVersion, kind, metadata: { name, ...(namespace && { namespace }) }, spec: { template } };
  return JSON.stringify(kept).length > LARGEST ? null : (kept as KubernetesObject);
}

const IDS = new WeakMap<ClusterObject, string | null>();

/** Of a workload with its template, made once for each version of the object. */
function idOf(workload: ClusterObject): string | null {
  const known = IDS.get(workload);
  if (known !== undefined) return known;
  const { uid } = workload.metadata;
  const template = JSON.stringify(recordAt(workload, 'spec', 'template'));
  const hash = createHash('sha256').update(template).digest('hex').slice(0, 16);
  const id = uid === undefined ? null : JSON.stringify(['template', uid, hash]);
  IDS.set(workload, id);
  return id;
}
