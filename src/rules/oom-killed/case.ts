import type { ClusterState, MetricSeries } from '../../model/cluster-state.ts';
import { describeRef, refOf, type KubernetesObject, type ObjectRef } from '../../kubernetes/objects.ts';
import { describeBytes, parseQuantity } from '../../kubernetes/quantities.ts';
import { carriesCurrentTemplate, type TemplateAge } from '../../kubernetes/rollout.ts';
import {
  containerPath,
  containersOf,
  podSpecOf,
  type PlacedContainer,
  type PodSpec,
} from '../../kubernetes/workloads.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import type { Need } from '../../model/need.ts';
import type { Symptom, View } from '../rule.ts';
import { maximumOf, mergeSeries, quantileOf, valuesOf, type Samples } from '../sizing/series.ts';
import { inMemoryVolumes, type InMemoryVolume } from './in-memory-volumes.ts';
import { javaHeapOf, type JavaHeap } from './jvm.ts';
import {
  couldBePodOf,
  countKills,
  killedContainersOf,
  type KillCount,
  type KilledContainer,
} from './kills.ts';
import { claimIn, type LogClaim } from './log.ts';
import { settingsOf } from './settings.ts';
import { toldBy, type Told } from './told.ts';
import { hintsAtLeak, runsToTheLimit, shapeOf, type MemoryShape } from './leak.ts';

/** Everything that is known about the kills, before anyone judges. Sizes are bytes. */
export interface Case {
  readonly cluster: ClusterState;
  readonly symptom: Symptom;
  readonly container: string;
  /**
   * Those that were killed and are not known to carry an outdated template, the worst first; else all that were killed; else
   * those that survived.
   */
  readonly killed: readonly KilledContainer[];
  /** How the template of the worst of them compares with the owner's. */
  readonly age: TemplateAge;
  readonly count: KillCount;
  readonly owner: KubernetesObject | undefined;
  readonly template: PodSpec | undefined;
  /** The container in the owner's template; undefined where something else added it to the pod. */
  readonly placed: PlacedContainer | undefined;
  /** The limit that the killed pod really has; null without one. */
  readonly enforced: number | null;
  /** As the template (or else the pod) writes it: `512Mi`. */
  readonly limitText: string;
  readonly memory: MemoryUse;
  readonly heap: JavaHeap | null;
  /** What command, environment and scripts say about memory. */
  readonly told: readonly Told[];
  /** What the log says about growing memory. */
  readonly claim: LogClaim | null;
  readonly inMemory: readonly InMemoryVolume[];
  readonly evidence: readonly Evidence[];
}

/** The working set of the container, as far as it was measured. */
export interface MemoryUse {
  readonly byPod: ReadonlyMap<string, Samples>;
  /** Of the worst pod over seven days; null when not measured. */
  readonly p99: number | null;
  readonly maximum: number | null;
  readonly shape: MemoryShape;
  /** What was measured is too little to call it a leak, and looks like one. */
  readonly mayLeak: boolean;
}

/** What every investigation asks for first. */
export interface Asked {
  readonly log: Extract<Need, { kind: 'log' }>;
  readonly currentLog: Extract<Need, { kind: 'log' }>;
  readonly workingSet: Extract<Need, { kind: 'metric' }>;
  readonly latest: Extract<Need, { kind: 'metric' }>;
  readonly restarts: Extract<Need, { kind: 'metric' }>;
  readonly reasons: Extract<Need, { kind: 'metric' }>;
}

export function needsOf({ object, container, seenOn }: Symptom): Asked {
  const namespace = object.namespace ?? '';
  const metric = (name: string, hours: number) =>
    ({ kind: 'metric', metric: name, labels: { namespace, container: container! }, hours }) as const;
  const log = (previous: boolean) =>
    ({ kind: 'log', namespace, pod: seenOn[0]!.name, container: container!, previous }) as const;
  return {
    log: log(true),
    currentLog: log(false),
    workingSet: metric('container_memory_working_set_bytes', 7 * 24),
    // The same again: a source that thins long ranges shows every minute of this one.
    latest: metric('container_memory_working_set_bytes', 6),
    restarts: metric('kube_pod_container_status_restarts_total', 6),
    reasons: metric('kube_pod_container_status_last_terminated_reason', 6),
  };
}

