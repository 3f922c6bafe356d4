import { quote } from '../../facts/observations.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import { describeRef, recordAt, type ObjectRef } from '../../kubernetes/objects.ts';
import { containerPath, containersOf, podSpecOf, podSpecPath } from '../../kubernetes/workloads.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Blame, Culprit } from '../../model/finding.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';

/** What a refusal means for a workload. */
export interface Refusal {
  readonly cause: string;
  /** Null where the message names none. */
  readonly culprit: Culprit | null;
  readonly blames: readonly Blame[];
  readonly evidence: readonly Evidence[];
  readonly advice: readonly Prose[];
}

type Reader = (workload: WorkloadFacts, match: readonly string[]) => Omit<Refusal, 'cause'>;

/** What the API server's words mean, the most telling first. */
const READERS: readonly (readonly [cause: string, pattern: RegExp, read: Reader])[] = [
  [
    'exceeded-quota',
    /exceeded quota: ([^,\s]+), requested: (.+?), used: (.+?), limited: (.+)/s,
    exceededQuota,
  ],
  ['quota-needs-values', /failed quota: ([^:\s]+): must specify (.+)/s, quotaNeedsValues],
  [
    'limit-range',
    /(maximum|minimum) ([a-z-]+) usage per (?:Container|Pod) is ([^\s,.]+)|(\S+) max limit to request ratio per (?:Container|Pod) is/,
    limitRange,
  ],
  ['pod-security', /violates PodSecurity "([^":]+)/, podSecurity],
  [
    'service-account-missing',
    /service ?account "([^"]+)" not found/i,
    missing('ServiceAccount', 'serviceAccountName'),
  ],
  [
    'priority-class-missing',
    /no PriorityClass with name (\S+) was found/,
    missing('PriorityClass', 'priorityClassName'),
  ],
  ['runtime-class-missing', /RuntimeClass "([^"]+)" not found/i, missing('RuntimeClass', 'runtimeClassName')],
  ['webhook-unavailable', /failed calling webhook "([^"]+)"(.*)/s, webhookUnavailable],
  [
    'webhook-denied',
    /admission webhook "([^"]+)" denied the request|ValidatingAdmissionPolicy '([^']+)'/,
    webhookDenied,
  ],
  ['namespace-terminating', /because it is being terminated/, () => named('Namespace', null, null, [])],
];

export function refusalOf(workload: WorkloadFacts, message: string): Refusal {
  for (const [cause, pattern, read] of READERS) {
    const match = pattern.exec(message);
    if (match)
      return {
        cause,
        ...read(
          workload,
          match.map((group) => group ?? ''),
        ),
      };
  }
  return {
    cause: 'refused',
    ...named(null, null, null, [
      prose`Correct what the API server names, or ask who owns the namespace's policies.`,
    ]),
  };
}

function named(
  kind: string | null,
  namespace: string | null,
  name: string | null,
  advice: readonly Prose[],
): Omit<Refusal, 'cause'> {
  const culprit = kind === null || name === null ? null : { kind, namespace, name };
  return { culprit, blames: [], evidence: [], advice };
}

function exceededQuota(workload: WorkloadFacts, [, name, requested, , limited]: readonly string[]) {
  const { cluster, ref } = workload;
  const resources = requested!.split(',').map((each) => each.split('=')[0]!.trim());
  const quota = cluster.get('ResourceQuota', ref.namespace, name!);
  const list = resources.join(', ');
  return {
    culprit: { kind: 'ResourceQuota', namespace: ref.namespace, name: name! },
    blames: resources.flatMap((resource) => [
      ...asking(workload, resource),
      ...(quota ? [{ object: asRef(quota), field: `spec.hard["${resource}"]` }] : []),
    ]),
    evidence: quota ? [usage(quota)] : [],
    advice: [
      prose`Ask for less ${list}, or have the limit ${limited!} of ResourceQuota ${name!} raised by who owns the namespace: kubectl describe resourcequota ${name!} -n ${ref.namespace ?? ''}`,
    ],
  };
}

