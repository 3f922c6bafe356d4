import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AlertSource } from '../model/received-alert.ts';
import { alertOf, type Alert } from './alert.ts';
import { oddity, type Format } from './format.ts';
import { namesInLabels } from './names.ts';

const texts = z.record(z.string(), z.string());

const group = z.object({ alerts: z.array(z.unknown()) });

/**
 * What is read of an alert of Alertmanager, and of Grafana, which extends it.
 * Sources: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config,
 * https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
 */
const one = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: texts,
  annotations: texts.nullish(),
  startsAt: z.string().nullish(),
  fingerprint: z.string().nullish(),
});

export const alertmanager = alertsFrom('alertmanager');

export const grafana = alertsFrom('grafana');

function alertsFrom(source: AlertSource): Format {
  return (payload) => {
    const { success, data, error } = group.safeParse(payload);
    if (!success) return [oddity(error)];
    return data.alerts.map((given, index) => {
      const read = one.safeParse(given);
      return read.success
        ? { kind: 'alert', alert: alertFrom(source, read.data) }
        : oddity(read.error, ['alerts', index]);
    });
  };
}

function alertFrom(source: AlertSource, told: z.output<typeof one>): Alert {
  const { status, labels, annotations, startsAt, fingerprint } = told;
  return alertOf({
    source,
    id: fingerprint || hashOf(labels),
    status,
    title: labels['alertname'] ?? 'alert',
    summary: annotations?.['summary'] ?? annotations?.['description'] ?? annotations?.['message'],
    startsAt,
    names: namesInLabels(labels),
  });
}

/** Releases before 0.19 tell no fingerprint. */
function hashOf(labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
}
