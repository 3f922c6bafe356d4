import { isRecord, type KubernetesObject } from '../kubernetes/objects.ts';
import { conditionsOf, containerStatuses, parseTime, type ContainerState } from '../kubernetes/workloads.ts';

/** Nothing that is read was recorded after this. */
const CENTURY_END = Date.parse('2100-01-01T00:00:00Z');

/** The objects of a recording are seldom as far apart: its oldest was made after Kubernetes was. */
const LONGEST_SPAN = 10 * 365 * 24 * 3_600_000;

/**
 * The newest creation, container-state, condition and event time: when a cluster was recorded, at the earliest. An object that is
 * many years ahead of all others is wrong about the time, and would make everything else look long past.
 *
 * @returns `ahead` are objects that were left out for that.
 */
export function newestTime(objects: readonly KubernetesObject[]): {
  readonly time: number | null;
  readonly ahead: readonly KubernetesObject[];
} {
  const times: (readonly [time: number, object: KubernetesObject])[] = [];
  for (const object of objects) {
    const time = newestOf(object);
    if (time !== null) times.push([time, object]);
  }
  times.sort(([a], [b]) => a - b);
  let kept = times.findIndex(([time]) => time >= CENTURY_END);
  if (kept < 0) kept = times.length;
  // A few that are far ahead, not half of the recording.
  for (let from = kept - 1; from > 0 && times.length - from <= times.length / 10; from -= 1)
    if (times[from]![0] - times[from - 1]![0] > LONGEST_SPAN) kept = from;
  return { time: times[kept - 1]?.[0] ?? null, ahead: times.slice(kept).map(([, object]) => object) };
}

function newestOf(object: KubernetesObject): number | null {
  let newest: number | null = null;
  for (const text of timesOf(object)) {
    const time = parseTime(text);
    if (time !== null && (newest === null || time > newest)) newest = time;
  }
  return newest;
}

function* timesOf(object: KubernetesObject): Iterable<unknown> {
  yield object.metadata.creationTimestamp;
  if (object.kind === 'Event') {
    const { series } = object;
    yield* [object['firstTimestamp'], object['lastTimestamp'], object['eventTime']];
    yield* [object['deprecatedFirstTimestamp'], object['deprecatedLastTimestamp']];
    if (isRecord(series)) yield series['lastObservedTime'];
    return;
  }
  for (const condition of conditionsOf(object)) yield condition.lastTransitionTime;
  if (object.kind !== 'Pod') return;
  for (const { state, lastState } of containerStatuses(object))
    yield* [...stateTimes(state), ...stateTimes(lastState)];
}

function stateTimes(state: ContainerState | undefined): readonly unknown[] {
  return [state?.running?.startedAt, state?.terminated?.startedAt, state?.terminated?.finishedAt];
}
