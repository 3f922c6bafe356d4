import { describe, expect, test } from 'vitest';
import type { MetricSeries } from '../../src/model/cluster-state.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { PodSpec } from '../../src/kubernetes/workloads.ts';
import { hpaAtMaximum } from '../../src/rules/hpa-at-maximum.ts';
import type { FieldVersion } from '../../src/model/need.ts';
import { deployment, object, pod, readyPods, replicaSet, type Details } from './objects.ts';
import { answer, fires, silent, type Answered, type Situation } from './rule-tester.ts';

/** Now is 12:00 on 2 March 2026. */
const NOW = Date.parse('2026-03-02T12:00:00Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

interface Scaling {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly current?: number;
  /** `[value now, target]` of the CPU in percent of the requests. */
  readonly cpu?: readonly [number | null, number];
  readonly metrics?: readonly [specification: unknown, status: unknown];
  readonly limited?: string | null;
  readonly active?: string;
  readonly details?: Details;
}

const resource = (name: string, target: number) => ({
  type: 'Resource',
  resource: { name, target: { type: 'Utilization', averageUtilization: target } },
});
const usage = (name: string, value: number) => ({
  type: 'Resource',
  resource: { name, current: { averageUtilization: value, averageValue: '300m' } },
});

/** The autoscaler of Deployment `cart`, by default at 8 of 8 replicas and 92 % of 70 %. */
function autoscaler({
  minimum = 2,
  maximum = 8,
  current = 8,
  cpu = [92, 70],
  limited = 'TooManyReplicas',
  active = 'True',
  ...rest
}: Scaling = {}): KubernetesObject {
  const [specification, status] = rest.metrics ?? [
    [resource('cpu', cpu[1])],
    cpu[0] === null ? [] : [usage('cpu', cpu[0])],
  ];
  return object(
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    'cart',
    {
      spec: {
        minReplicas: minimum,
        maxReplicas: maximum,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
        metrics: specification,
      },
      status: {
        currentReplicas: current,
        desiredReplicas: current,
        currentMetrics: status,
        conditions: [
          {
            type: 'ScalingActive',
            status: active,
            reason: active === 'True' ? 'ValidMetricFound' : 'FailedGetResourceMetric',
          },
          ...(limited === null
            ? []
            : [
                {
                  type: 'ScalingLimited',
                  status: limited === 'TooManyReplicas' ? 'True' : 'False',
                  reason: limited,
                  lastTransitionTime: '2026-03-02T09:00:00Z',
                },
              ]),
        ],
      },
    },
    rest.details ?? {},
  );
}

const SPEC: PodSpec = {
  containers: [{ name: 'server', resources: { requests: { cpu: '500m', memory: '256Mi' } } }],
};

/** Deployment `cart` with eight Ready pods, and its Service. */
function target(podSpec: PodSpec = SPEC): readonly KubernetesObject[] {
  const owner = deployment('cart', podSpec, { spec: { replicas: 8 } });
  const current = replicaSet(owner, '6d4f9c7b8d', podSpec, { revision: 2, ready: 8 });
  const service = object('v1', 'Service', 'cart', { spec: { selector: { app: 'cart' } } });
  return [owner, current, service, ...readyPods(current, 8, { podSpec })];
}

/** Stretches of `[minutes, value]` that end now, a sample every five minutes. */
function series(
  labels: Readonly<Record<string, string>>,
  ...parts: readonly (readonly [number, number])[]
): MetricSeries {
  const values = parts.flatMap(([minutes, value]) => Array.from({ length: minutes / 5 }, () => value));
  return {
    labels,
    samples: values.map((value, index) => [NOW - (values.length - 1 - index) * 5 * MINUTE, value]),
  };
}

type Stretches = readonly (readonly [number, number])[];

const replicas = (...parts: Stretches): Answered =>
  answer('metric', { metric: 'kube_horizontalpodautoscaler_status_current_replicas' }, [
    series({}, ...parts),
  ]);

function measured(parts: Stretches, name = 'cpu', type = 'utilization'): Answered {
  const labels = { metric_name: name, metric_target_type: type };
  const decoy = series({ metric_name: name, metric_target_type: 'other' }, [180, 1]);
  return answer('metric', { metric: 'kube_horizontalpodautoscaler_status_target_metric' }, [
    series(labels, ...parts),
    decoy,
  ]);
}

const latency = (...parts: Stretches): Answered =>
  answer(
    'metric',
    { metric: 'http_request_duration_seconds:p95', labels: { namespace: 'shop', service: 'cart' } },
    [series({}, ...parts)],
  );

function version(value: number, daysAgo: number, author = 'Ada'): FieldVersion {
  return {
    value,
    commit: {
      sha: 'abcdef1234567890',
      author,
      email: 'x@shop.example',
      at: NOW - daysAgo * DAY,
      subject: 'cart: scale',
    },
  };
}

const history = (...versions: readonly FieldVersion[]): Answered =>
  answer('field-history', { field: 'spec.maxReplicas' }, versions);

/** Three hours at the maximum, after a quieter time. */
const HELD = replicas([300, 5], [180, 8]);
const HOT = measured([
  [300, 66],
  [180, 92],
]);

function situation(
  scaling: Scaling,
  answers: readonly Answered[],
  objects: readonly KubernetesObject[] = target(),
): Situation {
  return { objects: [autoscaler(scaling), ...objects], answers };
}

const tooLow = {
  cause: 'maximum-too-low',
  verdict: 'fix',
  object: 'HorizontalPodAutoscaler shop/cart',
  container: null,
} as const;
const fourteen = [['spec.maxReplicas', 8, 14]] as const;

describe('a maximum that is too low', () => {
  test('is raised to what the load needs and 30 % more', () => {
    const situated = situation({}, [HELD, HOT, latency([300, 0.18], [180, 0.42]), history(version(8, 90))]);
    const { chart, firstSeen } = fires(hpaAtMaximum, situated, {
      ...tooLow,
      changes: fourteen,
      says: ['92 %', '70 %', '8 replicas', '0.42', 'Ada'],
      confidence: [0.9, 1],
    });
    expect(chart?.line).toEqual({ label: 'maximum', value: 8 });
    expect(chart?.points.length).toBeLessThanOrEqual(60);
    expect(firstSeen).toBe(NOW - 180 * MINUTE);
  });

  test('is raised by the median of two hours, not by the last value', () => {
    fires(hpaAtMaximum, situation({ cpu: [160, 70] }, [HELD, HOT]), { ...tooLow, changes: fourteen });
  });

  test('is raised by the status where the replicas alone were measured', () => {
    fires(hpaAtMaximum, situation({}, [HELD]), { ...tooLow, changes: fourteen, confidence: [0.5, 0.85] });
  });

  test('is raised for the metric that asks for most', () => {
    const metrics = [
      [resource('cpu', 70), resource('memory', 80)],
      [usage('cpu', 92), usage('memory', 60)],
    ] as const;
    fires(hpaAtMaximum, situation({ metrics }, [HELD, HOT]), { ...tooLow, changes: fourteen });
  });

  test('is raised for one container of the pods', () => {
    const metrics = [
      [
        {
          type: 'ContainerResource',
          containerResource: {
            name: 'cpu',
            container: 'server',
            target: { type: 'Utilization', averageUtilization: 70 },
          },
        },
      ],
      [
        {
          type: 'ContainerResource',
          containerResource: { name: 'cpu', container: 'server', current: { averageUtilization: 92 } },
        },
      ],
    ] as const;
    fires(hpaAtMaximum, situation({ metrics }, [HELD]), { ...tooLow, changes: fourteen });
  });

  test('is raised for an average over the pods', () => {
    const metrics = [
      [
        {
          type: 'Pods',
          pods: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '100' } },
        },
      ],
      [{ type: 'Pods', pods: { metric: { name: 'requests' }, current: { averageValue: '150500m' } } }],
    ] as const;
    fires(hpaAtMaximum, situation({ metrics }, [HELD, measured([[180, 150]], 'requests', 'average')]), {
      ...tooLow,
      changes: [['spec.maxReplicas', 8, 16]],
    });
  });

  test('is raised in autoscaling/v1', () => {
    const first = {
      ...autoscaler({}),
      apiVersion: 'autoscaling/v1',
      spec: {
        maxReplicas: 8,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
        targetCPUUtilizationPercentage: 70,
      },
      status: { currentReplicas: 8, desiredReplicas: 8, currentCPUUtilizationPercentage: 92 },
    };
    const conditions = JSON.stringify([
      { type: 'ScalingLimited', status: 'True', reason: 'TooManyReplicas' },
    ]);
    const annotated = {
      ...first,
      metadata: {
        ...first.metadata,
        annotations: { 'autoscaling.alpha.kubernetes.io/conditions': conditions },
      },
    };
    fires(
      hpaAtMaximum,
      { objects: [annotated, ...target()], answers: [HELD, HOT] },
      { ...tooLow, changes: fourteen },
    );
  });

  test('is raised when the metric fell as replicas were added', () => {
    const falling = measured([
      [30, 150],
      [180, 92],
    ]);
    fires(hpaAtMaximum, situation({}, [replicas([30, 4], [180, 8]), falling]), {
      ...tooLow,
      changes: fourteen,
    });
  });

  test('is raised in the ScaledObject that KEDA makes the autoscaler from', () => {
    const scaled = object('keda.sh/v1alpha1', 'ScaledObject', 'cart', { spec: { maxReplicaCount: 8 } });
    const keda = situation({ details: { owner: scaled } }, [HELD, HOT], [scaled, ...target()]);
    fires(hpaAtMaximum, keda, {
      ...tooLow,
      object: 'ScaledObject shop/cart',
      changes: [['spec.maxReplicaCount', 8, 14]],
    });
  });

  test('is raised where nodes are short but more may come', () => {
    const node = object(
      'v1',
      'Node',
      'node-a',
      { status: { allocatable: { cpu: '5', memory: '32Gi', pods: '110' } } },
      { labels: { 'eks.amazonaws.com/nodegroup': 'a' } },
    );
    fires(hpaAtMaximum, situation({}, [HELD, HOT], [node, ...target()]), { ...tooLow, changes: fourteen });
  });

  test('is a draft when it would more than double what a person chose', () => {
    const hot = measured([[180, 150]]);
    fires(hpaAtMaximum, situation({ cpu: [150, 70] }, [HELD, hot]), {
      ...tooLow,
      verdict: 'escalate',
      guards: ['draft'],
      changes: [['spec.maxReplicas', 8, 23]],
    });
  });

  test('is a draft when automatic changes have doubled it already', () => {
    const versions = [version(8, 30, 'faultline[bot]'), version(6, 90)];
    fires(hpaAtMaximum, situation({}, [HELD, HOT, history(...versions)]), {
      ...tooLow,
      verdict: 'escalate',
      guards: ['draft'],
      changes: fourteen,
      says: ['6'],
    });
  });
});

