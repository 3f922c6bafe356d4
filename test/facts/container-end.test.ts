import { describe, expect, test } from 'vitest';
import { buildState } from '../../src/cluster/build-state.ts';
import { backOffOf, lastEnd } from '../../src/facts/container-end.ts';
import { refOf } from '../../src/kubernetes/objects.ts';
import type { ContainerStatus } from '../../src/kubernetes/workloads.ts';
import { plainText } from '../../src/untrusted/prose.ts';
import { event, pod, running, type EventDetails } from '../rules/objects.ts';

const server = { name: 'server', image: 'ferry:1' };
const startedAt = '2026-03-02T09:00:00Z';
const finishedAt = '2026-03-02T09:10:00Z';

type Terminated = NonNullable<NonNullable<ContainerStatus['lastState']>['terminated']>;

function clusterWith(status: ContainerStatus, events: readonly EventDetails[] = []) {
  const ferry = pod(null, 'ferry', { podSpec: { containers: [server] }, containers: [status] });
  const objects = [ferry, ...events.map((details) => event(ferry, details))];
  return {
    cluster: buildState({ name: 'quay', now: Date.parse(finishedAt) + 3_600_000, objects }),
    pods: [refOf(ferry)],
  };
}

function meaning(terminated: Terminated, events: readonly EventDetails[] = []): string {
  const status = running(server, { lastState: { terminated: { startedAt, finishedAt, ...terminated } } });
  const { cluster, pods } = clusterWith(status, events);
  return plainText(lastEnd(cluster, pods, 'server')!.means);
}

const killing = (message: string, last = '2026-03-02T09:09:40Z'): EventDetails => ({
  reason: 'Killing',
  message,
  container: 'server',
  type: 'Normal',
  last,
});
const PROBE = 'Container server failed liveness probe, will be restarted';

describe('an exit code', () => {
  test.each([
    [0, 'Completed', 'the program ended without an error'],
    [1, 'Error', 'the program reported an error; the code says no more'],
    [
      2,
      'Error',
      'the program reported an error, by convention wrong usage; Go programs that panic end so too',
    ],
    [126, 'ContainerCannotRun', 'the command was found and could not be executed'],
    [127, 'ContainerCannotRun', 'the command, or a library that it loads, was not found'],
    [128, 'StartError', 'the container could not be started'],
    [134, 'Error', 'ended by SIGABRT: it aborted, as a failed assertion or a runtime does'],
    [137, 'OOMKilled', 'killed by SIGKILL because the memory of the container was full'],
    [137, 'Error', 'killed by SIGKILL; by whom is not recorded'],
    [139, 'Error', 'ended by SIGSEGV: it accessed memory that is not its own'],
    [143, 'Error', 'ended by SIGTERM; by whom is not recorded'],
    [130, 'Error', 'ended by SIGINT; by whom is not recorded'],
    [152, 'Error', 'ended by signal 24; by whom is not recorded'],
    [255, 'Error', 'the program ended with a number that is out of range, such as -1'],
    [255, 'Unknown', 'how the container ended is not known: the kubelet or the runtime lost track of it'],
    [
      137,
      'ContainerStatusUnknown',
      'how the container ended is not known: the kubelet or the runtime lost track of it',
    ],
    [3, 'Error', 'the program reported an error; what the number means is its own matter'],
    [200, 'Error', 'the program reported an error; what the number means is its own matter'],
  ])('%i with reason %s says what it says, and no more', (exitCode, reason, says) => {
    expect(meaning({ exitCode, reason })).toBe(says);
  });

  test('0 of a container that was OOMKilled blames a process in it', () => {
    expect(meaning({ exitCode: 0, reason: 'OOMKilled' })).toContain('the main process ended with 0');
  });

  test('with a signal of its own is that signal', () => {
    expect(meaning({ exitCode: 0, signal: 9, reason: 'Error' })).toContain('killed by SIGKILL');
  });
});

describe('who ended it', () => {
  test('is the kubelet where its own event says so', () => {
    expect(meaning({ exitCode: 137 }, [killing(PROBE)])).toBe(
      'killed by SIGKILL: the kubelet stopped the container because its liveness probe failed',
    );
    expect(meaning({ exitCode: 143 }, [killing('Stopping container server')])).toBe(
      'ended by SIGTERM: the kubelet stopped the container with its pod',
    );
    expect(meaning({ exitCode: 1 }, [killing(PROBE)])).toBe(
      'the program reported an error; the code says no more, after the kubelet stopped the container because its liveness probe failed',
    );
  });

  test('is not recorded where the event is about another run or another container', () => {
    for (const last of ['2026-03-02T09:12:00Z', '2026-03-02T08:30:00Z'])
      expect(meaning({ exitCode: 137 }, [killing(PROBE, last)])).toContain('not recorded');
    expect(meaning({ exitCode: 137 }, [{ ...killing(PROBE), container: 'proxy' }])).toContain('not recorded');
  });
});

test('a container that never ended has no end', () => {
  const { cluster, pods } = clusterWith(running(server));
  expect(lastEnd(cluster, pods, 'server')).toBeNull();
  expect(lastEnd(cluster, pods, 'proxy')).toBeNull();
  expect(backOffOf(cluster, pods, 'server')).toBeNull();
});

describe('the back-off', () => {
  const waiting = (reason: string, message?: string) =>
    running(server, {
      restartCount: 6,
      state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
      lastState: { terminated: { exitCode: 1, finishedAt } },
    });

  test.each([
    ['back-off 10s restarting failed container=server pod=ferry', 10],
    ['back-off 2m40s restarting failed container=server pod=ferry', 160],
    ['back-off 5m0s restarting failed container=server pod=ferry', 300],
  ])('is told with its delay: %s', (message, seconds) => {
    const { cluster, pods } = clusterWith(waiting('CrashLoopBackOff', message));
    expect(backOffOf(cluster, pods, 'server')).toEqual({
      reason: 'CrashLoopBackOff',
      delay: seconds * 1000,
      restarts: 6,
      since: null,
    });
  });

  test('has gone on since the first event that tells of it', () => {
    const first = '2026-03-02T08:45:00Z';
    const { cluster, pods } = clusterWith(waiting('ImagePullBackOff', 'Back-off pulling image "ferry:1"'), [
      { reason: 'BackOff', message: 'Back-off pulling image "ferry:1"', container: 'server', first },
    ]);
    expect(backOffOf(cluster, pods, 'server')).toMatchObject({ delay: null, since: Date.parse(first) });
  });

  test('is none while the container waits for something else', () => {
    const { cluster, pods } = clusterWith(waiting('CreateContainerConfigError', 'x'));
    expect(backOffOf(cluster, pods, 'server')).toBeNull();
  });
});
