import { describe, expect, test } from 'vitest';
import { podLogs } from '../../src/cluster/live-log.ts';
import type { ApiAnswer } from '../../src/cluster/kubernetes-api.ts';

const request = { namespace: 'pier', pod: 'crane-1', container: 'web', previous: true };

function reading(
  answer: (path: string) => Partial<ApiAnswer> | Promise<Partial<ApiAnswer>>,
  options: Parameters<typeof podLogs>[2] = {},
) {
  const problems: string[] = [];
  const paths: string[] = [];
  const get = async (path: string): Promise<ApiAnswer> => {
    paths.push(path);
    return { status: 200, text: '', retryAfter: 0, ...(await answer(path)) };
  };
  const log = podLogs({ get }, (where, message) => problems.push(`${where}: ${message}`), options);
  return { log, problems, paths };
}

describe('a log that may not be read', () => {
  test('is said once, with verb and resource, and not asked for again at once', async () => {
    let at = 0;
    const { log, problems, paths } = reading(() => ({ status: 403 }), { now: () => at });
    expect(await log(request)).toBeNull();
    expect(await log({ ...request, pod: 'crane-2' })).toBeNull();
    expect(await log({ ...request, namespace: 'quay' })).toBeNull();
    expect(problems).toEqual([
      '/api/v1/namespaces/pier/pods/crane-1/log: may not get pods/log in namespace pier; what logs say is unknown where that is refused',
    ]);
    expect(paths).toHaveLength(2);
    at = 5 * 60_000;
    await log(request);
    expect(paths).toHaveLength(3);
  });

  test('keeps no log of another namespace from being read', async () => {
    const { log } = reading((path) => (path.includes('/quay/') ? { text: 'ready\n' } : { status: 403 }));
    await log(request);
    expect(await log({ ...request, namespace: 'quay' })).toBe('ready\n');
  });

  test('is nothing to say where there is no such log', async () => {
    const { log, problems } = reading(() => ({ status: 400 }));
    expect(await log(request)).toBeNull();
    expect(problems).toEqual([]);
  });
});

test('a log that takes too long is unknown, and said so once', async () => {
  const { log, problems } = reading(() => new Promise(() => undefined), { longest: 20 });
  expect(await Promise.all([log(request), log({ ...request, pod: 'crane-2' })])).toEqual([null, null]);
  expect(problems).toEqual([
    expect.stringMatching(/: one log took longer than \d+ s; what such logs say is unknown$/),
  ]);
});

test('four logs are read at a time', async () => {
  const waiting: (() => void)[] = [];
  const { log, paths } = reading(
    () => new Promise((resolve) => waiting.push(() => resolve({ text: 'done' }))),
  );
  const all = Promise.all(
    Array.from({ length: 6 }, (_, index) => log({ ...request, pod: `crane-${index}` })),
  );
  await new Promise((resolve) => setImmediate(resolve));
  expect(paths).toHaveLength(4);
  while (paths.length < 6 || waiting.length > 0) {
    waiting.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await all).toEqual(Array.from({ length: 6 }, () => 'done'));
});

test('what a log says is masked before anybody sees it', async () => {
  const { log } = reading(() => ({ text: 'password=hunter2-and-more\nready\n' }));
  const text = await log(request);
  expect(text).toContain('ready');
  expect(text).not.toContain('hunter2-and-more');
});
