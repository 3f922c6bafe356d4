import { describe, expect, test } from 'vitest';
import { foreseen, guarded } from './guarded.ts';
import { ACCOUNT, DEPLOYMENT, LIVE, QUAY, RECORDED, SERVICE } from './quay.ts';

const RECORDED_ALL = [
  ...RECORDED,
  'Gateway',
  'HorizontalPodAutoscaler',
  'IngressClass',
  'PersistentVolumeClaim',
  'PriorityClass',
  'RuntimeClass',
  'Secret',
  'StorageClass',
];
const known = { cluster: LIVE, recorded: RECORDED_ALL };

const withSpec = (line: string): string =>
  DEPLOYMENT.replace('      containers:', `      ${line}\n      containers:`);

const ingress = (service: string, port: string, more = ''): string => `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ferry, namespace: quay}
spec:
  ${more}
  rules:
    - host: ferry.example.org
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: ${service}
                port: {${port}}
`;

const hpa = (name: string, more = ''): string => `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: ferry, namespace: quay}
spec:
  minReplicas: 2
  maxReplicas: 6
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: ${name}}
${more}`;

const claim = (more: string): string => `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: logbook, namespace: quay}
spec:
  accessModes: [ReadWriteOnce]
  ${more}
  resources: {requests: {storage: 1Gi}}
`;

const route = (service: string): string => `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: ferry, namespace: quay}
spec:
  rules:
    - backendRefs:
        - name: ${service}
          port: 80
`;

/** What a file that is added or changed says, and the finding: without a cluster nothing is known of either. */
const TABLE: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  [
    'a ServiceAccount',
    { 'quay/ferry.yaml': DEPLOYMENT.replace('serviceAccountName: ferry', 'serviceAccountName: pilot') },
    'quay/ferry.yaml:12 error create-failed/service-account-missing',
  ],
  [
    'a PriorityClass',
    { 'quay/ferry.yaml': withSpec('priorityClassName: urgent') },
    'quay/ferry.yaml:13 error create-failed/priority-class-missing',
  ],
  [
    'a RuntimeClass',
    { 'quay/ferry.yaml': withSpec('runtimeClassName: sealed') },
    'quay/ferry.yaml:13 error create-failed/runtime-class-missing',
  ],
  [
    'a claim',
    { 'quay/ferry.yaml': withSpec('volumes: [{name: log, persistentVolumeClaim: {claimName: log}}]') },
    'quay/ferry.yaml:13 error claim-unbound/claim-missing',
  ],
  [
    'a StorageClass',
    { 'quay/claim.yaml': claim('storageClassName: fast') },
    'quay/claim.yaml:6 error claim-unbound/storage-class-missing',
  ],
  [
    'a Service, by an Ingress',
    { 'quay/in.yaml': ingress('barge', 'name: http') },
    'quay/in.yaml:14 error ingress-backend/backend-missing',
  ],
  [
    'an IngressClass',
    { 'quay/in.yaml': ingress('ferry', 'name: http', 'ingressClassName: outer') },
    'quay/in.yaml:5 error ingress-backend/class-missing',
  ],
  [
    'a Service, by a route',
    { 'quay/route.yaml': route('barge') },
    'quay/route.yaml:7 error ingress-backend/backend-missing',
  ],
  [
    'a workload, by an autoscaler',
    { 'quay/hpa.yaml': hpa('barge') },
    'quay/hpa.yaml:7 error hpa-not-scaling/target-missing',
  ],
];

describe.each(TABLE)('%s that neither git nor the cluster has', (_what, edits, finding) => {
  test('is told at the line of its name', async () => {
    expect(await foreseen(QUAY, edits, known)).toEqual([finding]);
  });

  test('is unknown without a cluster', async () => {
    expect(await foreseen(QUAY, edits)).toEqual([]);
  });

  test('is nothing new where it was so before', async () => {
    const [file, text] = Object.entries(edits)[0]!;
    expect(await foreseen({ ...QUAY, ...edits }, { [file]: `# ${file}\n${text}` }, known)).toEqual([]);
  });
});

describe('what is there already', () => {
  test.each([
    [
      'an account that every namespace has',
      { 'quay/ferry.yaml': DEPLOYMENT.replace('serviceAccountName: ferry', 'serviceAccountName: default') },
    ],
    ['a class of Kubernetes', { 'quay/ferry.yaml': withSpec('priorityClassName: system-node-critical') }],
    [
      'a claim of the same change',
      {
        'quay/ferry.yaml': withSpec('volumes: [{name: log, persistentVolumeClaim: {claimName: logbook}}]'),
        'quay/claim.yaml': claim('volumeMode: Filesystem'),
      },
    ],
    ['a Service of the same root', { 'quay/in.yaml': ingress('ferry', 'number: 80') }],
    ['a claim without a class', { 'quay/claim.yaml': claim("storageClassName: ''") }],
    [
      'a ConfigMap of the cluster’s own',
      {
        'quay/ferry.yaml': DEPLOYMENT.replace(
          'configMapRef: {name: ferry-config}',
          'configMapRef: {name: kube-root-ca.crt}',
        ),
      },
    ],
  ])('is no finding: %s', async (_what, edits) => {
    expect(await foreseen(QUAY, edits, known)).toEqual([]);
  });
});

describe('what a change takes away is known from git alone', () => {
  test('a ServiceAccount that a template names', async () => {
    expect(
      await foreseen(QUAY, { 'quay/account.yaml': ACCOUNT.replace('name: ferry', 'name: pilot') }),
    ).toEqual(['quay/ferry.yaml:12 error create-failed/service-account-missing']);
  });

  test('a Service that an Ingress of another root leads to', async () => {
    const files = { ...QUAY, 'edge/in.yaml': ingress('ferry', 'name: http') };
    expect(
      await foreseen(files, { 'quay/service.yaml': SERVICE.replace('name: ferry', 'name: ferries') }),
    ).toEqual(['edge/in.yaml:14 error ingress-backend/backend-missing']);
  });

  test('a port of a Service that an Ingress of another root leads to', async () => {
    const files = { ...QUAY, 'edge/in.yaml': ingress('ferry', 'number: 80') };
    const { findings } = await guarded(files, {
      'quay/service.yaml': SERVICE.replace('port: 80', 'port: 8000'),
    });
    expect(findings).toMatchObject([
      {
        cause: 'backend-port-missing',
        site: { file: 'edge/in.yaml', line: 15 },
        suggestion: { value: 8000 },
      },
    ]);
  });

  test('a Service whose address another root is told', async () => {
    const told = (address: string): string =>
      DEPLOYMENT.replaceAll('ferry', 'deck').replace(
        'env:\n',
        `env:\n            - {name: FERRY_URL, value: "${address}"}\n`,
      );
    const renamed = { 'quay/service.yaml': SERVICE.replace('name: ferry', 'name: ferries') };
    const files = (address: string) => ({ ...QUAY, 'deck/deck.yaml': told(address) });
    expect(await foreseen(files('http://ferry.quay.svc:80/'), renamed)).toEqual([
      'deck/deck.yaml:27 error service-address/wrong-host',
    ]);
    expect(await foreseen(files('http://ferry.example.org/'), renamed)).toEqual([]);
  });

  test('a Deployment that an autoscaler scales', async () => {
    const files = { ...QUAY, 'scale/hpa.yaml': hpa('ferry') };
    expect(
      await foreseen(files, { 'quay/ferry.yaml': DEPLOYMENT.replace('name: ferry,', 'name: ferries,') }),
    ).toEqual(['scale/hpa.yaml:7 error hpa-not-scaling/target-missing']);
  });
});
