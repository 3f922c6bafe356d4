/**
 * Rule `create-failed`: the API server refuses the pods that a controller wants to make, or the claims, Jobs or ReplicaSets.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - A controller whose pods are refused writes a FailedCreate event (a ReplicaSet also the condition ReplicaFailure), and tries again
 *   with growing pauses. https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment
 * - Quota: https://kubernetes.io/docs/concepts/policy/resource-quotas/. LimitRange: https://kubernetes.io/docs/concepts/policy/limit-range/.
 * - Pod Security: https://kubernetes.io/docs/concepts/security/pod-security-admission/.
 * - Webhooks, and what happens where they cannot be called: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 * - The texts are those of src/facts/refusals.ts.
 */
import { createFailuresOf, type CreateFailure } from '../facts/creation.ts';
import { refusalIn, type Refusal } from '../facts/refusals.ts';
import type { WorkloadFacts } from '../facts/subjects.ts';
import { refOf } from '../kubernetes/objects.ts';
import type { Ask, Asking } from '../model/ask.ts';
import { prose, saying } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { hasRoom } from '../witnesses/quota-use.ts';
import { CAUSES } from './create-failed/causes.ts';
import { denied } from './create-failed/denied.ts';
import { limitRange } from './create-failed/limit-range.ts';
import { defaultBelowRequest } from './create-failed/default-below-request.ts';
import { missingObject } from './create-failed/missing-object.ts';
import { podSecurity } from './create-failed/pod-security.ts';
import { quotaNeedsValues } from './create-failed/quota-needs.ts';
import { exceededQuota } from './create-failed/quota.ts';
import { contextConstraints } from './create-failed/context-constraints.ts';
import { explained, lackOf, type Refused } from './create-failed/refused.ts';
import { webhookUnavailable } from './create-failed/webhook.ts';
import { defineRule, type Conclusion } from './define-rule.ts';
import { foresight } from './create-failed/foresight.ts';

export const createFailed = defineRule({
  id: 'create-failed',
  title: 'The API server refuses the pods of a workload',
  phase: 'admission',
  semantics: [
    'https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment',
    'https://kubernetes.io/docs/concepts/policy/resource-quotas/',
    'https://kubernetes.io/docs/concepts/policy/limit-range/',
    'https://kubernetes.io/docs/concepts/security/pod-security-admission/',
    'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/',
  ],
  reads: [
    'Pod',
    'Event',
    'Deployment',
    'ReplicaSet',
    'StatefulSet',
    'DaemonSet',
    'Job',
    'CronJob',
    'Namespace',
    'Service',
    'ResourceQuota',
    'LimitRange',
    'ServiceAccount',
    'PriorityClass',
    'RuntimeClass',
  ],
  on: 'workload',
  causes: CAUSES,
  foresight,

  detect(workload) {
    const failures = createFailuresOf(workload).filter((failure) => !isOver(workload, failure));
    const [failure] = failures;
    if (!failure) return null;
    return {
      failure,
      seenOn: failures.map(({ maker }) => refOf(maker)),
      firstSeen: Math.min(...failures.map(({ firstSeen }) => firstSeen)),
      lastSeen: failure.lastSeen,
      occurrences: failures.reduce((sum, { occurrences }) => sum + occurrences, 0),
    };
  },

  *investigate(workload, ask, { failure }) {
    return yield* meaningOf({ workload, failure }, refusalIn(failure.message), ask);
  },
});

function* meaningOf(refused: Refused, refusal: Refusal, ask: Ask): Asking<Conclusion> {
  switch (refusal.kind) {
    case 'quota':
      return yield* exceededQuota(refused, refusal, ask);
    case 'quota-needs-values':
      return yield* quotaNeedsValues(refused, refusal, ask);
    case 'limit-range':
      return yield* limitRange(refused, refusal, ask);
    case 'default-below-request':
      return yield* defaultBelowRequest(refused, refusal, ask);
    case 'pod-security':
      return yield* podSecurity(refused, refusal, ask);
    case 'missing':
      return yield* missingObject(refused, refusal, ask);
    case 'webhook-unavailable':
      return webhookUnavailable(refused, refusal);
    case 'denied':
      return denied(refused, refusal);
    case 'terminating':
      return explained(refused, {
        cause: 'namespace-terminating',
        summary: prose`${lackOf(refused)}: their namespace is being deleted.`,
        advice: [
          prose`See what holds the namespace: kubectl get namespace ${refused.workload.ref.namespace ?? ''} -o jsonpath='{.status.conditions}'`,
        ],
      });
    case 'unknown':
      return (
        contextConstraints(refused) ??
        explained(refused, {
          cause: 'refused',
          summary: prose`${lackOf(refused)}, the API server refuses them${saying(shortened(refused.failure.message))}`,
          certainty: [0.6, prose`the API server refuses them in words that no rule knows`],
          advice: [prose`Correct what the API server names, or ask the owner of the namespace's policies.`],
        })
      );
  }
}

/** What was missing has come since, or the quota has room by now: the controller's next attempt succeeds. */
function isOver({ cluster, ref: { namespace } }: WorkloadFacts, { message }: CreateFailure): boolean {
  const refusal = refusalIn(message);
  if (refusal.kind === 'missing') {
    const own = refusal.object === 'ServiceAccount' ? namespace : null;
    return cluster.presence(refusal.object, own, refusal.name) === 'present';
  }
  if (refusal.kind !== 'quota') return false;
  const quota = cluster.get('ResourceQuota', namespace, refusal.quota);
  if (!quota) return false;
  return refusal.counts.every(({ resource, requested }) => hasRoom(quota, resource, requested) === true);
}
