import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { arbitrate, type Found } from '../../src/incidents/arbitrate.ts';
import { groupByCulprit } from '../../src/incidents/group.ts';
import { keepKnown } from '../../src/incidents/fingerprint.ts';
import { describeRef, type KubernetesObject, type Scalar } from '../../src/kubernetes/objects.ts';
import type { Finding } from '../../src/model/finding.ts';
import { isKnownAs, type Incident } from '../../src/model/incident.ts';
import { ownText, plainText } from '../../src/untrusted/prose.ts';
import { object } from '../cluster/objects.ts';
import { foundBy, ref } from './findings.ts';
import { changeOf } from '../../src/model/change.ts';

function grouped(found: readonly Found[], objects: readonly KubernetesObject[] = []): readonly Incident[] {
  const untold = { chain: [], ended: null, backOff: null, changes: null };
  return groupByCulprit(arbitrate(found), buildState({ name: 'quay', now: 10, objects })).map((one) => ({
    ...one,
    ...untold,
  }));
}

/** `culprit: affected, …` of each incident. */
function told(found: readonly Found[], objects?: readonly KubernetesObject[]): readonly string[] {
  return grouped(found, objects).map(({ finding: { culprit, affected } }) =>
    `${describeRef(culprit)}: ${affected.map(({ name }) => name).join(', ')}`.trim(),
  );
}

const names = Array.from({ length: 30 }, (_, index) => `ferry-${String(index).padStart(2, '0')}`);
const registry = { kind: 'Registry', namespace: null, name: 'images.pier.example' };
const pulls = names.map((name) =>
  foundBy('pull-rule', { object: ref('Deployment', name), culprit: registry, cause: 'dns', phase: 'image' }),
);

describe('findings with one culprit and cause', () => {
  test('are one incident, which affects them all', () => {
    const [incident, ...others] = grouped(pulls);
    expect(others).toEqual([]);
    expect(incident!.finding.affected.map(({ name }) => name)).toEqual(names);
    expect(incident!.finding).toMatchObject({ firstSeen: 3, lastSeen: 9, occurrences: 60 });
    expect(incident!.symptom.seenOn).toHaveLength(60);
    expect(plainText(incident!.finding.rootCause)).toBe(
      'ferry-00 fails, says pull-rule. The same happens to Deployment pier/ferry-01, Deployment pier/ferry-02, Deployment pier/ferry-03 and 26 more.',
    );
    expect(incident!.finding.evidence).toHaveLength(16);
  });

  test('keep the fingerprint when a workload joins or leaves', () => {
    const all = grouped(pulls)[0]!.fingerprint;
    expect(all).toMatch(/^[0-9a-f]{16}$/);
    expect(grouped(pulls.slice(7))[0]!.fingerprint).toBe(all);
    expect(grouped(pulls.slice(0, 1))[0]!.fingerprint).toBe(all);
  });

  test('keep it while they grow and shrink, whichever workload comes first, and whatever pull requests know of some', () => {
    const all = grouped(pulls)[0]!.fingerprint;
    const alone = grouped([
      foundBy('pull-rule', { object: ref('Deployment', names[3]!), phase: 'image' }),
    ])[0]!;
    const known = new Map([
      [alone.fingerprint, alone.fingerprint],
      [alone.subject, alone.fingerprint],
    ]);
    const storm = fc.shuffledSubarray(pulls, { minLength: 1 });
    fc.assert(
      fc.property(storm, (some) => {
        expect(keepKnown(grouped(some), known).map(({ fingerprint }) => fingerprint)).toEqual([all]);
      }),
    );
  });

  test('are two incidents where the causes differ', () => {
    const other = foundBy('pull-rule', { culprit: registry, cause: 'tls' });
    expect(grouped([pulls[0]!, other])).toHaveLength(2);
  });

  test('are two incidents for two containers of one workload', () => {
    const [server, proxy] = ['server', 'proxy'].map((container) => foundBy('memory-rule', { container }));
    const both = grouped([server!, proxy!]);
    expect(both.map(({ finding }) => finding.container)).toEqual(['server', 'proxy']);
    expect(new Set(both.map(({ fingerprint }) => fingerprint)).size).toBe(2);
  });

  test('are one where several workloads want one change to the culprit', () => {
    const culprit = { kind: 'ConfigMap', namespace: 'pier', name: 'tides' };
    const changes = [changeOf<Scalar>(ref('ConfigMap', 'tides'), 'data.port', null, '80')];
    const found = names
      .slice(0, 3)
      .map((name) =>
        foundBy('key-rule', { object: ref('Deployment', name), culprit, changes, verdict: 'fix' }),
      );
    expect(grouped(found).map(({ finding }) => finding.changes)).toEqual([changes]);
  });

  test('are as many as there are objects to change', () => {
    const culprit = { kind: 'ConfigMap', namespace: 'pier', name: 'tides' };
    const found = names.slice(0, 3).map((name) => {
      const own = ref('Deployment', name);
      const changes = [changeOf<Scalar>(own, 'spec.name', 'tides', 'tide')];
      return foundBy('key-rule', { object: own, culprit, changes, verdict: 'fix' });
    });
    expect(grouped(found)).toHaveLength(3);
  });
});

