import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { PodSpec } from '../../src/kubernetes/workloads.ts';
import { configReference } from '../../src/rules/config-reference.ts';
import type { Commit } from '../../src/model/commit.ts';
import type { RenderedKeys } from '../../src/model/need.ts';
import { deployment, event, object, pod, readyPods, running, waiting, workload } from './objects.ts';
import { answer, findingsOf, fires, silent, type Answered } from './rule-tester.ts';

const NOW = '2026-03-02T12:00:00Z';
const JUST_NOW = '2026-03-02T11:58:00Z';
const COMMIT: Commit = {
  sha: 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334',
  author: 'Mina Holm',
  email: 'mina@shop.example',
  at: Date.parse('2026-03-01T16:00:00Z'),
  subject: 'Name the mail templates after the mailer',
};

const NAME_FIELD = 'spec.template.spec.volumes[name=templates].configMap.name';

/** A mailer that mounts ConfigMap `name` and needs two of its keys. */
function mailerSpec(name: string): PodSpec {
  return {
    containers: [
      {
        name: 'mailer',
        image: 'shop/mailer:4',
        volumeMounts: [{ name: 'templates', mountPath: '/etc/mailer' }],
      },
    ],
    volumes: [
      { name: 'templates', configMap: { name, items: [{ key: 'welcome.txt', path: 'welcome.txt' }] } },
    ],
  };
}

function configMap(name: string, keys: readonly string[], namespace = 'shop'): KubernetesObject {
  return object(
    'v1',
    'ConfigMap',
    name,
    { data: Object.fromEntries(keys.map((key) => [key, 'text'])) },
    { namespace },
  );
}

function secret(name: string, keys: readonly string[] | null): KubernetesObject {
  return object('v1', 'Secret', name, {
    type: 'Opaque',
    ...(keys && { data: Object.fromEntries(keys.map((key) => [key, null])) }),
  });
}

const UNRELATED = configMap('kube-root-ca.crt', ['ca.crt']);

/** A workload whose pod waits for its volume, with the kubelet's words. */
function unmounted(
  spec: PodSpec,
  says: string,
  details: { kind?: string; last?: string } = {},
): readonly KubernetesObject[] {
  const owner =
    details.kind === undefined ? deployment('mailer', spec) : workload(details.kind, 'mailer', spec);
  const stuck = pod(owner, 'x1', { containers: [waiting(spec.containers![0]!, 'ContainerCreating')] });
  return [
    owner,
    stuck,
    event(stuck, { reason: 'FailedMount', message: says, count: 40, last: details.last ?? JUST_NOW }),
    UNRELATED,
  ];
}

function notMounted(name: string): string {
  return `MountVolume.SetUp failed for volume "templates" : configmap "${name}" not found`;
}

/** A workload whose container cannot be created, with the kubelet's words. */
function uncreated(spec: PodSpec, says: string): readonly KubernetesObject[] {
  const owner = deployment('api', spec);
  return [
    owner,
    pod(owner, 'x1', { containers: [waiting(spec.containers![0]!, 'CreateContainerConfigError', says)] }),
    UNRELATED,
  ];
}

function renders(
  ...objects: readonly (readonly [kind: string, name: string, keys: readonly string[]])[]
): Answered {
  const rendered: readonly RenderedKeys[] = objects.map(([kind, name, keys]) => ({
    ref: { apiVersion: 'v1', kind, namespace: 'shop', name },
    keys,
    root: 'apps/mailer',
  }));
  return answer('rendered', {}, rendered);
}

function renamed(from: string, ...to: readonly string[]): Answered {
  return answer(
    'rename',
    {},
    to.map((name) => ({ from, to: name, similarity: 0.97, commit: COMMIT })),
  );
}

