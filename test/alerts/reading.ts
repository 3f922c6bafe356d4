import { expect } from 'vitest';
import type { Alert } from '../../src/alerts/alert.ts';
import { readAlerts } from '../../src/alerts/read-alerts.ts';
import type { AlertSource } from '../../src/model/received-alert.ts';

/** The alerts of a payload of which all can be read. */
export function alertsIn(source: AlertSource, payload: unknown): readonly Alert[] {
  return readAlerts(source, payload).map((read) => {
    expect(read).toMatchObject({ kind: 'alert' });
    return (read as { readonly alert: Alert }).alert;
  });
}
