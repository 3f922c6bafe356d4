import { describe, test } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { PodSpec } from '../../src/kubernetes/workloads.ts';
import { configReference } from '../../src/rules/config-reference.ts';
import type { Commit } from '../../src/model/commit.ts';
import type { Rename } from '../../src/model/need.ts';
import { deployment, object, pod, waiting } from './objects.ts';
import { answer, fires, type Answered } from './rule-tester.ts';

const COMMIT: Commit = {
  sha: 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334',
  author: 'Mina Holm',
  email: 'mina@shop.example',
  at: Date.parse('2026-03-01T16:00:00Z'),
  subject: 'Divide the settings',
};
const OLD = ['HOST', 'PORT', 'LEVEL'];

type Part = readonly [name: string, keys: readonly string[], similarity?: number];

/** The commit that took `settings` away and added these. */
const became = (parts: readonly Part[], more: Partial<Rename> = {}): Answered =>
  answer(
    'rename',
    {},
    parts.map(([to, , similarity = 0.6]) => ({
      from: 'settings',
      to,
      similarity,
      fromKeys: OLD,
      commit: COMMIT,
      ...more,
    })),
  );

const map = ([name, keys]: Part, kind = 'ConfigMap'): KubernetesObject =>
  object('v1', kind, name, { data: Object.fromEntries(keys.map((key) => [key, 'x'])) });

function broken(spec: PodSpec, says = 'configmap "settings" not found'): readonly KubernetesObject[] {
  const owner = deployment('api', spec);
  return [
    owner,
    pod(owner, 'x1', { containers: [waiting(spec.containers![0]!, 'CreateContainerConfigError', says)] }),
    object('v1', 'ConfigMap', 'kube-root-ca.crt', { data: {} }),
  ];
}

const ENV = 'spec.template.spec.containers[name=api].env[name=LEVEL].valueFrom.configMapKeyRef.name';
const ENV_FROM = 'spec.template.spec.containers[name=api].envFrom[0].configMapRef.name';
const byKey: PodSpec = {
  containers: [
    {
      name: 'api',
      image: 'shop/api:1',
      env: [{ name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'LEVEL' } } }],
    },
  ],
};
const asWhole: PodSpec = {
  containers: [{ name: 'api', image: 'shop/api:1', envFrom: [{ configMapRef: { name: 'settings' } }] }],
};

function situation(spec: PodSpec, parts: readonly Part[], more: Partial<Rename> = {}) {
  return {
    objects: [...broken(spec), ...parts.map((part) => map(part))],
    answers: [answer('rendered', {}, []), became(parts, more)],
  };
}

describe('an object that was split', () => {
  test('lists its parts where the workload takes all of its keys', () => {
    const parts: readonly Part[] = [
      ['settings-net', ['HOST', 'PORT'], 0.66],
      ['settings-log', ['LEVEL'], 0.33],
    ];
    fires(configReference, situation(asWhole, parts), {
      cause: 'object-ambiguous',
      verdict: 'escalate',
      says: ['settings-net has HOST and PORT', 'settings-log has LEVEL', 'split'],
      neverSays: ['renamed'],
    });
  });

  test('lists them too where each part is small', () => {
    const parts: readonly Part[] = [
      ['a', ['HOST'], 0.3],
      ['b', ['PORT'], 0.3],
      ['c', ['LEVEL'], 0.3],
    ];
    fires(configReference, situation(asWhole, parts), {
      cause: 'object-ambiguous',
      verdict: 'escalate',
      says: ['a, b and c'],
    });
  });

  test('lists them where more than one has the key that is used', () => {
    const parts: readonly Part[] = [
      ['one', ['LEVEL', 'HOST'], 0.9],
      ['two', ['LEVEL'], 0.3],
    ];
    fires(configReference, situation(byKey, parts), {
      cause: 'object-ambiguous',
      verdict: 'escalate',
      says: ['one and two fit equally well'],
    });
  });

  test('lists them where their keys cannot be seen', () => {
    const secrets: PodSpec = {
      containers: [
        {
          name: 'api',
          image: 'shop/api:1',
          env: [{ name: 'LEVEL', valueFrom: { secretKeyRef: { name: 'settings', key: 'LEVEL' } } }],
        },
      ],
    };
    const parts: readonly Part[] = [
      ['one', [], 0.9],
      ['two', [], 0.4],
    ];
    const objects = [
      ...broken(secrets, 'secret "settings" not found'),
      ...['one', 'two'].map((name) => object('v1', 'Secret', name, { type: 'Opaque' })),
    ];
    fires(
      configReference,
      { objects, answers: [answer('rendered', {}, []), became(parts)] },
      {
        cause: 'object-ambiguous',
        verdict: 'escalate',
        says: ['cannot be seen'],
      },
    );
  });

  test.each([
    [
      'the larger part',
      [
        ['settings-net', ['HOST', 'LEVEL'], 0.66],
        ['settings-log', ['PORT'], 0.33],
      ],
      'settings-net',
    ],
    [
      'the smaller part',
      [
        ['settings-net', ['HOST', 'PORT'], 0.66],
        ['settings-log', ['LEVEL'], 0.33],
      ],
      'settings-log',
    ],
  ] as const)('gives the reference %s where it alone has the key that is used', (_what, parts, name) => {
    fires(configReference, situation(byKey, parts), {
      cause: 'object-renamed',
      verdict: 'fix',
      changes: [[ENV, 'settings', name]],
      guards: ['no-auto-merge', 'no-auto-merge'],
      says: ['was split into'],
      neverSays: ['was renamed to'],
    });
  });

  test('gives a whole reference the part that has everything, beside another that only shares something', () => {
    const parts: readonly Part[] = [
      ['api-settings', OLD, 0.9],
      ['other', ['LEVEL', 'COLOUR'], 0.1],
    ];
    fires(configReference, situation(asWhole, parts), {
      cause: 'object-renamed',
      verdict: 'fix',
      changes: [[ENV_FROM, 'settings', 'api-settings']],
      guards: ['no-auto-merge'],
    });
  });
});

describe('an object that was only renamed', () => {
  test('is one although an unrelated object came with it', () => {
    const parts: readonly Part[] = [
      ['api-settings', OLD, 0.97],
      ['banner', ['TEXT'], 0],
    ];
    fires(configReference, situation(asWhole, parts), {
      cause: 'object-renamed',
      verdict: 'fix',
      changes: [[ENV_FROM, 'settings', 'api-settings']],
      says: ['was renamed to api-settings'],
    });
  });

  test('is a draft where the whole of it was taken and a key is gone', () => {
    fires(configReference, situation(asWhole, [['api-settings', ['HOST', 'PORT'], 0.9]]), {
      cause: 'object-renamed',
      verdict: 'fix',
      changes: [[ENV_FROM, 'settings', 'api-settings']],
      guards: ['draft'],
      says: ['has no LEVEL'],
    });
  });

  test('is told as a merge where others went into the new one', () => {
    fires(configReference, situation(byKey, [['shop', [...OLD, 'COLOUR'], 0.6]], { mergedWith: ['theme'] }), {
      cause: 'object-renamed',
      verdict: 'fix',
      changes: [[ENV, 'settings', 'shop']],
      guards: ['no-auto-merge', 'no-auto-merge'],
      says: ['was merged with theme into shop'],
      neverSays: ['was renamed to'],
    });
  });

  test('is not known from an object that only shares a line', () => {
    fires(configReference, situation(byKey, [['other', ['COLOUR'], 0.1]]), {
      cause: 'object-missing',
      verdict: 'decline',
    });
  });
});