describe('a rename that history proves', () => {
  test('gives the reference the new name and names the commit', () => {
    fires(
      configReference,
      {
        objects: [
          ...unmounted(mailerSpec('templates'), notMounted('templates')),
          configMap('mailer-texts', ['welcome.txt']),
        ],
        answers: [
          renders(['ConfigMap', 'mailer-texts', ['welcome.txt']]),
          renamed('templates', 'mailer-texts'),
        ],
      },
      {
        cause: 'object-renamed',
        verdict: 'fix',
        object: 'Deployment shop/mailer',
        container: null,
        changes: [[NAME_FIELD, 'templates', 'mailer-texts']],
        says: ['a1b2c3d4', 'Mina Holm', '2026-03-01', 'templates', 'not found', 'mailer-texts'],
        confidence: [0.95, 1],
        occurrences: 40,
      },
    );
  });

  test('is believed while the new object is still to be applied', () => {
    fires(
      configReference,
      {
        objects: unmounted(mailerSpec('templates'), notMounted('templates')),
        answers: [
          renders(['ConfigMap', 'mailer-texts', ['welcome.txt']]),
          renamed('templates', 'mailer-texts'),
        ],
      },
      { cause: 'object-renamed', verdict: 'fix', changes: [[NAME_FIELD, 'templates', 'mailer-texts']] },
    );
  });

  test('is followed through a second rename', () => {
    fires(
      configReference,
      {
        objects: [
          ...unmounted(mailerSpec('templates'), notMounted('templates')),
          configMap('letters', ['welcome.txt']),
        ],
        answers: [
          renders(['ConfigMap', 'letters', ['welcome.txt']]),
          answer(
            'rename',
            { object: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'templates' } },
            [{ from: 'templates', to: 'texts', similarity: 1, commit: COMMIT }],
          ),
          answer(
            'rename',
            { object: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'texts' } },
            [
              {
                from: 'texts',
                to: 'letters',
                similarity: 1,
                commit: { ...COMMIT, sha: 'ffeeddcc00112233445566778899aabbccddeeff' },
              },
            ],
          ),
        ],
      },
      {
        cause: 'object-renamed',
        verdict: 'fix',
        changes: [[NAME_FIELD, 'templates', 'letters']],
        says: ['ffeeddcc'],
      },
    );
  });

  test('writes the name without its generated hash', () => {
    fires(
      configReference,
      {
        objects: [
          ...unmounted(mailerSpec('templates'), notMounted('templates')),
          configMap('texts-7f9g2k5m4h', ['welcome.txt']),
        ],
        answers: [
          renders(['ConfigMap', 'texts-7f9g2k5m4h', ['welcome.txt']]),
          renamed('templates', 'texts-7f9g2k5m4h'),
        ],
      },
      { cause: 'object-renamed', verdict: 'fix', changes: [[NAME_FIELD, 'templates', 'texts']] },
    );
  });

  test('changes every place of the template that has the old name', () => {
    const spec: PodSpec = {
      initContainers: [{ name: 'migrate', envFrom: [{ configMapRef: { name: 'settings' } }] }],
      containers: [{ name: 'api', envFrom: [{ configMapRef: { name: 'settings' } }] }],
    };
    const owner = deployment('api', spec);
    fires(
      configReference,
      {
        objects: [
          owner,
          pod(owner, 'x1', {
            initContainers: [
              waiting({ name: 'migrate' }, 'CreateContainerConfigError', 'configmap "settings" not found'),
            ],
          }),
          configMap('api-options', ['LEVEL']),
        ],
        answers: [renders(['ConfigMap', 'api-options', ['LEVEL']]), renamed('settings', 'api-options')],
      },
      {
        cause: 'object-renamed',
        verdict: 'fix',
        container: null,
        changes: [
          [
            'spec.template.spec.initContainers[name=migrate].envFrom[0].configMapRef.name',
            'settings',
            'api-options',
          ],
          ['spec.template.spec.containers[name=api].envFrom[0].configMapRef.name', 'settings', 'api-options'],
        ],
      },
    );
  });

  test('is for a person where much of the content changed with it', () => {
    fires(
      configReference,
      {
        objects: [
          ...unmounted(mailerSpec('templates'), notMounted('templates')),
          configMap('texts', ['welcome.txt']),
        ],
        answers: [
          renders(),
          answer('rename', {}, [{ from: 'templates', to: 'texts', similarity: 0.55, commit: COMMIT }]),
        ],
      },
      {
        cause: 'object-renamed',
        verdict: 'fix',
        changes: [[NAME_FIELD, 'templates', 'texts']],
        guards: ['no-auto-merge'],
      },
    );
  });

  test('is no fix when the new object lacks a key', () => {
    fires(
      configReference,
      {
        objects: [
          ...unmounted(mailerSpec('templates'), notMounted('templates')),
          configMap('texts', ['hello.txt']),
        ],
        answers: [renders(), renamed('templates', 'texts')],
      },
      { cause: 'object-renamed', verdict: 'escalate', says: ['lacks welcome.txt'] },
    );
  });

  test('is no fix when the commit split the object in two', () => {
    fires(
      configReference,
      {
        objects: [
          ...unmounted(mailerSpec('templates'), notMounted('templates')),
          configMap('texts-a', ['welcome.txt']),
          configMap('texts-b', ['welcome.txt']),
        ],
        answers: [renders(), renamed('templates', 'texts-a', 'texts-b')],
      },
      { cause: 'object-ambiguous', verdict: 'escalate', says: ['texts-a', 'texts-b'] },
    );
  });

  test('is no fix when the new name is out of sight', () => {
    fires(
      configReference,
      {
        objects: unmounted(mailerSpec('templates'), notMounted('templates')),
        answers: [renders(), renamed('templates', 'texts')],
      },
      { cause: 'object-renamed', verdict: 'escalate', says: ['texts does not exist either'] },
    );
  });

  test('in a Job needs the Job to be recreated', () => {
    fires(
      configReference,
      {
        objects: [
          ...unmounted(mailerSpec('templates'), notMounted('templates'), { kind: 'Job' }),
          configMap('texts', ['welcome.txt']),
        ],
        answers: [renders(), renamed('templates', 'texts')],
      },
      {
        cause: 'object-renamed',
        verdict: 'fix',
        changes: [[NAME_FIELD, 'templates', 'texts']],
        guards: ['no-auto-merge'],
        says: ['recreated'],
      },
    );
  });

  test('in pods that an operator makes is declined, naming its resource', () => {
    const owner = object('db.example/v1', 'Ledger', 'books', { spec: {} });
    const stuck = pod(owner, 'x1', {
      podSpec: mailerSpec('templates'),
      containers: [waiting({ name: 'mailer' }, 'ContainerCreating')],
    });
    fires(
      configReference,
      {
        objects: [
          owner,
          stuck,
          event(stuck, { reason: 'FailedMount', message: notMounted('templates'), last: JUST_NOW }),
          configMap('texts', ['welcome.txt']),
        ],
        answers: [renders(), renamed('templates', 'texts')],
      },
      {
        cause: 'object-renamed',
        verdict: 'decline',
        object: 'Ledger shop/books',
        says: ['Ledger shop/books generates the pods'],
      },
    );
  });
});

