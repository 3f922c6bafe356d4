/**
 * Rule `quota-exceeded`: a ResourceQuota has no room for an object that git has and the cluster does not.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - The API server refuses an object that would take a quota beyond its limit. Whoever applies it is told so; the object itself never exists,
 *   so that no event is left. https://kubernetes.io/docs/concepts/policy/resource-quotas/#object-count-quota
 * - Claims count with what they request: https://kubernetes.io/docs/concepts/policy/resource-quotas/#storage-resource-quota
 * - Pods that a quota refuses are a matter of `create-failed`, which reads what their controller was told.
 */
import { claimsOf } from '../facts/claims.ts';
import { quote } from '../facts/observations.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import {
  describeRef,
  recordAt,
  recordsOf,
  refOf,
  type KubernetesObject,
  type ObjectRef,
} from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import { joinProse, prose, type Prose } from '../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../witnesses/commits.ts';
import { loweringOf } from '../witnesses/former-value.ts';
import { printAmount } from '../witnesses/quota-use.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { foresight } from './quota-exceeded/foresight.ts';

/** What a quota counts: the kind, and how much of it one object takes. */
interface Counted {
  readonly kind: string;
  /** Null for an object that does not count. */
  readonly amountOf: (object: KubernetesObject) => string | null;
}

export const quotaExceeded = defineRule({
  id: 'quota-exceeded',
  title: 'A quota has no room for an object that git has',
  phase: 'admission',
  semantics: [
    'https://kubernetes.io/docs/concepts/policy/resource-quotas/#object-count-quota',
    'https://kubernetes.io/docs/concepts/policy/resource-quotas/#storage-resource-quota',
  ],
  reads: [
    'ResourceQuota',
    'Pod',
    'Service',
    'PersistentVolumeClaim',
    'ConfigMap',
    'Deployment',
    'StatefulSet',
    'DaemonSet',
  ],
  on: 'ResourceQuota',
  causes: {
    'object-over-quota': {
      means: 'git renders an object, the cluster does not have it, and the quota is full',
      fix: 'none',
      outcome: 'declined',
    },
  },
  foresight,

  detect({ cluster, object }) {
    const tight = Object.keys(recordAt(object, 'spec', 'hard')).filter((resource) =>
      isTight(cluster, object, resource),
    );
    return tight.length === 0
      ? null
      : {
          tight,
          seenOn: [refOf(object)],
          firstSeen: parseTime(object.metadata.creationTimestamp) ?? cluster.now,
        };
  },

  *investigate({ cluster, object }, ask, { tight }) {
    const over: Over[] = [];
    for (const resource of tight) over.push(...(yield* overQuota(cluster, object, resource, ask)));
    const [first] = over;
    if (!first) return null;
    const quota = refOf(object);
    const fields = [...new Set(over.map(({ resource }) => `spec.hard["${resource}"]`))];
    const lowered = loweringOf(yield* ask.history(quota, fields[0]!));
    return diagnosis({
      cause: 'object-over-quota',
      summary: prose`${describeRef(quota)} has no room for ${joinProse(
        over.map(
          ({ ref, resource, amount, used, hard }) =>
            prose`${describeRef(ref)} (${`${resource}=${amount}`} requested, ${used} of ${hard} used)`,
        ),
        ', ',
      )}: git has it, and the cluster does not.`,
      because: [
        ...(lowered
          ? [
              prose`The quota was lowered from ${lowered.from} to ${lowered.to} in ${describeCommit(lowered.commit)}.`,
            ]
          : []),
        prose`The API server refuses whoever applies it, and records no event of that.`,
      ],
      evidence: [
        ...over.map(({ resource, used, hard }) =>
          quote('object', object, null, `${resource}: used ${used}, hard ${hard}`),
        ),
        ...over.map(({ ref, root }) => quoted('git', root, null, `renders ${describeRef(ref)}`)),
        ...(lowered ? [commitEvidence(lowered.commit, `lowered ${first.resource} to ${lowered.to}`)] : []),
      ],
      certainty: [0.85, prose`the quota is full, and the object is in git alone`],
      reason: prose`Whether the namespace gets more or takes less is for a person to decide: Faultline never raises a quota.`,
      blames: [
        ...over.map(({ ref, kindField }) => ({ object: ref, field: kindField })),
        ...fields.map((field) => ({ object: quota, field })),
      ],
      ...(lowered ? { introducedBy: lowered.commit } : {}),
      advice: adviceFor(quota, over),
    });
  },
});

const SIMPLE: Readonly<Record<string, string>> = {
  services: 'Service',
  persistentvolumeclaims: 'PersistentVolumeClaim',
  configmaps: 'ConfigMap',
  'deployments.apps': 'Deployment',
  'statefulsets.apps': 'StatefulSet',
};

