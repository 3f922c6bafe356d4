import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { failingContainers } from '../../src/cluster/record-failing.ts';
import { keepingAnswers } from '../../src/cluster/record-answers.ts';
import { writeMetrics, writeState, writeUsage, writeWhole } from '../../src/cluster/record.ts';
import { openSnapshot } from '../../src/cluster/snapshot.ts';
import type { ClusterSource, MetricRequest, Purpose } from '../../src/model/cluster-state.ts';
import { maskedText } from '../../src/untrusted/masked.ts';
import { faultline } from '../commands/command-line.ts';

const NOW = Date.parse('2026-03-01T10:00:00.000Z');
let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'faultline-record-'));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

describe('where a recording is written', () => {
  test('a folder with something in it is refused, before any cluster is asked', async () => {
    writeFileSync(join(scratch, 'notes.txt'), 'mine');
    const { status, stdout, stderr } = await faultline('record', '--context', 'none', '--out', scratch);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(`--out ${scratch}: not empty`);
    expect(readdirSync(scratch)).toEqual(['notes.txt']);
  });

  test('a file is refused', async () => {
    const file = join(scratch, 'file');
    writeFileSync(file, 'mine');
    const { status, stderr } = await faultline('record', '--context', 'none', '--out', file);
    expect(status).toBe(2);
    expect(stderr).toContain('not a folder');
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  test('an empty folder is filled', async () => {
    const output = join(scratch, 'empty');
    mkdirSync(output);
    await writeWhole(output, async (folder) => writeFileSync(join(folder, 'a'), ''));
    expect(readdirSync(output)).toEqual(['a']);
    expect(readdirSync(scratch)).toEqual(['empty']);
  });

  test('nothing is left when it fails', async () => {
    const failing = writeWhole(join(scratch, 'new'), () => Promise.reject(new Error('away')));
    await expect(failing).rejects.toThrow('away');
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe('what is known of a recorded kind', () => {
  const config = (name: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop' },
  });
  const reread = async (listed: Parameters<typeof writeState>[2]) => {
    const state = buildState({ name: 'north', now: NOW, objects: [config('kept')], ...listed });
    await writeState(scratch, state, listed);
    const source = await openSnapshot(scratch);
    return source.read();
  };

  test('one that was listed is known, its name and time as well', async () => {
    const state = await reread({ recorded: { ConfigMap: 'all', Job: 'all' } });
    expect({ name: state.name, now: state.now, problems: state.problems }).toEqual({
      name: 'north',
      now: NOW,
      problems: [],
    });
    expect(state.presence('ConfigMap', 'shop', 'other')).toBe('absent');
    expect(state.presence('Job', 'shop', 'other')).toBe('absent');
    expect(state.presence('Pod', 'shop', 'other')).toBe('unknown');
  });

  test('one whose list was cut is unknown, although objects of it are there', async () => {
    const state = await reread({ recorded: {}, incomplete: new Set(['ConfigMap']) });
    expect(state.presence('ConfigMap', 'shop', 'kept')).toBe('present');
    expect(state.presence('ConfigMap', 'shop', 'other')).toBe('unknown');
  });

  test('one with an object that was set aside is not said to lack it', async () => {
    const setAside = [{ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'odd' }];
    const state = await reread({ recorded: { ConfigMap: 'all' }, setAside });
    expect(state.presence('ConfigMap', 'shop', 'odd')).toBe('unknown');
    expect(state.isRecorded('ConfigMap', 'shop')).toBe(false);
  });
});

describe('failing containers', () => {
  const found = (status: object) => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'cart-1', namespace: 'shop' },
      status: { containerStatuses: [{ name: 'server', ...status }] },
    };
    return failingContainers(buildState({ name: 'north', now: NOW, objects: [pod] })).map(({ logs }) =>
      logs.map(({ previous }) => (previous ? 'previous' : 'current')),
    );
  };
  const running = { running: {} };

  test.each([
    ['restarted', { ready: true, restartCount: 2, state: running }, ['current', 'previous']],
    ['not ready', { ready: false, restartCount: 0, state: running }, ['current']],
    ['ended with an error', { state: { terminated: { exitCode: 3 } } }, ['current']],
    ['without an image, which has no log', { state: { waiting: { reason: 'ErrImagePull' } } }, []],
  ])('one that is %s', (_name, status, logs) => expect(found(status)).toEqual([logs]));

  test.each([
    ['runs', { ready: true, restartCount: 0, state: running }],
    ['is done', { ready: false, state: { terminated: { exitCode: 0 } } }],
    ['starts', { ready: false, state: { waiting: { reason: 'ContainerCreating' } } }],
  ])('not one that %s', (_name, status) => expect(found(status)).toEqual([]));
});

describe('metrics', () => {
  const metric = 'container_memory_working_set_bytes';
  const labels = { __name__: metric, pod: 'cart-1' };
  const samples = (count: number) =>
    Array.from({ length: count }, (_, at) => [NOW - at * 60_000, at + 0.5] as const).reverse();
  const computed = [{ labels: { pod: 'nameless' }, samples: samples(1) }];
  const answering = {
    isRecorded: false,
    read: () => Promise.reject(new Error('not read')),
    log: async () => null,
    metric: async ({ hours }: MetricRequest) => [{ labels, samples: samples(hours) }],
    candidates: async (purpose: Purpose) => (purpose === 'cpu-throttled' ? computed : []),
  };
  const { source, ...kept } = keepingAnswers(answering, async () => undefined);
  const ask = (hours: number) => source.metric({ metric, labels: {}, hours }, NOW);

  test('are kept by name, over the longest time, and read again as they were', async () => {
    for (const hours of [6, 48, 6]) await ask(hours);
    await writeMetrics(scratch, kept.series(), kept.candidates());
    const recorded = await openSnapshot(scratch);
    expect(await recorded.metric({ metric, labels: {}, hours: 24 }, NOW)).toEqual([
      { labels, samples: samples(48) },
    ]);
    expect(await recorded.metric({ metric: 'up', labels: {}, hours: 24 }, NOW)).toBeNull();
  });

  test('a purpose has the same answer as live, also one without names, and nothing where that was the answer', async () => {
    await ask(48);
    for (const purpose of ['cpu-throttled', 'memory-near-limit'] as const)
      await source.candidates!(purpose, NOW);
    await writeMetrics(scratch, kept.series(), kept.candidates());
    const recorded = await openSnapshot(scratch);
    expect(await recorded.candidates!('cpu-throttled', NOW)).toEqual(computed);
    expect(await recorded.candidates!('memory-near-limit', NOW)).toEqual([]);
    expect(await recorded.candidates!('memory-trend', NOW), 'one that was not asked for').toHaveLength(1);
    expect(await recorded.candidates!('volumes-filling', NOW)).toBeNull();
  });
});

test('what pods use is read again as it was', async () => {
  const used = [
    { container: 'server', memory: 123_456_789, cpu: 0.25, at: NOW },
    { container: 'sidecar', memory: null, cpu: 0.001, at: NOW },
  ];
  const kept = keepingAnswers(
    {
      isRecorded: false,
      read: () => Promise.reject(new Error('not read')),
      log: async () => null,
      metric: async () => null,
      usage: async (_namespace, pod) => (pod === 'cart-1' ? used : null),
    },
    async () => undefined,
  );
  for (const pod of ['cart-1', 'cart-2']) await kept.source.usage!('shop', pod);
  mkdirSync(join(scratch, 'cluster'));
  await writeUsage(scratch, kept.usage());
  const recorded = await openSnapshot(scratch);
  expect(await recorded.usage!('shop', 'cart-1')).toEqual(used);
  expect(await recorded.usage!('shop', 'cart-2')).toBeNull();
  expect((await recorded.read()).problems).toEqual([]);
});

test('a log that a rule asked for is not asked for again', async () => {
  const asked: boolean[] = [];
  const source: ClusterSource = {
    isRecorded: false,
    read: () => Promise.reject(new Error('not read')),
    metric: async () => null,
    log: async ({ previous }) => {
      asked.push(previous);
      return previous ? maskedText('it ended') : null;
    },
  };
  const told: string[] = [];
  const kept = keepingAnswers(source, async (_request, text) => void told.push(text));
  const of = { namespace: 'shop', pod: 'cart-1', container: 'server' };
  await kept.source.log({ ...of, previous: true });
  expect(await kept.hasLog({ ...of, previous: true })).toBe(true);
  expect(await kept.hasLog({ ...of, previous: false })).toBe(false);
  expect(asked).toEqual([true, false]);
  expect(told).toEqual(['it ended']);
});
