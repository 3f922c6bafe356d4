import type { ClusterEvent, ClusterState } from '../model/cluster-state.ts';
import type { ContainerInstance } from './subjects.ts';
import { MINUTE } from '../kubernetes/durations.ts';
import { recordAt, type KubernetesObject } from '../kubernetes/objects.ts';
import {
  conditionsOf,
  containersOf,
  containerStatuses,
  isReady,
  parseTime,
  podSpecOf,
  type ContainerStatus,
  type PlacedContainer,
} from '../kubernetes/workloads.ts';
import { classifyPullFailure, isTransient, type PullError } from './pull-errors.ts';

/** One thing that the kubelet said about an image that it cannot pull. Times are milliseconds since the epoch. */
export interface Report {
  readonly source: 'pod-status' | 'event';
  readonly pod: KubernetesObject;
  readonly reason: string;
  /** The whole message, as the kubelet wrote it. */
  readonly message: string;
  readonly cause: PullError;
  readonly lastSeen: number;
  readonly count: number;
  /** The event has expired; an earlier scan saw it. */
  readonly isRemembered: true | undefined;
}

/** A container that waits for its image. */
export interface FailingPull {
  readonly pod: KubernetesObject;
  readonly placed: PlacedContainer;
  readonly image: string;
  /** Oldest first; the container's state, which is as of now, last. */
  readonly reports: readonly Report[];
  /** Failed attempts that are known of, at least 1. */
  readonly attempts: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
}

/** Reasons that the kubelet gives for a container that waits for its image. */
const WAITING_REASONS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);

/** Waiting for these says nothing about the image: the last events decide. */
const BEFORE_START = new Set(['ContainerCreating', 'PodInitializing']);

/** The containers of a pod that wait for their image. */
function failingPulls(pod: KubernetesObject, cluster: ClusterState): readonly FailingPull[] {
  if (!mayWait(pod)) return [];
  const statuses = new Map(containerStatuses(pod).map((status) => [status.name, status]));
  return containersOf(podSpecOf(pod)).flatMap(
    (placed) => failingPull(pod, placed, statuses.get(placed.container.name), cluster) ?? [],
  );
}

/** Null for a container that does not wait for its image. */
export function failingPullOf(
  { pod, placed, status }: ContainerInstance,
  cluster: ClusterState,
): FailingPull | null {
  return mayWait(pod) ? failingPull(pod, placed, status, cluster) : null;
}

/** False for a pod that is done or going away, and for one that is Ready, which implies that every container runs. */
function mayWait(pod: KubernetesObject): boolean {
  if (isReady(pod)) return false;
  const phase = recordAt(pod, 'status')['phase'];
  return phase !== 'Succeeded' && phase !== 'Failed' && pod.metadata.deletionTimestamp === undefined;
}

function failingPull(
  pod: KubernetesObject,
  placed: PlacedContainer,
  status: ContainerStatus | undefined,
  cluster: ClusterState,
): FailingPull | null {
  const { state } = status ?? {};
  if (state?.running || state?.terminated) return null;
  const reason = state?.waiting?.reason ?? '';
  const waits = WAITING_REASONS.has(reason);
  if (!waits && reason !== '' && !BEFORE_START.has(reason)) return null;

  const image = placed.container.image ?? '';
  const events = cluster.eventsOf(pod).filter((event) => event.container === placed.container.name);
  const failures = events.filter(isPullFailure);
  if (!waits && !isFailure(events.findLast((event) => isPullFailure(event) || isPullSuccess(event))))
    return null;

  const reports = failures.map((event) => fromEvent(pod, image, event));
  const message = state?.waiting?.message ?? '';
  if (waits) {
    const cause = classifyPullFailure({ reason, message, image });
    const said = { reason, message, cause, lastSeen: cluster.now, count: 1, isRemembered: undefined };
    reports.push({ source: 'pod-status', pod, ...said });
  }
  const began = pullBegan(pod, placed, status) ?? cluster.now;
  return {
    pod,
    placed,
    image,
    reports,
    attempts: Math.max(1, ...attemptsOf(events), waits ? attemptsByTime(reason, cluster.now - began) : 1),
    firstSeen: Math.min(
      cluster.now,
      ...failures.map(({ firstSeen }) => firstSeen),
      ...(failures.length === 0 ? [began] : []),
    ),
    lastSeen: failures.at(-1)?.lastSeen ?? cluster.now,
  };
}

function fromEvent(pod: KubernetesObject, image: string, event: ClusterEvent): Report {
  const { reason, message, lastSeen, count, isRemembered } = event;
  return {
    source: 'event',
    pod,
    reason,
    message,
    cause: classifyPullFailure({ reason, message, image }),
    lastSeen,
    count,
    isRemembered,
  };
}

