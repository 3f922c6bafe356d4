import type { Blocked } from '../facts/network-policies.ts';
import { quote } from '../facts/observations.ts';
import { describeTime } from '../kubernetes/durations.ts';
import { leavesOf } from '../kubernetes/leaves.ts';
import { describeRef, isRecord, recordAt, refOf, type ObjectRef } from '../kubernetes/objects.ts';
import {
  conditionsOf,
  containerStatuses,
  isReady,
  parseTime,
  podTemplatePath,
} from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Evidence } from '../model/evidence.ts';
import type { Blame, Culprit } from '../model/finding.ts';
import { listed, ownText, prose, type Prose } from '../untrusted/prose.ts';

/** What a program depends on and cannot use, as the cluster sees it. */
export interface Dependency {
  /** Sentences: what is behind the address, since when it is down, what blocks it. */
  readonly says: readonly Prose[];
  readonly evidence: readonly Evidence[];
  /** The variables that have the address; of policies the selectors that leave the pod out. */
  readonly blames: readonly Blame[];
  readonly advice: readonly Prose[];
  /** What may have a finding of its own: the workload behind the address, its Service. */
  readonly explainedBy: readonly Culprit[];
  /** NetworkPolicies that keep the connection from being made. */
  readonly blocked: Blocked | null;
}

export const NOTHING: Dependency = {
  says: [],
  evidence: [],
  blames: [],
  advice: [],
  explainedBy: [],
  blocked: null,
};

/** Where a Service selects nothing, the workload that would have its pods. */
export function withoutPods(
  cluster: ClusterState,
  service: ClusterObject,
  own: readonly Culprit[],
): Dependency {
  const ref = refOf(service);
  const { selector } = recordAt(service, 'spec');
  const workload = ['Deployment', 'StatefulSet']
    .flatMap((kind) => cluster.list(kind, ref.namespace))
    .find((one) => {
      const labels = recordAt(one, ...podTemplatePath(one.kind)!.split('.'), 'metadata', 'labels');
      return isRecord(selector) && Object.entries(selector).every(([key, value]) => labels[key] === value);
    });
  const isAtZero = workload !== undefined && recordAt(workload, 'spec')['replicas'] === 0;
  const by = workload ? describeRef(refOf(workload)) : '';
  return {
    ...NOTHING,
    says: [
      isAtZero
        ? prose`${describeRef(ref)} has no pods: ${by} is scaled to 0 replicas.`
        : prose`${describeRef(ref)} selects no pod${workload ? prose`, and ${by} has none` : ownText('')}.`,
    ],
    evidence: workload
      ? [
          quote(
            'object',
            workload,
            null,
            `spec.replicas: ${String(recordAt(workload, 'spec')['replicas'] ?? 1)}`,
          ),
        ]
      : [],
    advice: [
      isAtZero
        ? prose`Ask who scaled ${by} to 0 whether it is to run.`
        : prose`Find out why ${describeRef(ref)} has no pods: kubectl -n ${ref.namespace ?? ''} describe service ${ref.name}`,
    ],
    explainedBy: [...(workload ? [culprit(refOf(workload))] : []), ...own],
  };
}

export function ofPods(
  cluster: ClusterState,
  pods: readonly ClusterObject[],
  begin: Prose,
  own: readonly Culprit[],
): Dependency {
  const [first] = pods as readonly [ClusterObject];
  const owner = cluster.ownerOf(first).ref;
  const lost = pods.flatMap(lostAt);
  const since = lost.length > 0 ? prose` since ${describeTime(Math.max(...lost))}` : ownText('');
  const why = pods.flatMap(waitingOf)[0];
  const isDown = !pods.some(isReady);
  return {
    ...NOTHING,
    says: isDown
      ? [
          prose`${begin} ${describeRef(owner)}, which has had no Ready pod${since}${why ? prose` (${why})` : ownText('')}.`,
        ]
      : [],
    evidence: isDown
      ? pods
          .slice(0, 2)
          .map((pod) =>
            quote(
              'pod-status',
              pod,
              lostAt(pod)[0] ?? null,
              `not Ready${waitingOf(pod)[0] ? `: ${waitingOf(pod)[0]}` : ''}`,
            ),
          )
      : [],
    advice: isDown
      ? [
          prose`Repair ${describeRef(owner)} first: kubectl -n ${first.metadata.namespace ?? ''} describe pod ${first.metadata.name}`,
        ]
      : [],
    explainedBy: [culprit(owner), ...own],
  };
}

/** When a pod lost readiness, or was made without ever becoming Ready. */
function lostAt(pod: ClusterObject): readonly number[] {
  const ready = conditionsOf(pod).find(({ type }) => type === 'Ready');
  const at = parseTime(ready?.lastTransitionTime) ?? parseTime(pod.metadata.creationTimestamp);
  return at === null ? [] : [at];
}

/** `container db: CrashLoopBackOff` */
function waitingOf(pod: ClusterObject): readonly string[] {
  return containerStatuses(pod).flatMap(({ name, state }) => {
    const reason = state?.waiting?.reason ?? state?.terminated?.reason;
    return reason === undefined || reason === 'Completed' ? [] : [`container ${name}: ${reason}`];
  });
}

export function ofPolicies(
  blocked: Blocked,
  from: ClusterObject,
  to: ClusterObject | null,
  port: number | null,
): Dependency {
  const names = blocked.policies.map((policy) => describeRef(refOf(policy)));
  const isOne = names.length === 1;
  const on = port === null ? ownText('') : prose` on port ${port}`;
  const other = describeRef(refOf(from));
  const says =
    blocked.end === 'ingress' && to
      ? prose`${listed(names)} ${ownText(isOne ? 'selects' : 'select')} ${describeRef(refOf(to))} and ${ownText(isOne ? 'lets' : 'let')} nothing in from ${other}${on}.`
      : prose`${listed(names)} ${ownText(isOne ? 'selects' : 'select')} ${other} and ${ownText(isOne ? 'lets' : 'let')} nothing out${to ? prose` to ${describeRef(refOf(to))}` : ownText('')}${on}.`;
  const labels = Object.entries(from.metadata.labels ?? {})
    .filter(([key]) => !/hash|revision|generation/.test(key))
    .map(([key, value]) => `${key}=${value}`);
  return {
    ...NOTHING,
    says: [says],
    evidence: [
      quote('object', from, null, `metadata.labels: ${JSON.stringify(from.metadata.labels ?? {})}`),
      ...blocked.policies.map((policy) =>
        quote('object', policy, null, `spec: ${JSON.stringify(policy['spec'])}`),
      ),
    ],
    advice: [
      blocked.end === 'ingress'
        ? prose`Whoever owns ${listed(names)} decides whether pods with ${listed(labels)} may connect${on}.`
        : prose`Whoever owns ${listed(names)} decides whether these pods may connect${on}.`,
    ],
    blames: blocked.policies.flatMap((policy) => selectorOf(policy, blocked.end)),
    explainedBy: [],
    blocked,
  };
}

/** The first label that a rule of a policy asks for, or, without rules, that the policy selects by. */
function selectorOf(policy: ClusterObject, end: Blocked['end']): readonly Blame[] {
  const leaves = [...leavesOf(recordAt(policy, 'spec'), ['spec']).keys()];
  const labels = leaves.filter((field) => field.includes('matchLabels'));
  const field = labels.find((one) => one.startsWith(`spec.${end}`)) ?? labels[0];
  return field === undefined ? [] : [{ object: refOf(policy), field }];
}

function culprit({ kind, namespace, name }: ObjectRef): Culprit {
  return { kind, namespace, name };
}
