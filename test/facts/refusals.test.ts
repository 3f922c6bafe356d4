import { describe, expect, test } from 'vitest';
import { refusalIn } from '../../src/facts/refusals.ts';

describe('a quota', () => {
  test.each([
    [
      'exceeded quota: compute, requested: limits.cpu=3,pods=1, used: limits.cpu=21500m,pods=9, limited: limits.cpu=24,pods=9',
      [
        { resource: 'limits.cpu', requested: '3', used: '21500m', limited: '24' },
        { resource: 'pods', requested: '1', used: '9', limited: '9' },
      ],
    ],
    [
      'Exceeded quota: objects, requested: count/jobs.batch=1, used: count/jobs.batch=3, limited: count/jobs.batch=3',
      [{ resource: 'count/jobs.batch', requested: '1', used: '3', limited: '3' }],
    ],
  ])('%s', (message, counts) => {
    expect(refusalIn(message)).toMatchObject({ kind: 'quota', counts });
  });

  test.each([
    [
      'failed quota: compute: must specify limits.cpu for: web,proxy; requests.memory for: web',
      [
        { resource: 'limits.cpu', containers: ['web', 'proxy'] },
        { resource: 'requests.memory', containers: ['web'] },
      ],
    ],
    [
      'failed quota: compute: must specify limits.cpu,limits.memory',
      [
        { resource: 'limits.cpu', containers: [] },
        { resource: 'limits.memory', containers: [] },
      ],
    ],
  ])('%s', (message, needs) => {
    expect(refusalIn(message)).toEqual({ kind: 'quota-needs-values', quota: 'compute', needs });
  });
});

describe('a LimitRange', () => {
  test.each([
    [
      'maximum memory usage per Container is 1Gi, but limit is 2Gi',
      [['maximum', 'memory', '1Gi', 'limit', '2Gi']],
    ],
    ['Maximum cpu usage per Pod is 1.5, but request is 2.', [['maximum', 'cpu', '1.5', 'request', '2']]],
    [
      'Minimum cpu usage per Container is 100m.  No request is specified.',
      [['minimum', 'cpu', '100m', null, null]],
    ],
    [
      '[maximum cpu usage per Container is 1, but limit is 2, minimum storage usage per PersistentVolumeClaim is 5Gi, but request is 1Gi]',
      [
        ['maximum', 'cpu', '1', 'limit', '2'],
        ['minimum', 'storage', '5Gi', 'request', '1Gi'],
      ],
    ],
    [
      'memory max limit to request ratio per Container is 2, but provided ratio is 4.000000',
      [['ratio', 'memory', '2', null, '4']],
    ],
    [
      '[cpu max limit to request ratio per Container is 2, but no request is specified or request is 0.]',
      [['ratio', 'cpu', '2', null, null]],
    ],
  ])('%s', (message, bounds) => {
    const refusal = refusalIn(message);
    expect(refusal.kind).toBe('limit-range');
    const found = refusal.kind === 'limit-range' ? refusal.bounds : [];
    expect(
      found.map(({ bound, resource, allowed, side, value }) => [bound, resource, allowed, side, value]),
    ).toEqual(bounds);
  });

  test.each([
    ['memory limit of 512Mi', '512Mi'],
    ['memory limit', null],
  ])('gives a limit below the request: %s', (words, limit) => {
    const message = `spec.containers[1].resources.requests: Invalid value: "1Gi": must be less than or equal to ${words}`;
    expect(refusalIn(message)).toEqual({
      kind: 'default-below-request',
      list: 'containers',
      index: 1,
      resource: 'memory',
      request: '1Gi',
      limit,
    });
  });
});

