import type { ClusterSource } from '../model/cluster-state.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { readDefinition } from './live-definition.ts';
import { readObject } from './live-object.ts';
import { podLogs } from './live-log.ts';
import { podUsage } from './live-usage.ts';
import type { PrometheusConnection } from './prometheus-connection.ts';
import { openPrometheus } from './prometheus.ts';

/**
 * What a live cluster and its Prometheus answer beyond the objects.
 *
 * @param report told of what cannot be answered
 * @throws {InputError} when the Prometheus address is unusable
 */
export function liveAnswers(
  api: KubernetesApi,
  connection: string | PrometheusConnection | undefined,
  report: (where: string, message: string) => void,
): Omit<ClusterSource, 'read'> {
  const prometheus = connection === undefined ? null : openPrometheus(connection, report);
  return {
    isRecorded: false,
    log: podLogs(api, report),
    usage: podUsage(api, report),
    object: (ref) => readObject(api, ref),
    definition: (apiVersion, kind) => readDefinition(api, apiVersion, kind),
    metric: async (request, now) => (prometheus === null ? null : prometheus.query(request, now)),
    candidates: async (purpose, now) => (prometheus === null ? null : prometheus.find(purpose, now)),
  };
}
