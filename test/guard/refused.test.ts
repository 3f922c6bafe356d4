import { describe, expect, test } from 'vitest';
import { guarded, told } from './guarded.ts';
import { CONFIG, DEPLOYMENT, JOB, QUAY, SERVICE } from './quay.ts';

type Case = readonly [what: string, files: Readonly<Record<string, string>>, finding: string];

const ferry = (from: string | RegExp, to: string): Readonly<Record<string, string>> => ({
  'quay/ferry.yaml': DEPLOYMENT.replace(from, to),
});
const service = (from: string, to: string): Readonly<Record<string, string>> => ({
  'quay/service.yaml': SERVICE.replace(from, to),
});
const MOUNTS = `          volumeMounts:
            - {name: charts, mountPath: /charts}
`;
const VOLUMES = '      volumes: [{name: charts, emptyDir: {}}]\n';

const MOUNTED = `${DEPLOYMENT.replace('          envFrom:', `${MOUNTS}          envFrom:`)}${VOLUMES}`;

const REFUSED: readonly Case[] = [
  [
    'a number that is text',
    ferry('containerPort: 8080', 'containerPort: "8080"'),
    'quay/ferry.yaml:18 error manifest/malformed',
  ],
  ['a quantity that is none', ferry('256Mi', '256Mib'), 'quay/ferry.yaml:23 error manifest/malformed'],
  [
    'a choice that there is not',
    ferry('          ports:', '          imagePullPolicy: Allways\n          ports:'),
    'quay/ferry.yaml:16 error manifest/refused-value',
  ],
  [
    'a variable that is a number',
    ferry('            - name: PIER\n', '            - {name: DEPTH, value: 7}\n            - name: PIER\n'),
    'quay/ferry.yaml:27 error manifest/malformed',
  ],
  [
    'the value of a label',
    { 'quay/config.yaml': CONFIG.replace('quay}', 'quay, labels: {side: "north pier"}}') },
    'quay/config.yaml:3 error manifest/refused-value',
  ],
  [
    'a name with capitals',
    { 'quay/config.yaml': CONFIG.replace('ferry-config', 'Ferry_Config') },
    'quay/config.yaml:3 error object-name/invalid-name',
  ],
  ['a selector left out', ferry(/ {2}selector:\n.*\n/, ''), 'quay/ferry.yaml:4 error manifest/field-missing'],
  ['an image left out', ferry(/ {10}image: .*\n/, ''), 'quay/ferry.yaml:14 error manifest/field-missing'],
  [
    'a field that there is not',
    ferry('resources:', 'ressources:'),
    'quay/ferry.yaml:21 warning fields/unknown-field',
  ],
  [
    'a short field with two letters swapped',
    ferry('          env:', '          evn:'),
    'quay/ferry.yaml:26 warning fields/unknown-field',
  ],
  [
    'the value of a label of a custom resource',
    {
      'quay/crane.yaml':
        'apiVersion: harbour.example.org/v1\nkind: Crane\nmetadata: {name: big, labels: {side: "north pier"}}\n',
    },
    'quay/crane.yaml:3 error manifest/refused-value',
  ],
  [
    'a mount without its volume',
    ferry('          envFrom:', `${MOUNTS}          envFrom:`),
    'quay/ferry.yaml:25 error pod-template/volume-missing',
  ],
  [
    'one path for two mounts',
    {
      'quay/ferry.yaml': MOUNTED.replace(
        MOUNTS,
        `${MOUNTS}            - {name: charts, mountPath: /charts}\n`,
      ),
    },
    'quay/ferry.yaml:26 error pod-template/named-twice',
  ],
  [
    'one name for two ports',
    ferry(
      'containerPort: 8080',
      'containerPort: 8080\n            - name: http\n              containerPort: 8081',
    ),
    'quay/ferry.yaml:19 error pod-template/named-twice',
  ],
  [
    'a Deployment that restarts nothing',
    ferry('      containers:', '      restartPolicy: Never\n      containers:'),
    'quay/ferry.yaml:13 error pod-template/restart-policy',
  ],
  [
    'a second port without a name',
    service('  ports:', '  ports:\n    - port: 81'),
    'quay/service.yaml:8 error ports/port-without-name',
  ],
  [
    'one name for two ports of a Service',
    service('  ports:', '  ports:\n    - {name: http, port: 81}'),
    'quay/service.yaml:9 error ports/port-twice',
  ],
];

