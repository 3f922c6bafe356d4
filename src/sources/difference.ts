import type { ClusterState } from '../model/cluster-state.ts';
import type { Repository } from '../git/repository.ts';
import { sameValue } from '../kubernetes/compare.ts';
import { describeTime } from '../kubernetes/durations.ts';
import { getField, type FieldPath } from '../kubernetes/field-path.ts';
import { fieldWriter, type FieldWriter } from '../kubernetes/managed-fields.ts';
import {
  describeRef,
  isRecord,
  recordAt,
  recordsOf,
  refOf,
  type KubernetesObject,
} from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import type { Commit } from '../model/commit.ts';
import type { Difference } from '../model/need.ts';
import type { Evidence } from '../model/evidence.ts';
import { joinProse, prose, untrusted, type Prose } from '../untrusted/prose.ts';
import { declarerObject } from './declarer.ts';

/** The revision that a controller says it has applied. */
interface Applied {
  readonly by: KubernetesObject;
  readonly revision: string;
  readonly at: number | null;
}

/**
 * Tells drift from lag. Git has one value since `commit`, the live object another.
 *
 * - What the controller applied last has the commit in it, or not.
 * - The API server records who wrote the field and when: a person's tool after the commit is drift, a write of the delivery
 *   before it is lag.
 * - `kubectl apply` keeps what it applied last in an annotation.
 *
 * Where none of these is on record, neither is claimed.
 */
export async function differenceOf(
  live: KubernetesObject,
  path: FieldPath,
  commit: Commit | null,
  inGit: unknown,
  cluster: ClusterState,
  repository: Repository,
): Promise<Difference> {
  const writer = fieldWriter(live, path);
  const applied = appliedTo(live, cluster);
  const contains = await Promise.all(
    applied.map(({ revision }) => (commit ? repository.contains(revision, commit.sha) : null)),
  );
  const behind = applied.find((_, index) => contains[index] === false);
  const isApplied = applied.length > 0 && contains.every((one) => one === true);
  const evidence = [...writerEvidence(live, writer), ...appliedEvidence(behind ?? applied[0])];
  const answer = (kind: Difference['kind'], ...sentences: readonly Prose[]): Difference => {
    return { kind, because: joinProse(sentences, ' '), evidence };
  };
  if (behind) {
    return answer(
      'lag',
      prose`${describeRef(refOf(behind.by))} last applied ${shortOf(behind.revision)}, which does not contain ${commit!.sha.slice(0, 8)}: that commit waits for a sync.`,
    );
  }
  const who = written(writer);
  if (isApplied) {
    const { by, revision } = applied[0]!;
    return answer(
      'drift',
      prose`${describeRef(refOf(by))} has applied ${shortOf(revision)}, which contains ${commit!.sha.slice(0, 8)}, so the value in the cluster was changed outside git.`,
      who,
    );
  }
  if (writer?.kind === 'hand' && writer.at !== null && commit && writer.at > commit.at)
    return answer(
      'drift',
      prose`The value in the cluster is newer than ${commit.sha.slice(0, 8)}, which set the value in git at ${describeTime(commit.at)}.`,
      who,
    );
  if (writer?.kind === 'delivery' && writer.at !== null && commit && writer.at < commit.at)
    return answer(
      'lag',
      prose`The value in the cluster is older than ${commit.sha.slice(0, 8)}, which changed it in git at ${describeTime(commit.at)}.`,
      who,
    );
  const byAnnotation = differenceByAnnotation(live, path, inGit);
  if (byAnnotation) return answer(byAnnotation.kind, byAnnotation.because, who);
  return answer(
    'unknown',
    prose`Whether that waits for a sync or was changed in the cluster is not on record.`,
    ...(writer ? [who] : []),
  );
}

/** What kubectl applied last against the two values; null where that tells nothing. */
function differenceByAnnotation(
  live: KubernetesObject,
  path: FieldPath,
  inGit: unknown,
): Pick<Difference, 'kind' | 'because'> | null {
  const last = lastApplied(live, path);
  if (last === undefined) return null;
  if (sameValue(path, last, inGit))
    return {
      kind: 'drift',
      because: prose`kubectl applied the value of git before (annotation last-applied-configuration), so the value in the cluster was changed afterwards.`,
    };
  if (sameValue(path, getField(live, path), last))
    return {
      kind: 'lag',
      because: prose`What kubectl applied last (annotation last-applied-configuration) is the value in the cluster: git's has not been applied since.`,
    };
  return null;
}

function written(writer: FieldWriter | null): Prose {
  if (!writer) return prose`Since when and by whom is not on record.`;
  return writer.at === null
    ? prose`The API server records ${writer.manager} as the field's writer, without a time.`
    : prose`The API server records ${writer.manager} as the field's writer since ${describeTime(writer.at)}.`;
}

function writerEvidence(live: KubernetesObject, writer: FieldWriter | null): readonly Evidence[] {
  return writer ? [objectEvidence(live, writer.at, `metadata.managedFields: manager ${writer.manager}`)] : [];
}

function appliedEvidence(applied: Applied | undefined): readonly Evidence[] {
  return applied ? [objectEvidence(applied.by, applied.at, `applied revision: ${applied.revision}`)] : [];
}

function objectEvidence(object: KubernetesObject, at: number | null, text: string): Evidence {
  return { source: 'object', ref: describeRef(refOf(object)), at, text: untrusted(text) };
}

function shortOf(revision: string): string {
  return /^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 8) : revision;
}

/** What the object comes from, and what that comes from: each with the commit that it applied last, where it says so. */
function appliedTo(live: KubernetesObject, cluster: ClusterState): readonly Applied[] {
  const found: Applied[] = [];
  let here: KubernetesObject | null = live;
  for (let step = 0; step < 4 && here; step += 1) {
    const by: KubernetesObject | null = declarerObject(here, cluster);
    if (!by || by === here) break;
    const applied = appliedBy(by);
    if (applied) found.push({ by, ...applied });
    here = by;
  }
  return found;
}

function appliedBy(by: KubernetesObject): Omit<Applied, 'by'> | null {
  const status = recordAt(by, 'status');
  if (by.kind !== 'Application') {
    const revision = commitIn(status['lastAppliedRevision']);
    return revision === null ? null : { revision, at: null };
  }
  const operation = recordAt(status, 'operationState');
  const done =
    operation['phase'] === 'Succeeded' ? commitIn(recordAt(operation, 'syncResult')['revision']) : null;
  if (done !== null) return { revision: done, at: parseTime(operation['finishedAt']) };
  const last = recordsOf(status['history']).at(-1);
  const deployed = commitIn(last?.['revision']);
  if (deployed !== null) return { revision: deployed, at: parseTime(last?.['deployedAt']) };
  // Of an Application that is out of sync, this is what it was compared with.
  const sync = recordAt(status, 'sync');
  const synced = sync['status'] === 'Synced' ? commitIn(sync['revision']) : null;
  return synced === null ? null : { revision: synced, at: parseTime(status['reconciledAt']) };
}

/** The commit of `abc…`, `main@sha1:abc…`, `main/abc…` or `0.1.0+abc…`. */
function commitIn(revision: unknown): string | null {
  return typeof revision === 'string' ? (/(?:^|[:/+@])([0-9a-f]{12,64})$/.exec(revision)?.[1] ?? null) : null;
}

function lastApplied(live: KubernetesObject, path: FieldPath): unknown {
  const text = live.metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'];
  if (text === undefined) return undefined;
  try {
    const object: unknown = JSON.parse(text);
    return isRecord(object) ? getField(object as KubernetesObject, path) : undefined;
  } catch {
    return undefined;
  }
}