describe('one fitting object', () => {
  test('with a related name and all keys is proposed, for a person to merge', () => {
    fires(
      configReference,
      {
        objects: [
          ...unmounted(mailerSpec('mail-config'), notMounted('mail-config')),
          configMap('mail-configuration', ['welcome.txt']),
        ],
        answers: [renders(['ConfigMap', 'mail-configuration', ['welcome.txt']])],
      },
      {
        cause: 'object-misnamed',
        verdict: 'fix',
        changes: [[NAME_FIELD, 'mail-config', 'mail-configuration']],
        guards: ['no-auto-merge'],
      },
    );
  });

  test('in a CronJob is written into its job template', () => {
    const spec = mailerSpec('report-config');
    const owner = workload('CronJob', 'report', spec);
    const job = workload('Job', 'report-1', spec, { owner });
    const stuck = pod(job, 'x1', { containers: [waiting({ name: 'mailer' }, 'ContainerCreating')] });
    fires(
      configReference,
      {
        objects: [
          owner,
          job,
          stuck,
          event(stuck, { reason: 'FailedMount', message: notMounted('report-config'), last: JUST_NOW }),
          configMap('report-config-v2', ['welcome.txt']),
        ],
        answers: [renders(['ConfigMap', 'report-config-v2', ['welcome.txt']])],
      },
      {
        cause: 'object-misnamed',
        verdict: 'fix',
        object: 'CronJob shop/report',
        changes: [
          [
            'spec.jobTemplate.spec.template.spec.volumes[name=templates].configMap.name',
            'report-config',
            'report-config-v2',
          ],
        ],
        guards: ['no-auto-merge'],
      },
    );
  });

  const credentials: PodSpec = {
    containers: [
      {
        name: 'api',
        env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'token-1.4', key: 'token' } } }],
      },
    ],
  };

  test('may be a Secret that is not in git, if it has the key and another version in its name', () => {
    fires(
      configReference,
      {
        objects: [...uncreated(credentials, 'secret "token-1.4" not found'), secret('token-1.5', ['token'])],
        answers: [renders()],
      },
      {
        cause: 'object-misnamed',
        verdict: 'fix',
        container: 'api',
        changes: [
          [
            'spec.template.spec.containers[name=api].env[name=TOKEN].valueFrom.secretKeyRef.name',
            'token-1.4',
            'token-1.5',
          ],
        ],
        guards: ['no-auto-merge'],
      },
    );
  });

  test.each([
    ['its keys are unknown', secret('token-1.5', null), renders(), 'object-missing', 'decline'],
    ['it lacks the key', secret('token-1.5', ['password']), renders(), 'object-missing', 'decline'],
    [
      'the name is only similar and it is not in git',
      secret('tokens-1.4', ['token']),
      renders(),
      'object-misnamed',
      'escalate',
    ],
    [
      'git renders other Secrets there, but not this one',
      secret('token-1.5', ['token']),
      renders(['Secret', 'other', []]),
      'object-misnamed',
      'escalate',
    ],
    ['what git renders is unknown', secret('token-1.5', ['token']), null, 'object-misnamed', 'escalate'],
    [
      'it is another kind of thing',
      secret('token-1.4-backup', ['token']),
      renders(),
      'object-missing',
      'decline',
    ],
  ] as const)('is not proposed when %s', (_, candidate, rendered, cause, verdict) => {
    fires(
      configReference,
      {
        objects: [...uncreated(credentials, 'secret "token-1.4" not found'), candidate],
        answers: rendered ? [rendered] : [],
      },
      { cause, verdict },
    );
  });

  test('is not proposed when git does not keep it', () => {
    fires(
      configReference,
      {
        objects: [
          ...unmounted(mailerSpec('mail-config'), notMounted('mail-config')),
          configMap('mail-configuration', ['welcome.txt']),
        ],
        answers: [renders()],
      },
      { cause: 'object-misnamed', verdict: 'escalate', says: ['the repository does not render it'] },
    );
  });

  test('is not proposed when another fits as well: both are named', () => {
    fires(
      configReference,
      {
        objects: [
          ...unmounted(mailerSpec('mail-config'), notMounted('mail-config')),
          configMap('mail-configuration', ['welcome.txt']),
          configMap('mail-config-v2', ['welcome.txt']),
        ],
        answers: [
          renders(
            ['ConfigMap', 'mail-configuration', ['welcome.txt']],
            ['ConfigMap', 'mail-config-v2', ['welcome.txt']],
          ),
        ],
      },
      { cause: 'object-ambiguous', verdict: 'escalate', says: ['mail-configuration', 'mail-config-v2'] },
    );
  });

  test('is not proposed when a file that the command reads is not in it', () => {
    const spec: PodSpec = {
      containers: [
        {
          name: 'mailer',
          args: ['--rules=/etc/mailer/rules.yml'],
          volumeMounts: [{ name: 'templates', mountPath: '/etc/mailer' }],
        },
      ],
      volumes: [{ name: 'templates', configMap: { name: 'mail-config' } }],
    };
    fires(
      configReference,
      {
        objects: [
          ...unmounted(spec, notMounted('mail-config')),
          configMap('mail-configuration', ['other.yml']),
        ],
        answers: [renders(['ConfigMap', 'mail-configuration', ['other.yml']])],
      },
      { cause: 'object-missing', verdict: 'decline' },
    );
  });

  test('is not proposed when another volume of the pod has it already', () => {
    const spec = mailerSpec('mail-config');
    const both: PodSpec = {
      ...spec,
      volumes: [...spec.volumes!, { name: 'more', configMap: { name: 'mail-configuration' } }],
    };
    fires(
      configReference,
      {
        objects: [
          ...unmounted(both, notMounted('mail-config')),
          configMap('mail-configuration', ['welcome.txt']),
        ],
        answers: [renders(['ConfigMap', 'mail-configuration', ['welcome.txt']])],
      },
      { cause: 'object-missing', verdict: 'decline' },
    );
  });
});

