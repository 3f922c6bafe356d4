import type { ClusterState, MetricSeries } from '../../model/cluster-state.ts';
import { describeRef, refOf, type KubernetesObject, type ObjectRef } from '../../kubernetes/objects.ts';
import { describeBytes, parseQuantity } from '../../kubernetes/quantities.ts';
import type { ContainerFacts } from '../../facts/subjects.ts';
import { carriesCurrentTemplate, type TemplateAge } from '../../facts/rollout.ts';
import {
  containerPath,
  containersOf,
  podSpecOf,
  type PlacedContainer,
  type PodSpec,
} from '../../kubernetes/workloads.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import type { Ask } from '../../model/ask.ts';
import type { Seen } from '../define-rule.ts';
import { maximumOf, mergeSeries, quantileOf, valuesOf, type Samples } from '../../witnesses/series.ts';
import { inMemoryVolumes, type InMemoryVolume } from '../../witnesses/memory-volumes.ts';
import { javaHeapOf, type JavaHeap } from '../../witnesses/heap.ts';
import { couldBePodOf, countKills, type KillCount, type KilledContainer } from '../../witnesses/kills.ts';
import { claimIn, type LogClaim } from '../../witnesses/leak-log.ts';
import { settingsOf } from '../../witnesses/settings.ts';
import { toldBy, type Told } from '../../witnesses/memory-settings.ts';
import { hintsAtLeak, runsToTheLimit, shapeOf, type MemoryShape } from '../../witnesses/leak.ts';

/** Everything that is known about the kills, before anyone judges. Sizes are bytes. */
export interface Case {
  readonly cluster: ClusterState;
  /** The workload, and when the kills were seen, in milliseconds since the epoch. */
  readonly symptom: { readonly object: ObjectRef; readonly lastSeen: number };
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

/** The kills of one container, the worst first. */
export interface SeenKills extends Seen {
  readonly killed: readonly KilledContainer[];
}

/** What every investigation asks for first. */
export function questionsAbout({ workload, name }: ContainerFacts, { seenOn }: Seen, ask: Ask) {
  const namespace = workload.ref.namespace ?? '';
  const metric = (series: string, hours: number) =>
    ask.metric({ metric: series, labels: { namespace, container: name }, hours });
  const log = (previous: boolean) => ask.log({ namespace, pod: seenOn[0]!.name, container: name, previous });
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

type Answered = {
  readonly [Name in keyof ReturnType<typeof questionsAbout>]:
    (Name extends 'log' | 'currentLog' ? string : readonly MetricSeries[]) | null;
};

export function gather(
  { cluster, workload, name: container }: ContainerFacts,
  seenKills: SeenKills,
  told: Answered,
): Case {
  const seen = seenKills.killed;
  const symptom = { object: workload.ref, lastSeen: seenKills.lastSeen };
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
  const count = countKills(killed, { restarts: told.restarts, reasons: told.reasons }, cluster.now);
  const pods = killed.map(({ pod }) => pod.metadata.name);
  const memory = memoryUse(symptom.object, told.workingSet, told.latest, pods, enforced);
  const limitText = String(placed?.container.resources?.limits?.['memory'] ?? enforcedText ?? 'none');
  const place = {
    owner: symptom.object,
    path: owner && placed ? containerPath(owner.kind, placed) : null,
  };
  const heap = inPod && enforced !== null ? javaHeapOf(inPod, enforced, place, cluster) : null;
  const log = told.log;
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
    claim: claimIn(log ?? '') ?? claimIn(told.currentLog ?? ''),
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
