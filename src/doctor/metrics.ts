import type { PrometheusConnection } from '../cluster/prometheus-connection.ts';
import { openPrometheus } from '../cluster/prometheus.ts';
import { type Check, failed, ok } from './check.ts';

/** Whether the Prometheus of a cluster answers what rules ask. That nothing is near its limit is an answer too. */
export function metricsCheck(cluster: string, connection: PrometheusConnection, now: number): Check {
  const what = `metrics of ${cluster}`;
  return {
    what,
    run: async () => {
      const problems: string[] = [];
      const report = (where: string, message: string): void => void problems.push(`${where} ${message}`);
      const prometheus = openPrometheus(connection, report, { timeout: 9_000, now: Date.now });
      const found = await prometheus.find('memory-near-limit', now);
      if (found === null) return [failed(what, problems.join('; '))];
      return [ok(what, `${new URL(connection.url).origin} answers`)];
    },
  };
}
