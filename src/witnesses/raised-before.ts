import type { ContainerFacts } from '../facts/subjects.ts';
import { DAY, describeTime } from '../kubernetes/durations.ts';
import { describeRef, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import { controllerRevisionsOf, podMakersOf, templateKeptBy } from '../facts/revisions.ts';
import { containersOf, parseTime, podSpecOf } from '../kubernetes/workloads.ts';
import { quoted } from '../model/evidence.ts';
import { ownText, prose, type Prose } from '../untrusted/prose.ts';
import type { Authorship } from './chosen-value.ts';
import type { Statement } from './statement.ts';

const LATELY = 7 * DAY;
/** Two raises within this time are a value that is followed, not one that is set. */
const REPEATEDLY = 60 * DAY;

/** A change that has not helped. */
export interface RaisedBefore extends Statement {
  /** When the failure came again: `within 7 days of a change`. */
  readonly when: Prose;
}

/** The newest change of a value, where a program made it less than a week ago. `noun` is what people call the value. */
export function changedAutomatically(
  { automatic }: Authorship,
  noun: 'limit' | 'maximum',
  now: number,
): RaisedBefore | null {
  if (!automatic || automatic.commit.at < now - LATELY) return null;
  return {
    says: prose`The last change to the ${ownText(noun)} was automatic, and less than 7 days ago (${commitOf(automatic)}).`,
    when: prose`within 7 days of a change`,
    evidence: [],
  };
}

/** A raise of a limit in git: the newest change, less than a week ago; or two of them in two months. */
export function raisedInGit({ latest, raises }: Authorship, now: number): RaisedBefore | null {
  const [last] = raises;
  if (last && latest?.commit === last.commit && last.commit.at >= now - LATELY)
    return {
      says: prose`${last.commit.author} raised it from ${String(last.from)} to ${String(last.to)} less than 7 days ago (${commitOf(last)}).`,
      when: prose`within 7 days of a raise`,
      evidence: [],
    };
  const recent = raises.filter(({ commit }) => commit.at >= now - REPEATEDLY);
  if (!last || recent.length < 2) return null;
  return {
    says: prose`The limit was raised ${recent.length} times in the last 60 days, last from ${String(last.from)} to ${String(last.to)} (commit ${last.commit.sha.slice(0, 8)}).`,
    when: prose`after ${recent.length} raises in 60 days`,
    evidence: [],
  };
}

function commitOf({ commit }: Pick<Authorship['raises'][number], 'commit'>): Prose {
  return prose`commit ${commit.sha.slice(0, 8)} of ${describeTime(commit.at)}`;
}

/** The template that the cluster keeps from before had a smaller memory limit than `limit` (in bytes), and this one is younger than a week. */
export function raisedInCluster(
  { cluster, workload: { object }, name }: ContainerFacts,
  limit: number,
): RaisedBefore | null {
  if (!object) return null;
  const revisions: readonly KubernetesObject[] =
    object.kind === 'Deployment' || object.kind === 'Rollout'
      ? podMakersOf(cluster, object)
      : controllerRevisionsOf(cluster, object);
  const limits = revisions.map((revision) => ({ revision, limit: limitIn(revision, object.kind, name) }));
  const [current, ...earlier] = limits;
  const before = earlier.find((one) => one.limit !== null);
  const made = parseTime(current?.revision.metadata.creationTimestamp);
  if (!current || !before || made === null || made < cluster.now - LATELY) return null;
  const [from, to] = [parseQuantity(before.limit), parseQuantity(current.limit)];
  if (from === null || to === null || to <= from || to !== limit) return null;
  const text = `limits.memory of ${name}: ${before.limit} before, ${current.limit} since ${describeTime(made)}`;
  return {
    says: prose`The limit was raised from ${before.limit!} to ${current.limit!} at ${describeTime(made)} (${describeRef(refOf(current.revision))}).`,
    when: prose`within 7 days of a raise`,
    evidence: [quoted('object', current.revision, made, text)],
  };
}

function limitIn(revision: KubernetesObject, kind: string, container: string): string | null {
  const spec = podSpecOf(revision.kind === 'ControllerRevision' ? templateKeptBy(revision, kind) : revision);
  const found = containersOf(spec).find((one) => one.container.name === container);
  const limit = found?.container.resources?.limits?.['memory'];
  return limit === undefined ? null : String(limit);
}
