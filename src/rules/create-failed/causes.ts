import type { Causes } from '../causes.ts';

const NONE = { fix: 'none', outcome: 'declined' } as const;

export const CAUSES = {
  'exceeded-quota': { means: 'a ResourceQuota of the namespace has no room: `exceeded quota`', ...NONE },
  'quota-needs-values': {
    means:
      'a ResourceQuota counts requests or limits that a container does not have: `failed quota: … must specify`',
    fix: 'propose',
    outcome: 'what a commit removed comes back; else declined',
  },
  'limit-range': {
    means:
      'a container asks for less or more than a LimitRange allows, or its limit is too many times its request',
    fix: 'propose',
    outcome:
      'the value before the commit that went beyond it; a request below the minimum is raised to it in a draft; else declined',
  },
  'default-below-request': {
    means: 'the limit that a LimitRange gives is below what the container requests',
    fix: 'draft',
    outcome: 'the request before the last commit, where it fits; else declined',
  },
  'pod-security': {
    means: 'the pod violates the Pod Security level of the namespace',
    fix: 'draft',
    outcome:
      'a draft that sets what complies, where each field has one such value and the container asks for nothing more; else declined',
  },
  'service-account-missing': missing('ServiceAccount'),
  'priority-class-missing': missing('PriorityClass'),
  'runtime-class-missing': missing('RuntimeClass'),
  'webhook-denied': { means: 'an admission webhook or policy denied the pod', ...NONE },
  'webhook-unavailable': { means: 'an admission webhook cannot be called', ...NONE },
  'namespace-terminating': { means: 'the namespace is being deleted', ...NONE },
  'security-context-constraint': {
    means: 'no SecurityContextConstraints of OpenShift admits the pod',
    ...NONE,
  },
  refused: { means: 'any other refusal', ...NONE },
} satisfies Causes;

function missing(kind: string) {
  return {
    means: `the ${kind} does not exist`,
    fix: 'propose',
    terms: { settable: { to: 'name' }, wrongElsewhere: 'object' },
    outcome:
      'the name before the last commit, or what it was renamed to; a draft for the one near name; else declined',
  } as const;
}