const FAILURE_MESSAGE =
  /^(?:Failed to pull image|Back-off pulling image|Failed to inspect image|Failed to apply default image tag|Error: (\w+)$)/;

function isPullFailure({ reason, message }: ClusterEvent): boolean {
  if (reason === 'ErrImageNeverPull' || reason === 'InspectFailed') return true;
  if (reason !== 'Failed' && reason !== 'BackOff') return false;
  const match = FAILURE_MESSAGE.exec(message);
  return match !== null && (match[1] === undefined || WAITING_REASONS.has(match[1]));
}

function isPullSuccess({ reason }: ClusterEvent): boolean {
  return reason === 'Pulled' || reason === 'Created' || reason === 'Started';
}

function isFailure(event: ClusterEvent | undefined): boolean {
  return event !== undefined && isPullFailure(event);
}

/** Each attempt is reported by a `Pulling`, a `Failed` with the runtime's words and a `Failed` with the reason: the largest sum counts. */
function attemptsOf(events: readonly ClusterEvent[]): readonly number[] {
  const sum = (matches: (event: ClusterEvent) => boolean): number =>
    events.filter(matches).reduce((total, { count }) => total + count, 0);
  return [
    sum(({ reason, message }) => reason === 'Failed' && message.startsWith('Failed to pull image')),
    sum(({ reason, message }) => reason === 'Failed' && message === 'Error: ErrImagePull'),
    sum(({ reason }) => reason === 'InspectFailed' || reason === 'ErrImageNeverPull'),
  ];
}

/** The kubelet tries again after 10 seconds, then 20, 40 … up to 300. */
function attemptsByTime(reason: string, waited: number): number {
  return reason === 'ImagePullBackOff' && waited >= 2 * MINUTE ? 2 : 1;
}

/** The latest moment from which the kubelet can have tried: after a restart, after the init containers, or from the pod's start. */
function pullBegan(
  pod: KubernetesObject,
  placed: PlacedContainer,
  status: ContainerStatus | undefined,
): number | null {
  const restarted = parseTime(status?.lastState?.terminated?.finishedAt);
  if (restarted !== null) return restarted;
  const initialized = conditionsOf(pod).find(
    ({ type, status: met }) => type === 'Initialized' && met === 'True',
  );
  const ready = placed.list === 'containers' ? parseTime(initialized?.lastTransitionTime) : null;
  const started = parseTime(recordAt(pod, 'status')['startTime']);
  return ready ?? started ?? parseTime(pod.metadata.creationTimestamp);
}

/**
 * What was said about the image of the first of these pulls of one container. Where only back-off messages are left, also what other pods
 * of the namespace were told about the same image.
 */
export function reportsOn(pulls: readonly FailingPull[], cluster: ClusterState): readonly Report[] {
  const { image, pod } = pulls[0]!;
  const own = pulls.filter((pull) => pull.image === image).flatMap(({ reports }) => reports);
  if (own.some(({ cause }) => cause !== 'unknown')) return own;
  const known = new Set(pulls.map((pull) => pull.pod.metadata.name));
  const others = cluster
    .list('Pod', pod.metadata.namespace)
    .filter(({ metadata }) => !known.has(metadata.name))
    .flatMap((other) => failingPulls(other, cluster))
    .filter((pull) => pull.image === image)
    .flatMap(({ reports }) => reports);
  return [...own, ...others.filter(({ cause }) => cause !== 'unknown')];
}

/** What all reports together say. */
export interface Judgement {
  readonly cause: PullError;
  /** The newest report that says so, the longest of those of one moment. */
  readonly report: Report;
  /** Other definite answers, which contradict the first. */
  readonly contradictions: readonly Report[];
}

/**
 * Weighs the reports, at least one, of one container's failing pods. A definite answer outlives the hiccups around it, so "not found"
 * stays the cause when the latest of many attempts timed out; among definite answers the newest counts.
 */
export function weigh(reports: readonly Report[]): Judgement {
  const newestFirst = reports.toSorted(
    (a, b) => b.lastSeen - a.lastSeen || b.message.length - a.message.length,
  );
  const definite = newestFirst.filter(({ cause }) => !isTransient(cause));
  const report = definite[0] ?? newestFirst.find(({ cause }) => cause !== 'unknown') ?? newestFirst[0]!;
  return {
    cause: report.cause,
    report,
    contradictions: definite.filter(({ cause }) => cause !== report.cause),
  };
}
