import { describe, expect, test } from 'vitest';
import { parseFieldPath } from '../../src/kubernetes/field-path.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { builtInType } from '../../src/kubernetes/types/built-in.ts';
import {
  BUILT_IN,
  conflictAt,
  kindTypes,
  refusedObject,
  refusedValue,
} from '../../src/kubernetes/types/kind-types.ts';
import { matchesPattern } from '../../src/kubernetes/types/pattern.ts';

/** The API server's own word on the same rules is in test/live/types.test.ts. */
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' };

function refused(field: string, value: unknown, kind = deployment, types = BUILT_IN): string | null {
  return refusedValue(types, kind, parseFieldPath(field), value)?.expected ?? null;
}

describe('the types of Kubernetes', () => {
  test('are known of the kinds that it serves, in the version that it serves them in', () => {
    expect(builtInType('apps/v1', 'Deployment')).not.toBeNull();
    expect(builtInType('extensions/v1beta1', 'Deployment')).toBeNull();
    expect(builtInType('v1', 'constructor')).toBeNull();
  });

  test('reach through lists, mappings and templates', () => {
    expect(refused('spec.template.spec.containers[name=web].env[0].value', 8080)).toBe('a string');
    expect(refused('spec.template.metadata.labels["a.b/c"]', true)).toBe('a string');
    expect(refused('spec.template.spec.containers[0].resources.limits.memory', 'lots')).toMatch(
      /^a quantity/,
    );
  });

  test('say nothing of a field that they do not know, of null, and of a status', () => {
    expect(refused('spec.shape', 3)).toBeNull();
    expect(refused('spec.replicas', null)).toBeNull();
    expect(refused('status.replicas', 'three')).toBeNull();
  });

  test('judge what a mapping or a list holds', () => {
    expect(
      refused('spec.template.spec.containers', [{ name: 'a', image: 'a', ports: [{ containerPort: 0 }] }]),
    ).toBe('a port from 1 to 65535');
    expect(refused('spec.template', 'none')).toBe('a mapping');
    expect(refused('spec.template.spec.containers', {})).toBe('a list');
  });

  test('name the field of an object that would be refused', () => {
    const object: KubernetesObject = {
      ...deployment,
      metadata: { name: 'pier' },
      spec: { replicas: 2, template: { metadata: { labels: { build: 7 } } } },
    };
    expect(refusedObject(BUILT_IN, object)).toEqual({
      path: ['spec', 'template', 'metadata', 'labels', 'build'],
      value: 7,
      expected: 'a string',
    });
  });

  test('are those of any kind that is called so, where no version is known', () => {
    const any = { apiVersion: '', kind: 'HorizontalPodAutoscaler' };
    expect(refused('spec.maxReplicas', 'many', any)).toBe('an integer');
    expect(refused('spec.metrics[0].resource.name', 3, any)).toBe('a string');
    expect(refused('spec.maxReplicas', 'many', { apiVersion: '', kind: 'Autoscaler' })).toBeNull();
  });

  test('take base64 in lines', () => {
    const secret = { apiVersion: 'v1', kind: 'Secret' };
    expect(refused('data.key', 'aGFyYm\n91cg==', secret)).toBeNull();
    expect(refused('data.key', 'aGFyYm91cg=', secret)).toBe('base64');
  });

  test('know the metadata of a kind that they do not know', () => {
    const gauge = { apiVersion: 'harbour.example/v1', kind: 'Gauge' };
    expect(refused('metadata.annotations.level', 4, gauge)).toBe('a string');
    expect(refused('spec.level', 'four', gauge)).toBeNull();
  });
});

const gauge = { apiVersion: 'harbour.example/v1', kind: 'Gauge' };

function definitionOf(properties: object, version = 'v1'): KubernetesObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'gauges.harbour.example' },
    spec: {
      group: 'harbour.example',
      names: { kind: 'Gauge', plural: 'gauges' },
      versions: [
        {
          name: version,
          schema: {
            openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } },
          },
        },
      ],
    },
  };
}

