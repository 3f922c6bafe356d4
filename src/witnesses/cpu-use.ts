import type { ObjectRef } from '../kubernetes/objects.ts';
import { MINUTE } from '../kubernetes/durations.ts';
import type { Ask, Asking } from '../model/ask.ts';
import { samplesByPod } from './pod-series.ts';
import type { Samples } from './series.ts';

/** The processor time that a container takes, in cores, by pod. */
export interface CpuUse {
  /** The series that it was read from. */
  readonly metric: string;
  readonly byPod: ReadonlyMap<string, Samples>;
}

/** Recording rules of kubernetes-mixin, in cores: https://github.com/kubernetes-monitoring/kubernetes-mixin/blob/master/rules/apps.libsonnet */
export const CPU_RATES = [
  'node_namespace_pod_container:container_cpu_usage_seconds_total:sum_rate5m',
  'node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate',
] as const;
/** What the kubelet's cAdvisor counts: seconds. */
export const CPU_SECONDS = 'container_cpu_usage_seconds_total';

/** What a container of an owner used; null where none of it was measured. */
export function* cpuUse(ask: Ask, owner: ObjectRef, container: string, hours: number): Asking<CpuUse | null> {
  const labels = { namespace: owner.namespace ?? '', container };
  const metrics = [...CPU_RATES, CPU_SECONDS];
  const answers = yield* ask.each(metrics.map((metric) => ask.metric({ metric, labels, hours })));
  for (const [index, metric] of metrics.entries()) {
    const byPod = samplesByPod(owner, answers[index] ?? null);
    if (byPod.size > 0)
      return {
        metric,
        byPod:
          metric === CPU_SECONDS
            ? new Map([...byPod].map(([pod, samples]) => [pod, ratesOf(samples)]))
            : byPod,
      };
  }
  return null;
}

/** A counter that stood still longer than this was not scraped. */
const LONGEST_STEP = 15 * MINUTE;

/** What a counter grew by per second, from one sample to the next; a restart, which sets it back, gives none. */
export function ratesOf(counter: Samples): Samples {
  return counter.flatMap(([at, value], index) => {
    const [since, before] = counter[index - 1] ?? [at, value];
    return at > since && at - since <= LONGEST_STEP && value >= before
      ? [[at, ((value - before) * 1000) / (at - since)] as const]
      : [];
  });
}

/** Millicores as manifests write them, rounded up to ten: `130m`. */
export function printCores(cores: number): string {
  return `${Math.max(10, Math.ceil((cores * 1000) / 10 - 1e-9) * 10)}m`;
}