export function gather(symptom: Symptom, view: View, asked: Asked): Case {
  const { cluster } = view;
  const container = symptom.container!;
  const seen = symptom.seenOn.flatMap((ref) => {
    const pod = cluster.get('Pod', ref.namespace, ref.name);
    return pod ? killedContainersOf(pod, cluster).filter(({ status }) => status.name === container) : [];
  });
  const dead = seen.filter(({ kills }) => kills.length > 0);
  const eligible = dead.filter(({ pod }) => carriesCurrentTemplate(cluster, pod) !== 'outdated');
  const killed = [eligible, dead].find((some) => some.length > 0) ?? seen;
  const age = carriesCurrentTemplate(cluster, killed[0]!.pod);
  const owner = cluster.ownerOf(killed[0]!.pod).object;
  const template = owner && podSpecOf(owner);
  const placed = containersOf(template).find((one) => one.container.name === container);
  const inPod = containersOf(podSpecOf(killed[0]!.pod)).find(
    (one) => one.container.name === container,
  )?.container;
  const enforcedText = inPod?.resources?.limits?.['memory'];
  const enforced = parseQuantity(enforcedText);
  const count = countKills(
    killed,
    { restarts: view.answer(asked.restarts), reasons: view.answer(asked.reasons) },
    cluster.now,
  );
  const pods = killed.map(({ pod }) => pod.metadata.name);
  const memory = memoryUse(
    symptom.object,
    view.answer(asked.workingSet),
    view.answer(asked.latest),
    pods,
    enforced,
  );
  const limitText = String(placed?.container.resources?.limits?.['memory'] ?? enforcedText ?? 'none');
  const place = {
    owner: symptom.object,
    path: owner && placed ? containerPath(owner.kind, placed) : null,
  };
  const heap = inPod && enforced !== null ? javaHeapOf(inPod, enforced, place, cluster) : null;
  const log = view.answer(asked.log);
  const known = {
    cluster,
    symptom,
    container,
    killed,
    age,
    count,
    owner,
    template,
    placed,
    enforced,
    limitText,
    memory,
    heap,
    // The template's words where it has them: they are what git could hold.
    told: toldBy(settingsOf(placed?.container ?? inPod ?? { name: container }, template, place, cluster)),
    claim: claimIn(log ?? '') ?? claimIn(view.answer(asked.currentLog) ?? ''),
    inMemory: inMemoryVolumes(inPod ?? { name: container }, podSpecOf(killed[0]!.pod)),
  };
  return { ...known, evidence: evidenceOf(known, log) };
}

function memoryUse(
  owner: ObjectRef,
  week: readonly MetricSeries[] | null,
  latest: readonly MetricSeries[] | null,
  killed: readonly string[],
  limit: number | null,
): MemoryUse {
  const overWeek = samplesByPod(owner, week);
  const closely = samplesByPod(owner, latest);
  const values = [...overWeek.values()].map(valuesOf);
  const byPod = new Map(
    [...overWeek.keys(), ...closely.keys()].map((pod) => [pod, joined(overWeek.get(pod), closely.get(pod))]),
  );
  // Pods of the past may have run another version: only those that were killed tell how this one behaves.
  const runs = limit === null ? [] : killed.flatMap((pod) => runsToTheLimit(byPod.get(pod) ?? [], limit));
  return {
    byPod,
    p99: values.length === 0 ? null : maximumOf(values.map((one) => quantileOf(one, 0.99))),
    maximum: values.length === 0 ? null : maximumOf(values.map(maximumOf)),
    shape: shapeOf(runs),
    mayLeak: limit !== null && hintsAtLeak(runs, limit),
  };
}

/** The samples of each pod of the owner, those of the past included. */
function samplesByPod(
  owner: ObjectRef,
  series: readonly MetricSeries[] | null,
): ReadonlyMap<string, Samples> {
  const byPod = new Map<string, MetricSeries[]>();
  for (const one of series ?? []) {
    const pod = one.labels['pod'] ?? '';
    if (one.samples.length > 0 && couldBePodOf(owner, pod)) byPod.set(pod, [...(byPod.get(pod) ?? []), one]);
  }
  return new Map([...byPod].map(([pod, own]) => [pod, mergeSeries(own)]));
}

/** The coarse samples up to where the fine ones begin, then those. */
function joined(coarse: Samples = [], fine: Samples = []): Samples {
  const from = fine[0]?.[0] ?? Number.POSITIVE_INFINITY;
  return [...coarse.filter(([at]) => at < from), ...fine];
}

function evidenceOf(known: Omit<Case, 'evidence'>, log: string | null): readonly Evidence[] {
  const { killed, container, cluster } = known;
  return [
    ...killed.slice(0, 5).flatMap(({ pod, status, kills, survived }) =>
      [...kills, ...survived].slice(0, 1).map(({ at, terminated }): Evidence => {
        const where = status.state?.terminated === terminated ? 'state' : 'lastState';
        const text = `container ${container}: ${where}.terminated.reason: ${terminated.reason ?? 'none'}, exitCode: ${terminated.exitCode ?? 'none'}, restartCount: ${status.restartCount ?? 0}`;
        return quoted('pod-status', pod, at, text);
      }),
    ),
    ...templateEvidence(known),
    ...metricEvidence(known.memory, cluster.now),
    ...logEvidence(known, log),
  ];
}

function templateEvidence({ owner, placed }: Pick<Case, 'owner' | 'placed'>): readonly Evidence[] {
  if (!owner || !placed) return [];
  const { limits, requests } = placed.container.resources ?? {};
  const text = `container ${placed.container.name}: resources.limits.memory: ${String(limits?.['memory'] ?? 'none')}, resources.requests.memory: ${String(requests?.['memory'] ?? 'none')}`;
  return [quoted('object', owner, null, text)];
}

function metricEvidence({ p99, maximum, byPod }: MemoryUse, now: number): readonly Evidence[] {
  if (p99 === null || maximum === null) return [];
  const worst = byPod.size === 1 ? '' : ` (the worst of ${byPod.size} pods)`;
  const text = `P99 over 7 days ${describeBytes(p99)}, maximum ${describeBytes(maximum)}${worst}`;
  return [quoted('metric', 'container_memory_working_set_bytes', now, text)];
}

/** The last line before the kill: usually what the program was doing. */
function logEvidence(
  { killed, container }: Pick<Case, 'killed' | 'container'>,
  log: string | null,
): readonly Evidence[] {
  const line = log?.trimEnd().split('\n').at(-1)?.trim();
  if (!line) return [];
  const pod = describeRef(refOf(killed[0]!.pod));
  return [quoted('log', `${pod} ${container} (previous)`, null, `the last line before the end: ${line}`)];
}
