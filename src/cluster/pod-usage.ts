import { isRecord, recordsOf } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import type { ContainerUsage } from '../model/cluster-state.ts';

/**
 * What a PodMetrics object says of its containers; null where it is none.
 * Source: https://github.com/kubernetes/metrics/blob/master/pkg/apis/metrics/v1beta1/types.go
 */
export function usageIn(podMetrics: unknown): readonly ContainerUsage[] | null {
  if (!isRecord(podMetrics)) return null;
  const { timestamp, containers } = podMetrics;
  const at = typeof timestamp === 'string' ? parseTime(timestamp) : null;
  if (at === null || !Array.isArray(containers)) return null;
  return recordsOf(containers).flatMap(({ name, usage }) => {
    if (typeof name !== 'string' || !isRecord(usage)) return [];
    const [memory, cpu] = [usage['memory'], usage['cpu']].map((amount) => parseQuantity(amount));
    return [{ container: name, memory: memory ?? null, cpu: cpu ?? null, at }];
  });
}
