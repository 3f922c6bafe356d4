import { describe, expect, test } from 'vitest';
import type { MetricSeries } from '../../src/model/cluster-state.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { Container, ContainerStatus, PodSpec } from '../../src/kubernetes/workloads.ts';
import { oomKilled } from '../../src/rules/oom-killed.ts';
import type { FieldVersion } from '../../src/model/need.ts';
import {
  deployment,
  event,
  object,
  pod,
  replicaSet,
  running,
  waiting,
  workload,
  type PodDetails,
} from './objects.ts';
import { answer, findingsOf, fires, silent, type Situation } from './rule-tester.ts';

/** Now is 12:00 on 2 March 2026; pods are four hours old unless told otherwise. */
const KILLED_AT = '2026-03-02T11:50:00Z';
const NOW = Date.parse('2026-03-02T12:00:00Z');
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const LIMIT_FIELD = 'spec.template.spec.containers[name=server].resources.limits.memory';
/** As the kubelet names it in its events: with its name for a uid. */
const NODE: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-a', uid: 'node-a' },
};
const REQUEST_FIELD = 'spec.template.spec.containers[name=server].resources.requests.memory';

type Memory = readonly [limit: string | null, request?: string | null];

function server([limit, request]: Memory, fields: Partial<Container> = {}): Container {
  return {
    name: 'server',
    image: 'registry.example/cart:1',
    resources: {
      ...(limit && { limits: { memory: limit } }),
      ...(request && { requests: { memory: request } }),
    },
    ...fields,
  };
}

function oom(
  fields: Partial<ContainerStatus> = {},
  finishedAt = KILLED_AT,
  reason = 'OOMKilled',
  exitCode = 137,
): ContainerStatus {
  const lastState = { terminated: { reason, exitCode, startedAt: '2026-03-02T11:10:00Z', finishedAt } };
  return running({ name: 'server' }, { restartCount: 4, lastState, ...fields });
}

/** A Deployment `cart` with its current ReplicaSet and one killed pod. */
function cart(
  podSpec: PodSpec,
  status: ContainerStatus = oom(),
  details: PodDetails = {},
): readonly KubernetesObject[] {
  const owner = deployment('cart', podSpec);
  const current = replicaSet(owner, '6d4f9c7b8d', podSpec, { revision: 2, replicas: 3 });
  return [owner, current, pod(current, 'aaaaa', { ready: true, containers: [status], ...details })];
}

const spec = (...memory: Memory): PodSpec => ({ containers: [server(memory)] });

/** One sample a minute up to now. */
function minutes(values: readonly number[], labels: Readonly<Record<string, string>> = {}): MetricSeries {
  return {
    labels: { namespace: 'shop', pod: 'cart-6d4f9c7b8d-aaaaa', container: 'server', ...labels },
    samples: values.map((value, index) => [NOW - (values.length - 1 - index) * MINUTE, value]),
  };
}

const mebibytes = (values: readonly number[]): readonly number[] => values.map((value) => value * 2 ** 20);
const repeat = <T>(times: number, values: readonly T[]): readonly T[] =>
  Array.from({ length: times }, () => values).flat();
const climbing = (from: number, to: number, count: number) =>
  Array.from({ length: count }, (_, index) => from + ((to - from) * index) / (count - 1));

const workingSet = (values: readonly number[]) =>
  answer('metric', { metric: 'container_memory_working_set_bytes' }, [minutes(mebibytes(values))]);

function version(value: string, daysAgo: number, author = 'Ada', subject = 'cart: memory'): FieldVersion {
  return {
    value,
    commit: { sha: 'abcdef1234567890', author, email: 'x@shop.example', at: NOW - daysAgo * DAY, subject },
  };
}

const history = (...versions: readonly FieldVersion[]) =>
  answer('field-history', { field: LIMIT_FIELD }, versions);

const raised = (limit: readonly [string, string], request?: readonly [string, string]) => [
  [LIMIT_FIELD, ...limit] as const,
  ...(request ? [[REQUEST_FIELD, ...request] as const] : []),
];

const tooLow = {
  cause: 'limit-too-low',
  verdict: 'fix',
  object: 'Deployment shop/cart',
  container: 'server',
} as const;

