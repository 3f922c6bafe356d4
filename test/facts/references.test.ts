import { describe, expect, test } from 'vitest';
import { missingPaths, readComplaints } from '../../src/facts/complaints.ts';
import { keyUnder, referencesIn, referencesOf } from '../../src/facts/references.ts';
import { workload } from '../rules/objects.ts';

function shown(references: ReturnType<typeof referencesIn>): readonly string[] {
  return references.map(({ kind, name, field, keys }) =>
    `${kind} ${name} ${keys.map(({ key }) => key).join(',')} ${field}`.replace('  ', ' '),
  );
}

describe('references', () => {
  test('are found in every place that needs an object, with the field that names it', () => {
    const spec = {
      initContainers: [
        { name: 'prepare', envFrom: [{ secretRef: { name: 's1' } }] },
        {
          name: 'proxy',
          restartPolicy: 'Always',
          env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'c1', key: 'a' } } }],
        },
      ],
      containers: [
        {
          name: 'app',
          env: [
            { name: 'B', valueFrom: { secretKeyRef: { name: 's2', key: 'b' } } },
            { name: 'C', value: '1' },
            { name: 'C', valueFrom: { secretKeyRef: { name: 's2', key: 'c' } } },
          ],
          envFrom: [{ prefix: 'X_', configMapRef: { name: 'c2' } }],
        },
      ],
      ephemeralContainers: [
        { name: 'debug', env: [{ name: 'D', valueFrom: { configMapKeyRef: { name: 'c5', key: 'd' } } }] },
      ],
      imagePullSecrets: [{ name: 'registry' }],
      volumes: [
        { name: 'v1', configMap: { name: 'c3', items: [{ key: 'k', path: 'p/k' }] } },
        { name: 'v2', secret: { secretName: 's3' } },
        {
          name: 'v3',
          projected: {
            sources: [
              { downwardAPI: {} },
              { configMap: { name: 'c4' } },
              { secret: { name: 's4', items: [{ key: 'q' }] } },
            ],
          },
        },
      ],
    };
    expect(shown(referencesIn(spec, 'spec'))).toEqual([
      'ConfigMap c3 k spec.volumes[name=v1].configMap.name',
      'Secret s3 spec.volumes[name=v2].secret.secretName',
      'ConfigMap c4 spec.volumes[name=v3].projected.sources[1].configMap.name',
      'Secret s4 q spec.volumes[name=v3].projected.sources[2].secret.name',
      'Secret s1 spec.initContainers[name=prepare].envFrom[0].secretRef.name',
      'ConfigMap c1 a spec.initContainers[name=proxy].env[name=A].valueFrom.configMapKeyRef.name',
      'ConfigMap c2 spec.containers[name=app].envFrom[0].configMapRef.name',
      'Secret s2 b spec.containers[name=app].env[name=B].valueFrom.secretKeyRef.name',
      'Secret s2 c spec.containers[name=app].env[2].valueFrom.secretKeyRef.name',
      'ConfigMap c5 d spec.ephemeralContainers[name=debug].env[name=D].valueFrom.configMapKeyRef.name',
      'Secret registry spec.imagePullSecrets[0].name',
    ]);
  });

  test('leave out what is optional and the token volume', () => {
    const spec = {
      containers: [
        {
          name: 'app',
          envFrom: [{ configMapRef: { name: 'c', optional: true } }],
          env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'a', optional: true } } }],
        },
      ],
      volumes: [
        { name: 'v', secret: { secretName: 's', optional: true } },
        {
          name: 'kube-api-access-x',
          projected: { sources: [{ serviceAccountToken: {} }, { configMap: { name: 'kube-root-ca.crt' } }] },
        },
      ],
    };
    expect(referencesIn(spec, 'spec')).toEqual([]);
  });

  test('of a whole volume need the keys of sub-paths and of paths in commands', () => {
    const spec = {
      containers: [
        {
          name: 'app',
          command: ['/bin/sh', '-c'],
          args: [
            'serve --config=/etc/app/main.yml --cache /etc/app/cache/x && cat /etc/other/file /etc/app/*.yml',
          ],
          volumeMounts: [
            { name: 'v', mountPath: '/etc/app' },
            { name: 'cache', mountPath: '/etc/app/cache' },
            { name: 'v', mountPath: '/opt/rules.yml', subPath: 'rules.yml' },
          ],
        },
      ],
      volumes: [
        { name: 'v', configMap: { name: 'c' } },
        { name: 'cache', emptyDir: {} },
      ],
    };
    const [reference] = referencesIn(spec, 'spec');
    expect(reference!.keys.map(({ key, because }) => `${key} ${because}`)).toEqual([
      'main.yml path',
      'rules.yml subPath',
    ]);
  });

  test('of a CronJob lie in its job template', () => {
    const cron = workload('CronJob', 'report', {
      containers: [{ name: 'app', envFrom: [{ configMapRef: { name: 'c' } }] }],
    });
    expect(referencesOf(cron)[0]!.field).toBe(
      'spec.jobTemplate.spec.template.spec.containers[name=app].envFrom[0].configMapRef.name',
    );
  });
});

test('a path needs the key that is its first part below the mount', () => {
  expect(keyUnder('/etc/app/a.yml', '/etc/app', [])).toBe('a.yml');
  expect(keyUnder('/etc/app/a.yml', '/etc/app/', [])).toBe('a.yml');
  expect(keyUnder('/etc/app/d/a.yml', '/etc/app', [])).toBe('d');
  expect(keyUnder('/etc/application/a.yml', '/etc/app', [])).toBeNull();
  expect(keyUnder('/etc/app/$FILE', '/etc/app', [])).toBeNull();
  expect(keyUnder('/etc/app/d/a.yml', '/etc/app', ['/etc/app/d'])).toBeNull();
});

describe('messages of the kubelet', () => {
  test.each([
    ['configmap "c" not found', [{ kind: 'ConfigMap', name: 'c', key: null, volume: null }]],
    ['Error: secret "s" not found', [{ kind: 'Secret', name: 's', key: null, volume: null }]],
    ["couldn't find key K.x in Secret ns/s", [{ kind: 'Secret', name: 's', key: 'K.x', volume: null }]],
    [
      'MountVolume.SetUp failed for volume "v" : references non-existent secret key: tls.crt',
      [{ kind: 'Secret', name: null, key: 'tls.crt', volume: 'v' }],
    ],
    [
      'MountVolume.SetUp failed for volume "all" : [configmap "c" not found, secret "s" not found]',
      [
        { kind: 'ConfigMap', name: 'c', key: null, volume: 'all' },
        { kind: 'Secret', name: 's', key: null, volume: 'all' },
      ],
    ],
    ['MountVolume.SetUp failed for volume "v" : object "ns"/"c" not registered', []],
    ['persistentvolumeclaim "data" not found', []],
    ['configmaps "c" is forbidden: User "system:node:a" cannot get resource "configmaps"', []],
  ])('%s', (message, complaints) => {
    expect(readComplaints(message)).toEqual(complaints);
  });
});

test('missing paths are those of lines that say so', () => {
  const log = [
    'reading /etc/app/fine.yml',
    'open /etc/app/a.yml: no such file or directory',
    "Error: ENOENT: no such file or directory, open '/etc/app/b.json'",
    'see https://docs.example/not/found for help, not found',
  ].join('\n');
  expect(missingPaths(log)).toEqual(['/etc/app/a.yml', '/etc/app/b.json']);
});
