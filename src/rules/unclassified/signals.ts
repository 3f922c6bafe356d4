import { sinceOf, unreadyCondition } from '../../facts/conditions.ts';
import { derived } from '../../facts/derived.ts';
import { missingReferences } from '../../facts/named-objects.ts';
import { contextOf } from '../../facts/container-context.ts';
import { endedPods } from '../../facts/ended-pods.ts';
import { failuresOf } from '../../facts/container-failures.ts';
import {
  ageOf,
  isOlder,
  conditionsIn,
  quote,
  quoteCondition,
  quoteEvent,
  warningsOf,
} from '../../facts/observations.ts';
import {
  containersIn,
  namespacesWithWorkloads,
  workloadsOf,
  type ContainerFacts,
  type WorkloadFacts,
} from '../../facts/subjects.ts';
import { DAY, HOUR, MINUTE } from '../../kubernetes/durations.ts';
import { groupOf, recordAt, type KubernetesObject, type ObjectRef } from '../../kubernetes/objects.ts';
import { containerStatuses, parseTime } from '../../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../../model/cluster-state.ts';
import type { Evidence } from '../../model/evidence.ts';
import { counted, inBrackets, prose, saying, type Prose } from '../../untrusted/prose.ts';
import { CERTIFICATE_KINDS, FLUX_KINDS, KEDA_KINDS, SECRET_KINDS } from '../custom-kinds.ts';

/** One thing that is visibly wrong. Times are milliseconds since the epoch. */
export interface Signal {
  readonly cause:
    | 'container-error'
    | 'init-waiting'
    | 'container-creating'
    | 'pod-failed'
    | 'condition'
    | 'rollout-stalled';
  /** What the incident is about: the topmost owner. */
  readonly owner: ObjectRef;
  readonly container: string | null;
  /** The object that shows it. */
  readonly on: ClusterObject;
  /** A clause without a full stop. */
  readonly says: Prose;
  readonly evidence: readonly Evidence[];
  readonly firstSeen: number;
  /** null: now. */
  readonly lastSeen: number | null;
  readonly occurrences: number;
}

function signal(
  cluster: ClusterState,
  given: Pick<Signal, 'cause' | 'owner' | 'on' | 'says' | 'evidence'> & Partial<Signal>,
): Signal {
  const firstSeen = parseTime(given.on.metadata.creationTimestamp) ?? cluster.now;
  return { container: null, firstSeen, lastSeen: null, occurrences: 1, ...given };
}

/** How long an init container may run, and containers may be created, before it is worth a word. */
const LONG = 10 * MINUTE;
const STARTING = new Set(['ContainerCreating', 'PodInitializing']);
const FIELDS = ['image', 'command', 'args', 'securityContext'];

function workloadSignals(workload: WorkloadFacts): readonly Signal[] {
  return [
    ...containersIn(workload).flatMap((container) => [...refused(container), ...initWaiting(container)]),
    ...creating(workload),
    ...failed(workload),
    ...stalled(workload),
  ];
}

export function signalsOfWorkloads(cluster: ClusterState): readonly Signal[] {
  return namespacesWithWorkloads(cluster).flatMap((namespace) =>
    derived(cluster, `signals of ${namespace ?? ''}`, (given) =>
      workloadsOf(given, namespace).flatMap(workloadSignals),
    ),
  );
}

function refused(container: ContainerFacts): readonly Signal[] {
  const { cluster, workload, name } = container;
  return failuresOf(container)
    .filter(({ kind }) => kind === 'refused')
    .map(({ pod, status, waiting, message, evidence }) =>
      signal(cluster, {
        cause: 'container-error',
        owner: workload.ref,
        on: pod,
        container: name,
        says: prose`container ${name} waits with ${waiting ?? ''}${saying(message)}`,
        evidence: [...evidence, ...contextOf(cluster, pod, name, FIELDS)],
        occurrences: Math.max(1, status.restartCount ?? 0),
      }),
    );
}

function initWaiting({ cluster, workload, name, instances }: ContainerFacts): readonly Signal[] {
  return instances.flatMap(({ pod, placed, status }) => {
    const started = parseTime(status?.state?.running?.startedAt);
    const isLong = started !== null && cluster.reached(started + LONG);
    if (placed.role !== 'init' || !isLong || !workload.activePods.includes(pod)) return [];
    return [
      signal(cluster, {
        cause: 'init-waiting',
        owner: workload.ref,
        on: pod,
        container: name,
        firstSeen: started,
        says: prose`init container ${name} has been running for ${minutes(cluster.now - started)}, and the pod waits for it`,
        evidence: [
          quote('pod-status', pod, started, `init container ${name} running; the other containers wait`),
          ...contextOf(cluster, pod, name, FIELDS),
        ],
      }),
    ];
  });
}

