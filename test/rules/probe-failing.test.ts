import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { PodSpec } from '../../src/kubernetes/workloads.ts';
import { crashLoop } from '../../src/rules/crash-loop.ts';
import { probeFailing } from '../../src/rules/probe-failing.ts';
import { deployment, event, pod, replicaSet, running, waiting, type EventDetails } from './objects.ts';
import { answer, findingsOf, fires, silent } from './rule-tester.ts';

/** Now is 12:00 on 2 March 2026. */
const SPEC: PodSpec = {
  containers: [
    {
      name: 'portal',
      image: 'shop/portal:1',
      resources: { limits: { memory: '1Gi' } },
      livenessProbe: { httpGet: { path: '/healthz', port: 8080 } },
      startupProbe: { tcpSocket: { port: 8080 } },
    },
  ],
};

function portal(restarting: boolean, ...events: readonly EventDetails[]): readonly KubernetesObject[] {
  const owner = deployment('portal', SPEC);
  const current = replicaSet(owner, '5d', SPEC, { revision: 2, replicas: 1, ready: restarting ? 0 : 1 });
  const lastState = {
    terminated: {
      exitCode: 0,
      reason: 'Completed',
      startedAt: '2026-03-02T11:50:00Z',
      finishedAt: '2026-03-02T11:54:00Z',
    },
  };
  const container = SPEC.containers![0]!;
  const status = restarting
    ? { ...waiting(container, 'CrashLoopBackOff'), restartCount: 9, lastState }
    : running(container);
  const own = pod(current, 'x', { ready: !restarting, containers: [status] });
  return [owner, current, own, ...events.map((details) => event(own, { container: 'portal', ...details }))];
}

const AT = { first: '2026-03-02T11:40:00Z', last: '2026-03-02T11:54:00Z' };
const failing = {
  reason: 'Unhealthy',
  message: 'Liveness probe failed: HTTP probe failed with statuscode: 400',
  count: 30,
  ...AT,
};
const killing = (probe: string): EventDetails => ({
  reason: 'Killing',
  type: 'Normal',
  message: `Container portal failed ${probe} probe, will be restarted`,
  count: 9,
  ...AT,
});

describe('a container that a probe restarts', () => {
  test('is not said to end of its own', () => {
    const log = answer(
      'log',
      { previous: true },
      'http: TLS handshake error from 10.0.0.1:5: client sent an HTTP request to an HTTPS server\n',
    );
    fires(
      probeFailing,
      { objects: portal(true, failing, killing('liveness')), answers: [log] },
      {
        cause: 'scheme-mismatch',
        verdict: 'fix',
        changes: [['spec.template.spec.containers[name=portal].livenessProbe.httpGet.scheme', null, 'HTTPS']],
        guards: ['no-auto-merge'],
        says: ['the kubelet restarts container portal because its liveness probe fails', 'speaks HTTPS'],
        neverSays: ['by itself'],
      },
    );
  });

  test('is one by its startup probe too', () => {
    fires(
      probeFailing,
      { objects: portal(true, killing('startup')) },
      {
        cause: 'unanswered',
        verdict: 'decline',
        says: ['startup probe fails'],
        neverSays: ['HTTPS'],
      },
    );
  });

  test.each([
    ['no event of the kubelet', []],
    ['a probe that only failed', [{ ...failing, message: 'Readiness probe failed: 500' }]],
    [
      'a kill hours ago',
      [{ ...killing('liveness'), first: '2026-03-02T08:00:00Z', last: '2026-03-02T09:00:00Z' }],
    ],
  ])('is not claimed with %s', (_what, events) => {
    fires(
      crashLoop,
      { objects: portal(true, ...events) },
      { cause: 'completed', verdict: 'decline', neverSays: ['by itself', 'because its liveness'] },
    );
  });
});

const SERVER = {
  name: 'app',
  ports: [{ name: 'http', containerPort: 8080 }],
};

