/**
 * Rule `quota-nearly-used`: a ResourceQuota has no room for the next rollout of a workload or for the maximum of an autoscaler, or is used
 * to nine tenths.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - The API server refuses a pod that would exceed a quota; `status.used` counts what is there.
 * - A rolling update makes `maxSurge` pods beyond the wanted ones (25 % rounded up); where `maxUnavailable` rounds down to 0, no old pod
 *   goes before a new one is Ready, so that a refused pod stops the rollout.
 */
import { readAutoscaler } from '../facts/autoscaler.ts';
import { describeRef, recordAt, refOf, type ObjectRef } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import { podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import { counted, prose, type Prose } from '../untrusted/prose.ts';
import {
  canonicalResource,
  demandOf,
  quotaShortage,
  surgeWithoutPause,
  type QuotaShortage,
} from '../witnesses/capacity.ts';
import { printAmount, usersOf } from '../witnesses/quota-use.ts';
import { MONITORED } from './causes.ts';
import { defineRule, type Conclusion } from './define-rule.ts';
import { ofCause } from './diagnosis.ts';

export const quotaNearlyUsed = defineRule({
  id: 'quota-nearly-used',
  title: 'A quota has no room for the next rollout or the maximum of an autoscaler, or is nearly used',
  phase: 'admission',
  semantics: [
    'https://kubernetes.io/docs/concepts/policy/resource-quotas/',
    'https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-unavailable',
  ],
  reads: ['ResourceQuota', 'Pod', 'Deployment', 'HorizontalPodAutoscaler', 'ScaledObject.v1alpha1.keda.sh'],
  on: ['Deployment', 'HorizontalPodAutoscaler', 'ResourceQuota'],
  foresees: true,
  givesWayTo: ['quota-exceeded', 'create-failed'],
  causes: {
    'rollout-does-not-fit': {
      ...MONITORED,
      means: 'the pods that a rollout makes first do not fit, and it takes no old pod away before',
      reason: prose`Nothing fails until the next rollout, and a quota belongs to the owner of the namespace.`,
    },
    'autoscaler-does-not-fit': {
      ...MONITORED,
      means: 'the replicas up to `maxReplicas` do not fit',
      reason: prose`Nothing fails below that number, and a quota belongs to the owner of the namespace.`,
    },
    'nearly-used': {
      ...MONITORED,
      means:
        'nine tenths are used of storage, of a count, or of what pods take in a namespace without Deployments',
      reason: prose`What is left may be enough, and a quota belongs to the owner of the namespace.`,
    },
  },

  detect({ object, cluster }) {
    if (object.metadata.deletionTimestamp !== undefined) return null;
    const seen = { object: refOf(object), seenOn: [refOf(object)] };
    if (object.kind === 'ResourceQuota') {
      const fullest = fullestOf(cluster, object);
      return fullest ? { ...seen, lack: null, fullest } : null;
    }
    const lack = lackFor(cluster, object);
    return lack && { ...seen, lack, fullest: null };
  },

  investigate({ object, cluster }, _ask, { lack, fullest }) {
    return lack ? doesNotFit(object, lack) : nearlyUsed(cluster, object, fullest!);
  },
});

function doesNotFit(object: ClusterObject, { shortage, cause, what, more, target }: Lack): Conclusion {
  const { quota, resource, used, hard } = shortage;
  const needs = prose`${printAmount(resource, more)} of ${resource}`;
  return ofCause({
    cause,
    summary: prose`${describeRef(quota)} has no room for ${what}: it takes ${needs} more, and ${used} of ${hard} are used.`,
    evidence: [quoted('object', quota, null, `${resource}: used ${used}, hard ${hard}`)],
    certainty: [0.9, prose`the quota and the requests say so`],
    blames: [
      cause === 'autoscaler-does-not-fit'
        ? { object: refOf(object), field: 'spec.maxReplicas' }
        : { object: quota, field: `spec.hard["${resource}"]` },
    ],
    advice: [
      prose`Have ${resource} of ${describeRef(quota)} raised by ${printAmount(resource, more)}, or free as much: kubectl describe resourcequota ${quota.name} -n ${quota.namespace ?? ''}`,
      ...(cause === 'rollout-does-not-fit'
        ? [prose`Or let the rollout of ${describeRef(target)} take an old pod away first: maxUnavailable 1.`]
        : []),
    ],
  });
}

function nearlyUsed(cluster: ClusterState, object: ClusterObject, fullest: Fullest): Conclusion {
  const { resource, used, hard, share } = fullest;
  const ref = refOf(object);
  const [most] = usersOf(cluster, object, resource);
  return ofCause({
    cause: 'nearly-used',
    summary: prose`${Math.floor(100 * share)} % of ${resource} of ${describeRef(ref)} are used: ${used} of ${hard}.`,
    because: most
      ? [
          prose`${most.workload} takes most of it: ${printAmount(resource, most.amount)} for ${counted(most.pods, 'pod')}.`,
        ]
      : [],
    evidence: [quoted('object', ref, null, `${resource}: used ${used}, hard ${hard}`)],
    certainty: [0.9, prose`the status of the quota says so`],
    blames: [{ object: ref, field: `spec.hard["${resource}"]` }],
    advice: [
      prose`Look at what is left before the next deployment: kubectl describe resourcequota ${ref.name} -n ${ref.namespace ?? ''}`,
    ],
  });
}

const NEARLY = 0.9;
/** One of one is how a count is fixed, not how it runs out. */
const LEAST_COUNT = 10;

interface Fullest {
  readonly resource: string;
  readonly used: string;
  readonly hard: string;
  readonly share: number;
}

/**
 * The resource of which the greatest share is used; undefined where none is nearly used. What pods take says nothing where Deployments
 * run: whether their rollouts fit is known to the pod, and a quota may be meant to be full.
 */
function fullestOf(cluster: ClusterState, quota: ClusterObject): Fullest | undefined {
  const { scopes, scopeSelector } = recordAt(quota, 'spec');
  if (scopes !== undefined || scopeSelector !== undefined) return undefined;
  const isJudged = cluster.list('Deployment', quota.metadata.namespace ?? null).length > 0;
  const { hard: allowed, used: taken } = recordAt(quota, 'status');
  const used = recordAt({ taken }, 'taken');
  return (
    Object.entries(recordAt({ allowed }, 'allowed'))
      .flatMap(([resource, text]) => {
        const [hard, amount] = [parseQuantity(text), parseQuantity(used[resource])];
        const isCount = !/cpu|memory|storage/.test(resource);
        const isOfPods = canonicalResource(resource) === 'pods' || /cpu|memory/.test(resource);
        if (hard === null || amount === null || hard <= 0 || (isCount && hard < LEAST_COUNT)) return [];
        if (isOfPods && isJudged) return [];
        return [{ resource, used: String(used[resource]), hard: String(text), share: amount / hard }];
      })
      // What is full keeps something out now, or is meant to be full.
      .filter(({ share }) => share >= NEARLY && share < 1)
      .toSorted((a, b) => b.share - a.share)[0]
  );
}

function lackFor(cluster: ClusterState, object: ClusterObject): Lack | null {
  return object.kind === 'Deployment' ? rolloutIn(cluster, object) : autoscalerIn(cluster, object);
}

interface Lack {
  readonly cause: 'rollout-does-not-fit' | 'autoscaler-does-not-fit';
  readonly shortage: QuotaShortage;
  /** What does not fit. */
  readonly what: Prose;
  /** What it takes, as the quota counts it. */
  readonly more: number;
  readonly target: ObjectRef;
}

function rolloutIn(cluster: ClusterState, object: ClusterObject): Lack | null {
  const replicas = recordAt(object, 'spec')['replicas'];
  const isComplete = recordAt(object, 'status')['availableReplicas'] === replicas;
  if (typeof replicas !== 'number' || replicas === 0 || !isComplete) return null;
  const surge = surgeWithoutPause(object, replicas);
  const found = surge === 0 ? null : lackOf(cluster, object, surge);
  return (
    found && {
      ...found,
      cause: 'rollout-does-not-fit',
      what: prose`the next rollout of ${describeRef(refOf(object))}, which makes ${surge} new ${surge === 1 ? 'pod' : 'pods'} first`,
    }
  );
}

function autoscalerIn(cluster: ClusterState, object: ClusterObject): Lack | null {
  const autoscaler = readAutoscaler(object, cluster);
  if (!autoscaler || autoscaler.target.kind !== 'Deployment') return null;
  const { current, maximum, ref } = autoscaler;
  const target = cluster.get('Deployment', ref.namespace, autoscaler.target.name);
  if (!target || current === 0 || current >= maximum) return null;
  const found = lackOf(cluster, target, maximum - current);
  return (
    found && {
      ...found,
      cause: 'autoscaler-does-not-fit',
      what: prose`the ${maximum} replicas that ${describeRef(ref)} may ask for (${current} run)`,
    }
  );
}

/** What lacks for so many more pods; null where they fit. */
function lackOf(cluster: ClusterState, workload: ClusterObject, pods: number) {
  const spec = podSpecOf(workload);
  if (!spec) return null;
  const extra = Object.fromEntries(
    Object.entries(demandOf(spec)).map(([name, amount]) => [name, amount * pods]),
  );
  const target = refOf(workload);
  const shortage = quotaShortage(cluster, target.namespace, extra);
  return shortage && { shortage, target, more: extra[shortage.counts] ?? 0 };
}
