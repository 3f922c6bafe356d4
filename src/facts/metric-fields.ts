import { recordAt, recordsOf, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import type { Blame } from '../model/finding.ts';

/** A field that names a metric, and the name. */
export type MetricField = Blame & { readonly name: string };

const SOURCES = ['resource', 'containerResource', 'pods', 'object', 'external'] as const;

/** Where the autoscaler names its metrics. */
export function metricFields(hpa: KubernetesObject): readonly MetricField[] {
  return recordsOf(recordAt(hpa, 'spec')['metrics']).flatMap((metric, index) =>
    SOURCES.flatMap((source) => {
      const part = recordAt(metric, source);
      const own = part['name'];
      const name = own ?? recordAt(part, 'metric')['name'];
      const field = own === undefined ? 'metric.name' : 'name';
      return typeof name === 'string'
        ? [{ object: refOf(hpa), field: `spec.metrics[${index}].${source}.${field}`, name }]
        : [];
    }),
  );
}
