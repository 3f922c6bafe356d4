import type { AlertSource } from '../model/received-alert.ts';
import { alertmanager, grafana } from './alertmanager.ts';
import { argocd } from './argocd.ts';
import { flux } from './flux.ts';
import type { Format, ReadAlert } from './format.ts';
import { pagerduty } from './pagerduty.ts';

const FORMATS: Readonly<Record<AlertSource, Format>> = { alertmanager, grafana, argocd, flux, pagerduty };

/** The alerts in a payload, as its source is documented to write it. What is wrong with one of them keeps no other back. */
export function readAlerts(source: AlertSource, payload: unknown): readonly ReadAlert[] {
  return FORMATS[source](payload);
}
