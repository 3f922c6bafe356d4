import { describe, expect, test } from 'vitest';
import { isQuantity, sameValue } from '../../src/kubernetes/compare.ts';
import { parseFieldPath } from '../../src/kubernetes/field-path.ts';

function same(field: string, live: unknown, rendered: unknown): boolean {
  return sameValue(parseFieldPath(field), live, rendered);
}

describe('one value', () => {
  test.each([
    ['resources.limits.memory', '1Gi', '1024Mi'],
    ['resources.limits.memory', '512Mi', 536870912],
    ['resources.requests.cpu', '300m', 0.3],
    ['resources.requests.cpu', '1', '1000m'],
    ['resources.requests["nvidia.com/gpu"]', '1', 1],
    ['spec.metrics[0].object.target.value', '10k', '10000'],
    ['volumes[0].emptyDir.sizeLimit', '1Gi', '1024Mi'],
    ['ports[0].containerPort', 8080, '8080'],
    ['spec.replicas', 3, 3],
    ['spec.replicas', 1, undefined],
    ['containers[0].imagePullPolicy', 'IfNotPresent', undefined],
    ['livenessProbe.periodSeconds', 10, null],
    ['containers[0].securityContext', undefined, {}],
    ['containers[0].env', undefined, []],
    ['metadata.annotations', undefined, null],
    ['readOnly', undefined, false],
  ])('%s: live %j is what %j renders', (field, live, rendered) => {
    expect(same(field, live, rendered)).toBe(true);
  });

  test.each([
    ['resources.limits.memory', '1Gi', '1G'],
    ['resources.limits.memory', '512Mi', undefined],
    ['resources.limits.memory', '512Mi', 'a lot'],
    ['image', '1.0', '1.00'],
    ['env[0].value', '1024Mi', '1Gi'],
    ['env[0].value', '8080', 8080],
    ['ports[0].containerPort', 8080, '8081'],
    ['ports[0].containerPort', 0, ' '],
    ['readinessProbe.httpGet.port', 'http', 8080],
    ['spec.replicas', 2, undefined],
    ['spec.template.spec.enableServiceLinks', false, undefined],
    ['containers[0].command', ['a'], ['a', 'b']],
    ['containers[0].command', ['a', 'b'], ['a']],
    ['containers[0].securityContext', { runAsUser: 1 }, undefined],
    ['metadata.labels', 'x', { a: 'x' }],
    ['metadata.labels', {}, 'x'],
  ])('%s: live %j is not what %j renders', (field, live, rendered) => {
    expect(same(field, live, rendered)).toBe(false);
  });

  test('a field called like a quantity elsewhere is none', () => {
    expect(isQuantity(parseFieldPath('spec.template.spec.containers[0].resources.limits.memory'))).toBe(true);
    expect(isQuantity(parseFieldPath('data.memory'))).toBe(false);
  });
});

describe('an object with what the API server filled in', () => {
  const rendered = {
    name: 'web',
    image: 'web:1',
    ports: [{ containerPort: 80 }],
    resources: { limits: { memory: '1024Mi' } },
  };
  const live = {
    name: 'web',
    image: 'web:1',
    imagePullPolicy: 'IfNotPresent',
    ports: [{ containerPort: 80, protocol: 'TCP' }],
    resources: { limits: { memory: '1Gi' } },
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  };

  test('is the same', () => {
    expect(sameValue(['containers', 0], live, rendered)).toBe(true);
  });

  test('is not when a value was changed by hand', () => {
    expect(sameValue(['containers', 0], { ...live, image: 'web:2' }, rendered)).toBe(false);
    expect(sameValue(['containers', 0], { ...live, tty: true }, rendered)).toBe(false);
  });

  test('differs where something was added', () => {
    expect(sameValue(['spec'], { containers: [{ name: 'proxy' }, live] }, { containers: [rendered] })).toBe(
      false,
    );
    expect(sameValue(['spec'], { containers: [] }, { containers: [rendered] })).toBe(false);
    expect(sameValue(['command'], ['a', 'c'], ['a', 'b'])).toBe(false);
  });
});