function countedBy(resource: string): Counted | null {
  const kind = SIMPLE[resource.replace(/^count\//, '')];
  if (kind !== undefined) return { kind, amountOf: () => '1' };
  if (resource === 'services.loadbalancers' || resource === 'services.nodeports')
    return { kind: 'Service', amountOf: (service) => portsTaken(resource, service) };
  if (!resource.endsWith('requests.storage')) return null;
  const [, ofClass] = /^(.+)\.storageclass\.storage\.k8s\.io\//.exec(resource) ?? [];
  return {
    kind: 'PersistentVolumeClaim',
    amountOf: (claim) => {
      const { storageClassName, resources } = recordAt(claim, 'spec');
      if (ofClass !== undefined && storageClassName !== ofClass) return null;
      const size = recordAt({ resources }, 'resources', 'requests')['storage'];
      return size === undefined ? null : String(size);
    },
  };
}

/** Load balancers take node ports too. */
function portsTaken(resource: string, service: KubernetesObject): string | null {
  const { type, ports } = recordAt(service, 'spec');
  if (resource === 'services.loadbalancers') return type === 'LoadBalancer' ? '1' : null;
  return type === 'NodePort' || type === 'LoadBalancer' ? String(recordsOf(ports).length) : null;
}

/** Nothing more fits, or a pod waits for a claim that may be what does not fit. Quotas with scopes count pods alone. */
function isTight(cluster: ClusterState, quota: ClusterObject, resource: string): boolean {
  const counted = countedBy(resource);
  const namespace = quota.metadata.namespace ?? null;
  if (!counted || !cluster.isRecorded(counted.kind, namespace)) return false;
  const { hard, used } = usageOf(quota, resource);
  if (hard === null || used === null) return false;
  return resource.endsWith('requests.storage')
    ? claimsAwaited(cluster, namespace).length > 0
    : used + 1 > hard;
}

function usageOf(quota: KubernetesObject, resource: string) {
  const status = recordAt(quota, 'status');
  const texts = [recordAt(status, 'hard')[resource], recordAt(status, 'used')[resource]];
  const [hard = null, used = null] = texts.map(parseQuantity);
  return { hard, used, hardText: String(texts[0]), usedText: String(texts[1]) };
}

/** Claims that pods of a namespace name and that do not exist. */
function claimsAwaited(cluster: ClusterState, namespace: string | null): readonly string[] {
  const names = cluster.list('Pod', namespace).flatMap(claimsOf);
  return [...new Set(names)].filter(
    (name) => cluster.presence('PersistentVolumeClaim', namespace, name) === 'absent',
  );
}

/** An object of git that does not fit. */
interface Over {
  readonly ref: ObjectRef;
  readonly root: string;
  readonly resource: string;
  readonly amount: string;
  readonly used: string;
  readonly hard: string;
  /** The field that a reader looks for: what it takes, or its name. */
  readonly kindField: string;
}

/** Objects that are asked for at most. */
const MOST = 20;

function* overQuota(
  cluster: ClusterState,
  quota: ClusterObject,
  resource: string,
  ask: Ask,
): Asking<readonly Over[]> {
  const { kind, amountOf } = countedBy(resource)!;
  const namespace = quota.metadata.namespace ?? null;
  const rendered = (yield* ask.renderedKind(kind, namespace)) ?? [];
  const missing = rendered
    .filter(({ ref }) => cluster.presence(kind, namespace, ref.name) === 'absent')
    .slice(0, MOST);
  if (missing.length === 0) return [];
  const deployed = yield* rootsDeployed(cluster, namespace, ask);
  const here = missing.filter(({ root }) => deployed.has(root));
  const objects = yield* ask.each(here.map(({ ref }) => ask.rendered(ref)));
  const { hard, used, hardText, usedText } = usageOf(quota, resource);
  return here.flatMap(({ ref, root }, index): readonly Over[] => {
    const object = objects[index];
    const amount = object ? amountOf(object) : null;
    const wanted = parseQuantity(amount);
    if (amount === null || wanted === null || used! + wanted <= hard!) return [];
    const kindField = resource.endsWith('requests.storage')
      ? 'spec.resources.requests.storage'
      : 'metadata.name';
    return [{ ref, root, resource, amount, used: usedText, hard: hardText, kindField }];
  });
}

/** Roots with a workload or Service in this namespace of the cluster that no other root renders too: the others may be meant for other clusters. */
function* rootsDeployed(
  cluster: ClusterState,
  namespace: string | null,
  ask: Ask,
): Asking<ReadonlySet<string>> {
  const kinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Service'];
  const answers = yield* ask.each(kinds.map((kind) => ask.renderedKind(kind, namespace)));
  const live = answers
    .flatMap((rendered) => rendered ?? [])
    .filter(({ ref }) => cluster.presence(ref.kind, namespace, ref.name) === 'present');
  const byObject = Map.groupBy(live, ({ ref }) => `${ref.kind}/${ref.name}`);
  const alone = [...byObject.values()].filter((ones) => new Set(ones.map(({ root }) => root)).size === 1);
  return new Set(alone.map(([one]) => one!.root));
}

function adviceFor({ namespace, name }: ObjectRef, over: readonly Over[]): readonly Prose[] {
  const [{ ref, root, resource, amount, used, hard }] = over as readonly [Over];
  const free = (parseQuantity(hard) ?? 0) - (parseQuantity(used) ?? 0);
  const kinds = resourceName(ref.kind);
  return [
    ...(resource.endsWith('requests.storage') && free > 0
      ? [
          prose`Ask for at most the ${printAmount(resource, free)} that is free instead of ${amount}, in what ${root} renders.`,
        ]
      : []),
    prose`Delete ${kinds} that namespace ${namespace ?? ''} no longer needs: kubectl get ${kinds} -n ${namespace ?? ''}`,
    prose`Or have ${`${resource}=${hard}`} of the quota raised by the owner of the namespace, then apply ${root} again: kubectl describe resourcequota ${name} -n ${namespace ?? ''}`,
  ];
}

function resourceName(kind: string): string {
  return `${kind.toLowerCase()}s`;
}
