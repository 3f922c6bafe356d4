import { DAY, describeTime } from '../kubernetes/durations.ts';
import { describeRef, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import { controllerRevisionsOf, podMakersOf, templateKeptBy } from '../facts/revisions.ts';
import { containersOf, parseTime, podSpecOf } from '../kubernetes/workloads.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import type { Authorship } from './chosen-value.ts';
import type { Case } from '../rules/oom-killed/case.ts';

const LATELY = 7 * DAY;
/** Two raises within this time are a limit that is followed, not one that is set. */
const REPEATEDLY = 60 * DAY;

export interface RaisedBefore {
  readonly explanation: Prose;
  readonly reason: Prose;
  readonly evidence: readonly Evidence[];
}

/** A raise that has not helped: in git's history of the limit, or in the earlier templates that the cluster keeps. */
export function raisedBefore(known: Case, authorship: Authorship): RaisedBefore | null {
  return (
    lately(authorship, known.cluster.now) ?? repeatedly(authorship, known.cluster.now) ?? inCluster(known)
  );
}

function lately({ automatic, latest }: Authorship, now: number): RaisedBefore | null {
  if (!latest || latest.commit.at < now - LATELY) return null;
  const commit = prose`commit ${latest.commit.sha.slice(0, 8)} of ${describeTime(latest.commit.at)}`;
  if (automatic)
    return because(
      prose`The last change to the limit was automatic, and less than 7 days ago (${commit}).`,
      prose`within 7 days of a change to its limit`,
    );
  const from = parseQuantity(latest.from);
  const to = parseQuantity(latest.to);
  if (from === null || to === null || to <= from) return null;
  return because(
    prose`${latest.commit.author} raised it from ${String(latest.from)} to ${String(latest.to)} less than 7 days ago (${commit}).`,
    prose`within 7 days of a change to its limit`,
  );
}

function repeatedly({ raises }: Authorship, now: number): RaisedBefore | null {
  const recent = raises.filter(({ commit }) => commit.at >= now - REPEATEDLY);
  if (recent.length < 2) return null;
  const [last] = recent;
  return because(
    prose`The limit was raised ${recent.length} times in the last 60 days, last from ${String(last!.from)} to ${String(last!.to)} (commit ${last!.commit.sha.slice(0, 8)}).`,
    prose`after ${recent.length} raises of its limit in 60 days`,
  );
}

/** The template before this one had a smaller limit, and this one is younger than a week. */
function inCluster({ cluster, owner, container, enforced }: Case): RaisedBefore | null {
  if (!owner || enforced === null) return null;
  const revisions: readonly KubernetesObject[] =
    owner.kind === 'Deployment' || owner.kind === 'Rollout'
      ? podMakersOf(cluster, owner)
      : controllerRevisionsOf(cluster, owner);
  const limits = revisions.map((revision) => ({ revision, limit: limitIn(revision, owner.kind, container) }));
  const [current, ...earlier] = limits;
  const before = earlier.find(({ limit }) => limit !== null);
  const made = parseTime(current?.revision.metadata.creationTimestamp);
  if (!current || !before || made === null || made < cluster.now - LATELY) return null;
  const [from, to] = [parseQuantity(before.limit), parseQuantity(current.limit)];
  if (from === null || to === null || to <= from || to !== enforced) return null;
  const text = `limits.memory of ${container}: ${before.limit} before, ${current.limit} since ${describeTime(made)}`;
  return {
    ...because(
      prose`The limit was raised from ${before.limit!} to ${current.limit!} at ${describeTime(made)} (${describeRef(refOf(current.revision))}).`,
      prose`within 7 days of a raise of its limit`,
    ),
    evidence: [quoted('object', current.revision, made, text)],
  };
}

function limitIn(revision: KubernetesObject, kind: string, container: string): string | null {
  const spec = podSpecOf(revision.kind === 'ControllerRevision' ? templateKeptBy(revision, kind) : revision);
  const found = containersOf(spec).find((one) => one.container.name === container);
  const limit = found?.container.resources?.limits?.['memory'];
  return limit === undefined ? null : String(limit);
}

function because(explanation: Prose, when: Prose): RaisedBefore {
  return {
    explanation,
    reason: prose`It was killed again ${when}: another raise would hide what is wrong.`,
    evidence: [],
  };
}
