import { describe, expect, test } from 'vitest';
import { foreseen, guarded, NOON } from './guarded.ts';
import { DEPLOYMENT, LIVE, QUAY, RECORDED } from './quay.ts';

const nodes = `apiVersion: v1
kind: Node
metadata: {name: n1, labels: {disk: slow}}
status: {allocatable: {cpu: "4", memory: 8Gi}}
`;
const quota = `apiVersion: v1
kind: ResourceQuota
metadata: {name: quay, namespace: quay}
spec: {hard: {requests.memory: 1Gi}}
status: {hard: {requests.memory: 1Gi}, used: {requests.memory: 768Mi}}
`;
const scaler = (maximum: number): string => `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: ferry, namespace: quay}
spec:
  minReplicas: 2
  maxReplicas: ${maximum}
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: ferry}
`;
const liveWith = (...more: readonly string[]) => ({
  cluster: [LIVE, ...more].join('---\n'),
  recorded: [...RECORDED, 'Node', 'HorizontalPodAutoscaler', 'ResourceQuota'],
});
const withResources = (requests: string, limits: string): string =>
  DEPLOYMENT.replace('requests: {cpu: 100m, memory: 128Mi}', `requests: {${requests}}`).replace(
    'limits: {memory: 256Mi}',
    `limits: {${limits}}`,
  );

describe('a request', () => {
  test('larger than any node is told', async () => {
    const edits = { 'quay/ferry.yaml': withResources('cpu: "6", memory: 128Mi', 'memory: 256Mi') };
    expect(await foreseen(QUAY, edits, liveWith(nodes))).toEqual([
      'quay/ferry.yaml:22 error unschedulable/insufficient-cpu',
    ]);
  });

  test('that a node can hold is silent, as is any under a cluster autoscaler', async () => {
    const fits = { 'quay/ferry.yaml': withResources('cpu: "3", memory: 4Gi', 'memory: 4Gi') };
    expect(await foreseen(QUAY, fits, liveWith(nodes))).toEqual([]);
    const large = { 'quay/ferry.yaml': withResources('cpu: "6", memory: 4Gi', 'memory: 4Gi') };
    const pool = 'apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: all}\n';
    expect(await foreseen(QUAY, large, liveWith(nodes, pool))).toEqual([]);
  });

  test('above its limit is refused', async () => {
    const edits = { 'quay/ferry.yaml': withResources('cpu: 100m, memory: 512Mi', 'memory: 256Mi') };
    expect(await foreseen(QUAY, edits)).toEqual(['quay/ferry.yaml:22 error resources/request-above-limit']);
  });

  test('is told at the limit where the change lowers that one', async () => {
    const edits = { 'quay/ferry.yaml': withResources('cpu: 100m, memory: 128Mi', 'memory: 64Mi') };
    expect(await foreseen(QUAY, edits)).toEqual(['quay/ferry.yaml:23 error resources/request-above-limit']);
  });

  test('that the quota has no room for is told, and one that it has room for is not', async () => {
    const more = (memory: string) => ({
      'quay/ferry.yaml': withResources(`cpu: 100m, memory: ${memory}`, 'memory: 512Mi'),
    });
    expect(await foreseen(QUAY, more('384Mi'), liveWith(quota))).toEqual([
      'quay/ferry.yaml:22 error quota-exceeded/rollout-over-quota',
    ]);
    expect(await foreseen(QUAY, more('160Mi'), liveWith(quota))).toEqual([]);
  });
});

describe('a nodeSelector', () => {
  const selecting = (disk: string) => ({
    'quay/ferry.yaml': DEPLOYMENT.replace(
      '      containers:',
      `      nodeSelector: {disk: ${disk}}\n      containers:`,
    ),
  });

  test('that fits no node is told', async () => {
    expect(await foreseen(QUAY, selecting('fast'), liveWith(nodes))).toEqual([
      'quay/ferry.yaml:13 error unschedulable/node-selector',
    ]);
    expect(await foreseen(QUAY, selecting('slow'), liveWith(nodes))).toEqual([]);
  });
});

