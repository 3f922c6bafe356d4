import { isRecord, type KubernetesObject } from '../kubernetes/objects.ts';
import { conditionsOf, containerStatuses, parseTime, type ContainerState } from '../kubernetes/workloads.ts';

/** The newest creation, container-state, condition and event time: when a cluster was recorded, at the earliest. */
export function newestTime(objects: readonly KubernetesObject[]): number | null {
  let newest: number | null = null;
  for (const object of objects) {
    for (const text of timesOf(object)) {
      const time = parseTime(text);
      if (time !== null && (newest === null || time > newest)) newest = time;
    }
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
