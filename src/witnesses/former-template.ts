import type { WorkloadFacts } from '../facts/subjects.ts';
import { sameValue } from '../kubernetes/compare.ts';
import { DAY, MINUTE } from '../kubernetes/durations.ts';
import { parseFieldPath } from '../kubernetes/field-path.ts';
import { isScalarValue } from '../kubernetes/field.ts';
import { leavesOf, type Leaf } from '../kubernetes/leaves.ts';
import { isRecord, recordAt, type Json, type KubernetesObject } from '../kubernetes/objects.ts';
import { podTemplatePath, type PodSpec } from '../kubernetes/workloads.ts';
import type { Ask, Asking } from '../model/ask.ts';
import { changeOf, type Change } from '../model/change.ts';
import type { Commit } from '../model/commit.ts';
import type { TemplateVersion } from '../model/need.ts';
import { lastReadyTemplate, type KeptTemplate } from './last-ready.ts';

/** What some fields of a template were before the commit that gave them the values of now. */
export interface FormerTemplate {
  readonly commit: Commit;
  readonly spec: PodSpec;
  readonly fields: readonly FormerField[];
  /** A template that has these values and whose pods are Ready, or were last; null where none is on record. */
  readonly ready: KeptTemplate | null;
}

export interface FormerField {
  /** Of the workload: `spec.template.spec.nodeSelector.pool`. */
  readonly field: string;
  /** null: the template does not have it. */
  readonly now: Json;
  readonly before: Json;
}

/** Versions of the template that are looked at: each costs renders. */
const MOST = 6;
/** A commit that went out longer before the failure has run since, or waited for somebody. */
const LATELY = 3 * DAY;

/**
 * The template before the newest commit that changed any of the fields that `concerns` accepts (below the template: `spec.nodeSelector.pool`).
 * Null where git does not tell, where the cluster has other values than git, and where the commit is not of the last days before `since`.
 */
export function* formerTemplate(
  { cluster, ref, object }: WorkloadFacts,
  ask: Ask,
  concerns: (field: string) => boolean,
  since: number,
): Asking<FormerTemplate | null> {
  const path = podTemplatePath(ref.kind);
  if (path === null || object === undefined) return null;
  const versions = (yield* ask.templates(ref, MOST)) ?? [];
  const live = leavesBelow(recordAt(object, ...path.split('.')), concerns);
  const [newest] = versions;
  if (!newest?.template || differences(live, leavesBelow(newest.template, concerns)).length > 0) return null;
  const found = versionBefore(versions, concerns);
  if (!found || found.commit.at < since - LATELY || found.commit.at > since + 5 * MINUTE) return null;
  const ready = lastReadyTemplate(cluster, object, (kept) => {
    const leaves = leavesBelow(templateOf(kept), concerns);
    return differences(leavesBelow(found.template, concerns), leaves).length === 0;
  });
  const { template, commit, fields } = found;
  return {
    commit,
    spec: recordAt(template, 'spec'),
    fields: fields.map((one) => ({ ...one, field: `${path}.${one.field}` })),
    ready,
  };
}

/** The changes that give the fields back what they were; null where one of them is no single value. */
export function goingBack(
  { fields }: FormerTemplate,
  object: WorkloadFacts['ref'],
): readonly Change[] | null {
  const changes = fields.flatMap(({ field, now, before }) =>
    isScalarValue(now) && isScalarValue(before) ? [changeOf(object, field, now, before)] : [],
  );
  return changes.length === fields.length ? changes : null;
}

function versionBefore(versions: readonly TemplateVersion[], concerns: (field: string) => boolean) {
  const [newest] = versions;
  const now = leavesBelow(newest?.template, concerns);
  for (const [index, { template }] of versions.entries()) {
    if (index === 0) continue;
    if (template === undefined) return null;
    const fields = differences(now, leavesBelow(template, concerns));
    if (fields.length > 0) return { template, fields, commit: versions[index - 1]!.commit };
  }
  return null;
}

function templateOf(kept: KubernetesObject): unknown {
  return kept.kind === 'Pod'
    ? { metadata: kept.metadata, spec: kept['spec'] }
    : recordAt(kept, ...(podTemplatePath(kept.kind) ?? 'spec').split('.'));
}

type Leaves = ReadonlyMap<string, Leaf>;

function leavesBelow(template: unknown, concerns: (field: string) => boolean): Leaves {
  if (!isRecord(template)) return new Map();
  return new Map([...leavesOf(template)].filter(([field]) => concerns(field)));
}

function differences(now: Leaves, before: Leaves): readonly FormerField[] {
  return [...new Set([...now.keys(), ...before.keys()])].flatMap((field) => {
    const [is, was] = [now.get(field)?.value, before.get(field)?.value];
    return sameValue(parseFieldPath(field), is, was) ? [] : [{ field, now: is ?? null, before: was ?? null }];
  });
}