/** A running pod with a probe that failed with this message so often, just now. */
function probed(
  probe: 'liveness' | 'readiness' | 'startup',
  definition: object,
  message: string,
  details: { ready?: boolean; count?: number; started?: string } = {},
): readonly KubernetesObject[] {
  const { ready = false, count = 9, started = '2026-03-02T11:58:00Z' } = details;
  const owner = deployment('gate', { containers: [{ ...SERVER, [`${probe}Probe`]: definition }] });
  const name = probe[0]!.toUpperCase() + probe.slice(1);
  const state = { running: { startedAt: started } };
  const one = pod(owner, 'x', { made: started, ready, containers: [running(SERVER, { ready, state })] });
  const failed = { reason: 'Unhealthy', message: `${name} probe failed: ${message}`, count };
  return [
    owner,
    one,
    event(one, { ...failed, container: 'app', first: started, last: '2026-03-02T11:59:50Z' }),
  ];
}

const at = (port: number | string, more: object = {}) => ({ httpGet: { port, ...more } });
const H2 = String.raw`net/http: HTTP/1.x transport connection broken: malformed HTTP response "\x00\x00\x06\x04"`;

describe('why a probe fails', () => {
  test.each<readonly [string, 'liveness' | 'readiness', object, string]>([
    ['port-not-declared', 'readiness', at(9090), 'dial tcp 10.0.0.7:9090: connect: connection refused'],
    ['port-not-declared', 'liveness', { tcpSocket: { port: 9090 } }, 'dial tcp 10.0.0.7:9090: i/o timeout'],
    [
      'port-not-declared',
      'readiness',
      { grpc: { port: 9090 } },
      'timeout: failed to connect service "10.0.0.7:9090" within 1s: context deadline exceeded',
    ],
    ['protocol-mismatch', 'readiness', at(8080), H2],
    [
      'protocol-mismatch',
      'liveness',
      { grpc: { port: 8080 } },
      'error: failed to connect service at "10.0.0.7:8080": error reading server preface: http2: frame too large',
    ],
    [
      'scheme-mismatch',
      'readiness',
      at(8080, { scheme: 'HTTPS' }),
      'Get "https://10.0.0.7:8080/": http: server gave HTTP response to HTTPS client',
    ],
    [
      'grpc-health-missing',
      'liveness',
      { grpc: { port: 8080 } },
      'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service',
    ],
    ['path-not-found', 'liveness', at('http', { path: '/alive' }), 'HTTP probe failed with statuscode: 404'],
    ['unhealthy-answer', 'liveness', at('http'), 'HTTP probe failed with statuscode: 503'],
    [
      'unhealthy-answer',
      'liveness',
      { grpc: { port: 8080 } },
      'service unhealthy (responded with "NOT_SERVING")',
    ],
    [
      'exec-failed',
      'liveness',
      { exec: { command: ['cat', '/tmp/live'] } },
      'cat: /tmp/live: No such file or directory',
    ],
    [
      'timed-out',
      'liveness',
      at('http'),
      'Get "http://10.0.0.7:8080/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    ],
    ['connection-refused', 'liveness', at('http'), 'dial tcp 10.0.0.7:8080: connect: connection refused'],
  ])('is %s of a %s probe', (cause, probe, definition, message) => {
    fires(
      probeFailing,
      { objects: probed(probe, definition, message) },
      { cause, verdict: 'decline', container: 'app' },
    );
  });

  test('blames the field of the template', () => {
    const [finding] = findingsOf(probeFailing, {
      objects: probed('readiness', at(9090), 'dial tcp 10.0.0.7:9090: connect: connection refused'),
    });
    expect(finding!.blames!.map(({ field }) => field)).toEqual([
      'spec.template.spec.containers[name=app].readinessProbe.httpGet.port',
    ]);
  });
});

describe('is silent about', () => {
  const refused = 'dial tcp 10.0.0.7:8080: connect: connection refused';
  test.each<readonly [string, readonly KubernetesObject[]]>([
    [
      'readiness that failed on a container that is ready',
      probed('readiness', at(8080), refused, { ready: true }),
    ],
    ['a server that does not listen yet', probed('readiness', at(8080), refused)],
    ['two failures', probed('liveness', at(8080), refused, { count: 2 })],
    ['a dead port that was asked twice', probed('readiness', at(9090), refused, { count: 2 })],
    [
      'a server that answers that it is not ready yet',
      probed('readiness', at(8080), 'HTTP probe failed with statuscode: 503'),
    ],
  ])('%s', (_what, objects) => {
    silent(probeFailing, { objects });
  });
});
