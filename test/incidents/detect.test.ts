import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import type { ClusterState } from '../../src/model/cluster-state.ts';
import { detect } from '../../src/incidents/detect.ts';
import { refOf, type KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { Finding } from '../../src/model/finding.ts';
import { Ask } from '../../src/model/ask.ts';
import type { Causes } from '../../src/rules/causes.ts';
import { defineRule, type Conclusion, type Detected, type Rule } from '../../src/rules/define-rule.ts';
import { ownText } from '../../src/untrusted/prose.ts';
import { object } from '../cluster/objects.ts';

function clusterOf(objects: readonly KubernetesObject[]): ClusterState {
  return buildState({ name: 'prod', now: 0, objects });
}

const CAUSES = Object.fromEntries(
  ['nothing of Pod', 'nothing of nobody'].map((cause) => [cause, { means: '', fix: 'none', outcome: '' }]),
) as Causes;

/** Sees every pod, and breaks on what `breaks` says. */
function ruleThat(breaks: (seen: KubernetesObject, cluster: ClusterState) => boolean): Rule {
  return defineRule({
    id: 'image-pull',
    title: 'test',
    phase: 'runtime',
    semantics: [],
    reads: [],
    on: 'Pod',
    causes: CAUSES,
    detect: ({ object: pod, cluster }) => {
      if (breaks(pod, cluster)) throw new TypeError('container.name is not a function');
      return { seenOn: [refOf(pod)], firstSeen: 0, lastSeen: 0, occurrences: 1 };
    },
    *investigate({ object: pod, cluster }) {
      yield [];
      return tells(
        `${cluster.get('ConfigMap', 'shop', 'settings')?.kind ?? 'nothing'} of ${cluster.ownerOf(pod).object?.kind ?? 'nobody'}`,
      );
    },
  });
}

function tells(cause: string): Conclusion {
  const nothing = ownText('');
  return {
    cause,
    summary: nothing,
    rootCause: nothing,
    evidence: [],
    confidence: [],
    verdict: 'monitor',
    reason: nothing,
  };
}

/** What the rule sees when it investigates: the ConfigMap, and the pod's owner. */
function seenBy({ investigate }: Detected): string | undefined {
  const asking = investigate(new Ask({ memoryFactor: 2 }));
  asking.next([]);
  const { value } = asking.next([]);
  return (value as Finding | null)?.cause;
}

function pods(count: number): readonly KubernetesObject[] {
  return Array.from({ length: count }, (_, index) =>
    object('v1', 'Pod', `p${String(index).padStart(4, '0')}`),
  );
}

const healthy = ruleThat(() => false);

describe('a rule that breaks on an object', () => {
  test('loses that object, and no other', () => {
    const broken = new Set(['p0000', 'p0041', 'p0099']);
    const { detected, failures } = detect(
      [ruleThat(({ metadata }) => broken.has(metadata.name))],
      clusterOf(pods(100)),
    );
    expect(detected).toHaveLength(97);
    expect(detected.filter(({ symptom }) => broken.has(symptom.object.name))).toEqual([]);
    expect(failures.map(({ object: on }) => on?.name).sort()).toEqual([...broken].sort());
    expect(failures[0]).toMatchObject({
      rule: 'image-pull',
      message: expect.stringContaining('not a function'),
    });
  });

  test('stops no other rule', () => {
    const { detected, failures } = detect([ruleThat(() => true), healthy], clusterOf(pods(3)));
    expect(failures).toHaveLength(3);
    expect(detected).toHaveLength(3);
  });

  test('is called a few times only, however many objects there are', () => {
    let calls = 0;
    const counting = ruleThat(({ metadata: { name } }) => name === 'p2999');
    const rule: Rule = { ...counting, detect: (subject) => (calls++, counting.detect(subject)) };
    expect(detect([rule], clusterOf(pods(5000))).detected).toHaveLength(4999);
    expect(calls).toBeLessThan(20 * 5000);
  });

  test('that it reaches from all pods sees the pods without it', () => {
    const config = object('v1', 'ConfigMap', 'settings');
    const rule = ruleThat((_pod, cluster) => cluster.get('ConfigMap', 'shop', 'settings') !== undefined);
    const { detected, failures } = detect([rule], clusterOf([config, ...pods(10)]));
    expect(failures.map(({ object: on }) => on?.kind)).toEqual(['ConfigMap']);
    expect(detected).toHaveLength(10);
    expect(seenBy(detected[0]!)).toBe('nothing of Pod');
  });

  test('that is the owner of pods is not their owner any more', () => {
    const owner = object('apps/v1', 'StatefulSet', 'db');
    const owned = object('v1', 'Pod', 'db-0', {
      metadata: {
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', controller: true }],
      },
    });
    const rule = ruleThat((pod, cluster) => cluster.ownerOf(pod).object?.kind === 'StatefulSet');
    const { detected } = detect([rule], clusterOf([owner, owned]));
    expect(detected).toHaveLength(1);
    expect(seenBy(detected[0]!)).toBe('nothing of nobody');
  });
});

test('a rule that breaks without any object is reported once', () => {
  const rule: Rule = {
    ...healthy,
    on: ['cluster'],
    detect: () => {
      throw new Error('broken');
    },
  };
  expect(detect([rule, healthy], clusterOf(pods(2)))).toMatchObject({
    detected: [{}, {}],
    failures: [{ rule: 'image-pull', object: null, message: 'broken' }],
  });
});

test('a rule that breaks on everything is given up', () => {
  const { detected, failures } = detect([ruleThat(() => true)], clusterOf(pods(200)));
  expect(detected).toEqual([]);
  expect(failures.length).toBeLessThan(30);
  expect(failures.at(-1)!.object).toBeNull();
});
