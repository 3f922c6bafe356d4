/**
 * Rule `memory-near-limit`: a container has been close to its memory limit for days, and was not killed yet.
 *
 * What Kubernetes does, and this rule relies on:
 *
 * - A container that reaches its memory limit is killed (OOMKilled); nothing warns of it before.
 * - The working set is what the kernel cannot take back at once: memory of the program, and file pages in use.
 * - A Java heap grows to its maximum and stays there by design: near its limit is no sign of a need.
 */
import type { ContainerFacts, ContainerInstance } from '../facts/subjects.ts';
import { DAY, describeDuration, describeTime, HOUR } from '../kubernetes/durations.ts';
import { describeRef, refOf, type Scalar } from '../kubernetes/objects.ts';
import { describeBytes, parseQuantity } from '../kubernetes/quantities.ts';
import { isReady, parseTime, type ContainerStatus } from '../kubernetes/workloads.ts';
import { changeOf } from '../model/change.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { quoted } from '../model/evidence.ts';
import { counted, ownText, plainText, prose, type Prose } from '../untrusted/prose.ts';
import { ownerOfLimit } from '../witnesses/field-owner.ts';
import { looksLikeJava } from '../witnesses/heap.ts';
import { againstMemory } from '../witnesses/memory-room.ts';
import { printLike } from '../witnesses/memory-size.ts';
import { sizedBy, vpaOpinion, withRecommendation } from '../witnesses/vpa.ts';
import { approach, type Approach } from '../witnesses/memory-approach.ts';
import { changedAutomatically } from '../witnesses/raised-before.ts';
import { chartOf } from '../witnesses/series.ts';
import { DECLINED, ESCALATED, MONITORED } from './causes.ts';
import { defineRule, type Conclusion } from './define-rule.ts';
import { ofCause } from './diagnosis.ts';
import { concludeRaise, type Raise } from './raise.ts';

const MEBIBYTES = 2 ** 20;

export const memoryNearLimit = defineRule({
  id: 'memory-near-limit',
  title: 'A container has been close to its memory limit for days',
  phase: 'runtime',
  semantics: [
    'https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/#exceed-a-container-s-memory-limit',
    'https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#node-out-of-memory-behavior',
  ],
  reads: [
    'Pod',
    'Event',
    'Node',
    'ConfigMap',
    'Deployment',
    'StatefulSet',
    'LimitRange',
    'ResourceQuota',
    'VerticalPodAutoscaler.v1.autoscaling.k8s.io',
    'NodePool.karpenter.sh',
    'ClusterPolicy.kyverno.io',
    'Policy.kyverno.io',
    'K8sContainerLimits.constraints.gatekeeper.sh',
  ],
  on: 'container',
  foresees: true,
  givesWayTo: ['oom-killed'],
  causes: {
    'fills-by-design': {
      ...MONITORED,
      means: 'a Java heap that has grown to its maximum',
      reason: prose`A heap that is as large as its option allows says nothing about what the program needs.`,
    },
    climbing: {
      ...ESCALATED,
      means: 'it climbs steadily, as a leak does',
      reason: prose`A larger limit would only be reached later: a leak is for the program's authors.`,
    },
    'owned-elsewhere': {
      ...DECLINED,
      means: 'another object gives the limit: a VerticalPodAutoscaler, a webhook, a LimitRange',
    },
    'waiting-for-sync': { ...MONITORED, means: 'git has a higher limit already' },
    drift: {
      ...ESCALATED,
      means: 'git has a higher limit, which was applied: something lowered it in the cluster',
      reason: prose`Git already has the larger limit.`,
    },
    'raised-before': { ...ESCALATED, means: 'the limit was changed automatically in the last seven days' },
    'no-room': { ...ESCALATED, means: 'quota, nodes or a policy cannot hold the higher limit' },
    'limit-too-low': {
      means: 'it stays on one level near the limit',
      fix: 'propose',
      terms: { settable: { to: 'amount' }, onlyWritten: true },
      outcome: 'fix, never merged automatically',
    },
  },

  detect({ cluster, instances }) {
    const limited = instances.filter(
      ({ pod, placed, status }) =>
        placed.role !== 'init' &&
        isReady(pod) &&
        limitOf({ placed }) !== null &&
        hasRunFor(cluster, status, DAY),
    );
    if (limited.length === 0) return null;
    return { limited, seenOn: limited.map(({ pod }) => refOf(pod)) };
  },

  *investigate(container, ask, { limited }) {
    const pods = new Map(limited.map((one) => [one.pod.metadata.name, one]));
    const limits = new Map([...pods].map(([pod, one]) => [pod, limitOf(one)!]));
    const found = yield* approach(container, limits, ask);
    if (!found) return null;
    const instance = pods.get(found.pod)!;
    if (found.days === 0 && looksLikeJava(instance.placed.container)) return null;
    const plain = outcomeFor(container, found, instance);
    if (plain) return { ...plain, ...aboutUse(container, found) };
    const { outcome, confidence } = yield* concludeRaise(
      higherLimit(container, found, ask.memoryFactor),
      ask,
    );
    return {
      ...outcome,
      ...aboutUse(container, found),
      evidence: [...aboutUse(container, found).evidence, ...(outcome.evidence ?? [])],
      blames: container.field('resources.limits.memory'),
      confidence: [{ factor: 0.85, reason: prose`its use was measured for days` }, confidence],
    };
  },
});