describe('nothing to change', () => {
  test('when a generator makes it under another hash now', () => {
    fires(
      configReference,
      {
        objects: [
          ...unmounted(mailerSpec('texts-2b4c6d8f9g'), notMounted('texts-2b4c6d8f9g')),
          configMap('texts-7f9g2k5m4h', ['welcome.txt']),
        ],
        answers: [renders(['ConfigMap', 'texts-7f9g2k5m4h', ['welcome.txt']])],
      },
      { cause: 'generated-name', verdict: 'decline', says: ['texts-7f9g2k5m4h'] },
    );
  });

  const needsKey: PodSpec = { containers: [{ name: 'api', envFrom: [{ secretRef: { name: 'db' } }] }] };

  test.each([
    ['ExternalSecret', 'external-secrets.io/v1', { target: { name: 'db' } }],
    ['SealedSecret', 'bitnami.com/v1alpha1', { template: { metadata: { name: 'db' } } }],
    ['Certificate', 'cert-manager.io/v1', { secretName: 'db' }],
  ])('when a %s has failed to write it for long', (kind, apiVersion, spec) => {
    const conditions = [
      {
        type: 'Ready',
        status: 'False',
        reason: 'StoreError',
        message: 'store vault unknown',
        lastTransitionTime: '2026-03-02T09:00:00Z',
      },
    ];
    fires(
      configReference,
      {
        objects: [
          ...uncreated(needsKey, 'secret "db" not found'),
          object(apiVersion, kind, 'db-source', { spec, status: { conditions } }),
        ],
      },
      {
        cause: 'object-pending',
        verdict: 'decline',
        says: [`${kind} shop/db-source`, 'store vault unknown'],
      },
    );
  });

  test('but to wait when its ExternalSecret is new', () => {
    const source = object(
      'external-secrets.io/v1',
      'ExternalSecret',
      'db',
      { spec: {} },
      { made: '2026-03-02T11:57:00Z' },
    );
    fires(
      configReference,
      { objects: [...uncreated(needsKey, 'secret "db" not found'), source] },
      { cause: 'object-pending', verdict: 'monitor' },
    );
  });
});