/** Pods with a node whose containers are not created, and none of which has started yet. */
function creating({ cluster, ref, activePods }: WorkloadFacts): readonly Signal[] {
  return activePods.flatMap((pod) => {
    const statuses = containerStatuses(pod);
    const isCreating = statuses.some(({ state }) => STARTING.has(state?.waiting?.reason ?? ''));
    const hasStarted = statuses.some(({ state }) => state?.running ?? state?.terminated);
    const warnings = warningsOf(cluster, pod, 15 * MINUTE);
    const patience = warnings.length > 0 ? 2 * MINUTE : LONG;
    const { creationTimestamp } = pod.metadata;
    if (!isCreating || hasStarted || !isOlder(cluster, creationTimestamp, patience)) return [];
    const age = ageOf(cluster, creationTimestamp);
    const [first] = warnings;
    const says = first
      ? prose`its containers cannot be created: ${first.reason}${saying(first.message)}`
      : prose`its containers have been in ContainerCreating for ${minutes(age)}, and no event says why`;
    const evidence = first
      ? warnings.slice(0, 4).map((event) => quoteEvent(pod, event))
      : [quote('pod-status', pod, null, 'ContainerCreating')];
    const occurrences = Math.max(1, ...warnings.map(({ count }) => count));
    return [
      signal(cluster, { cause: 'container-creating', owner: ref, on: pod, says, evidence, occurrences }),
    ];
  });
}

function minutes(milliseconds: number): Prose {
  return counted(Math.round(milliseconds / MINUTE), 'minute');
}

/** Whole pods that ended, unless enough others have taken their place. Evictions and Jobs have rules of their own. */
function failed(workload: WorkloadFacts): readonly Signal[] {
  const { cluster, ref } = workload;
  return endedPods(workload, /^(?!Evicted$|Preempting$)/)
    .filter(({ pod }) => !cluster.ownerOf(pod).chain.some(({ kind }) => kind === 'Job'))
    .map(({ pod, reason, message, at }) =>
      signal(cluster, {
        cause: 'pod-failed',
        owner: ref,
        on: pod,
        says: prose`pod ${pod.metadata.name} failed${inBrackets(reason === '' ? undefined : reason)}${saying(message)}`,
        evidence: [
          quote('pod-status', pod, at, `phase Failed, reason ${reason || 'none'}: ${message}`),
          ...warningsOf(cluster, pod, DAY)
            .slice(0, 2)
            .map((event) => quoteEvent(pod, event)),
        ],
        ...(at !== null && { firstSeen: at, lastSeen: at }),
      }),
    );
}

/** https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment */
function stalled({ cluster, ref, makers }: WorkloadFacts): readonly Signal[] {
  return makers.flatMap((maker) => {
    const condition = conditionsIn(maker).find(
      ({ type, status }) => type === 'Progressing' && status === 'False',
    );
    const isStalled = maker.kind === 'Deployment' && condition?.reason === 'ProgressDeadlineExceeded';
    if (!isStalled || recordAt(maker, 'spec')['replicas'] === 0) return [];
    return [
      signal(cluster, {
        cause: 'rollout-stalled',
        owner: ref,
        on: maker,
        says: prose`its rollout made no progress within the deadline${saying(condition.message ?? condition.reason)}`,
        evidence: [quoteCondition(maker, condition)],
        firstSeen: parseTime(condition.lastTransitionTime) ?? cluster.now,
      }),
    ];
  });
}

const BUILT_IN_GROUPS = new Set(['', 'apps', 'batch', 'autoscaling', 'policy', 'extensions']);
/** Kinds that have rules of their own. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set([
  ...FLUX_KINDS,
  ...KEDA_KINDS,
  ...SECRET_KINDS,
  ...CERTIFICATE_KINDS,
]);

/** Custom resources whose controller says for a while that they are not as they should be. */
export function customSignals(cluster: ClusterState): readonly Signal[] {
  return cluster.kinds().flatMap((kind) =>
    NEVER_CUSTOM.has(kind)
      ? []
      : derived(cluster, `signals of kind ${kind}`, (given) =>
          given
            .list(kind)
            .filter((object) => isCustom(object))
            .flatMap((object) => customSignal(given, object)),
        ),
  );
}

/** The kinds of which clusters have most; a custom resource of such a name is listed with its group. */
const NEVER_CUSTOM: ReadonlySet<string> = new Set(['Pod', 'Event', 'ReplicaSet', 'ConfigMap', 'Deployment']);

function customSignal(cluster: ClusterState, object: ClusterObject): readonly Signal[] {
  const condition = unreadyCondition(cluster, object);
  if (!condition) return [];
  const events = warningsOf(cluster, object, HOUR);
  return [
    signal(cluster, {
      cause: 'condition',
      owner: cluster.ownerOf(object).ref,
      on: object,
      says: prose`its condition ${condition.type} is ${condition.status}${inBrackets(condition.reason)}${saying(condition.message)}`,
      evidence: [
        quoteCondition(object, condition),
        ...events.slice(0, 3).map((event) => quoteEvent(object, event)),
        ...missingReferences(cluster, object).map(({ evidence }) => evidence),
      ],
      firstSeen: sinceOf(condition, cluster),
      occurrences: Math.max(1, ...events.map(({ count }) => count)),
    }),
  ];
}

/** Kinds that someone added to the cluster: their groups are domain names of others. */
function isCustom({ apiVersion, kind }: KubernetesObject): boolean {
  const group = groupOf(apiVersion);
  return !BUILT_IN_GROUPS.has(group) && !group.endsWith('.k8s.io') && !TOLD_ELSEWHERE.has(kind);
}
