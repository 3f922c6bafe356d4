import { describe, expect, test } from 'vitest';
import { NotedAlerts } from '../../src/alerts/noted.ts';
import type { ObjectRef } from '../../src/kubernetes/objects.ts';
import type { Incident } from '../../src/model/incident.ts';
import type { ReceivedAlert } from '../../src/model/received-alert.ts';
import { plainText } from '../../src/untrusted/prose.ts';
import { evidenceKinds } from '../../src/pull-requests/evidence-kinds.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = 100 * DAY;
const ref = (kind: string, name: string): ObjectRef => ({
  apiVersion: 'apps/v1',
  kind,
  namespace: 'shop',
  name,
});
const cart = ref('Deployment', 'cart');

const incident = {
  finding: {
    object: cart,
    culprit: { kind: 'Registry', namespace: null, name: 'registry.example' },
    affected: [ref('Deployment', 'till')],
    container: 'server',
    cause: 'limit-too-low',
    evidence: [{ source: 'event', ref: 'Pod shop/cart-1', at: NOW, text: 'x' }],
    firstSeen: NOW - HOUR,
  },
  followers: [],
  symptom: { seenOn: [ref('Pod', 'cart-1')] },
} as unknown as Incident;

const alert: ReceivedAlert = {
  cluster: 'prod',
  source: 'alertmanager',
  id: 'a1',
  title: 'KubePodCrashLooping',
  summary: 'Pod is crash looping.',
  names: { cluster: null, objects: [], also: [], container: 'server' },
  state: 'found',
  about: [cart],
  why: null,
  startsAt: NOW - HOUR,
  receivedAt: NOW,
  lastAt: NOW,
  resolvedAt: null,
};

const noted = (change: Partial<ReceivedAlert>): readonly string[] => {
  const [one] = new NotedAlerts().noteWith([incident], [{ ...alert, ...change }]);
  return one!.finding.evidence
    .slice(1)
    .map(({ source, ref: who, text }) => `${source} ${who}: ${plainText(text)}`);
};
const of = (container: string | null) => ({ names: { ...alert.names, container } });

describe('noted with an incident', () => {
  test.each<[string, Partial<ReceivedAlert>]>([
    ['about its object', {}],
    ['about something that it affects', { about: [ref('Deployment', 'till')] }],
    ['about a pod that shows it', { about: [ref('Pod', 'cart-1')] }],
    ['of no container', of(null)],
    ['that ended after it began', { resolvedAt: NOW - HOUR }],
    ['that nobody has ended for less than a day', { lastAt: NOW - HOUR - DAY }],
  ])('one %s', (_name, change) => {
    expect(noted(change)).toEqual(['alert Alertmanager: KubePodCrashLooping: Pod is crash looping.']);
  });

  test('once, by its title where it says no more', () => {
    expect(noted({ summary: '' })).toEqual(['alert Alertmanager: KubePodCrashLooping']);
    expect(noted({ summary: alert.title })).toEqual(['alert Alertmanager: KubePodCrashLooping']);
  });

  test('three at most', () => {
    const many = Array.from({ length: 9 }, (_, id) => ({ ...alert, id: `a${id}`, title: `Alert${id}` }));
    const [one] = new NotedAlerts().noteWith([incident], many);
    expect(one!.finding.evidence.slice(1).map(({ text }) => plainText(text).slice(0, 6))).toEqual([
      'Alert0',
      'Alert1',
      'Alert2',
    ]);
  });
});

test.each<[string, Partial<ReceivedAlert>]>([
  ['about another object', { about: [ref('StatefulSet', 'cart')] }],
  ['about another container', of('sidecar')],
  ['that was not looked up yet', { state: 'pending', about: [] }],
  ['about nothing that is known', { state: 'unknown', about: [] }],
  ['that ended before it began', { resolvedAt: NOW - HOUR - 1 }],
  ['that was told last more than a day before', { lastAt: NOW - HOUR - DAY - 1 }],
])('not noted: one %s', (_name, change) => expect(noted(change)).toEqual([]));

describe('an incident', () => {
  test('is the same object while its alerts are the same', () => {
    const notes = new NotedAlerts();
    const [before] = notes.noteWith([incident], [alert]);
    const [again] = notes.noteWith([incident], [{ ...alert, lastAt: NOW + HOUR }]);
    expect(again).toBe(before);
    const [other] = notes.noteWith([incident], [{ ...alert, title: 'Another' }]);
    expect(other).not.toBe(before);
    expect(notes.noteWith([incident], [])[0]).toBe(incident);
  });

  test('has no other kinds of evidence than without alerts', () => {
    const [told] = new NotedAlerts().noteWith([incident], [alert]);
    expect(evidenceKinds(told!.finding)).toEqual(evidenceKinds(incident.finding));
  });
});