describe('what the API server refuses', () => {
  test.each(REFUSED)('is told at its line: %s', async (_what, files, finding) => {
    const before = {
      'quay/ferry.yaml': DEPLOYMENT,
      'quay/service.yaml': SERVICE,
      'quay/config.yaml': CONFIG,
    };
    expect(told(await guarded(before, files))).toContain(finding);
  });

  test('is told once, by the check that knows most of it', async () => {
    expect(told(await guarded(QUAY, ferry('8080', '80800')))).toEqual([
      'quay/ferry.yaml:18 error ports/invalid-port',
    ]);
  });

  test('does not make an object one that the change takes away', async () => {
    const scaler = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: ferry, namespace: quay}
spec: {minReplicas: 2, maxReplicas: 6, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: ferry}}
`;
    const before = {
      ...QUAY,
      'quay/hpa.yaml': scaler,
      'quay/ferry.yaml': DEPLOYMENT.replace('  replicas: 2\n', ''),
    };
    expect(told(await guarded(before, ferry('replicas: 2', 'replicas: two')))).toEqual([
      'quay/ferry.yaml:5 error manifest/malformed',
    ]);
  });
});

test('a file that nobody can read does not take its objects away', async () => {
  const scaler = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: ferry, namespace: quay}
spec: {minReplicas: 2, maxReplicas: 6, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: ferry}}
`;
  const before = { 'quay/ferry.yaml': DEPLOYMENT.replace('  replicas: 2\n', ''), 'quay/hpa.yaml': scaler };
  expect(told(await guarded(before, ferry('          image:', '\timage:')))).toEqual([
    'quay/ferry.yaml:15 error render/unreadable-manifest',
  ]);
  expect(told(await guarded(before, { 'quay/ferry.yaml': null }))).toEqual([
    'quay/hpa.yaml:4 error hpa-not-scaling/target-missing',
  ]);
});

/** What each change says, and what was there before where that is not the quay as it is. */
const TAKEN: readonly (readonly [
  what: string,
  files: Readonly<Record<string, string>>,
  before?: Readonly<Record<string, string>>,
])[] = [
  ['a quantity written as a number', ferry('256Mi', '268435456')],
  ['a value that Flux fills in', ferry('  replicas: 2', '  replicas: 2\n  revisionHistoryLimit: ${KEPT}')],
  [
    'a value that is encrypted',
    {
      'quay/secret.yaml':
        'apiVersion: v1\nkind: Secret\nmetadata: {name: keys, namespace: quay}\ndata: {key: "ENC[AES256_GCM,data:b2s=,type:str]"}\n',
    },
  ],
  [
    'what was refused before',
    {
      'quay/ferry.yaml': DEPLOYMENT.replace(
        '          ports:',
        '          imagePullPolicy: Allways\n          ports:',
      ).replace('1.4.0', '1.5.0'),
    },
    ferry('          ports:', '          imagePullPolicy: Allways\n          ports:'),
  ],
  [
    'a resource of others',
    {
      'quay/crane.yaml':
        'apiVersion: harbour.example.org/v1\nkind: Crane\nmetadata: {name: big, namespace: quay}\nspec: {anything: [1, two]}\n',
    },
  ],
  ['a mount with its volume', { 'quay/ferry.yaml': MOUNTED }],
  ['one port without a name', service('    - name: http\n      port: 80', '    - port: 80')],
  [
    'two ports of one number in two protocols',
    service('  ports:', '  ports:\n    - {name: quic, port: 80, protocol: UDP, targetPort: http}'),
  ],
  ['a job that never restarts', { 'jobs/tides.yaml': JOB.replace('1.0.0', '1.0.1') }],
  [
    'a role of any name',
    {
      'quay/role.yaml':
        'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: "Harbour:Master", namespace: quay}\nrules: []\n',
    },
  ],
];

for (const [what, files, before] of TAKEN)
  test(`nothing is said of ${what}`, async () => {
    expect(told(await guarded({ ...QUAY, ...before }, files))).toEqual([]);
  });
