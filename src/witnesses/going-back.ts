import { carriesCurrentTemplate } from '../facts/rollout.ts';
import type { ContainerFacts } from '../facts/subjects.ts';
import { leavesOf } from '../kubernetes/leaves.ts';
import { recordAt, type Json, type KubernetesObject } from '../kubernetes/objects.ts';
import { podTemplatePath } from '../kubernetes/workloads.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { Change } from '../model/change.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import type { Commit } from '../model/commit.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import { plainText, type Prose } from '../untrusted/prose.ts';
import { changesBefore } from './changes-before.ts';
import { describeKept, keptTemplates, lastReadyTemplate, type KeptTemplate } from './last-ready.ts';
import { undoing } from './template-past.ts';

/** The way back to the template with which a workload's pods are Ready now, or were when Faultline last saw them so. */
export interface WayBack {
  /** A clause: {@link describeKept}. */
  readonly says: Prose;
  readonly evidence: Evidence;
  readonly changes: readonly Change[];
  /** The commits that made the difference, the newest first. */
  readonly commits: readonly [Commit, ...Commit[]];
}

/** More fields are another program. */
const MOST_CHANGES = 12;

/**
 * What gives a workload back the template that is still Ready beside the failing one, or was last: all that commits changed since. Null where the
 * failing pod has another template than the current one, where that was ever Ready, where no other template has or had Ready pods, and where
 * the commits do not explain the whole difference.
 *
 * @param since milliseconds since the epoch: when it began to fail
 */
export function* wayBack(
  { cluster, workload }: ContainerFacts,
  ask: Ask,
  pod: ClusterObject,
  since: number,
): Asking<WayBack | null> {
  const { object, ref } = workload;
  if (!object || carriesCurrentTemplate(cluster, pod) !== 'current') return null;
  const now = templateText(object);
  const kept = keptTemplates(cluster, object);
  const hasWorked = ({ ready, wasReadyAt }: KeptTemplate): boolean => ready > 0 || wasReadyAt !== undefined;
  if (kept.some((one) => hasWorked(one) && templateText(one.template, ref.kind) === now)) return null;
  const ready = lastReadyTemplate(cluster, object, (template) => templateText(template, ref.kind) !== now);
  if (ready === null || ready.holder.kind === 'Pod') return null;
  const difference = yield* changesBefore(cluster, ref, since, ask);
  if (difference === null || difference.commits.length === 0) return null;
  if (difference.outsideGit.length > 0 || difference.unexplained.length > 0) return null;
  const undone = new Map<string, { readonly before: Json; readonly after: Json; readonly change: Told }>();
  // The newest commit says what is now, the oldest what was before.
  for (const change of difference.commits.flatMap(({ changes }) => changes)) {
    const key = JSON.stringify([change.object, change.field.text]);
    undone.set(key, { change, before: change.before, after: undone.get(key)?.after ?? change.after });
  }
  const fields = [...undone.values()].filter(({ change }) => !IS_LABEL.test(change.field.text));
  const changes = fields.map(({ change: { object: of, field }, before, after }) =>
    undoing(of, { field: field.text, before, after }),
  );
  const all = changes.flat();
  if (all.length === 0 || all.length > MOST_CHANGES || changes.some((one) => one.length === 0)) return null;
  const [newest, ...older] = difference.commits.map(({ commit }) => commit);
  const says = describeKept(ready);
  return {
    says,
    evidence: quoted('object', ready.holder, ready.wasReadyAt ?? cluster.now, plainText(says)),
    changes: all,
    commits: [newest!, ...older],
  };
}

type Told = { readonly object: Change['object']; readonly field: Change['field'] };

/** Checksums, versions and the time of a restart follow what they tell of. */
const IS_LABEL = /\.template\.metadata\./;

function templateText(object: KubernetesObject, kind = object.kind): string {
  const path = podTemplatePath(object.kind) ?? podTemplatePath(kind);
  const leaves = path === null ? [] : [...leavesOf(recordAt(object, ...path.split('.'), 'spec'))];
  return JSON.stringify(leaves.map(([field, { value }]) => [field, value]).sort());
}
