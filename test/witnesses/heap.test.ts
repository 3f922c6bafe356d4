import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import type { Container } from '../../src/kubernetes/workloads.ts';
import { javaHeapOf, looksLikeJava } from '../../src/witnesses/heap.ts';
import { object } from '../rules/objects.ts';

const LIMIT = 1024 * 2 ** 20;
const PLACE = {
  owner: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'cart' },
  path: 'spec.template.spec.containers[name=cart]',
};

function heap(container: Omit<Container, 'name'>) {
  const objects = [
    object('v1', 'ConfigMap', 'cart-env', { data: { JAVA_OPTS: '-Xms64m -Xmx700m', OTHER: '-Xmx1m' } }),
  ];
  const cluster = buildState({ name: 'test', now: 0, objects });
  const found = javaHeapOf({ name: 'cart', ...container }, LIMIT, PLACE, cluster);
  return found && [found.option, found.where, found.bytes / 2 ** 20, found.relative];
}

describe('the maximum Java heap', () => {
  test.each([
    ['no option', { command: ['java', '-jar', 'cart.jar'] }, null],
    [
      '-Xmx among the arguments',
      { args: ['-Xms1g', '-Xmx900m', '-jar', 'cart.jar'] },
      ['-Xmx900m', 'the command line', 900, false],
    ],
    [
      '-Xmx in a shell line',
      { args: ['exec java -Xmx1g -jar cart.jar'] },
      ['-Xmx1g', 'the command line', 1024, false],
    ],
    ['bytes', { args: ['-Xmx1073741824'] }, ['-Xmx1073741824', 'the command line', 1024, false]],
    [
      'MaxHeapSize',
      { args: ['-XX:MaxHeapSize=512M'] },
      ['-XX:MaxHeapSize=512M', 'the command line', 512, false],
    ],
    [
      'a percentage',
      { env: [{ name: 'JAVA_TOOL_OPTIONS', value: '-XX:MaxRAMPercentage=90.0' }] },
      ['-XX:MaxRAMPercentage=90.0', 'JAVA_TOOL_OPTIONS', 921.6, true],
    ],
    [
      'a size beside a percentage',
      { args: ['-Xmx512m', '-XX:MaxRAMPercentage=90'] },
      ['-Xmx512m', 'the command line', 512, false],
    ],
    ['the last of two', { args: ['-Xmx512m', '-Xmx600m'] }, ['-Xmx600m', 'the command line', 600, false]],
    [
      '_JAVA_OPTIONS over the arguments',
      { args: ['-Xmx512m'], env: [{ name: '_JAVA_OPTIONS', value: '-Xmx2g' }] },
      ['-Xmx2g', '_JAVA_OPTIONS', 2048, false],
    ],
    [
      'the arguments over JAVA_TOOL_OPTIONS',
      { args: ['-Xmx512m'], env: [{ name: 'JAVA_TOOL_OPTIONS', value: '-Xmx2g' }] },
      ['-Xmx512m', 'the command line', 512, false],
    ],
    [
      'a ConfigMap by envFrom',
      { envFrom: [{ configMapRef: { name: 'cart-env' } }] },
      ['-Xmx700m', 'JAVA_OPTS of ConfigMap cart-env', 700, false],
    ],
    [
      'a ConfigMap by key',
      {
        env: [{ name: 'JAVA_OPTS', valueFrom: { configMapKeyRef: { name: 'cart-env', key: 'JAVA_OPTS' } } }],
      },
      ['-Xmx700m', 'JAVA_OPTS of ConfigMap cart-env', 700, false],
    ],
    [
      'a variable that hides the one of envFrom',
      { envFrom: [{ configMapRef: { name: 'cart-env' } }], env: [{ name: 'JAVA_OPTS', value: '' }] },
      null,
    ],
    ['a ConfigMap that is not there', { envFrom: [{ configMapRef: { name: 'gone' } }] }, null],
    ['another variable', { env: [{ name: 'NOTES', value: '-Xmx900m' }] }, null],
  ] as const)('with %s', (_what, container, expected) => {
    expect(heap(container)).toEqual(expected);
  });

  test.each([
    [true, { command: ['/usr/bin/java', '-jar', 'x'] }],
    [true, { args: ['sh', '-c', 'java -jar cart.jar'] }],
    [true, { env: [{ name: 'JAVA_OPTS', value: '' }] }],
    [false, { command: ['node', 'java.js'] }],
    [false, {}],
  ] as const)('is looked for (%s) by command and variables', (expected, container) => {
    expect(looksLikeJava({ name: 'cart', ...container })).toBe(expected);
  });
});
