import { expect, test } from 'vitest';
import { podUsage } from '../../src/cluster/live-usage.ts';
import type { ApiAnswer } from '../../src/cluster/kubernetes-api.ts';

const podMetrics = {
  kind: 'PodMetrics',
  apiVersion: 'metrics.k8s.io/v1beta1',
  metadata: { name: 'crane-1', namespace: 'pier' },
  timestamp: '2026-03-04T10:00:00Z',
  window: '15s',
  containers: [
    { name: 'web', usage: { cpu: '125m', memory: '204800Ki' } },
    { name: 'odd', usage: { memory: 'much' } },
  ],
};

function asking(status: number, body: unknown) {
  const problems: string[] = [];
  const paths: string[] = [];
  const get = async (path: string): Promise<ApiAnswer> => {
    paths.push(path);
    return { status, text: typeof body === 'string' ? body : JSON.stringify(body), retryAfter: 0 };
  };
  const usage = podUsage({ get }, (_where, message) => problems.push(message));
  return { usage, problems, paths };
}

test('metrics-server tells what each container of a pod uses', async () => {
  const { usage, paths } = asking(200, podMetrics);
  expect(await usage('pier', 'crane-1')).toEqual([
    { container: 'web', memory: 200 * 2 ** 20, cpu: 0.125, at: Date.parse('2026-03-04T10:00:00Z') },
    { container: 'odd', memory: null, cpu: null, at: Date.parse('2026-03-04T10:00:00Z') },
  ]);
  expect(paths).toEqual(['/apis/metrics.k8s.io/v1beta1/namespaces/pier/pods/crane-1']);
});

test.each([
  ['no such API', 404, '404 page not found\n'],
  ['a metrics-server that is down', 503, 'service unavailable'],
  ['something else', 200, '<html>'],
  ['no time', 200, { ...podMetrics, timestamp: undefined }],
])('%s is unknown', async (_what, status, body) => {
  const { usage, problems } = asking(status, body);
  expect(await usage('pier', 'crane-1')).toBeNull();
  expect(problems).toEqual([]);
});

test('an API that is not there is asked once, one that does not know a pod also about the next', async () => {
  const absent = asking(404, '404 page not found\n');
  const unknown = asking(404, { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 });
  for (const pod of ['crane-1', 'crane-2']) {
    await absent.usage('pier', pod);
    await unknown.usage('pier', pod);
  }
  expect([absent.paths.length, unknown.paths.length]).toEqual([1, 2]);
});

test('a missing permission is said once, with verb and resource', async () => {
  const { usage, problems } = asking(403, { kind: 'Status', reason: 'Forbidden' });
  await usage('pier', 'crane-1');
  await usage('pier', 'crane-2');
  expect(problems).toEqual([
    'may not get pods.metrics.k8s.io; what pods use now is unknown without a Prometheus',
  ]);
});

test('a name cannot lead to another address', async () => {
  const { usage, paths } = asking(200, podMetrics);
  expect(await usage('pier', '../../secrets/x?')).toBeNull();
  expect(paths).toEqual([]);
});