describe('a memory limit that is too low', () => {
  test.each([
    ['512Mi', '256Mi', '768Mi', '384Mi'],
    ['64Mi', '32Mi', '256Mi', '128Mi'],
    ['1Gi', '1Gi', '1408Mi', '1408Mi'],
  ])('is raised after three kills: %s/%s', (limit, request, newLimit, newRequest) => {
    fires(
      oomKilled,
      { objects: cart(spec(limit, request)) },
      { ...tooLow, changes: raised([limit, newLimit], [request, newRequest]), says: ['OOMKilled', limit] },
    );
  });

  test('is raised alone where the template has no request', () => {
    fires(oomKilled, { objects: cart(spec('512Mi')) }, { ...tooLow, changes: raised(['512Mi', '768Mi']) });
  });

  test('is found in the container that was killed, of several', () => {
    const proxy: Container = { name: 'proxy', resources: { limits: { memory: '64Mi' } } };
    const objects = cart({ containers: [proxy, server(['512Mi'])] }, oom(), {
      containers: [running(proxy), oom()],
    });
    fires(oomKilled, { objects }, { ...tooLow, changes: raised(['512Mi', '768Mi']) });
  });

  test('is found in an init container', () => {
    const podSpec: PodSpec = { initContainers: [server(['512Mi'])], containers: [{ name: 'web' }] };
    const objects = cart(podSpec, oom(), { initContainers: [oom()], containers: [] });
    const field = 'spec.template.spec.initContainers[name=server].resources.limits.memory';
    fires(oomKilled, { objects }, { ...tooLow, changes: [[field, '512Mi', '768Mi']] });
  });

  test('is found in a sidecar', () => {
    const podSpec: PodSpec = {
      initContainers: [server(['512Mi'], { restartPolicy: 'Always' })],
      containers: [{ name: 'web' }],
    };
    const objects = cart(podSpec, oom(), { initContainers: [oom()], containers: [] });
    const field = 'spec.template.spec.initContainers[name=server].resources.limits.memory';
    fires(oomKilled, { objects }, { ...tooLow, changes: [[field, '512Mi', '768Mi']] });
  });

  test('is found while the container waits to be restarted', () => {
    const { lastState } = oom();
    const status = {
      ...waiting({ name: 'server' }, 'CrashLoopBackOff'),
      restartCount: 6,
      lastState: lastState!,
    };
    fires(
      oomKilled,
      { objects: cart(spec('64Mi'), status) },
      { ...tooLow, changes: raised(['64Mi', '256Mi']), occurrences: 6 },
    );
  });

  test('counts the kills of all pods of the workload', () => {
    const podSpec = spec('512Mi');
    const owner = deployment('cart', podSpec);
    const current = replicaSet(owner, '6d4f9c7b8d', podSpec, { revision: 2 });
    const pods = ['aaaaa', 'bbbbb', 'ccccc'].map((suffix) =>
      pod(current, suffix, { containers: [oom({ restartCount: 1 })] }),
    );
    fires(
      oomKilled,
      { objects: [owner, current, ...pods] },
      { ...tooLow, occurrences: 3, changes: raised(['512Mi', '768Mi']) },
    );
  });

  test('counts restarts of an older pod by the metrics', () => {
    const restarts = minutes([
      ...repeat(60, [7]),
      ...repeat(60, [8]),
      ...repeat(60, [9]),
      ...repeat(60, [10]),
    ]);
    const reason = minutes(repeat(240, [1]), { reason: 'OOMKilled' });
    fires(
      oomKilled,
      {
        objects: cart(spec('512Mi'), oom({ restartCount: 10 }), { made: '2026-02-20T08:00:00Z' }),
        answers: [
          answer('metric', { metric: 'kube_pod_container_status_restarts_total' }, [restarts]),
          answer('metric', { metric: 'kube_pod_container_status_last_terminated_reason' }, [reason]),
        ],
      },
      { ...tooLow, occurrences: 3, changes: raised(['512Mi', '768Mi']) },
    );
  });

  test('has been there since the first kill that the metrics show', () => {
    const restarts = minutes([...repeat(60, [7]), ...repeat(60, [8]), ...repeat(120, [10])]);
    const finding = fires(
      oomKilled,
      {
        objects: cart(spec('512Mi'), oom({ restartCount: 10 }), { made: '2026-02-20T08:00:00Z' }),
        answers: [answer('metric', { metric: 'kube_pod_container_status_restarts_total' }, [restarts])],
      },
      { ...tooLow, occurrences: 3, changes: raised(['512Mi', '768Mi']) },
    );
    expect(new Date(finding.firstSeen).toISOString()).toBe('2026-03-02T09:01:00.000Z');
  });

  test('has been there since the pod was made, where not all its kills are on record', () => {
    const since = (status: ContainerStatus): string => {
      const [finding] = findingsOf(oomKilled, { objects: cart(spec('512Mi'), status) });
      return new Date(finding!.firstSeen).toISOString();
    };
    expect(since(oom({ restartCount: 4 }))).toBe('2026-03-02T08:00:00.000Z');
    expect(since(oom({ restartCount: 1 }))).toBe(new Date(KILLED_AT).toISOString());
  });

  test('counts the kill after which the container still waits for its restart', () => {
    const restarts = minutes([...repeat(60, [7]), ...repeat(60, [8]), ...repeat(120, [9])]);
    const state = { waiting: { reason: 'CrashLoopBackOff' } };
    const situation = (status: Partial<ContainerStatus>): Situation => ({
      objects: cart(spec('512Mi'), oom({ restartCount: 9, ...status }), { made: '2026-02-20T08:00:00Z' }),
      answers: [answer('metric', { metric: 'kube_pod_container_status_restarts_total' }, [restarts])],
    });
    fires(oomKilled, situation({ state }), {
      ...tooLow,
      occurrences: 3,
      changes: raised(['512Mi', '768Mi']),
    });
    fires(oomKilled, situation({}), { cause: 'seldom', verdict: 'monitor', occurrences: 2 });
  });

  test('says in how long the kills happened: the pod may be younger than the window', () => {
    const situation = { objects: cart(spec('512Mi')), answers: [history(version('512Mi', 90))] };
    fires(oomKilled, situation, {
      ...tooLow,
      changes: raised(['512Mi', '768Mi']),
      says: ['4 times in 3 h 50 min'],
      neverSays: ['in 6 hours'],
    });
  });

  test('is more certain when the metrics show a plateau, and is drawn', () => {
    const run = [...climbing(200, 450, 5), ...repeat(35, [450]), ...repeat(4, [495])];
    const situation: Situation = {
      objects: cart(spec('512Mi', '256Mi')),
      answers: [workingSet([...repeat(4, run), 200, 260]), history(version('512Mi', 90))],
    };
    const expected = {
      ...tooLow,
      changes: raised(['512Mi', '768Mi'], ['256Mi', '384Mi']),
      confidence: [0.95, 1] as const,
      says: ['a memory leak', 'memory stays at one level'],
    };
    const { chart } = fires(oomKilled, situation, expected);
    expect(chart?.line).toEqual({ label: 'memory limit', value: 512 });
    expect(chart?.points.length).toBeLessThanOrEqual(60);
    expect(Math.min(...chart!.points.map(([, value]) => value))).toBe(200);
    expect(Math.max(...chart!.points.map(([, value]) => value))).toBe(495);
  });

  test('is less certain without metrics', () => {
    fires(
      oomKilled,
      { objects: cart(spec('512Mi')) },
      { ...tooLow, changes: raised(['512Mi', '768Mi']), confidence: [0.5, 0.85] },
    );
  });

  test('takes a recommendation of a VerticalPodAutoscaler in mode Off for the request', () => {
    const vpa = verticalAutoscaler('Off', '500Mi');
    fires(
      oomKilled,
      { objects: [...cart(spec('512Mi', '256Mi')), vpa] },
      {
        ...tooLow,
        changes: raised(['512Mi', '1024Mi'], ['256Mi', '512Mi']),
        verdict: 'escalate',
        guards: ['draft'],
      },
    );
  });

  test('is offered without auto-merge for a Job, which must be recreated', () => {
    const job = workload('Job', 'import', spec('512Mi'));
    const pods = ['aaaaa', 'bbbbb', 'ccccc'].map((suffix) => {
      const { lastState } = oom();
      return pod(job, suffix, {
        phase: 'Failed',
        containers: [{ name: 'server', restartCount: 0, state: lastState!, lastState: {} }],
      });
    });
    fires(
      oomKilled,
      { objects: [job, ...pods] },
      {
        cause: 'limit-too-low',
        verdict: 'fix',
        object: 'Job shop/import',
        guards: ['no-auto-merge'],
        changes: raised(['512Mi', '768Mi']),
      },
    );
  });

  test('is raised although a heap that leaves room is set, and says so', () => {
    const podSpec = { containers: [server(['1Gi'], { args: ['-Xmx512m'] })] };
    fires(
      oomKilled,
      { objects: cart(podSpec) },
      { ...tooLow, changes: raised(['1Gi', '1408Mi']), says: ['-Xmx512m'] },
    );
  });

  test('is raised although its node was full hours before', () => {
    const old = event(NODE, {
      reason: 'SystemOOM',
      message: 'System OOM encountered',
      first: '2026-03-02T09:00:00Z',
    });
    fires(
      oomKilled,
      { objects: [...cart(spec('512Mi')), old] },
      { ...tooLow, changes: raised(['512Mi', '768Mi']) },
    );
  });
});

