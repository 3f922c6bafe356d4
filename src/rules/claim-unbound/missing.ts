import type { UnboundClaim } from '../../facts/claims.ts';
import { quote } from '../../facts/observations.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import { describeRef, recordAt, recordsOf, type ObjectRef } from '../../kubernetes/objects.ts';
import { podSpecOf, podSpecPath } from '../../kubernetes/workloads.ts';
import { changeOf } from '../../model/change.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Blame, Culprit } from '../../model/finding.ts';
import type { RenderedKeys } from '../../model/need.ts';
import { listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { relationOf } from '../../witnesses/near-name.ts';
import { formerValueOf } from '../../witnesses/former-value.ts';
import type { Conclusion } from '../define-rule.ts';
import { diagnosis } from '../diagnosis.ts';
import type { Draft } from './why.ts';

/** No claim of that name: what became of it, or which one is meant. */
export function* missingClaim(workload: WorkloadFacts, unbound: UnboundClaim, ask: Ask): Asking<Conclusion> {
  const { cluster, ref } = workload;
  const { name, pod } = unbound;
  const kind = 'PersistentVolumeClaim';
  const rendered = yield* ask.renderedKind(kind, ref.namespace);
  const own = (rendered ?? []).filter((one) => isOf(one.ref, ref.namespace));
  const itself = own.find((one) => one.ref.name === name);
  const others = cluster.list(kind, ref.namespace).map(({ metadata }) => metadata.name);
  const fields = fieldsNaming(workload, name);
  const quota = quotasOfStorage(workload);
  const draft = itself ? null : yield* otherClaim(workload, name, fields, own, ask);
  const there = others.length === 0 ? ownText('no claim') : prose`${listed(others.slice(0, 8))}`;
  return diagnosis({
    cause: itself ? 'claim-not-applied' : 'claim-missing',
    culprit: { kind, namespace: ref.namespace, name },
    explainedBy: quota,
    summary: itself
      ? prose`${describeRef(ref)} waits for PersistentVolumeClaim ${name}, which git renders (${itself.root}) and the cluster does not have.`
      : prose`${describeRef(ref)} waits for PersistentVolumeClaim ${name}, which is not found${draft ? prose`; ${draft.name} is the claim that fits` : ownText('')}.`,
    because: [
      itself
        ? prose`It was not applied yet, the API server refused it, or somebody deleted it.`
        : prose`The namespace has ${there}${elsewhere(workload, name)}.`,
      ...(draft ? [draft.because] : []),
    ],
    evidence: [
      quote(
        'object',
        pod,
        null,
        `PersistentVolumeClaim ${name} not found; in the namespace: ${others.join(', ') || 'none'}`,
      ),
      ...(draft?.evidence ?? []),
    ],
    certainty: [0.9, prose`the claims of the namespace are on record`],
    reason: prose`Which claim is meant is not proven, so a person has to decide.`,
    blames: fields,
    ...(draft ? draftOf(draft) : {}),
    advice: itself
      ? [
          prose`Check what applies ${itself.root}; kubectl apply of the claim says what refuses it, such as a quota of the namespace.`,
        ]
      : draft
        ? []
        : [adviceOn(name, others)],
  });
}

interface Other extends Draft {
  readonly name: string;
}

function draftOf({ changes, restsOn, introducedBy }: Other) {
  const reason = prose`What speaks for this claim is ${restsOn}: a person has to confirm that its data is meant.`;
  const guards = [{ kind: 'draft', reason } as const];
  return { verdict: 'escalate', changes, reason, guards, ...(introducedBy && { introducedBy }) } as const;
}

/** The claim that the workload named before, or the one with a similar name that nothing else uses. Git or the cluster has it. */
function* otherClaim(
  workload: WorkloadFacts,
  missing: string,
  fields: readonly Blame[],
  rendered: readonly RenderedKeys[],
  ask: Ask,
): Asking<Other | null> {
  const [at] = fields;
  if (!at) return null;
  const { cluster, ref } = workload;
  const live = cluster.list('PersistentVolumeClaim', ref.namespace).filter(isUsable);
  const changes = (name: string) => fields.map((one) => changeOf(one.object, one.field, missing, name));
  const former = yield* formerValueOf(ask, at, missing);
  const known = new Set([
    ...live.map(({ metadata }) => metadata.name),
    ...rendered.map((one) => one.ref.name),
  ]);
  if (typeof former?.before === 'string' && known.has(former.before)) {
    const { before: name, commit } = former;
    return {
      name,
      because: prose`${describeCommit(commit)} changed the claim from ${name} to ${missing}.`,
      changes: changes(name),
      restsOn: prose`git's history`,
      factor: 0.9,
      advice: [],
      evidence: [commitEvidence(commit, `claimName ${name} → ${missing}`)],
      introducedBy: commit,
    };
  }
  const near = live.filter((claim) => isNear(workload, missing, claim));
  const [only, ...more] = near;
  if (!only || more.length > 0) return null;
  const { name } = only.metadata;
  return {
    name,
    because: prose`PersistentVolumeClaim ${name} has a similar name, and no pod uses it.`,
    changes: changes(name),
    restsOn: prose`its similar name`,
    factor: 0.85,
    advice: [],
    evidence: [
      quote(
        'object',
        only,
        null,
        `exists, phase ${String(recordAt(only, 'status')['phase'])}; no pod uses it`,
      ),
    ],
  };
}

/** Words that make another claim: data that is kept beside the first. */
const ANOTHER =
  /^(?:backups?|archive|snapshots?|staging|prod|production|dev|test|replica|readonly|ro|old|new|restored?|copy|tmp|temp|cache|logs?|wal|secondary|primary)$/;

/** A known relation of names, or one name is the other with words added that do not make it another thing. */
function isNear(workload: WorkloadFacts, missing: string, claim: ClusterObject): boolean {
  const { name } = claim.metadata;
  if (isUsedByOthers(workload, name)) return false;
  if (relationOf(missing, name, [workload.ref.name, workload.ref.namespace ?? '']) !== null) return true;
  const [short, long] = name.length < missing.length ? [name, missing] : [missing, name];
  if (!long.startsWith(`${short}-`) && !long.endsWith(`-${short}`)) return false;
  const extra = long
    .replace(short, '')
    .split('-')
    .filter((word) => word !== '');
  return extra.length === 1 && !extra.some((word) => ANOTHER.test(word) || /\d/.test(word));
}

function isUsable(claim: ClusterObject): boolean {
  const { phase } = recordAt(claim, 'status');
  return claim.metadata.deletionTimestamp === undefined && phase !== 'Lost';
}

function isUsedByOthers({ cluster, ref }: WorkloadFacts, name: string): boolean {
  return cluster
    .list('Pod', ref.namespace)
    .some((pod) => volumesNaming(podSpecOf(pod)?.volumes, name).length > 0);
}

function volumesNaming(volumes: unknown, name: string) {
  return recordsOf(volumes).filter(
    (volume) => recordAt(volume, 'persistentVolumeClaim')['claimName'] === name,
  );
}

function fieldsNaming({ ref, object }: WorkloadFacts, name: string): readonly Blame[] {
  const path = podSpecPath(ref.kind);
  if (!object || path === null) return [];
  return volumesNaming(podSpecOf(object)?.volumes, name).map((volume) => ({
    object: ref,
    field: `${path}.volumes[name=${String(volume['name'])}].persistentVolumeClaim.claimName`,
  }));
}

function isOf(one: ObjectRef, namespace: string | null): boolean {
  return one.namespace === null || one.namespace === namespace;
}

/** Quotas that count claims or their size: where one is full, the API server refuses the claim. */
function quotasOfStorage({ cluster, ref: { namespace } }: WorkloadFacts): readonly Culprit[] {
  return cluster
    .list('ResourceQuota', namespace)
    .filter((quota) =>
      Object.keys(recordAt(quota, 'spec', 'hard')).some((key) =>
        /(?:^|\.)requests\.storage$|persistentvolumeclaims$/.test(key),
      ),
    )
    .map(({ kind, metadata }) => ({ kind, namespace, name: metadata.name }));
}

/** Pods take claims of their own namespace only. */
function elsewhere({ cluster, ref }: WorkloadFacts, name: string): Prose {
  const namespaces = cluster
    .list('PersistentVolumeClaim')
    .filter(({ metadata }) => metadata.name === name && metadata.namespace !== ref.namespace)
    .map(({ metadata }) => metadata.namespace ?? '');
  return namespaces.length === 0
    ? ownText('')
    : prose`; a claim of that name exists in namespace ${listed(namespaces)}, which pods of ${ref.namespace ?? ''} cannot use`;
}

function adviceOn(name: string, others: readonly string[]): Prose {
  return others.length === 0
    ? prose`Add PersistentVolumeClaim ${name} to git.`
    : prose`Name one of the claims that exist in the pod's volumes, or add PersistentVolumeClaim ${name} to git.`;
}
