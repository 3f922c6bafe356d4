/**
 * Rule `create-failed`: the API server refuses the pods that a controller wants to make.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - A controller whose pods are refused writes a FailedCreate event (a ReplicaSet also the condition ReplicaFailure), and tries again
 *   with growing pauses. https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment
 * - Quota: https://kubernetes.io/docs/concepts/policy/resource-quotas/. LimitRange: https://kubernetes.io/docs/concepts/policy/limit-range/.
 * - Pod Security: https://kubernetes.io/docs/concepts/security/pod-security-admission/.
 * - Webhooks, and what happens where they cannot be called: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 * - The texts: plugin/pkg/admission/{resourcequota,limitranger,serviceaccount,priority,runtimeclass} of k8s.io/kubernetes, and
 *   k8s.io/pod-security-admission.
 */
import { createFailuresOf } from '../facts/creation.ts';
import type { WorkloadFacts } from '../facts/subjects.ts';
import { refOf, describeRef } from '../kubernetes/objects.ts';
import { prose, saying } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { refusalOf } from './create-failed/refusals.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

const ADMISSION = { fix: 'none', outcome: 'declined' } as const;

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
    'ResourceQuota',
    'LimitRange',
    'ServiceAccount',
    'PriorityClass',
    'RuntimeClass',
  ],
  on: 'workload',
  causes: {
    'exceeded-quota': {
      means: 'a ResourceQuota of the namespace has no room: `exceeded quota`',
      ...ADMISSION,
    },
    'quota-needs-values': {
      means:
        'a ResourceQuota counts requests or limits that a container does not have: `failed quota: … must specify`',
      ...ADMISSION,
    },
    'limit-range': { means: 'a container asks for less or more than a LimitRange allows', ...ADMISSION },
    'pod-security': { means: 'the pod violates the Pod Security level of the namespace', ...ADMISSION },
    'service-account-missing': { means: 'the ServiceAccount does not exist', ...ADMISSION },
    'priority-class-missing': { means: 'the PriorityClass does not exist', ...ADMISSION },
    'runtime-class-missing': { means: 'the RuntimeClass does not exist', ...ADMISSION },
    'webhook-denied': { means: 'an admission webhook or policy denied the pod', ...ADMISSION },
    'webhook-unavailable': { means: 'an admission webhook cannot be called', ...ADMISSION },
    'namespace-terminating': { means: 'the namespace is being deleted', ...ADMISSION },
    refused: { means: 'any other refusal', ...ADMISSION },
  },

  detect(workload) {
    const failures = createFailuresOf(workload).filter(({ message }) => !isOver(workload, message));
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

  investigate(workload, _ask, { failure }) {
    const { cause, culprit, blames, evidence, advice } = refusalOf(workload, failure.message);
    const running = workload.activePods.length;
    return diagnosis({
      cause,
      ...(culprit === null ? {} : { culprit }),
      summary: prose`${describeRef(workload.ref)} gets no ${running > 0 ? 'more pods' : 'pods'}, the API server refuses them${saying(shortened(failure.message))}`,
      because: running > 0 ? [prose`Its ${running} pods that exist stay as they are.`] : [],
      evidence: [...failure.evidence, ...evidence],
      certainty: [cause === 'refused' ? 0.6 : 0.9, prose`the API server says why it refuses the pods`],
      reason: prose`What the API server enforces is decided outside this workload, so nothing is changed without a person.`,
      blames,
      advice,
    });
  },
});

/** The object that was missing has come since: the controller's next attempt succeeds. */
function isOver({ cluster, ref: { namespace } }: WorkloadFacts, message: string): boolean {
  const [, account] = /serviceaccount "([^"]+)" not found/.exec(message) ?? [];
  return account !== undefined && cluster.presence('ServiceAccount', namespace, account) === 'present';
}