function verticalAutoscaler(updateMode: string, target: string): KubernetesObject {
  return object('autoscaling.k8s.io/v1', 'VerticalPodAutoscaler', 'cart', {
    spec: {
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' },
      updatePolicy: { updateMode },
    },
    status: {
      recommendation: { containerRecommendations: [{ containerName: 'server', target: { memory: target } }] },
    },
  });
}

describe('a draft, because only the size is in doubt', () => {
  test('when the raise would double the last value that a person chose', () => {
    const versions = [version('512Mi', 20, 'faultline[bot]'), version('320Mi', 90)];
    fires(
      oomKilled,
      { objects: cart(spec('512Mi')), answers: [history(...versions)] },
      {
        cause: 'limit-too-low',
        verdict: 'escalate',
        guards: ['draft'],
        changes: raised(['512Mi', '768Mi']),
        says: ['320 MiB'],
      },
    );
  });

  test('when policy allows less', () => {
    const expected = {
      cause: 'limit-too-low',
      verdict: 'escalate',
      guards: ['draft'],
      changes: raised(['512Mi', '768Mi']),
    } as const;
    fires(oomKilled, { objects: cart(spec('512Mi')), memoryFactor: 1.4 }, expected);
  });

  test('but not below 256Mi, where doubling is little', () => {
    fires(
      oomKilled,
      { objects: cart(spec('128Mi')), answers: [history(version('128Mi', 90))] },
      { ...tooLow, changes: raised(['128Mi', '256Mi']) },
    );
  });
});