describe('the types of a CustomResourceDefinition', () => {
  const types = kindTypes(() => [
    definitionOf({
      level: { type: 'integer', format: 'int32', minimum: 1, maximum: 9 },
      rate: { type: 'number', minimum: 0, exclusiveMinimum: true },
      unit: { type: 'string', enum: ['m', 'ft'] },
      every: { type: 'string', pattern: '^([0-9]+(s|m|h))+$' },
      name: { type: 'string', minLength: 2, maxLength: 4 },
      port: { 'x-kubernetes-int-or-string': true },
      protocol: { pattern: '^.*', 'x-kubernetes-int-or-string': true },
      memory: {
        anyOf: [{ type: 'integer' }, { type: 'string' }],
        pattern:
          '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
        'x-kubernetes-int-or-string': true,
      },
      tags: { type: 'object', additionalProperties: { type: 'string' } },
      free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      list: { type: 'array', items: { type: 'boolean' } },
    }),
  ]);

  test.each([
    ['spec.level', 'four', 'an integer'],
    ['spec.level', 10, 'at most 9'],
    ['spec.level', 0, 'at least 1'],
    ['spec.rate', 0, 'a number above 0'],
    ['spec.unit', 'yd', 'one of m, ft'],
    ['spec.every', '5 minutes', 'text that matches ^([0-9]+(s|m|h))+$'],
    ['spec.name', 'x', 'at least 2 characters'],
    ['spec.name', 'xxxxx', 'at most 4 characters'],
    ['spec.port', true, 'an integer or a string'],
    ['spec.memory', 'much', 'a quantity such as 512Mi or 250m'],
    ['spec.tags.a', 1, 'a string'],
    ['spec.list[0]', 'true', 'true or false'],
    ['metadata.labels.a', 1, 'a string'],
  ])('refuse %s of %j', (field, value, expected) => {
    expect(refused(field, value, gauge, types)).toBe(expected);
  });

  test.each([
    ['spec.level', 9],
    ['spec.rate', 0.5],
    ['spec.unit', 'ft'],
    ['spec.every', '1h30m'],
    ['spec.port', 'http'],
    ['spec.protocol', 'TCP'],
    ['spec.port', 80],
    ['spec.memory', '1.5Gi'],
    ['spec.memory', 5],
    ['spec.free.anything', { at: ['all'] }],
    ['spec.unknown', 3],
    ['spec.list', [true]],
  ])('take %s of %j', (field, value) => {
    expect(refused(field, value, gauge, types)).toBeNull();
  });

  test('refuse only what every definition of the kind refuses', () => {
    const both = kindTypes(() => [
      definitionOf({ level: { type: 'integer' } }),
      definitionOf({ level: { type: 'string' } }),
    ]);
    expect(refused('spec.level', 'four', gauge, both)).toBeNull();
    expect(refused('spec.level', true, gauge, both)).toBe('an integer');
  });

  test('are of one version', () => {
    const other = kindTypes(() => [definitionOf({ level: { type: 'integer' } }, 'v1beta1')]);
    expect(refused('spec.level', 'four', gauge, other)).toBeNull();
  });

  test('come to nothing where the definition is none', () => {
    for (const spec of [
      undefined,
      null,
      'x',
      { versions: 'v1' },
      { versions: [null, { name: 1, schema: 3 }] },
    ])
      expect(kindTypes(() => [{ ...definitionOf({}), spec }]).of('harbour.example/v1', 'Gauge')).toEqual([]);
  });

  test('do not make Kubernetes’ own kinds theirs', () => {
    const crd = definitionOf({ replicas: { type: 'string' } });
    const spec = { ...(crd['spec'] as object), group: 'apps', names: { kind: 'Deployment' } };
    expect(
      refused(
        'spec.replicas',
        'three',
        deployment,
        kindTypes(() => [{ ...crd, spec }]),
      ),
    ).toBe('an integer');
  });
});

describe('fields that are held against each other', () => {
  const withResources = (requests: object, limits: object): KubernetesObject => ({
    ...deployment,
    metadata: { name: 'pier' },
    spec: { template: { spec: { containers: [{ name: 'web', resources: { requests, limits } }] } } },
  });
  const resources = ['spec', 'template', 'spec', 'containers', 0, 'resources'];
  const conflict = (object: KubernetesObject, ...field: readonly string[]): string | null =>
    conflictAt(BUILT_IN, object, [...resources, ...field])?.expected ?? null;

  test('a request above its limit is refused, whichever of the two changes', () => {
    const object = withResources({ memory: '512Mi' }, { memory: '256Mi' });
    expect(conflict(object, 'limits', 'memory')).toBe('at most the limit of 256Mi');
    expect(conflict(object, 'requests', 'memory')).toBe('at most the limit of 256Mi');
  });

  test('a change of anything else is not refused for it', () => {
    const object = withResources({ memory: '512Mi' }, { memory: '256Mi', cpu: 1 });
    expect(conflict(object, 'limits', 'cpu')).toBeNull();
    expect(conflictAt(BUILT_IN, object, ['spec', 'replicas'])).toBeNull();
  });

  test('equal amounts are taken, however they are written', () => {
    for (const [asked, most] of [
      ['700m', 0.7],
      ['1Gi', '1024Mi'],
      [1, '1000m'],
      ['100m', '0.1'],
    ] as const)
      expect(conflict(withResources({ cpu: asked }, { cpu: most }), 'limits', 'cpu')).toBeNull();
  });

  test('a minimum of replicas above the maximum is refused', () => {
    const scaler: KubernetesObject = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'pier' },
      spec: { minReplicas: 4, maxReplicas: 3 },
    };
    expect(conflictAt(BUILT_IN, scaler, ['spec', 'minReplicas'])).toEqual({
      path: ['spec', 'maxReplicas'],
      value: 3,
      expected: 'at least the 4 of minReplicas',
    });
  });
});

describe('a pattern of a CustomResourceDefinition', () => {
  test('that takes too long says nothing', () => {
    expect(matchesPattern('^(a+)+$', `${'a'.repeat(60)}b`)).toBeNull();
  });

  test('that only Go reads says nothing', () => {
    expect(matchesPattern('^(?i)on$', 'ON')).toBeNull();
    expect(matchesPattern('^[[:alpha:]]+$', 'abc')).toBeNull();
    expect(matchesPattern('(', 'abc')).toBeNull();
  });

  test('reaches nothing of the program', () => {
    expect(matchesPattern('x"); globalThis.reached = true; ("', 'x')).toBeNull();
    expect('reached' in globalThis).toBe(false);
  });
});
