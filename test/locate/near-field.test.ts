import { describe, expect, test } from 'vitest';
import { parseFieldPath } from '../../src/kubernetes/field-path.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { BUILT_IN } from '../../src/kubernetes/types/kind-types.ts';
import { nearFieldText } from '../../src/locate/near-field.ts';

const CART: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'cart', namespace: 'shop' },
  spec: {
    replicas: 2,
    template: {
      spec: {
        containers: [
          { name: 'server', image: 'cart:1' },
          { name: 'proxy', image: 'proxy:1' },
        ],
      },
    },
  },
};
const CRON: KubernetesObject = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'night', namespace: 'shop' },
  spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: 'job', image: 'job:1' }] } } } } },
};
const KEYS: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'keys', namespace: 'shop' },
  data: { ghp_0123456789abcdefghijABCDEFGHIJ0123456: 'a', timeout: '5s' },
};

const near = (object: KubernetesObject, field: string, types: typeof BUILT_IN | null = null): string =>
  nearFieldText(object, parseFieldPath(field), types);

describe('a field that an object does not have', () => {
  test.each([
    ['spec.replica', '; did you mean spec.replicas?'],
    ['spec.Replicas', '; did you mean spec.replicas?'],
    [
      'spec.template.spec.containers[name=servr].image',
      '; did you mean spec.template.spec.containers[name=server].image?',
    ],
    [
      'spec.templat.spec.containers[name=servr].imag',
      '; did you mean spec.template.spec.containers[name=server].image?',
    ],
    [
      'spec.containers[name=server].image',
      '; did you mean spec.template.spec.containers[name=server].image?',
    ],
    ['spec.template.spec.containers[name=server].command', ''],
    ['spec.paused', ''],
    ['spec.template.spec.containers[name=database].image', ''],
    ['spec.replicas.most', ''],
  ])('%s%s', (field, text) => expect(near(CART, field)).toBe(text));

  test('of the pods of a CronJob is named in its template', () => {
    expect(near(CRON, 'spec.containers[0].image')).toBe(
      '; did you mean spec.jobTemplate.spec.template.spec.containers[0].image?',
    );
  });

  test('may be one of its kind, where a value is to be set', () => {
    expect(near(CART, 'spec.minReadySecond', BUILT_IN)).toBe('; did you mean spec.minReadySeconds?');
    expect(near(CART, 'spec.minReadySecond')).toBe('');
    expect(near(CART, 'spec.template.spec.containers[name=server].imagePullPolcy', BUILT_IN)).toBe(
      '; did you mean spec.template.spec.containers[name=server].imagePullPolicy?',
    );
  });

  test('is no secret that stands where a key does', () => {
    expect(near(KEYS, 'data.timeuot')).toBe('; did you mean data.timeout?');
    expect(near(KEYS, 'data.ghp_0123456789abcdefghijABCDEFGHIJ012345')).toBe('');
  });
});
