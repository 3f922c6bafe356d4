import type { ObjectRef } from '../kubernetes/objects.ts';
import type { MetricSeries } from '../model/cluster-state.ts';
import { mergeSeries, type Samples } from './series.ts';

/** The samples of each pod of an owner, those of pods of the past included: they are known by their names alone. */
export function samplesByPod(
  owner: ObjectRef,
  series: readonly MetricSeries[] | null,
): ReadonlyMap<string, Samples> {
  const own = (series ?? []).filter(
    ({ labels, samples }) => samples.length > 0 && couldBePodOf(owner, labels['pod'] ?? ''),
  );
  const byPod = Map.groupBy(own, ({ labels }) => labels['pod'] ?? '');
  return new Map([...byPod].map(([pod, ofPod]) => [pod, mergeSeries(ofPod)]));
}

/** How this kind of owner names its pods, after its own name: pods of the past are known by their metrics alone. */
const POD_NAMES: Readonly<Record<string, RegExp>> = {
  Deployment: /^-[a-z0-9]{5,10}-[a-z0-9]{5}$/,
  Rollout: /^-[a-z0-9]{5,10}-[a-z0-9]{5}$/,
  StatefulSet: /^-\d+$/,
  CronJob: /^-\d+-[a-z0-9]{5}$/,
  Pod: /^$/,
};

function couldBePodOf({ kind, name }: ObjectRef, pod: string): boolean {
  return pod.startsWith(name) && (POD_NAMES[kind] ?? /^-[a-z0-9]{5}$/).test(pod.slice(name.length));
}