describe('no edit', () => {
  const no = (cause: string, verdict: 'monitor' | 'escalate' | 'decline') => ({ cause, verdict }) as const;

  test('when restarts of an old pod could have had any reason', () => {
    const objects = cart(spec('512Mi'), oom({ restartCount: 40 }), { made: '2026-02-20T08:00:00Z' });
    fires(oomKilled, { objects }, { ...no('seldom', 'monitor'), occurrences: 1, says: ['40 times'] });
  });

  test('when the metrics say that the other restarts had another reason', () => {
    const restarts = minutes([
      ...repeat(60, [7]),
      ...repeat(60, [8]),
      ...repeat(60, [9]),
      ...repeat(60, [10]),
    ]);
    const killed = minutes([...repeat(180, [0]), ...repeat(60, [1])], { reason: 'OOMKilled' });
    fires(
      oomKilled,
      {
        objects: cart(spec('512Mi'), oom({ restartCount: 10 }), { made: '2026-02-20T08:00:00Z' }),
        answers: [
          answer('metric', { metric: 'kube_pod_container_status_restarts_total' }, [restarts]),
          answer('metric', { metric: 'kube_pod_container_status_last_terminated_reason' }, [killed]),
        ],
      },
      no('seldom', 'monitor'),
    );
  });

  test('when one of the recorded terminations was something else', () => {
    const state = { terminated: { reason: 'Error', exitCode: 1, finishedAt: '2026-03-02T11:55:00Z' } };
    fires(
      oomKilled,
      { objects: cart(spec('512Mi'), oom({ state, restartCount: 9 })) },
      no('seldom', 'monitor'),
    );
  });

  test('for a leak: memory climbs after every restart', () => {
    const situation = {
      objects: cart(spec('512Mi')),
      answers: [workingSet([...repeat(3, climbing(150, 505, 80)), 150])],
    };
    fires(oomKilled, situation, { ...no('leak', 'escalate'), says: ['leak'] });
  });

  test('for a leak that kills too seldom to count', () => {
    const situation = {
      objects: cart(spec('512Mi'), oom({ restartCount: 2 })),
      answers: [workingSet([...repeat(2, climbing(150, 505, 170)), 150])],
    };
    fires(oomKilled, situation, no('leak', 'escalate'));
  });

  test('without a limit: the node was full', () => {
    fires(
      oomKilled,
      { objects: cart(spec(null, '256Mi')) },
      { ...no('node-memory', 'decline'), says: ['without having a memory limit'] },
    );
  });

  test('when the limit is that of the whole pod', () => {
    const podSpec = { ...spec(null), resources: { limits: { memory: '1Gi' } } };
    fires(oomKilled, { objects: cart(podSpec) }, { ...no('owned-elsewhere', 'escalate'), says: ['1Gi'] });
  });

  test('when a LimitRange forbids the new limit', () => {
    const range = object('v1', 'LimitRange', 'small', {
      spec: { limits: [{ type: 'Container', max: { memory: '600Mi' } }] },
    });
    fires(
      oomKilled,
      { objects: [...cart(spec('512Mi')), range] },
      { ...no('owned-elsewhere', 'escalate'), says: ['LimitRange shop/small', '600Mi'] },
    );
  });

  test('when a LimitRange forbids it for the whole pod', () => {
    const range = object('v1', 'LimitRange', 'small', {
      spec: { limits: [{ type: 'Pod', max: { memory: '1Gi' } }] },
    });
    const podSpec = {
      containers: [server(['512Mi']), { name: 'proxy', resources: { limits: { memory: '512Mi' } } }],
    };
    fires(oomKilled, { objects: [...cart(podSpec), range] }, no('owned-elsewhere', 'escalate'));
  });

  test('when an admission policy allows less', () => {
    const policy = object('kyverno.io/v1', 'ClusterPolicy', 'max-memory', {
      spec: {
        rules: [
          {
            name: 'max',
            validate: {
              pattern: { spec: { containers: [{ resources: { limits: { memory: '<=600Mi' } } }] } },
            },
          },
        ],
      },
    });
    fires(
      oomKilled,
      { objects: [...cart(spec('512Mi')), policy] },
      { ...no('owned-elsewhere', 'escalate'), says: ['ClusterPolicy', '<=600Mi'] },
    );
  });

  test('when something changed the limit as the pod was made', () => {
    const objects = cart(spec('512Mi'), oom(), { podSpec: spec('700Mi') });
    fires(oomKilled, { objects }, { ...no('owned-elsewhere', 'escalate'), says: ['512Mi', '700 MiB'] });
  });

  test("when the limit is a LimitRange's default", () => {
    const objects = cart(spec(null), oom(), { podSpec: spec('512Mi') });
    fires(oomKilled, { objects }, no('owned-elsewhere', 'escalate'));
  });

  test('in a container that something injected', () => {
    const objects = cart({ containers: [{ name: 'web' }] }, oom(), { podSpec: spec('512Mi') });
    fires(oomKilled, { objects }, { ...no('owned-elsewhere', 'escalate'), says: ['adds it to the pods'] });
  });

  test("in the pods of an operator's resource", () => {
    const database = object('db.example/v1', 'Database', 'orders');
    const set = workload('StatefulSet', 'orders', spec('512Mi'), { owner: database });
    const objects = [database, set, pod(set, '0', { containers: [oom()] })];
    fires(
      oomKilled,
      { objects },
      { ...no('owned-elsewhere', 'escalate'), object: 'Database shop/orders', says: ['operator'] },
    );
  });

  test('when the owner was not recorded', () => {
    const objects = cart(spec('512Mi')).slice(2);
    fires(oomKilled, { objects }, { ...no('owned-elsewhere', 'escalate'), says: ['not recorded'] });
  });

  const node = (memory: string, labels: Readonly<Record<string, string>> = {}) =>
    object(
      'v1',
      'Node',
      'node-a',
      { status: { allocatable: { cpu: '4', memory, pods: '110' } } },
      { labels },
    );

  test('when no node can hold it', () => {
    fires(
      oomKilled,
      { objects: [...cart(spec('512Mi')), node('2Gi')] },
      { ...no('no-room', 'escalate'), says: ['2 of 3 pods'] },
    );
  });

  test('but a fix where a cluster autoscaler may bring nodes', () => {
    const objects = [...cart(spec('512Mi')), node('2Gi', { 'karpenter.sh/nodepool': 'default' })];
    fires(oomKilled, { objects }, { ...tooLow, changes: raised(['512Mi', '768Mi']) });
  });

  test('when it was changed automatically four days ago', () => {
    const situation = {
      objects: cart(spec('512Mi')),
      answers: [history(version('512Mi', 4, 'faultline[bot]'), version('384Mi', 90))],
    };
    fires(oomKilled, situation, { ...no('raised-before', 'escalate'), says: ['automatic'] });
  });

  test('when git has more already', () => {
    const situation = {
      objects: cart(spec('512Mi')),
      answers: [history(version('1Gi', 0), version('512Mi', 90))],
    };
    fires(oomKilled, situation, { ...no('older-template', 'monitor'), says: ['1 GiB', 'sync'] });
  });

  test('when the limit of a CronJob is higher than that of the Job that was killed', () => {
    const cron = workload('CronJob', 'import', spec('1Gi'));
    const job = workload('Job', 'import-29000000', spec('512Mi'), { owner: cron });
    const objects = [cron, job, pod(job, 'aaaaa', { containers: [oom()] })];
    fires(
      oomKilled,
      { objects },
      { ...no('older-template', 'monitor'), object: 'CronJob shop/import', says: ['already'] },
    );
  });

  test('when the heap is a share of the limit and grows with it', () => {
    const podSpec = { containers: [server(['1Gi'], { args: ['-XX:MaxRAMPercentage=90'] })] };
    fires(
      oomKilled,
      { objects: cart(podSpec) },
      { ...no('jvm-heap', 'escalate'), says: ['MaxRAMPercentage'] },
    );
  });
});