describe('a memory limit', () => {
  const used = (bytes: number) => [
    {
      labels: {
        __name__: 'container_memory_working_set_bytes',
        namespace: 'quay',
        pod: 'ferry-7d9f8b6c5-x2x4q',
        container: 'server',
      },
      samples: [[NOON - 60_000, bytes] as const],
    },
  ];
  const lower = { 'quay/ferry.yaml': withResources('cpu: 100m, memory: 128Mi', 'memory: 200Mi') };

  test('below what the container used is told', async () => {
    const report = await guarded(QUAY, lower, { ...liveWith(), series: used(220 * 2 ** 20) });
    expect(report.findings).toMatchObject([{ cause: 'limit-below-use', site: { line: 23 } }]);
  });

  test('above it, or without metrics, is silent', async () => {
    expect(await foreseen(QUAY, lower, { ...liveWith(), series: used(180 * 2 ** 20) })).toEqual([]);
    expect(await foreseen(QUAY, lower, liveWith())).toEqual([]);
  });

  test('below the heap that a variable asks for is told, also without a cluster', async () => {
    const heap = (size: string) => ({
      'quay/ferry.yaml': DEPLOYMENT.replace(
        'env:\n',
        `env:\n            - {name: JAVA_TOOL_OPTIONS, value: -Xmx${size}}\n`,
      ),
    });
    expect(await foreseen(QUAY, heap('512m'))).toEqual([
      'quay/ferry.yaml:27 error oom-killed/limit-below-heap',
    ]);
    expect(await foreseen(QUAY, heap('128m'))).toEqual([]);
  });
});