function usage(quota: ClusterObject): Evidence {
  const { hard, used } = recordAt(quota, 'status');
  return quote('object', quota, null, `hard: ${JSON.stringify(hard)}; used: ${JSON.stringify(used)}`);
}

/** The fields of the workload that ask for what a quota calls `requests.cpu` or `pods`. */
function asking({ ref, object }: WorkloadFacts, resource: string): readonly Blame[] {
  if (!object) return [];
  if (resource === 'pods' || resource === 'count/pods')
    return typeof recordAt(object, 'spec')['replicas'] === 'number'
      ? [{ object: ref, field: 'spec.replicas' }]
      : [];
  const [list, name] = resource.includes('.') ? resource.split('.') : ['requests', resource];
  return containersOf(podSpecOf(object)).flatMap((placed) => {
    const value = recordAt(placed.container, 'resources', list!)[name!];
    const path = containerPath(object.kind, placed);
    return value === undefined || path === null
      ? []
      : [{ object: ref, field: `${path}.resources.${list}.${name}` }];
  });
}

function quotaNeedsValues({ ref }: WorkloadFacts, [, name, what]: readonly string[]) {
  return named('ResourceQuota', ref.namespace, name!, [
    prose`Set ${what!}, or let a LimitRange of the namespace give defaults.`,
  ]);
}

function limitRange({ cluster, ref }: WorkloadFacts, [, bound, resource, value]: readonly string[]) {
  const ranges = cluster.list('LimitRange', ref.namespace);
  const range = ranges.length === 1 ? ranges[0]! : null;
  return {
    ...named('LimitRange', ref.namespace, range?.metadata.name ?? null, [
      bound === ''
        ? prose`Bring request and limit closer together, or have the LimitRange changed.`
        : prose`Keep ${resource!} ${bound === 'maximum' ? 'at or below' : 'at or above'} ${value!}, or have the LimitRange changed.`,
    ]),
    evidence: ranges.map((each) =>
      quote('object', each, null, `spec.limits: ${JSON.stringify(recordAt(each, 'spec')['limits'])}`),
    ),
  };
}

function podSecurity({ ref }: WorkloadFacts, [, level]: readonly string[]) {
  return named('Namespace', null, ref.namespace, [
    prose`Set the fields that the message names in the pod template: namespace ${ref.namespace ?? ''} enforces the level ${level!}.`,
  ]);
}

function missing(kind: string, field: string): Reader {
  return ({ cluster, ref, object }, [, name]) => {
    const namespace = kind === 'ServiceAccount' ? ref.namespace : null;
    const path = podSpecPath(ref.kind);
    const isSet = object !== undefined && recordAt(podSpecOf(object))[field] !== undefined;
    const others = cluster.list(kind, namespace).map(({ metadata }) => metadata.name);
    const there = others.length === 0 ? prose`` : prose` There are: ${others.slice(0, 8).join(', ')}.`;
    return {
      ...named(kind, namespace, name!, [
        prose`Create ${describeRef({ kind, namespace, name: name! })}, or name one that exists in ${field}.${there}`,
      ]),
      blames: isSet && path !== null ? [{ object: ref, field: `${path}.${field}` }] : [],
    };
  };
}

function webhookUnavailable(_workload: WorkloadFacts, [, name, rest]: readonly string[]) {
  const [, service, namespace] = /https?:\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.svc/.exec(rest!) ?? [];
  return named(service ? 'Service' : 'Webhook', namespace ?? null, service ?? name!, [
    service
      ? prose`Repair what serves webhook ${name!}: kubectl get pods,endpoints -n ${namespace!} for Service ${service}.`
      : prose`Repair what serves webhook ${name!}.`,
  ]);
}

function webhookDenied(_workload: WorkloadFacts, [, webhook, policy]: readonly string[]) {
  return named(webhook ? 'Webhook' : 'ValidatingAdmissionPolicy', null, webhook || policy!, [
    prose`Change what the message names, or ask who owns the policy for an exception.`,
  ]);
}

function asRef({ apiVersion, kind, metadata }: ClusterObject): ObjectRef {
  return { apiVersion, kind, namespace: metadata.namespace ?? null, name: metadata.name };
}