describe('a missing key', () => {
  const spec: PodSpec = {
    containers: [
      {
        name: 'api',
        env: [{ name: 'MODE', valueFrom: { configMapKeyRef: { name: 'options', key: 'mode' } } }],
      },
    ],
  };
  const objects = [
    ...uncreated(spec, "couldn't find key mode in ConfigMap shop/options"),
    configMap('options', ['level', 'style']),
  ];
  const removed = answer('field-history', { field: 'data.mode' }, [
    { value: undefined, commit: COMMIT },
    { value: 'fast', commit: { ...COMMIT, sha: '0000000000' } },
  ]);

  test('that history shows to be renamed gives the reference the new one', () => {
    fires(
      configReference,
      {
        objects,
        answers: [
          renders(),
          removed,
          answer('field-history', { field: 'data.style' }, [{ value: 'fast', commit: COMMIT }]),
        ],
      },
      {
        cause: 'key-renamed',
        verdict: 'fix',
        container: 'api',
        changes: [
          [
            'spec.template.spec.containers[name=api].env[name=MODE].valueFrom.configMapKeyRef.key',
            'mode',
            'style',
          ],
        ],
        says: ['a1b2c3d4'],
      },
    );
  });

  test('that history shows to be removed is restored with its last value, for a person to merge', () => {
    fires(
      configReference,
      { objects, answers: [renders(), removed] },
      {
        cause: 'key-removed',
        verdict: 'fix',
        object: 'Deployment shop/api',
        changes: [['data.mode', null, 'fast']],
        guards: ['no-auto-merge'],
      },
    );
  });

  test('of a Secret that cannot be read rests on the kubelet and stays unexplained', () => {
    const reads: PodSpec = {
      containers: [
        { name: 'api', env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'db', key: 'token' } } }] },
      ],
    };
    fires(
      configReference,
      { objects: uncreated(reads, "couldn't find key token in Secret shop/db"), answers: [renders()] },
      { cause: 'key-missing', verdict: 'escalate', says: ['cannot be seen'] },
    );
  });

  test('of a volume is found through its items', () => {
    fires(
      configReference,
      {
        objects: [
          ...unmounted(
            mailerSpec('templates'),
            'MountVolume.SetUp failed for volume "templates" : configmap references non-existent config key: welcome.txt',
          ),
          configMap('templates', ['hello.txt']),
        ],
        answers: [renders()],
      },
      { cause: 'key-missing', verdict: 'escalate', container: null, says: ['welcome.txt', 'hello.txt'] },
    );
  });
});

