import type { ClusterVersions } from '../kubernetes/cluster-versions.ts';
import type { KubernetesObject, ObjectRef } from '../kubernetes/objects.ts';
import type { MaskedObject, MaskedText } from '../untrusted/masked.ts';
import type { RememberedState } from './remembered-state.ts';
import type { Tracking } from './tracking.ts';

/** An object of the cluster as everybody but the edge sees it: its messages are masked. */
export type ClusterObject = MaskedObject<KubernetesObject>;

/** Whether an object exists. Unknown when its kind was not recorded or may not be read there: never the same as absent. */
export type Presence = 'present' | 'absent' | 'unknown';

/**
 * Everything read from one cluster at one moment, as values. Kinds are given without their group (`Deployment`).
 * All lists are sorted by namespace and name.
 */
export interface ClusterState {
  /** The cluster's name, as in the configuration: `prod-eu`. */
  readonly name: string;
  /** Milliseconds since the epoch: the clock that all ages and windows are measured with. */
  readonly now: number;
  /** Whether a moment (milliseconds since the epoch) has come. What depends on the time asks this, so that it is known when to ask again. */
  reached(time: number): boolean;
  /** Files or kinds that could not be read, in words for people. */
  readonly problems: readonly ClusterProblem[];
  /** What it runs and serves. */
  readonly versions: ClusterVersions;
  kinds(): readonly string[];
  /** The namespaces that have objects of this kind, sorted; null stands for objects without one. */
  namespacesOf(kind: string): readonly (string | null)[];
  /** Objects of one kind, in one namespace (null: cluster-scoped only; left out: everywhere). */
  list(kind: string, namespace?: string | null): readonly ClusterObject[];
  get(kind: string, namespace: string | null, name: string): ClusterObject | undefined;
  byUid(uid: string): ClusterObject | undefined;
  presence(kind: string, namespace: string | null, name: string): Presence;
  /** True when every object of this kind in this namespace was read: none is missing, and none was set aside. */
  isRecorded(kind: string, namespace: string | null): boolean;
  /** Events about an object, oldest first by their last time; matched by uid where both have one, else by kind, namespace and name. */
  eventsOf(object: KubernetesObject): readonly ClusterEvent[];
  /** The topmost owner that is known: pod → ReplicaSet → Deployment, pod → Job → CronJob, …; the object itself without owners. */
  ownerOf(object: KubernetesObject): Owner;
  /** Pods whose topmost owner is this object. */
  podsOf(owner: ObjectRef): readonly ClusterObject[];
  /** What earlier readings showed and this one need not. Left out: nothing is remembered. */
  readonly remembered?: RememberedState | undefined;
  /** What `work` makes of the cluster, worked out once under this name. Left out: it is worked out once for each state. */
  derived?<Value>(name: string, work: (cluster: ClusterState) => Value): Value;
  /** Left out: what was read of the state is not known, and neither is what has changed since an earlier one. */
  readonly tracking?: Tracking<ClusterState> | undefined;
}

export interface ClusterProblem {
  /** File or API path. */
  readonly where: string;
  readonly message: string;
}

/** An event of `v1` or `events.k8s.io/v1`, with its times unified. Times are milliseconds since the epoch. */
export interface ClusterEvent {
  readonly reason: string;
  readonly type: 'Normal' | 'Warning';
  readonly message: MaskedText;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly count: number;
  readonly involved: ObjectRef;
  /** The container of `spec.containers{name}` field paths, else null. */
  readonly container: string | null;
  readonly reporter: string;
  /** The cluster has dropped it; an earlier scan saw it. Left out: the cluster has it. */
  readonly isRemembered?: true;
}

/** Where the climb up the owner references ended. */
export interface Owner {
  readonly ref: ObjectRef;
  /** The owner as it lives in the cluster; undefined when an owner reference names something that was not recorded. */
  readonly object: ClusterObject | undefined;
  /** From the object climbed from (first) to the topmost owner (last). */
  readonly chain: readonly ObjectRef[];
}

/** One series of a range query: samples oldest first. */
export interface MetricSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, and the value. */
  readonly samples: readonly (readonly [number, number])[];
}

/** Where logs and metrics of a cluster come from: the recorded folder, or the live API and Prometheus. */
export interface ClusterSource {
  /** True when a log costs no request, so that logs of workloads that seem healthy can be read too. */
  readonly isRecorded: boolean;
  /** Reads all objects that rules use. */
  read(): Promise<ClusterState>;
  /** The log's last lines (at most 256 KiB), masked before anything is cut from them, or null when there is none to be had. */
  log(request: LogRequest): Promise<MaskedText | null>;
  /** One object read anew, with its managed fields; null where it is not there, or may not be read. Left out: it cannot be asked. */
  object?(ref: ObjectRef): Promise<KubernetesObject | null>;
  /** The CustomResourceDefinition of a kind; null where it is not known. Left out: none is. */
  definition?(apiVersion: string, kind: string): Promise<KubernetesObject | null>;
  /** Series whose name and labels match, over the hours before `now`; null when metrics cannot be asked at all. */
  metric(request: MetricRequest, now: number): Promise<readonly MetricSeries[] | null>;
  /** Series of all that may be worth a rule's attention for a purpose; null when metrics cannot be asked at all. Left out: they cannot. */
  candidates?(purpose: Purpose, now: number): Promise<readonly MetricSeries[] | null>;
  /** What the containers of a pod use now, by metrics-server; null where it does not tell. Left out: it cannot be asked. */
  usage?(namespace: string, pod: string): Promise<readonly ContainerUsage[] | null>;
}

/** What a container uses at one moment, as metrics-server has it: an average over its window, and no more than one sample. */
export interface ContainerUsage {
  readonly container: string;
  /** Bytes of its working set; null where it is not told. */
  readonly memory: number | null;
  /** Cores; null likewise. */
  readonly cpu: number | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * What metrics of the whole cluster are asked for, in one query each: containers near their memory limit, and on the way to it, volumes
 * that fill, containers whose processor time
 * is throttled, autoscalers that reached their maximum, the latency of all services, and TCP segments that nodes send again.
 */
export type Purpose =
  | 'memory-near-limit'
  | 'memory-trend'
  | 'volumes-filling'
  | 'cpu-throttled'
  | 'maximum-reached'
  | 'service-latency'
  | 'node-retransmits';

export interface LogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
}

export interface MetricRequest {
  /** `container_memory_working_set_bytes` */
  readonly metric: string;
  /** Exact label values. */
  readonly labels: Readonly<Record<string, string>>;
  readonly hours: number;
  /**
   * Labels that tell series apart. Those that differ in other labels alone (the runs of a container, two Prometheus that scrape the same)
   * are one series, with the highest value of each time. Left out: all labels count.
   */
  readonly by?: readonly string[];
  /** One value for each series in place of its samples, at the end of the hours. */
  readonly over?: Summary;
  /** The hours so many weeks ago; the samples have the times of this week. Left out: the hours before now. */
  readonly weeksAgo?: number;
}

/**
 * `p99`: what 99 % of the samples stay below. `maximum`: the highest of them. `measured`: for how many seconds there was a sample in the hour
 * before.
 */
export type Summary = 'p99' | 'maximum' | 'measured';