describe('an autoscaler', () => {
  const running = `${scaler(6)}status: {currentReplicas: 5, desiredReplicas: 5}\n`;
  const files = { ...QUAY, 'quay/hpa.yaml': scaler(6) };

  test('whose maximum goes below what runs is told', async () => {
    expect(await foreseen(files, { 'quay/hpa.yaml': scaler(4) }, liveWith(running))).toEqual([
      'quay/hpa.yaml:6 error hpa-at-maximum/maximum-below-running',
    ]);
    expect(await foreseen(files, { 'quay/hpa.yaml': scaler(5) }, liveWith(running))).toEqual([]);
  });

  test('whose minimum rises above its maximum is told at the minimum', async () => {
    const raised = { 'quay/hpa.yaml': scaler(4).replace('minReplicas: 2', 'minReplicas: 9') };
    expect(await foreseen({ ...files, 'quay/hpa.yaml': scaler(4) }, raised)).toEqual([
      'quay/hpa.yaml:5 error hpa-at-maximum/maximum-below-minimum',
    ]);
  });

  test('whose maximum is below its minimum is refused', async () => {
    expect(await foreseen(files, { 'quay/hpa.yaml': scaler(1) })).toEqual([
      'quay/hpa.yaml:6 error hpa-at-maximum/maximum-below-minimum',
    ]);
  });

  test('over replicas that git sets is a warning, once', async () => {
    expect(await foreseen(QUAY, { 'quay/hpa.yaml': scaler(6) })).toEqual([
      'quay/ferry.yaml:5 warning hpa-fights-git/replicas-in-git',
    ]);
    expect(await foreseen(files, { 'quay/hpa.yaml': scaler(9) })).toEqual([]);
    const without = { ...QUAY, 'quay/ferry.yaml': DEPLOYMENT.replace('  replicas: 2\n', '') };
    expect(await foreseen(without, { 'quay/hpa.yaml': scaler(6) })).toEqual([]);
  });

  test.each([
    ['an Application that leaves them out of its syncs', 'RespectIgnoreDifferences=true', 'Deployment', 0],
    ['one that only leaves them out of what it shows', 'CreateNamespace=true', 'Deployment', 1],
    ['one that leaves out those of another kind', 'RespectIgnoreDifferences=true', 'StatefulSet', 1],
  ])('over replicas that git sets, under %s', async (_which, option, kind, count) => {
    const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: quay, namespace: argocd}
spec:
  destination: {namespace: harbour, server: https://kubernetes.default.svc}
  source: {repoURL: https://git.example/harbour.git, path: elsewhere}
  syncPolicy: {syncOptions: [${option}]}
  ignoreDifferences: [{group: apps, kind: ${kind}, jsonPointers: [/spec/replicas]}]
`;
    const files = { ...QUAY, 'argo/quay.yaml': application };
    expect(await foreseen(files, { 'quay/hpa.yaml': scaler(6) })).toHaveLength(count);
  });

  test('over replicas that Flux writes only once is silent', async () => {
    const once = DEPLOYMENT.replace(
      /^metadata: \{/m,
      'metadata: {annotations: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}, ',
    );
    expect(once).not.toBe(DEPLOYMENT);
    expect(await foreseen({ ...QUAY, 'quay/ferry.yaml': once }, { 'quay/hpa.yaml': scaler(6) })).toEqual([]);
  });
});

describe('an image', () => {
  const has = (...tags: readonly string[]) => ({
    image: async (reference: string) => ({
      reference: tags.some((tag) => reference.endsWith(`:${tag}`))
        ? ('present' as const)
        : ('missing' as const),
      tags,
    }),
  });
  const bump = { 'quay/ferry.yaml': DEPLOYMENT.replace('1.4.0', 'V1.5.0') };

  test('that its registry lacks is told, with the tag that differs in spelling alone', async () => {
    const { findings } = await guarded(QUAY, bump, { images: has('1.4.0', '1.5.0') });
    expect(findings).toMatchObject([
      { cause: 'tag-not-found', site: { line: 15 }, suggestion: { value: 'harbour/ferry:1.5.0' } },
    ]);
  });

  test('that is there, or that nobody asked for, is silent', async () => {
    expect(await foreseen(QUAY, bump, { images: has('V1.5.0') })).toEqual([]);
    expect(await foreseen(QUAY, bump)).toEqual([]);
    const other = { 'quay/ferry.yaml': DEPLOYMENT.replace('replicas: 2', 'replicas: 3') };
    expect(await foreseen(QUAY, other, { images: has() })).toEqual([]);
  });
});

describe('an API version', () => {
  const cron = `apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: old, namespace: quay}\nspec:\n  schedule: 0 4 * * *\n  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}}\n`;
  const runs = (version: string) =>
    `apiVersion: v1\nkind: Node\nmetadata: {name: n1}\nstatus: {nodeInfo: {kubeletVersion: ${version}}}\n`;

  test('that the cluster no longer serves is told', async () => {
    expect(await foreseen(QUAY, { 'jobs/old.yaml': cron }, liveWith(runs('v1.29.1')))).toEqual([
      'jobs/old.yaml:1 error removed-api/version-not-served',
    ]);
  });

  test('that it still serves, or without a cluster, is silent', async () => {
    expect(await foreseen(QUAY, { 'jobs/old.yaml': cron }, liveWith(runs('v1.22.1')))).toEqual([]);
    expect(await foreseen(QUAY, { 'jobs/old.yaml': cron })).toEqual([]);
  });
});

test('a disruption budget that loses its pods is told', async () => {
  const budget = (app: string): string =>
    `apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: ferry, namespace: quay}\nspec:\n  minAvailable: 1\n  selector:\n    matchLabels: {app: ${app}}\n`;
  const files = { ...QUAY, 'quay/pdb.yaml': budget('ferry') };
  expect(await foreseen(files, { 'quay/pdb.yaml': budget('fery') })).toEqual([
    'quay/pdb.yaml:7 error lost-selector/budget-without-pods',
  ]);
  expect(
    await foreseen(files, { 'quay/pdb.yaml': budget('ferry').replace('minAvailable: 1', 'minAvailable: 2') }),
  ).toEqual([]);
});

describe('a port', () => {
  test('with a number or a name that none can have is refused', async () => {
    expect(await foreseen(QUAY, { 'quay/ferry.yaml': DEPLOYMENT.replace('8080', '80800') })).toEqual([
      'quay/ferry.yaml:18 error ports/invalid-port',
    ]);
    const named = DEPLOYMENT.replaceAll('http', 'an-endlessly-long-name').replace(
      'an-endlessly-long-nameGet',
      'httpGet',
    );
    const report = await foreseen({ 'quay/ferry.yaml': DEPLOYMENT }, { 'quay/ferry.yaml': named });
    expect(report).toEqual([
      'quay/ferry.yaml:17 error ports/invalid-port',
      'quay/ferry.yaml:20 error manifest/refused-value',
    ]);
  });
});

test('a network policy that loses its pods is told', async () => {
  const policy = (app: string): string =>
    `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: ferry, namespace: quay}\nspec:\n  podSelector:\n    matchLabels: {app: ${app}}\n`;
  const files = { ...QUAY, 'quay/policy.yaml': policy('ferry') };
  expect(await foreseen(files, { 'quay/policy.yaml': policy('fery') })).toEqual([
    'quay/policy.yaml:6 error lost-selector/policy-without-pods',
  ]);
  expect(await foreseen(QUAY, { 'quay/policy.yaml': policy('fery') })).toEqual([]);
});
