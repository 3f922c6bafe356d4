import { describe, expect, test } from 'vitest';
import { readAlerts } from '../../src/alerts/read-alerts.ts';
import { alertsIn } from './reading.ts';

const crashing = {
  status: 'firing',
  labels: {
    alertname: 'KubePodCrashLooping',
    namespace: 'shop',
    pod: 'cart-7d9f8b6c5-x2x4z',
    container: 'server',
    cluster: 'prod-eu',
    prometheus: 'monitoring/k8s',
  },
  annotations: { summary: 'Pod is crash looping.', description: 'Longer.' },
  startsAt: '2026-03-01T10:00:00.123456789Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus.example/graph',
  fingerprint: 'a1b2c3d4e5f60718',
};
const group = (...alerts: readonly object[]) => ({
  version: '4',
  groupKey: '{}:{alertname="KubePodCrashLooping"}',
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'faultline',
  alerts,
});

test('an alert of Alertmanager names a pod, and is known by its fingerprint', () => {
  expect(alertsIn('alertmanager', group(crashing))).toEqual([
    {
      source: 'alertmanager',
      id: 'a1b2c3d4e5f60718',
      status: 'firing',
      title: 'KubePodCrashLooping',
      summary: 'Pod is crash looping.',
      startsAt: Date.parse('2026-03-01T10:00:00.123Z'),
      names: {
        cluster: 'prod-eu',
        objects: [{ kind: 'Pod', namespace: 'shop', name: 'cart-7d9f8b6c5-x2x4z' }],
        also: [],
        container: 'server',
      },
    },
  ]);
});

test('what Grafana adds is no part of it', () => {
  const told = {
    ...crashing,
    valueString: '[ var=A ]',
    silenceURL: 'http://grafana.example',
    values: { A: 1 },
  };
  expect(alertsIn('grafana', { ...group(told), orgId: 1, state: 'alerting' })).toMatchObject([
    { source: 'grafana', names: { container: 'server' } },
  ]);
});

test('an alert without a fingerprint is known by its labels, in whatever order', () => {
  const { fingerprint: _, labels, ...without } = crashing;
  const turned = Object.fromEntries(Object.entries(labels).reverse());
  const [one, other] = alertsIn(
    'alertmanager',
    group({ ...without, labels }, { ...without, labels: turned }),
  );
  expect(one!.id).toMatch(/^[0-9a-f]{16}$/);
  expect(other!.id).toBe(one!.id);
});

test('texts are masked and bounded', () => {
  const summary = `password=hunter2-of-the-shop ${'x'.repeat(2000)}`;
  const [alert] = alertsIn('alertmanager', group({ ...crashing, annotations: { summary } }));
  expect(alert!.summary).not.toContain('hunter2');
  expect(alert!.summary.length).toBeLessThanOrEqual(500);
});

describe('what is wrong is said by field, without its value', () => {
  test.each([
    ['no object', 'text', 'the payload', 'expected object, received string'],
    ['no alerts', {}, 'alerts', 'expected array, received undefined'],
    [
      'a state',
      group({ ...crashing, status: 'hunter2' }),
      'alerts.0.status',
      'expected one of "firing"|"resolved"',
    ],
    [
      'a label',
      group({ ...crashing, labels: { pod: 7 } }),
      'alerts.0.labels.pod',
      'expected string, received number',
    ],
  ])('%s', (_name, payload, part, expected) => {
    expect(readAlerts('alertmanager', payload)).toEqual([{ kind: 'odd', part, expected }]);
  });

  test('one alert keeps no other of its group back', () => {
    const read = readAlerts('alertmanager', group({ labels: {} }, crashing, { ...crashing, labels: null }));
    expect(read.map(({ kind }) => kind)).toEqual(['odd', 'alert', 'odd']);
  });
});