describe('a crash over a missing file', () => {
  const spec: PodSpec = {
    containers: [
      { name: 'mailer', image: 'shop/mailer:4', volumeMounts: [{ name: 'rules', mountPath: '/etc/mailer' }] },
    ],
    volumes: [{ name: 'rules', configMap: { name: 'rules' } }],
  };
  const owner = deployment('mailer', spec);
  const ended = { terminated: { exitCode: 1, reason: 'Error', finishedAt: '2026-03-02T11:55:00Z' } };
  const crashing = pod(owner, 'x1', {
    containers: [{ ...waiting({ name: 'mailer' }, 'CrashLoopBackOff'), restartCount: 6, lastState: ended }],
  });
  const objects = [owner, crashing, configMap('rules', ['routes.yml'])];

  test('is this rule’s when the file would be a key of a mounted ConfigMap', () => {
    fires(
      configReference,
      {
        objects,
        answers: [
          renders(),
          answer(
            'log',
            { previous: true },
            'start\nopen /etc/mailer/senders.yml: no such file or directory\n',
          ),
        ],
      },
      { cause: 'key-missing', verdict: 'escalate', container: 'mailer', says: ['senders.yml', 'routes.yml'] },
    );
  });

  test('is found in the words of the runtime about a sub-path', () => {
    const mounted: PodSpec = {
      ...spec,
      containers: [
        {
          name: 'mailer',
          volumeMounts: [{ name: 'rules', mountPath: '/etc/mailer/senders.yml', subPath: 'senders.yml' }],
        },
      ],
    };
    const other = deployment('mailer', mounted);
    const message =
      'error mounting "/var/lib/kubelet/pods/1/volume-subpaths/rules/mailer/0" to rootfs at "/etc/mailer/senders.yml": not a directory';
    const failed = {
      terminated: { exitCode: 128, reason: 'StartError', message, finishedAt: '2026-03-02T11:55:00Z' },
    };
    fires(
      configReference,
      {
        objects: [
          other,
          pod(other, 'x1', {
            containers: [{ ...waiting({ name: 'mailer' }, 'CrashLoopBackOff'), lastState: failed }],
          }),
          configMap('rules', ['routes.yml']),
        ],
        answers: [renders()],
      },
      { cause: 'key-missing', verdict: 'escalate', says: ['senders.yml'] },
    );
  });

  test.each([
    ['names a file elsewhere', 'open /var/lib/mailer/senders.yml: no such file or directory'],
    ['names a file that is there', 'cannot read /etc/mailer/routes.yml: line 4'],
    ['says something else', 'panic: nil pointer'],
  ])('is left to others when the log %s', (_, log) => {
    expect(
      findingsOf(configReference, { objects, answers: [answer('log', { previous: true }, log)] }),
    ).toEqual([]);
  });
});