function hasRunFor(cluster: ClusterState, status: ContainerStatus | undefined, time: number): boolean {
  const started = parseTime(status?.state?.running?.startedAt);
  return started !== null && cluster.reached(started + time);
}

function limitOf({ placed }: Pick<ContainerInstance, 'placed'>): number | null {
  const limit = parseQuantity(placed.container.resources?.limits?.['memory']);
  return limit !== null && limit > 0 ? limit : null;
}

function aboutUse({ name }: ContainerFacts, { pod, p99, limit, days, since, samples, forecast }: Approach) {
  const over = days > 0 ? counted(days, 'day') : prose`${about(forecast!.measured)}`;
  return {
    firstSeen: since,
    evidence: [
      quoted(
        'metric',
        'container_memory_working_set_bytes',
        samples.at(-1)![0],
        `container ${name} of ${pod}: P99 ${describeBytes(p99)} of ${describeBytes(limit)} over ${plainText(over)}`,
      ),
    ],
    chart: chartOf(
      samples,
      {
        title: `Working set of ${pod}`,
        unit: 'MiB',
        line: { label: 'memory limit', value: Math.round(limit / MEBIBYTES) },
      },
      (bytes) => Math.round(bytes / MEBIBYTES),
    ),
  };
}

function summaryOf({ workload, name, cluster }: ContainerFacts, found: Approach): Prose {
  const { p99, limit, days, forecast } = found;
  if (days === 0)
    return prose`Container ${name} of ${describeRef(workload.ref)} uses ${describeBytes(forecast!.value)} of its memory limit of ${describeBytes(limit)} and reaches it in about ${about(forecast!.reachesAt - cluster.now)}, at ${describeBytes(forecast!.perHour)} an hour.`;
  return prose`Container ${name} of ${describeRef(workload.ref)} has used ${Math.round((100 * p99) / limit)} % of its memory limit of ${describeBytes(limit)} for ${counted(days, 'day')} (P99 ${describeBytes(p99)}), and is killed when it reaches it.`;
}

/** An estimate in whole hours, or in minutes below two of them. */
function about(milliseconds: number): string {
  return describeDuration(milliseconds < 2 * HOUR ? milliseconds : Math.round(milliseconds / HOUR) * HOUR);
}

/** How steadily it grows, and since when that was measured. */
function climbOf({ fullAt, perDay, days, forecast, alike, pods }: Approach): readonly Prose[] {
  const alone =
    pods > 1
      ? [prose`${alike} of ${counted(pods, 'measured pod')} ${ownText(alike === 1 ? 'grows' : 'grow')} so.`]
      : [];
  if (days === 0)
    return [
      prose`It has grown for ${about(forecast!.measured)} without falling back, so that it would be killed at about ${describeTime(fullAt!)}.`,
      ...alone,
    ];
  return [
    prose`It climbs by ${describeBytes(perDay)} a day without a pause, and reaches the limit at about ${describeTime(fullAt!)}.`,
  ];
}

