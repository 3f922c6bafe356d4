import { describe, expect, test } from 'vitest';
import { refOf, type KubernetesObject } from '../../src/kubernetes/objects.ts';
import { isWorthReading } from '../../src/service/changes-worth-reading.ts';
import { maskedObject } from '../../src/untrusted/masked.ts';

const node = (fields: {
  readonly version?: string;
  readonly ready?: string;
  readonly heartbeat?: string;
}) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'a', resourceVersion: fields.version ?? '1' },
  status: {
    conditions: [
      { type: 'Ready', status: fields.ready ?? 'True', lastHeartbeatTime: fields.heartbeat ?? '10:00' },
    ],
  },
});

const event = (fields: { readonly count?: number; readonly message?: string }) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'a.1', namespace: 'shop', resourceVersion: String(fields.count ?? 1) },
  reason: 'BackOff',
  message: fields.message ?? 'Back-off restarting failed container',
  count: fields.count ?? 1,
  lastTimestamp: `10:0${fields.count ?? 1}`,
});

function change(before: KubernetesObject | null, after: KubernetesObject | null) {
  const masked = (object: KubernetesObject | null) => object && maskedObject(object);
  return { ref: refOf((after ?? before)!), before: masked(before), after: masked(after) };
}

describe('a change', () => {
  test.each([
    ['an object that came', null, node({})],
    ['an object that went', node({}), null],
    ['a condition that changed', node({}), node({ ready: 'False' })],
    ['an event that came a second time', event({}), event({ count: 2 })],
    ['an event that says something else', event({}), event({ message: 'Pulling image' })],
  ])('is worth reading for %s', (_what, before, after) => {
    expect(isWorthReading(change(before, after))).toBe(true);
  });

  test.each([
    ['a version', node({}), node({ version: '2' })],
    ['a heartbeat', node({}), node({ version: '2', heartbeat: '10:05' })],
    ['the count of an event', event({ count: 5 }), event({ count: 7 })],
  ])('is not worth reading for %s', (_what, before, after) => {
    expect(isWorthReading(change(before, after))).toBe(false);
  });
});