describe('no edit', () => {
  const no = (cause: string, verdict: 'monitor' | 'escalate' | 'decline') => ({ cause, verdict }) as const;

  test('when the metric is above the target by less than the tolerance', () => {
    fires(
      hpaAtMaximum,
      situation({ cpu: [76, 70] }, [HELD, measured([[180, 76]])]),
      no('content', 'monitor'),
    );
  });

  test('when only the last value is high', () => {
    fires(
      hpaAtMaximum,
      situation({ cpu: [92, 70] }, [HELD, measured([[180, 66]])]),
      no('not-for-long', 'monitor'),
    );
  });

  test('when the autoscaler does not ask for more', () => {
    fires(
      hpaAtMaximum,
      situation({ limited: 'DesiredWithinRange' }, [HELD, HOT]),
      no('not-for-long', 'monitor'),
    );
  });

  test('when it was interrupted an hour ago', () => {
    fires(
      hpaAtMaximum,
      situation({}, [replicas([180, 8], [5, 7], [60, 8]), HOT]),
      no('not-for-long', 'monitor'),
    );
  });

  test('when the metric is above its target two thirds of the time', () => {
    const swinging = Array.from({ length: 12 }, (_, index) => [15, index % 3 === 0 ? 60 : 130] as const);
    fires(
      hpaAtMaximum,
      situation({ cpu: [130, 70] }, [HELD, measured(swinging)]),
      no('not-for-long', 'monitor'),
    );
  });

  test('when replicas do not move the metric', () => {
    const same = measured([
      [60, 95],
      [180, 92],
    ]);
    fires(hpaAtMaximum, situation({}, [replicas([60, 4], [180, 8]), same]), {
      ...no('metric-unmoved', 'escalate'),
      says: ['do not seem to lower'],
    });
  });

  test('for memory, which is rarely shared out again', () => {
    const metrics = [[resource('memory', 70)], [usage('memory', 92)]] as const;
    fires(
      hpaAtMaximum,
      situation({ metrics }, [HELD, measured([[180, 92]], 'memory')]),
      no('metric-unmoved', 'escalate'),
    );
  });

  test('when a replica finds no node', () => {
    const objects = target();
    const conditions = [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message: '0/3 nodes are available: 3 Insufficient cpu.',
      },
    ];
    const pending = pod(objects[1]!, 'pending', { status: { conditions } });
    fires(hpaAtMaximum, situation({}, [HELD, HOT], [...objects, pending]), {
      ...no('no-room', 'escalate'),
      says: ['Insufficient cpu'],
    });
  });

  test('when the nodes have no room', () => {
    const node = object('v1', 'Node', 'node-a', {
      status: { allocatable: { cpu: '5', memory: '32Gi', pods: '110' } },
    });
    fires(hpaAtMaximum, situation({}, [HELD, HOT], [node, ...target()]), {
      ...no('no-room', 'escalate'),
      says: ['places for 10'],
    });
  });

  test('when KEDA owns it and its ScaledObject was not recorded', () => {
    const details = { labels: { 'scaledobject.keda.sh/name': 'cart-scaler' } };
    fires(hpaAtMaximum, situation({ details }, [HELD, HOT]), {
      ...no('owned-elsewhere', 'escalate'),
      says: ['cart-scaler', 'maxReplicaCount'],
    });
  });
});

describe('nothing to see', () => {
  test.each<readonly [string, KubernetesObject]>([
    ['below the maximum', autoscaler({ current: 7 })],
    ['metrics that cannot be read', autoscaler({ active: 'False', cpu: [null, 70] })],
    ['a target that is scaled to zero', autoscaler({ current: 0, maximum: 0, minimum: 0 })],
  ])('for %s', (_what, hpa) => {
    silent(hpaAtMaximum, { objects: [hpa, ...target()] });
  });

  test('in an empty cluster', () => {
    silent(hpaAtMaximum, { objects: [] });
  });

  test('once the maximum is 14', () => {
    silent(hpaAtMaximum, {
      objects: [
        autoscaler({ maximum: 14, current: 11, cpu: [68, 70], limited: 'DesiredWithinRange' }),
        ...target(),
      ],
    });
  });
});
