import { onTestFinished, expect, test } from 'vitest';
import { Observation, type Observed } from '../../src/observation/observation.ts';
import { inStep } from '../../src/tracing/step.ts';

const MINUTE = 60_000;

async function listening(observed: Partial<Observed> = {}) {
  let now = 0;
  const observation = new Observation(() => now);
  observation.observe({ clusters: ['north', 'south'], tasks: () => [], watch: () => null, ...observed });
  const server = await observation.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  const get = async (path: string, method = 'GET') => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return { status: answer.status, text: await answer.text() };
  };
  const gitHubAnswers = (status: number) =>
    inStep('github', { installation: 'app' }, async (step) => step.tell({ status }));
  return { observation, get, gitHubAnswers, pass: (time: number) => (now += time) };
}

/** Status of /readyz, and the lines that are not ok. */
async function readiness(get: (path: string) => Promise<{ status: number; text: string }>) {
  const { status, text } = await get('/readyz');
  return [status, ...text.split('\n').filter((line) => /^\[[-!]\]/.test(line))];
}

test('says what is not ready, from the start of the process until all is', async () => {
  const { observation, get, gitHubAnswers } = await listening();
  expect(await readiness(get)).toEqual([
    503,
    '[-] store: not open yet',
    '[-] github: it has not accepted the credentials yet',
    '[-] cluster north: its first lists are not in yet',
    '[-] cluster south: its first lists are not in yet',
  ]);
  observation.readiness.storeOpened();
  await gitHubAnswers(200);
  observation.clusterRead('north', null);
  expect(await readiness(get)).toEqual([503, '[-] cluster south: its first lists are not in yet']);
  observation.clusterRead('south', null);
  expect(await readiness(get)).toEqual([200]);
  observation.readiness.stopping();
  expect(await readiness(get)).toEqual([503, '[-] process: it is stopping']);
});

test('one cluster that does not answer takes nothing from the others; none that answers is not ready', async () => {
  const { observation, get, gitHubAnswers } = await listening();
  observation.readiness.storeOpened();
  await gitHubAnswers(304);
  observation.clusterRead('north', 'refused\n[+] forged: ok');
  observation.clusterRead('south', 'refused');
  expect(await readiness(get)).toEqual([
    503,
    '[-] cluster north: refused [+] forged: ok',
    '[-] cluster south: refused',
  ]);
  observation.clusterRead('south', null);
  expect(await readiness(get)).toEqual([200, '[!] cluster north: refused [+] forged: ok']);
  // All API servers away for an hour: commands and webhooks still work.
  observation.clusterRead('south', 'gone');
  expect((await get('/readyz')).status).toBe(200);
});

test('is not ready while GitHub refuses the key; a GitHub that fails otherwise changes nothing', async () => {
  const { observation, get, gitHubAnswers } = await listening({ clusters: [] });
  observation.readiness.storeOpened();
  await gitHubAnswers(401);
  expect(await readiness(get)).toEqual([503, '[-] github: it refuses the credentials of the App (401)']);
  await gitHubAnswers(200);
  await gitHubAnswers(502);
  expect(await readiness(get)).toEqual([200]);
});

test('is alive unless a task has been due for ten minutes in which nothing advanced', async () => {
  let overdue = 0;
  const tasks = () => [{ name: 'watch', waiting: 1, running: 0, overdue }];
  const { observation, get, pass } = await listening({ tasks });
  pass(60 * MINUTE);
  expect((await get('/healthz')).status).toBe(200);
  overdue = 11 * MINUTE;
  expect(await get('/healthz')).toEqual({
    status: 503,
    text: 'a task has been due for 11 minutes, in which no task began or ended\n',
  });
  await observation.task({ name: 'watch', key: 'watch north' }, async () => {});
  expect((await get('/healthz')).status).toBe(200);
});

test('settings that are read again change the clusters, and lose nothing that was counted', async () => {
  const { observation, get } = await listening({ watch: () => ({ objects: 7, lag: 1500 }) });
  for (const cluster of ['north', 'south']) observation.clusterRead(cluster, null);
  await observation.task({ name: 'watch', key: 'watch north' }, async () => {});
  await get('/metrics');
  observation.observe({
    clusters: ['south'],
    tasks: () => [{ name: 'poll', waiting: 2, running: 1, overdue: 500 }],
    watch: () => ({ objects: 8, lag: 250 }),
  });
  observation.clusterRead('north', null);
  const { text } = await get('/metrics');
  expect(text.match(/^faultline_(?:cluster|watch|tasks)\w* ?.*$/gm)).toEqual([
    'faultline_tasks_waiting{task="poll"} 2',
    'faultline_tasks_running{task="poll"} 1',
    'faultline_cluster_ready{cluster="south"} 1',
    'faultline_watch_lag_seconds{cluster="south"} 0.25',
    'faultline_watched_objects{cluster="south"} 8',
  ]);
  expect(text).toContain('faultline_task_overdue_seconds{task="poll"} 0.5');
  expect(text).toContain('faultline_task_seconds_count{task="watch",outcome="ok"} 1');
});

test('takes GET and HEAD of its three pages alone', async () => {
  const { get } = await listening();
  expect((await get('/')).status).toBe(404);
  expect((await get('/metrics/../healthz')).status).toBe(200);
  expect((await get('/metrics', 'POST')).status).toBe(405);
  expect(await get('/healthz', 'HEAD')).toEqual({ status: 200, text: '' });
});