test('each violation of a Pod Security level is read with its containers', () => {
  const refusal = refusalIn(
    'violates PodSecurity "restricted:v1.31": host namespaces (hostNetwork=true, hostPID=true), allowPrivilegeEscalation != false (containers "a", "b" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]; container "b" must not include "SYS_TIME" in securityContext.capabilities.add)',
  );
  expect(refusal).toMatchObject({
    kind: 'pod-security',
    level: 'restricted',
    violations: [
      { check: 'host namespaces', detail: 'hostNetwork=true, hostPID=true', containers: [] },
      { check: 'allowPrivilegeEscalation != false', containers: ['a', 'b'] },
      { check: 'unrestricted capabilities', containers: ['a', 'b'] },
    ],
  });
});

test.each([
  [
    'error looking up service account pier/winch: serviceaccount "winch" not found',
    'ServiceAccount',
    'winch',
  ],
  [
    'service account pier/winch was not found, retry after the service account is created',
    'ServiceAccount',
    'winch',
  ],
  ['no PriorityClass with name tide was found', 'PriorityClass', 'tide'],
  ['No PriorityClass with name tide was found', 'PriorityClass', 'tide'],
  ['pod rejected: RuntimeClass "gvisor" not found', 'RuntimeClass', 'gvisor'],
])('%s', (message, object, name) => {
  expect(refusalIn(message)).toEqual({ kind: 'missing', object, name });
});

describe('a webhook', () => {
  test.each([
    [
      'failed calling webhook "a.example": failed to call webhook: Post "https://svc.ns.svc:443/mutate?timeout=10s": dial tcp 10.1.1.1:443: connect: connection refused',
      'dial tcp 10.1.1.1:443: connect: connection refused',
    ],
    [
      'failed calling webhook "a.example": Post https://svc.ns.svc:443/m?timeout=30s: no endpoints available for service "svc"',
      'no endpoints available for service "svc"',
    ],
    [
      'failed calling webhook "a.example": failed to call webhook: Post "https://svc.ns.svc:443/v": context deadline exceeded',
      'context deadline exceeded',
    ],
  ])('cannot be called: %s', (message, error) => {
    expect(refusalIn(`Internal error occurred: ${message}`)).toEqual({
      kind: 'webhook-unavailable',
      webhook: 'a.example',
      service: { namespace: 'ns', name: 'svc' },
      error,
    });
  });

  test('that is called by its address has no Service', () => {
    expect(
      refusalIn('failed calling webhook "a.example": Post "https://guard.example/v": EOF'),
    ).toMatchObject({
      service: null,
      error: 'EOF',
    });
  });

  test('is believed about nothing but its own refusal', () => {
    expect(
      refusalIn(
        'admission webhook "a.example" denied the request: exceeded quota: x, requested: pods=1, used: pods=1, limited: pods=1',
      ),
    ).toMatchObject({ kind: 'denied' });
  });

  test('of Kyverno names policies, rules and paths', () => {
    const message = `admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource Pod/pier/winch-1 was blocked due to the following policies \n\nlabels:\n  owner: 'validation error: an owner is needed. rule owner failed at path /metadata/labels/owner/'\nimages:\n  tags: no tag`;
    expect(refusalIn(message)).toMatchObject({
      by: {
        policies: [
          { policy: 'labels', rule: 'owner', path: '/metadata/labels/owner' },
          { policy: 'images', rule: 'tags', message: 'no tag', path: null },
        ],
      },
    });
  });

  test('without an explanation has none', () => {
    expect(refusalIn('admission webhook "a.example" denied the request without explanation')).toMatchObject({
      kind: 'denied',
      message: '',
    });
  });
});

test('a ValidatingAdmissionPolicy is read with its binding', () => {
  expect(
    refusalIn("ValidatingAdmissionPolicy 'two' with binding 'two-pier' denied request: failed expression: x"),
  ).toEqual({
    kind: 'denied',
    by: { kind: 'policy', policy: 'two', binding: 'two-pier' },
    message: 'failed expression: x',
  });
});

test('anything else is unknown', () => {
  expect(refusalIn('the harbour master said no')).toEqual({ kind: 'unknown' });
});