describe('stays silent', () => {
  const spec = mailerSpec('templates');
  const owner = deployment('mailer', spec);
  const message = notMounted('templates');
  const stuckPod = (details = {}) =>
    pod(owner, 'x1', { containers: [waiting({ name: 'mailer' }, 'ContainerCreating')], ...details });
  const withEvent = (stuck: KubernetesObject, text: string, last = JUST_NOW) => [
    owner,
    stuck,
    event(stuck, { reason: 'FailedMount', message: text, last }),
  ];

  test.each<readonly [string, readonly KubernetesObject[]]>([
    ['about healthy pods', [owner, ...readyPods(owner, 3), configMap('templates', ['welcome.txt'])]],
    ['about a pod being deleted', withEvent(stuckPod({ deleted: JUST_NOW }), message)],
    [
      'about a pod that runs by now',
      [
        owner,
        ...readyPods(owner, 1).flatMap((ready) => [
          ready,
          event(ready, { reason: 'FailedMount', message, last: JUST_NOW }),
        ]),
      ],
    ],
    [
      'about an object that exists by now',
      [...withEvent(stuckPod(), message), configMap('templates', ['welcome.txt'])],
    ],
    [
      'about a key that exists by now',
      [
        ...withEvent(
          stuckPod(),
          'MountVolume.SetUp failed for volume "templates" : configmap references non-existent config key: welcome.txt',
        ),
        configMap('templates', ['welcome.txt']),
      ],
    ],
    [
      'about an old event while the record is unknown',
      withEvent(stuckPod(), message, '2026-03-02T11:00:00Z'),
    ],
    [
      'about what the kubelet has not registered yet',
      withEvent(
        stuckPod(),
        'MountVolume.SetUp failed for volume "templates" : object "shop"/"templates" not registered',
      ),
    ],
    [
      'about a timeout',
      withEvent(
        stuckPod(),
        'Unable to attach or mount volumes: unmounted volumes=[templates]: timed out waiting for the condition',
      ),
    ],
    [
      'about a missing permission',
      uncreated(
        { containers: [{ name: 'api', envFrom: [{ secretRef: { name: 'db' } }] }] },
        'secrets "db" is forbidden: User cannot get resource',
      ),
    ],
    [
      'about other configuration errors',
      uncreated({ containers: [{ name: 'api' }] }, 'container has runAsNonRoot and image will run as root'),
    ],
    [
      'about an optional reference',
      uncreated(
        { containers: [{ name: 'api', envFrom: [{ secretRef: { name: 'db', optional: true } }] }] },
        'secret "db" not found',
      ),
    ],
    [
      'about a young pod that creates its containers',
      [owner, stuckPod({ made: '2026-03-02T11:59:30Z' }), UNRELATED],
    ],
    [
      'about a container killed for memory',
      [
        owner,
        pod(owner, 'x1', {
          containers: [
            {
              ...waiting({ name: 'mailer' }, 'CrashLoopBackOff'),
              lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
            },
          ],
        }),
        configMap('templates', ['welcome.txt']),
      ],
    ],
    [
      'about a finished Job',
      [owner, pod(owner, 'x1', { phase: 'Succeeded', containers: [running({ name: 'mailer' })] })],
    ],
  ])('%s', (_, objects) => {
    silent(configReference, { objects, now: NOW });
  });

  test('about a pod of an older template', () => {
    const now = deployment('mailer', mailerSpec('texts'));
    const old = pod(now, 'x1', {
      podSpec: spec,
      containers: [waiting({ name: 'mailer' }, 'ContainerCreating')],
    });
    silent(configReference, {
      objects: [now, old, event(old, { reason: 'FailedMount', message, last: JUST_NOW }), UNRELATED],
      now: NOW,
    });
  });
});

test('a pod that waits without any event is explained by an object that is recorded as absent', () => {
  const owner = deployment('mailer', mailerSpec('templates'));
  const stuck = pod(owner, 'x1', { containers: [waiting({ name: 'mailer' }, 'ContainerCreating')] });
  fires(
    configReference,
    { objects: [owner, stuck, UNRELATED], answers: [renders()] },
    { cause: 'object-missing', verdict: 'decline' },
  );
});

test('what is missing in two containers of a pod is two incidents', () => {
  const spec: PodSpec = {
    containers: [
      { name: 'api', envFrom: [{ configMapRef: { name: 'one' } }] },
      { name: 'web', envFrom: [{ configMapRef: { name: 'two' } }] },
    ],
  };
  const owner = deployment('api', spec);
  const stuck = pod(owner, 'x1', {
    containers: [
      waiting({ name: 'api' }, 'CreateContainerConfigError', 'configmap "one" not found'),
      waiting({ name: 'web' }, 'CreateContainerConfigError', 'configmap "two" not found'),
    ],
  });
  const findings = findingsOf(configReference, { objects: [owner, stuck, UNRELATED], answers: [renders()] });
  expect(findings.map(({ container, cause }) => [container, cause])).toEqual([
    ['api', 'object-missing'],
    ['web', 'object-missing'],
  ]);
});