/** What speaks against a higher limit before anybody asks for its history. */
function outcomeFor(
  container: ContainerFacts,
  found: Approach,
  instance: ContainerInstance,
): Conclusion | null {
  const { placed, name, workload } = container;
  const summary = summaryOf(container, found);
  const blames = container.field('resources.limits.memory');
  if (looksLikeJava(instance.placed.container))
    return ofCause({
      cause: 'fills-by-design',
      summary,
      evidence: [],
      certainty: [0.7, prose`the container starts a Java program`],
      blames,
      advice: [
        prose`Compare -Xmx (or MaxRAMPercentage) of container ${name} with the limit: what is beside the heap needs about a quarter of it.`,
      ],
    });
  if (found.fullAt !== null)
    return ofCause({
      cause: 'climbing',
      summary,
      because: climbOf(found),
      evidence: [],
      certainty: [0.8, prose`its use was measured for days`],
      blames,
      advice: [
        prose`Restart the pods before ${describeTime(found.fullAt)} (kubectl rollout restart ${`${workload.ref.kind.toLowerCase()}/${workload.ref.name}`} -n ${workload.ref.namespace ?? 'default'}), and take a heap profile of container ${name} to see what is kept.`,
      ],
    });
  const owner = placed ? ownerOfLimit(container, instance, found.limit) : null;
  const written = container.value('resources.limits.memory');
  if (owner || typeof written !== 'string')
    return ofCause({
      cause: 'owned-elsewhere',
      summary,
      because: [owner?.says ?? prose`The template does not give the limit.`],
      evidence: [...(owner?.evidence ?? [])],
      certainty: [0.8, prose`its use was measured for days`],
      reason: owner?.reason ?? prose`Where the limit is set has to be found first.`,
      blames: owner?.blames ?? blames,
      advice: owner?.advice ?? [
        prose`Give container ${name} a memory limit of its own above ${describeBytes(found.p99)}.`,
      ],
    });
  return null;
}

function higherLimit(container: ContainerFacts, found: Approach, memoryFactor: number): Raise {
  const { workload, cluster, path } = container;
  const { limit, p99 } = found;
  const written = String(container.value('resources.limits.memory'));
  const requested = container.value('resources.requests.memory');
  const request = parseQuantity(requested);
  const opinion = vpaOpinion(cluster, workload.ref, container.name);
  const { size, vpa } = withRecommendation({ limit, request, p99, recommendedRequest: null }, opinion);
  const next = printLike(written, size.limit);
  const field = `${path!}.resources`;
  return {
    noun: 'limit',
    object: workload.ref,
    field: `${field}.limits.memory`,
    amount: limit,
    written,
    next,
    shown: describeBytes,
    summary: summaryOf(container, found),
    rootCause: prose`${summaryOf(container, found)} It stays on that level: over ${counted(found.days, 'day')} it moved by ${describeBytes(Math.abs(found.perDay))} a day.`,
    causes: { waiting: 'waiting-for-sync', tooSmall: 'limit-too-low' },
    raisedBefore: (authorship) => changedAutomatically(authorship, 'limit', cluster.now),
    against: () => againstMemory(container, size),
    doubt: (chosen) =>
      size.limit >= memoryFactor * chosen && chosen >= 256 * MEBIBYTES
        ? prose`${next} is at least ${memoryFactor} times ${describeBytes(chosen)}, the last value that a person chose: a person has to agree to that much.`
        : null,
    fix: {
      reason: vpa
        ? sizedBy(vpa)
        : prose`Its P99 is within a tenth of the limit; the new limit has room for the load to grow by a third.`,
      evidence: vpa ? [vpa.evidence] : [],
      guards: [{ kind: 'no-auto-merge', reason: prose`Nothing fails yet, and the pods are recreated.` }],
      changes: [
        changeOf<Scalar>(workload.ref, `${field}.limits.memory`, written, next),
        ...(request !== null && size.request !== null && size.request !== request
          ? [
              changeOf<Scalar>(
                workload.ref,
                `${field}.requests.memory`,
                String(requested),
                printLike(requested, size.request),
              ),
            ]
          : []),
      ],
      advice: [
        prose`Watch whether the working set stays below ${describeBytes(size.limit)}; if it follows the limit, it is a cache or a leak.`,
      ],
    },
  };
}
