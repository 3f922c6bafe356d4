import type { Count, QuotaRefusal } from '../../facts/refusals.ts';
import { carriesCurrentTemplate } from '../../facts/rollout.ts';
import { quote } from '../../facts/observations.ts';
import { containersIn, type WorkloadFacts } from '../../facts/subjects.ts';
import { describeRef, recordAt, refOf } from '../../kubernetes/objects.ts';
import { parseQuantity } from '../../kubernetes/quantities.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Blame } from '../../model/finding.ts';
import { joinProse, listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { canonicalResource, demandOf } from '../../witnesses/capacity.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { loweringOf } from '../../witnesses/former-value.ts';
import { printAmount, usersOf } from '../../witnesses/quota-use.ts';
import type { Conclusion } from '../define-rule.ts';
import { claimFields, containersInTemplate, explained, injectedOf, type Refused } from './refused.ts';

/** Users of a quota that are worth a name. */
const NAMED = 3;

export function* exceededQuota(refused: Refused, refusal: QuotaRefusal, ask: Ask): Asking<Conclusion> {
  const { workload } = refused;
  const { cluster, ref } = workload;
  const quota = cluster.get('ResourceQuota', ref.namespace, refusal.quota);
  const fields = quota
    ? refusal.counts.map(({ resource }) => ({ object: refOf(quota), field: `spec.hard["${resource}"]` }))
    : [];
  const lowered = loweringOf(yield* ask.past(fields));
  const [first] = refusal.counts as readonly [Count];
  return explained(refused, {
    cause: 'exceeded-quota',
    culprit: { kind: 'ResourceQuota', namespace: ref.namespace, name: refusal.quota },
    summary: prose`${describeRef({ kind: 'ResourceQuota', namespace: ref.namespace, name: refusal.quota })} has no room for ${wantedOf(refused)}: ${joinProse(refusal.counts.map(shortOf), '; ')}.`,
    because: [
      ...(lowered
        ? [
            prose`${first.resource} of the quota was lowered from ${lowered.from} to ${lowered.to} in ${describeCommit(lowered.commit)}.`,
          ]
        : []),
      ...surge(workload, refusal.counts),
      ...beyondTemplate(workload, refusal.counts),
    ],
    evidence: [
      ...(quota ? [usageOf(quota, refusal.counts)] : []),
      ...(lowered ? [commitEvidence(lowered.commit, `lowered ${first.resource} to ${lowered.to}`)] : []),
    ],
    blames: [...refusal.counts.flatMap((count) => asking(workload, count.resource)), ...fields],
    ...(lowered ? { introducedBy: lowered.commit } : {}),
    reason: prose`Whether ${describeRef(ref)} takes less or the namespace gets more is for a person to decide: Faultline never raises a quota.`,
    advice: [
      ...refusal.counts.flatMap((count) => adviceFor(refused, count, quota)),
      prose`Or have ${listed(refusal.counts.map(({ resource, limited }) => `${resource}=${limited}`))} of the quota raised by the owner of the namespace: kubectl describe resourcequota ${refusal.quota} -n ${ref.namespace ?? ''}`,
    ],
  });
}

function wantedOf({ workload, failure }: Refused): Prose {
  const what = { pods: 'another pod', claims: 'a claim', Jobs: 'a Job', ReplicaSets: 'a new ReplicaSet' };
  return prose`${ownText(what[failure.refused])} of ${describeRef(workload.ref)}`;
}

/** `limits.cpu=3 requested, 21500m of 24 used` */
function shortOf({ resource, requested, used, limited }: Count): Prose {
  return prose`${`${resource}=${requested}`} requested, ${used} of ${limited} used`;
}

function usageOf(quota: ClusterObject, counts: readonly Count[]): Evidence {
  const { hard, used } = recordAt(quota, 'status');
  const of = (list: unknown, resource: string) => String(recordAt({ list }, 'list')[resource] ?? '?');
  const texts = counts.map(
    ({ resource }) => `${resource}: used ${of(used, resource)}, hard ${of(hard, resource)}`,
  );
  return quote('object', quota, null, texts.join('; '));
}

/** The rollout needs the new pod before the old ones go. */
function surge({ cluster, object, activePods }: WorkloadFacts, counts: readonly Count[]): readonly Prose[] {
  if (object?.kind !== 'Deployment') return [];
  const old = activePods.filter((pod) => carriesCurrentTemplate(cluster, pod) === 'outdated');
  if (old.length === 0) return [];
  const [count] = counts as readonly [Count];
  const name = canonicalResource(count.resource);
  const held = old.reduce((sum, pod) => sum + (demandOf(podSpecOf(pod))[name] ?? 0), 0);
  return held === 0
    ? []
    : [
        prose`The rollout is stuck: ${old.length} of its pods have the former template and hold ${printAmount(name, held)} of ${count.resource}, and the new pod does not fit beside them.`,
      ];
}

/** The pod asks for more than its template does: containers or defaults that admission adds. */
function beyondTemplate(workload: WorkloadFacts, counts: readonly Count[]): readonly Prose[] {
  const demand = demandOf(workload.object && podSpecOf(workload.object));
  const injected = injectedOf(
    workload,
    containersIn(workload).map(({ name }) => name),
  );
  return counts.flatMap(({ resource, requested }) => {
    const [own, asked] = [demand[canonicalResource(resource)], parseQuantity(requested)];
    if (own === undefined || asked === null || asked <= own * 1.001 || resource.endsWith('pods')) return [];
    const more = printAmount(resource, asked - own);
    return [
      injected.length > 0
        ? prose`${more} of it is not in the template: admission adds ${listed(injected)} to the pods.`
        : prose`${more} of it is not in the template: admission adds it, as defaults of a LimitRange or as injected containers.`,
    ];
  });
}

function adviceFor(
  { workload, failure }: Refused,
  { resource, requested, used, limited }: Count,
  quota: ClusterObject | undefined,
): readonly Prose[] {
  const [asked, taken, limit] = [requested, used, limited].map(parseQuantity);
  if (asked == null || taken == null || limit == null) return [];
  const free = Math.max(0, limit - taken);
  const lacking = printAmount(resource, asked - free);
  const by = quota ? greatestUsers(workload, quota, resource, limit) : prose``;
  if (resource === 'count/jobs.batch')
    return [
      prose`Delete finished Jobs of namespace ${workload.ref.namespace ?? ''}, and set ttlSecondsAfterFinished or the history limits of CronJobs so that they go.`,
    ];
  if (resource === 'count/replicasets.apps')
    return [
      prose`Lower revisionHistoryLimit of Deployments in namespace ${workload.ref.namespace ?? ''}, so that old ReplicaSets go, or delete those with 0 replicas.`,
    ];
  const perObject = failure.refused === 'claims' ? prose`a claim` : prose`a pod`;
  return /^(?:limits|requests)\.|^(?:cpu|memory)$/.test(resource) && free > 0
    ? [
        prose`Lower ${resource} of ${perObject} from ${requested} to at most the ${printAmount(resource, free)} that is free, or free ${lacking} elsewhere in the namespace${by}.`,
      ]
    : [prose`Free ${lacking} of ${resource} elsewhere in the namespace${by}.`];
}

/** A share of a quota from which on a workload is worth its name. */
const LARGE = 0.25;

function greatestUsers(
  { cluster, ref }: WorkloadFacts,
  quota: ClusterObject,
  resource: string,
  limit: number,
): Prose {
  const large = usersOf(cluster, quota, resource).filter(
    ({ workload, amount }) => workload !== describeRef(ref) && amount >= LARGE * limit,
  );
  const texts = large.slice(0, NAMED).map(({ workload, pods, amount }) => {
    const many = `${pods} pod${pods === 1 ? '' : 's'}`;
    return canonicalResource(resource) === 'pods'
      ? `${workload} (${many})`
      : `${workload} (${printAmount(resource, amount)} in ${many})`;
  });
  return texts.length === 0 ? prose`` : prose`; the largest other users are ${listed(texts)}`;
}

/** The fields of the workload that ask for what a quota calls `requests.cpu` or `pods`. */
function asking(workload: WorkloadFacts, resource: string): readonly Blame[] {
  const { ref, object } = workload;
  const name = canonicalResource(resource);
  if (name === 'pods')
    return typeof recordAt(object, 'spec')['replicas'] === 'number'
      ? [{ object: ref, field: 'spec.replicas' }]
      : [];
  if (name === 'requests.storage') return claimFields(workload).map((field) => ({ object: ref, field }));
  const at = name.indexOf('.');
  const [list, kind] = [name.slice(0, at), name.slice(at + 1)];
  return containersInTemplate(workload).flatMap(({ container, path }) => {
    const own = recordAt(container, 'resources', list)[kind];
    if (own !== undefined) return [{ object: ref, field: `${path}.resources.${list}.${kind}` }];
    // A request that is left out is the limit.
    const limit = list === 'requests' && recordAt(container, 'resources', 'limits')[kind] !== undefined;
    return limit ? [{ object: ref, field: `${path}.resources.limits.${kind}` }] : [];
  });
}