describe('a finding that something further up explains', () => {
  const claim = object('v1', 'PersistentVolumeClaim', 'logbook', {
    metadata: { namespace: 'pier' },
    spec: { storageClassName: 'fast' },
  });
  const pending = foundBy('pending-rule', {
    container: null,
    phase: 'scheduling',
    explainedBy: [{ kind: 'PersistentVolumeClaim', namespace: 'pier', name: 'logbook' }],
  });
  const unbound = foundBy('claim-rule', {
    object: ref('PersistentVolumeClaim', 'logbook'),
    container: null,
    phase: 'volumes',
  });
  const storage = foundBy('class-rule', {
    object: { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', namespace: null, name: 'fast' },
    container: null,
    phase: 'volumes',
  });

  test('follows the object that it names', () => {
    expect(told([pending, unbound])).toEqual(['PersistentVolumeClaim pier/logbook: ferry']);
  });

  test('follows the deepest that has a finding', () => {
    expect(told([pending, unbound, storage], [claim])).toEqual(['StorageClass fast: ferry, logbook']);
    expect(told([pending, storage], [claim])).toEqual(['StorageClass fast: ferry']);
  });

  test('stands where nothing further up has a finding', () => {
    expect(told([pending], [claim])).toEqual(['Deployment pier/ferry:']);
    expect(told([pending, storage])).toEqual(['Deployment pier/ferry:', 'StorageClass fast:']);
  });

  test('is evidence of the incident, and named in its root cause', () => {
    const [{ finding, followers }] = grouped([pending, unbound]) as [Incident];
    expect(followers.map(({ rule }) => rule)).toEqual(['pending-rule']);
    expect(finding.evidence.map(({ text }) => plainText(text))).toContain('pending-rule saw ferry');
    expect(plainText(finding.rootCause)).toContain('Deployment pier/ferry fails because of it.');
  });

  test('keeps a fix of its own', () => {
    const changes = [changeOf<Scalar>(ref('Deployment', 'ferry'), 'spec.replicas', 1, 2)];
    const fixed = foundBy('pending-rule', { ...pending.finding, changes, verdict: 'fix' });
    expect(grouped([fixed, unbound])).toHaveLength(2);
  });

  test('stands where the explanations lead round in a circle', () => {
    const round = (name: string, to: string): Found =>
      foundBy('pending-rule', {
        object: ref('Deployment', name),
        explainedBy: [ref('Deployment', to)],
      });
    expect(told([round('a', 'b'), round('b', 'a')])).toEqual(['Deployment pier/a:', 'Deployment pier/b:']);
  });

  test('is never explained by another container of its own workload', () => {
    const other = foundBy('memory-rule', { container: 'proxy' });
    expect(grouped([foundBy('memory-rule', {}), other])).toHaveLength(2);
  });
});

describe('findings on one node', () => {
  const onNode = (name: string, given: Partial<Finding> = {}): Found =>
    foundBy('probe-rule', {
      object: ref('Deployment', name),
      phase: 'health-checks',
      givesWayTo: 'any',
      ...given,
    });
  const pods = (...of: readonly string[]): readonly KubernetesObject[] =>
    of.flatMap((name) =>
      [1, 2].map((index) =>
        object('v1', 'Pod', `${name}-${index}`, {
          metadata: { namespace: 'pier' },
          spec: { nodeName: 'berth-3' },
        }),
      ),
    );
  const nodeThat = (status: string): KubernetesObject =>
    object('v1', 'Node', 'berth-3', {
      metadata: { namespace: undefined },
      status: { conditions: [{ type: 'Ready', status }] },
    });
  const trouble = foundBy('node-rule', {
    object: ref('Node', 'berth-3', null),
    container: null,
    phase: 'node',
  });

  test('follow from a node that is not Ready', () => {
    expect(told([onNode('a'), onNode('b'), trouble], [...pods('a', 'b'), nodeThat('Unknown')])).toEqual([
      'Node berth-3: a, b',
    ]);
  });

  test('stand where the node is Ready, where they run elsewhere, and where they have a cause of their own', () => {
    expect(told([onNode('a'), trouble], [...pods('a'), nodeThat('True')])).toHaveLength(2);
    expect(told([onNode('c'), trouble], [...pods('a'), nodeThat('Unknown')])).toHaveLength(2);
    const own = onNode('a', { givesWayTo: [] });
    const guess = onNode('a', { givesWayTo: [], confidence: [{ factor: 0.4, reason: ownText('a guess') }] });
    expect(told([guess, trouble], [...pods('a'), nodeThat('Unknown')])).toHaveLength(1);
    expect(told([own, trouble], [...pods('a'), nodeThat('Unknown')])).toHaveLength(2);
    const crash = onNode('a', { phase: 'runtime' });
    expect(told([crash, trouble], [...pods('a'), nodeThat('Unknown')])).toHaveLength(2);
  });

  test('join what blames the node from elsewhere', () => {
    const full = foundBy('pull-rule', {
      object: ref('Deployment', 'z'),
      culprit: { kind: 'Node', namespace: null, name: 'berth-3' },
      phase: 'image',
    });
    expect(told([full, trouble])).toEqual(['Node berth-3: z']);
  });
});

describe('a fingerprint', () => {
  const of = (given: Partial<Finding>): string => grouped([foundBy('memory-rule', given)])[0]!.fingerprint;
  const own = of({});

  test('is the same whenever and on whatever pods the failure is seen', () => {
    expect(of({ lastSeen: 99, occurrences: 7, phase: 'startup' })).toBe(own);
  });

  test.each([
    ['culprit', { culprit: registry }],
    ['namespace', { object: ref('Deployment', 'ferry', 'test') }],
    ['kind', { object: ref('StatefulSet', 'ferry') }],
    ['container', { container: null }],
    ['cause', { cause: 'other' }],
  ])('differs by %s', (_part, given) => {
    expect(of(given)).not.toBe(own);
  });

  test('does not mix up neighbouring parts', () => {
    expect(of({ object: ref('Deployment', 'b-c', 'a') })).not.toBe(
      of({ object: ref('Deployment', 'c', 'a-b') }),
    );
  });
});

describe('an incident that is known', () => {
  const [incident] = grouped([foundBy('memory-rule', {})]) as [Incident];
  // sha256 of ["quay","pier","Deployment","ferry","server","memory-rule"], the fingerprint of earlier versions.
  const former = '2b45ed3849034f13';
  const kept = (...known: readonly (readonly [string, string])[]): string =>
    keepKnown([incident], new Map(known))[0]!.fingerprint;

  test('to an earlier version keeps the fingerprint that it had there', () => {
    expect(incident.subject).toBe(former);
    expect(kept([former, former])).toBe(former);
  });

  test('to a pull request keeps its fingerprint when the cause becomes clearer', () => {
    const before = grouped([foundBy('memory-rule', { cause: 'unknown' })])[0]!;
    expect(before.fingerprint).not.toBe(incident.fingerprint);
    expect(kept([before.fingerprint, before.fingerprint], [before.subject, before.fingerprint])).toBe(
      before.fingerprint,
    );
  });

  test('has its own where it is known under that, or not at all', () => {
    const { fingerprint } = incident;
    expect(kept([former, former], [fingerprint, fingerprint])).toBe(fingerprint);
    expect(kept(['ffffffffffffffff', 'ffffffffffffffff'])).toBe(fingerprint);
  });

  test('does not take the fingerprint of another one', () => {
    const other = grouped([foundBy('memory-rule', { cause: 'other' })])[0]!;
    const both = keepKnown([incident, other], new Map([[incident.subject, other.fingerprint]]));
    expect(both.map(({ fingerprint }) => fingerprint)).toEqual([incident.fingerprint, other.fingerprint]);
  });

  test('is known as each finding in it', () => {
    const [all] = grouped(pulls) as [Incident];
    const alone = grouped(pulls.slice(5, 6))[0]!;
    expect(isKnownAs(all, alone.fingerprint)).toBe(true);
    expect(isKnownAs(all, alone.subject)).toBe(true);
    expect(isKnownAs(all, incident.fingerprint)).toBe(false);
  });
});
