import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { misplacedIn } from '../../src/witnesses/keda-maximum.ts';
import { hpaAtMaximum } from '../../src/rules/hpa-at-maximum.ts';
import { prose } from '../../src/untrusted/prose.ts';
import { deployment, object, readyPods, replicaSet } from './objects.ts';
import { answer, fires, type Answered } from './rule-tester.ts';

/** Now is 12:00 on 2 March 2026. */
const NOW = Date.parse('2026-03-02T12:00:00Z');
const SPEC = { containers: [{ name: 'server', image: 'registry.example/cart:1' }] };

const scaledObject = (spec: Readonly<Record<string, unknown>>): KubernetesObject =>
  object('keda.sh/v1alpha1', 'ScaledObject', 'cart', { spec: { scaleTargetRef: { name: 'cart' }, ...spec } });

const every = (value: number): readonly (readonly [number, number])[] =>
  Array.from({ length: 200 }, (_, minute) => [NOW - (199 - minute) * 60_000, value]);

/** KEDA's autoscaler of Deployment cart, at `maximum` replicas for more than three hours with its metric at 20 for a target of 10. */
function at(maximum: number, scaled: KubernetesObject, answers: readonly Answered[] = []) {
  const owner = deployment('cart', SPEC, { spec: { replicas: 3 } });
  const current = replicaSet(owner, '6d4f9c7b8d', SPEC, { revision: 2, ready: 3 });
  const external = (amounts: string) => ({
    type: 'External',
    external: {
      metric: { name: 's0-kafka' },
      [amounts]: { averageValue: amounts === 'target' ? '10' : '20' },
    },
  });
  const hpa = object(
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    'keda-hpa-cart',
    {
      spec: {
        minReplicas: 1,
        maxReplicas: maximum,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
        metrics: [external('target')],
      },
      status: {
        currentReplicas: maximum,
        desiredReplicas: maximum,
        currentMetrics: [external('current')],
        conditions: [
          { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound' },
          { type: 'ScalingLimited', status: 'True', reason: 'TooManyReplicas' },
        ],
      },
    },
    { owner: scaled, labels: { 'scaledobject.keda.sh/name': 'cart' } },
  );
  const labels = { namespace: 'shop', horizontalpodautoscaler: 'keda-hpa-cart' };
  return {
    objects: [scaled, owner, current, ...readyPods(current, 3), hpa],
    answers: [
      answer('metric', { metric: 'kube_horizontalpodautoscaler_status_current_replicas' }, [
        { labels, samples: every(maximum) },
      ]),
      answer('metric', { metric: 'kube_horizontalpodautoscaler_status_target_metric' }, [
        { labels: { ...labels, metric_name: 's0-kafka', metric_target_type: 'average' }, samples: every(20) },
      ]),
      ...answers,
    ],
  };
}

const trigger = (metadata: Readonly<Record<string, string>>) => ({ triggers: [{ type: 'kafka', metadata }] });

describe("KEDA's default of a maximum", () => {
  test.each<readonly [string, Readonly<Record<string, unknown>>, string, string]>([
    [
      "under a trigger's metadata",
      trigger({ maxReplicaCount: '20' }),
      'spec.triggers[0].metadata.maxReplicaCount',
      '20',
    ],
    ['under advanced', { advanced: { maxReplicaCount: 15 } }, 'spec.advanced.maxReplicaCount', '15'],
    ['in another case', { maxreplicacount: 12 }, 'spec.maxreplicacount', '12'],
    ["by the autoscaler's name", { maxReplicas: 30 }, 'spec.maxReplicas', '30'],
    [
      'under the target',
      { scaleTargetRef: { name: 'cart', maxReplicaCount: 8 } },
      'spec.scaleTargetRef.maxReplicaCount',
      '8',
    ],
  ])('is not raised, and a key %s is shown', (_what, spec, field, value) => {
    const finding = fires(hpaAtMaximum, at(100, scaledObject(spec)), {
      cause: 'default-maximum',
      verdict: 'escalate',
      object: 'ScaledObject shop/cart',
      says: ['default', `A maximum of ${value} was meant`, field],
    });
    expect(finding.blames).toEqual([expect.objectContaining({ field })]);
  });

  test('shows the key that only git has, because the API server drops it', () => {
    const written = scaledObject({ advanced: { maxReplicaCount: 15 } });
    const situation = at(100, scaledObject({}), [answer('rendered-object', {}, written)]);
    fires(hpaAtMaximum, situation, {
      cause: 'default-maximum',
      verdict: 'escalate',
      says: ['spec.advanced.maxReplicaCount'],
    });
  });

  test('is not raised either where nobody meant another', () => {
    fires(hpaAtMaximum, at(100, scaledObject(trigger({ topic: 'orders' }))), {
      cause: 'default-maximum',
      verdict: 'escalate',
      says: ["KEDA's default", 'nobody chose'],
    });
  });

  test('is awaited where git sets one that the cluster has not', () => {
    const written = scaledObject({ maxReplicaCount: 40 });
    const situation = at(100, scaledObject({}), [answer('rendered-object', {}, written)]);
    fires(hpaAtMaximum, situation, { cause: 'waiting-for-sync', verdict: 'monitor', says: ['40'] });
  });

  test('is none where the ScaledObject sets the maximum, of 100 too', () => {
    fires(hpaAtMaximum, at(100, scaledObject({ maxReplicaCount: 100 })), {
      cause: 'maximum-too-low',
      verdict: 'escalate',
      guards: ['draft'],
      changes: [['spec.maxReplicaCount', 100, 260]],
    });
  });
});

describe('a key that is called like the maximum', () => {
  test.each([
    ['the maximum itself', { maxReplicaCount: 5 }],
    ['the minimum', { minReplicaCount: 5, minReplicas: 2 }],
    ['the idle count', { idleReplicaCount: 0 }],
    ['a mapping', { fallback: { replicas: 6, failureThreshold: 3 } }],
    ['a lag', trigger({ lagThreshold: '10', activationLagThreshold: '1' })],
  ])('is not %s', (_what, spec) => {
    expect(misplacedIn(scaledObject(spec))).toBeNull();
  });

  test('is found wherever it stands', () => {
    expect(misplacedIn({ ...scaledObject({}), maxReplicaCount: 9 })?.field).toBe('maxReplicaCount');
    expect(misplacedIn(scaledObject({ max_replica_count: 9 }))?.value).toBe('9');
  });
});

describe('a maximum that git has and the cluster has not', () => {
  const version = (value: number, daysAgo: number) => ({
    value,
    commit: {
      sha: 'abcdef1234567890',
      author: 'Ada',
      email: 'a@shop.example',
      at: NOW - daysAgo * 86_400_000,
      subject: 'more',
    },
  });
  const history = answer('field-history', { field: 'spec.maxReplicaCount' }, [
    version(40, 30),
    version(20, 90),
  ]);
  const difference = (kind: 'lag' | 'drift' | 'unknown') =>
    answer('difference', {}, { kind, because: prose`Because of ${kind}.`, evidence: [] });

  test.each([
    ['drift', 'drift', 'escalate', 'drifted'],
    ['lag', 'waiting-for-sync', 'monitor', 'waits for the next sync'],
    ['unknown', 'waiting-for-sync', 'monitor', 'either a sync is due'],
  ] as const)('is told as %s', (kind, cause, verdict, says) => {
    const situation = at(20, scaledObject({ maxReplicaCount: 20 }), [history, difference(kind)]);
    fires(hpaAtMaximum, situation, { cause, verdict, says: [says, `Because of ${kind}.`] });
  });
});
