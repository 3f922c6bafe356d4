import { sameValue } from '../kubernetes/compare.ts';
import { DAY, describeTime } from '../kubernetes/durations.ts';
import { parseFieldPath, fieldNamed } from '../kubernetes/field-path.ts';
import { withoutHash } from '../kubernetes/generated-name.ts';
import { leavesOf, type Leaf } from '../kubernetes/leaves.ts';
import { recordAt, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import { conditionsOf, podTemplatePath } from '../kubernetes/workloads.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { ChangedBefore, ChangesBefore, TemplateChange } from '../model/changed-before.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { TemplateVersion } from '../model/need.ts';
import { prose } from '../untrusted/prose.ts';
import { describeKept, keptTemplates, type KeptTemplate } from './last-ready.ts';

/** So many versions are asked for, one number after the other until they reach the last Ready template: each costs renders. */
const VERSIONS = [2, 4, 8];

/**
 * What changed in the template of a workload since it was last Ready, and which commits changed it. Null where the template of now was Ready
 * for a day before the failure, where no other template is on record, and for objects that make no pods.
 *
 * @param failingSince milliseconds since the epoch
 */
export function* changesBefore(
  cluster: ClusterState,
  workload: ObjectRef,
  failingSince: number,
  ask: Ask,
): Asking<ChangesBefore | null> {
  const object = cluster.get(workload.kind, workload.namespace, workload.name);
  const before = object && baselineOf(cluster, object, failingSince);
  if (!object || !before) return null;
  const difference = differenceOf(leavesIn(before.template, object.kind), leavesIn(object, object.kind));
  let told: Told = commitsIn([], difference, workload);
  for (const most of VERSIONS) {
    const versions = yield* ask.templates(workload, most);
    if (versions === null) break;
    told = commitsIn(versions, difference, workload);
    if (told.isComplete || versions.length < most) break;
  }
  const { isComplete: _, ...changes } = told;
  return { since: sinceOf(before), ...changes };
}

type Leaves = ReadonlyMap<string, Leaf>;

/** The template that the one of now is compared with. */
function baselineOf(
  cluster: ClusterState,
  workload: KubernetesObject,
  failingSince: number,
): KeptTemplate | null {
  const now = leavesIn(workload, workload.kind);
  const isNow = ({ template }: KeptTemplate): boolean =>
    differenceOf(leavesIn(template, workload.kind), now).length === 0;
  const kept = keptTemplates(cluster, workload);
  const current = kept.find(isNow);
  const others = kept.filter((one) => !isNow(one) && (current === undefined || isOlder(one, current)));
  const ready = others.find((one) => one.ready > 0) ?? others.find((one) => one.wasReadyAt !== undefined);
  if (ready) return ready;
  return current && ranWell(current, workload, failingSince) ? null : (others[0] ?? null);
}

function isOlder(one: KeptTemplate, current: KeptTemplate): boolean {
  if (one.revision !== current.revision) return one.revision < current.revision;
  return (one.at ?? 0) < (current.at ?? 0);
}

/** The template of now was rolled out, and a day passed before anything failed: it is none that a rollout just broke. */
function ranWell(
  { at, ready, wasReadyAt }: KeptTemplate,
  workload: KubernetesObject,
  failingSince: number,
): boolean {
  const wasAvailable = conditionsOf(workload).some(({ reason }) => reason === 'NewReplicaSetAvailable');
  return at !== null && failingSince - at > DAY && (ready > 0 || wasReadyAt !== undefined || wasAvailable);
}

function sinceOf(before: KeptTemplate): ChangesBefore['since'] {
  const { ready, revision, at, wasReadyAt } = before;
  if (ready > 0 || wasReadyAt !== undefined) return describeKept(before);
  const when = at === null ? prose`` : prose`, made ${describeTime(at)}`;
  return prose`revision ${revision} came before${when}; whether it was Ready is not recorded`;
}

/** What controllers add to the templates that they keep. */
const ADDED =
  /^metadata\.(?:creationTimestamp$|labels(?:\.|\[")(?:pod-template-hash|rollouts-pod-template-hash|controller-uid|job-name|batch\.kubernetes\.io\/))/;

function leavesIn(object: KubernetesObject, kind: string): Leaves {
  const path = podTemplatePath(object.kind) ?? podTemplatePath(kind);
  const leaves = path === null ? [] : leavesOf(recordAt(object, ...path.split('.')));
  return new Map([...leaves].filter(([field]) => !ADDED.test(field)));
}

interface Changed {
  /** Below the template. */
  readonly field: string;
  readonly before: Value;
  readonly after: Value;
}

function differenceOf(before: Leaves, after: Leaves): readonly Changed[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((field) => {
    const [was, is] = [before.get(field)?.value, after.get(field)?.value];
    return isSame(field, was, is) ? [] : [{ field, before: was, after: is }];
  });
}

function isSame(field: string, live: unknown, rendered: unknown): boolean {
  return sameValue(parseFieldPath(field), live, rendered);
}

interface Told extends Omit<ChangesBefore, 'since'> {
  /** Every field of the difference is explained by what was asked for. */
  readonly isComplete: boolean;
}

function commitsIn(
  versions: readonly TemplateVersion[],
  difference: readonly Changed[],
  object: ObjectRef,
): Told {
  const rendered = versions.map(({ template }) => template && leavesOf(template));
  const byVersion = new Map<number, TemplateChange[]>();
  const outsideGit: TemplateChange[] = [];
  const unexplained: TemplateChange[] = [];
  let isComplete = true;
  for (const changed of difference) {
    const { field } = changed;
    const values = rendered.map((leaves) => leaves && { value: leaves.get(field)?.value });
    const trace = traceOf(changed, values);
    isComplete &&= trace.isComplete;
    if (trace.isOutsideGit) outsideGit.push(changeOf(object, changed));
    else if (trace.steps.length === 0) unexplained.push(changeOf(object, changed));
    for (const { version, before, after } of trace.steps) {
      const changes = byVersion.get(version) ?? [];
      byVersion.set(version, [...changes, changeOf(object, { field, before, after })]);
    }
  }
  const commits = [...byVersion]
    .sort(([a], [b]) => a - b)
    .map(([version, changes]): ChangedBefore => ({
      commit: versions[version]!.commit,
      changes: withContents(changes, versions[version]!, versions[version + 1]),
    }));
  return { commits, outsideGit, unexplained, isComplete };
}

/** Of a ConfigMap under a generated name, the keys that changed tell more than its new name. */
function withContents(
  changes: readonly TemplateChange[],
  { configMaps: now }: TemplateVersion,
  earlier: TemplateVersion | undefined,
): readonly TemplateChange[] {
  const told = new Set<string>();
  return changes.flatMap((change) => {
    const { object, before, after } = change;
    if (typeof before !== 'string' || typeof after !== 'string') return [change];
    const [was, is] = [earlier?.configMaps.get(before), now.get(after)];
    if (!was || !is || withoutHash(before) !== withoutHash(after)) return [change];
    if (told.has(after)) return [];
    told.add(after);
    const named = { apiVersion: 'v1', kind: 'ConfigMap', namespace: object.namespace, name: after };
    const keys = differenceOf(leavesOf(was, ['data']), leavesOf(is, ['data']));
    return keys.map((key) => ({
      object: named,
      field: fieldNamed(key.field),
      before: key.before ?? null,
      after: key.after ?? null,
      site: null,
    }));
  });
}

type Value = Leaf['value'] | undefined;

interface Trace {
  readonly steps: readonly { readonly version: number; readonly before: Value; readonly after: Value }[];
  readonly isOutsideGit: boolean;
  readonly isComplete: boolean;
}

/**
 * The versions that made the difference in one field: from the newest that gave it the value of now to the one that took away the value
 * that it had when Ready. What git has beyond either has nothing to do with it.
 *
 * @param values of the versions, newest first; undefined where they are not known
 */
function traceOf(
  { field, before, after }: Changed,
  values: readonly ({ readonly value: Value } | undefined)[],
): Trace {
  const start = values.findIndex((one) => one !== undefined && isSame(field, after, one.value));
  const [head] = values;
  if (start < 0)
    return {
      steps: [],
      isOutsideGit: head !== undefined && isSame(field, before, head.value),
      isComplete: false,
    };
  const steps: Trace['steps'][number][] = [];
  for (let version = start; version < values.length; version += 1) {
    const [is, was] = [values[version], values[version + 1]];
    if (is !== undefined && isSame(field, before, is.value))
      return { steps, isOutsideGit: false, isComplete: true };
    if (is === undefined || was === undefined) break;
    if (!isSame(field, is.value, was.value)) steps.push({ version, before: was.value, after: is.value });
  }
  return { steps, isOutsideGit: false, isComplete: false };
}

function changeOf(object: ObjectRef, { field, before, after }: Changed): TemplateChange {
  return {
    object,
    field: fieldNamed(`${podTemplatePath(object.kind)}.${field}`),
    before: before ?? null,
    after: after ?? null,
    site: null,
  };
}