describe('nothing to see', () => {
  test.each<readonly [string, readonly KubernetesObject[]]>([
    ['a container that never restarted', cart(spec('512Mi'), running({ name: 'server' }))],
    [
      'an evicted pod',
      cart(spec('512Mi'), oom(), {
        phase: 'Failed',
        containers: [],
        status: { reason: 'Evicted', message: 'The node was low on resource: memory.' },
      }),
    ],
    ['a broken status', cart(spec('512Mi'), { name: 'server', lastState: { terminated: {} } })],
  ])('for %s', (_what, objects) => {
    silent(oomKilled, { objects });
  });

  test('in an empty cluster', () => {
    silent(oomKilled, { objects: [] });
  });

  test('once the kills are a day old', () => {
    silent(oomKilled, { objects: cart(spec('512Mi')), now: '2026-03-03T11:50:01Z' });
  });
});

test('two containers of one pod are two findings', () => {
  const podSpec = { containers: [server(['512Mi']), { ...server(['64Mi']), name: 'proxy' }] };
  const objects = cart(podSpec, oom(), { containers: [oom(), { ...oom(), name: 'proxy' }] });
  const findings = findingsOf(oomKilled, { objects });
  expect(findings.map(({ container, verdict }) => [container, verdict])).toEqual([
    ['server', 'fix'],
    ['proxy', 'fix'],
  ]);
});
