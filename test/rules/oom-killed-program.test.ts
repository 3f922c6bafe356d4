import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import type { Container, ContainerStatus, PodSpec, Volume } from '../../src/kubernetes/workloads.ts';
import { oomKilled } from '../../src/rules/oom-killed.ts';
import { deployment, object, pod, replicaSet, running, waiting, workload } from './objects.ts';
import { answer, fires, findingsOf } from './rule-tester.ts';

/** Now is 12:00 on 2 March 2026. */
const BASE = 'spec.template.spec.containers[name=worker]';
const LIMIT = `${BASE}.resources.limits.memory`;

function terminated(seconds: number, exitCode = 137, reason = 'OOMKilled') {
  const finished = Date.parse('2026-03-02T11:50:00Z');
  const startedAt = new Date(finished - seconds * 1000).toISOString().replace('.000Z', 'Z');
  return { terminated: { reason, exitCode, startedAt, finishedAt: '2026-03-02T11:50:00Z' } };
}

function looping(seconds = 600, fields: Partial<ContainerStatus> = {}): ContainerStatus {
  return {
    ...waiting({ name: 'worker' }, 'CrashLoopBackOff'),
    restartCount: 5,
    lastState: terminated(seconds),
    ...fields,
  };
}

function worker(fields: Partial<Container>, limit = '512Mi'): Container {
  return {
    name: 'worker',
    image: 'registry.example/worker:1',
    resources: { limits: { memory: limit } },
    ...fields,
  };
}

function cluster(
  container: Container,
  status = looping(),
  volumes: readonly Volume[] = [],
  more: readonly KubernetesObject[] = [],
): readonly KubernetesObject[] {
  const spec: PodSpec = { containers: [container], ...(volumes.length > 0 && { volumes }) };
  const owner = deployment('worker', spec);
  const current = replicaSet(owner, '6d4f9c7b8d', spec, { revision: 2, made: '2026-01-02T08:00:00Z' });
  return [owner, current, pod(current, 'aaaaa', { containers: [status] }), ...more];
}

const raised = (limit: string, after: string) => ({
  cause: 'limit-too-low',
  verdict: 'fix' as const,
  changes: [[LIMIT, limit, after]] as const,
});

describe('a command that takes memory without end is escalated, and its place is named', () => {
  test.each<readonly [string, Partial<Container>, string, string]>([
    ['tail of /dev/zero', { command: ['tail', '/dev/zero'] }, 'tail /dev/zero', 'command[1]'],
    [
      'a shell that reads it',
      { command: ['sh', '-c'], args: ['sleep 5; tail /dev/zero'] },
      '/dev/zero',
      'args[0]',
    ],
    ['a pipe of random bytes', { args: ['sh', '-c', 'cat /dev/urandom | sort'] }, '/dev/urandom', 'args[2]'],
    [
      'a list that is never emptied',
      { args: ['python', '-c', 'a=[]\nwhile True:\n  a.append("x" * 1000)'] },
      'while True',
      'args[2]',
    ],
    [
      'a string that doubles',
      { args: ['sh', '-c', 'x=a; while true; do x=$x$x; done'] },
      'while true',
      'args[2]',
    ],
    [
      'an interval that pushes',
      { args: ['node', '-e', 'setInterval(() => kept.push(Buffer.alloc(1e6)), 100)'] },
      'setInterval',
      'args[2]',
    ],
    [
      'files in shared memory',
      { args: ['sh', '-c', 'cat /dev/zero > /dev/shm/fill'] },
      '/dev/shm',
      'args[2]',
    ],
    [
      'stress',
      { command: ['stress'], args: ['--vm', '1', '--vm-bytes', '750M', '--vm-hang', '1'] },
      '750 MiB',
      'args[2]',
    ],
    ['stress-ng without a size', { args: ['stress-ng', '--vm', '2'] }, 'load generator', 'args[0]'],
    ['memtester', { args: ['memtester', '700M', '1'] }, '700 MiB', 'args[0]'],
  ])('%s', (_what, fields, says, place) => {
    const finding = fires(
      oomKilled,
      { objects: cluster(worker(fields)) },
      {
        cause: 'unbounded',
        verdict: 'escalate',
        says: [says],
      },
    );
    expect(finding.blames?.map(({ field }) => field)).toEqual([`${BASE}.${place}`, LIMIT]);
  });

  test('at the first kill already: no second one is needed to know', () => {
    const once = looping(600, { restartCount: 1 });
    fires(
      oomKilled,
      { objects: cluster(worker({ args: ['tail', '/dev/zero'] }), once) },
      {
        cause: 'unbounded',
        verdict: 'escalate',
      },
    );
  });

  test('in a script that a ConfigMap holds', () => {
    const script = object('v1', 'ConfigMap', 'jobs', { data: { 'run.sh': 'set -e\ntail /dev/zero\n' } });
    const mounted = worker({
      command: ['sh', '/jobs/run.sh'],
      volumeMounts: [{ name: 'jobs', mountPath: '/jobs' }],
    });
    const objects = cluster(mounted, looping(), [{ name: 'jobs', configMap: { name: 'jobs' } }], [script]);
    const finding = fires(
      oomKilled,
      { objects },
      { cause: 'unbounded', verdict: 'escalate', says: ['run.sh of ConfigMap jobs'] },
    );
    expect(finding.blames?.[0]).toMatchObject({
      object: { kind: 'ConfigMap', name: 'jobs' },
      field: 'data["run.sh"]',
    });
  });
});

describe('what only looks like it is raised as before', () => {
  test.each<readonly [string, Partial<Container>]>([
    ['a bounded copy of zeros', { args: ['sh', '-c', 'dd if=/dev/zero of=/tmp/cache bs=1M count=150'] }],
    ['zeros that nobody keeps', { args: ['sh', '-c', 'cat /dev/zero > /dev/null & exec server'] }],
    ['a loop that counts', { args: ['sh', '-c', 'while true; do i=$((i+1)); sleep 1; done'] }],
    [
      'a loop that empties its batch',
      { args: ['python', '-c', 'while True:\n  batch.append(next())\n  batch.clear()'] },
    ],
    ['stress of the processor', { args: ['stress', '--cpu', '4'] }],
    ['an option below the limit', { args: ['node', '--max-old-space-size=256', 'server.js'] }],
    ['a variable below the limit', { env: [{ name: 'CACHE_SIZE', value: '128Mi' }] }],
    ['a memory setting that is no size', { env: [{ name: 'MEMORY_PROFILE', value: 'large' }] }],
  ])('%s', (_what, fields) => {
    fires(oomKilled, { objects: cluster(worker(fields)) }, raised('512Mi', '768Mi'));
  });
});

describe('a size that the code names', () => {
  test.each<readonly [string, Partial<Container>, string, string]>([
    ['of Python', { args: ['python', '-c', 'block = bytearray(180 * 1024 * 1024)'] }, '64Mi', '256Mi'],
    [
      'larger than the usual step',
      { args: ['python', '-c', 'block = bytearray(700 * 1024 ** 2)'] },
      '128Mi',
      '1024Mi',
    ],
    ['of Node', { args: ['node', '-e', 'const b = Buffer.alloc(200 << 20)'] }, '128Mi', '384Mi'],
  ])('%s sizes the limit, also where the container dies at once', (_what, fields, before, after) => {
    const finding = findingsOf(oomKilled, { objects: cluster(worker(fields, before), looping(1)) })[0]!;
    expect(finding.changes.map((one) => one.after)).toEqual([after]);
    expect(finding.cause).toBe('limit-too-low');
  });
});

describe('an option that allows more than the limit', () => {
  test.each<readonly [string, Partial<Container>, string, string]>([
    ['of Node', { args: ['node', '--max-old-space-size=1024', 'server.js'] }, '1 GiB', 'args[1]'],
    [
      'of Node in its variable',
      { env: [{ name: 'NODE_OPTIONS', value: '--max_old_space_size=800' }] },
      '800 MiB',
      'env[name=NODE_OPTIONS].value',
    ],
    ['of Go', { env: [{ name: 'GOMEMLIMIT', value: '900MiB' }] }, '900 MiB', 'env[name=GOMEMLIMIT].value'],
    ['of memcached', { args: ['memcached', '-m', '1024'] }, '1 GiB', 'args[0]'],
    ['of Redis', { args: ['redis-server', '--maxmemory', '2gb'] }, '2 GiB', 'args[1]'],
    ['of PostgreSQL', { args: ['postgres', '-c', 'shared_buffers=1GB'] }, '1 GiB', 'args[2]'],
  ])('%s is named, and no limit is chosen for it', (_what, fields, says, place) => {
    const finding = fires(
      oomKilled,
      { objects: cluster(worker(fields)) },
      {
        cause: 'named-need',
        verdict: 'escalate',
        says: [says, '512Mi'],
      },
    );
    expect(finding.blames?.[0]?.field).toBe(`${BASE}.${place}`);
  });
});

describe('a cache without eviction', () => {
  test.each<readonly [string, Partial<Container>]>([
    ['by a variable', { env: [{ name: 'CACHE_EVICTION', value: 'none' }] }],
    ['by a bound of nothing', { env: [{ name: 'CACHE_MAX_ENTRIES', value: 'unlimited' }] }],
    ['by an argument', { args: ['--cache-eviction=off'] }],
    ['of Redis', { args: ['redis-server', '--maxmemory-policy', 'noeviction'] }],
  ])('%s is a leak', (_what, fields) => {
    fires(
      oomKilled,
      { objects: cluster(worker(fields)) },
      { cause: 'leak', verdict: 'escalate', says: ['eviction'] },
    );
  });

  test.each<readonly [string, Partial<Container>]>([
    ['with a bound', { env: [{ name: 'CACHE_MAX_ENTRIES', value: '5000' }] }],
    ['that evicts', { env: [{ name: 'CACHE_EVICTION', value: 'lru' }] }],
    [
      'of Redis with a maximum',
      { args: ['redis-server', '--maxmemory', '100mb', '--maxmemory-policy', 'noeviction'] },
    ],
  ])('is not one %s', (_what, fields) => {
    fires(oomKilled, { objects: cluster(worker(fields)) }, raised('512Mi', '768Mi'));
  });
});

describe('what the log says of memory', () => {
  test.each([
    ['(node:1) MaxListenersExceededWarning: Possible EventEmitter memory leak detected. 11 listeners added'],
    ['WARN suspect memory leak: 80012 sessions retained'],
    ['ERROR io.netty.util.ResourceLeakDetector - LEAK: ByteBuf.release() was not called'],
    ['cache has 900000 entries, eviction disabled'],
    ['the session map grows without bound'],
    ['objects leaked: 40000'],
  ])('is a leak: %s', (line) => {
    const log = answer('log', { previous: true }, `starting\n${line}\n`);
    fires(
      oomKilled,
      { objects: cluster(worker({})), answers: [log] },
      { cause: 'leak', verdict: 'escalate' },
    );
  });

  test.each([
    ['no memory leaks found'],
    ['leak detector enabled'],
    ['connection pool: possible connection leak'],
    ['fixed leak in 2.3.1'],
    ['allocating memory'],
    ['release 1.2: fixes memory leak in parser'],
    ['cache warmed with 4000 entries'],
  ])('is none: %s', (line) => {
    const log = answer('log', { previous: true }, `starting\n${line}\n`);
    fires(oomKilled, { objects: cluster(worker({})), answers: [log] }, raised('512Mi', '768Mi'));
  });
});

describe('a memory-backed volume', () => {
  const scratch = (emptyDir: Readonly<Record<string, unknown>>): readonly Volume[] => [
    { name: 'scratch', emptyDir },
  ];
  const mounting = worker({ volumeMounts: [{ name: 'scratch', mountPath: '/dev/shm' }] });

  test.each([
    ['without a size', { medium: 'Memory' }, 'emptyDir.medium'],
    ['as large as the limit', { medium: 'Memory', sizeLimit: '512Mi' }, 'emptyDir.sizeLimit'],
    ['of a good part of the limit', { medium: 'Memory', sizeLimit: '256Mi' }, 'emptyDir.sizeLimit'],
  ])('%s is named, and the limit is not raised', (_what, emptyDir, place) => {
    const objects = cluster(mounting, looping(), scratch(emptyDir));
    const finding = fires(
      oomKilled,
      { objects },
      {
        cause: 'memory-volume',
        verdict: 'escalate',
        says: ['medium: Memory', '/dev/shm', 'scratch'],
      },
    );
    expect(finding.blames?.[0]?.field).toBe(`spec.template.spec.volumes[name=scratch].${place}`);
  });

  test.each([
    ['that is small', mounting, scratch({ medium: 'Memory', sizeLimit: '16Mi' })],
    ['on disk', mounting, scratch({})],
    ['that another container mounts', worker({}), scratch({ medium: 'Memory' })],
    [
      'that is only read',
      worker({ volumeMounts: [{ name: 'scratch', mountPath: '/in', readOnly: true }] }),
      scratch({ medium: 'Memory' }),
    ],
  ])('%s is not the reason', (_what, container, volumes) => {
    fires(oomKilled, { objects: cluster(container, looping(), volumes) }, raised('512Mi', '768Mi'));
  });
});

describe('how long the container lives', () => {
  test.each([[0], [1], [2]])('is no measure of its need after %i s', (seconds) => {
    fires(
      oomKilled,
      { objects: cluster(worker({}), looping(seconds)) },
      {
        cause: 'killed-at-start',
        verdict: 'escalate',
      },
    );
  });

  test.each([[3], [25], [3600]])('says nothing against a raise after %i s', (seconds) => {
    fires(oomKilled, { objects: cluster(worker({}), looping(seconds)) }, raised('512Mi', '768Mi'));
  });

  test('is not known without a start', () => {
    const lastState = {
      terminated: { reason: 'OOMKilled', exitCode: 137, finishedAt: '2026-03-02T11:50:00Z' },
    };
    fires(oomKilled, { objects: cluster(worker({}), looping(1, { lastState })) }, raised('512Mi', '768Mi'));
  });
});

describe('what is reported as OOMKilled and did not fail', () => {
  test('an init container that ended with code 0 is watched', () => {
    const spec: PodSpec = { initContainers: [worker({})], containers: [{ name: 'web' }] };
    const set = workload('DaemonSet', 'collector', spec);
    const init = { name: 'worker', restartCount: 0, ready: true, state: terminated(20, 0), lastState: {} };
    const pods = ['aaaaa', 'bbbbb', 'ccccc'].map((suffix) =>
      pod(set, suffix, { ready: true, initContainers: [init], containers: [running({ name: 'web' })] }),
    );
    fires(
      oomKilled,
      { objects: [set, ...pods] },
      {
        cause: 'child-killed',
        verdict: 'monitor',
        says: ['exited with code 0', '3 of 3 pods are Ready'],
      },
    );
  });

  test('a container that exits with 0 again and again is a report', () => {
    const status = looping(600, { lastState: terminated(600, 0) });
    fires(
      oomKilled,
      { objects: cluster(worker({}), status) },
      {
        cause: 'child-killed',
        verdict: 'escalate',
        says: ['restarted 5 times'],
      },
    );
  });

  test('an init container that passed after it was killed is watched', () => {
    const spec: PodSpec = { initContainers: [worker({})], containers: [{ name: 'web' }] };
    const owner = deployment('worker', spec);
    const current = replicaSet(owner, '6d4f9c7b8d', spec, { revision: 2 });
    const init = {
      name: 'worker',
      restartCount: 4,
      ready: true,
      state: terminated(20, 0, 'Completed'),
      lastState: terminated(20),
    };
    const passed = pod(current, 'aaaaa', {
      ready: true,
      initContainers: [init],
      containers: [running({ name: 'web' })],
    });
    fires(oomKilled, { objects: [owner, current, passed] }, { cause: 'completed', verdict: 'monitor' });
  });

  test('but a Job whose attempts all failed is not', () => {
    const job = workload('Job', 'import', { containers: [worker({})] });
    const failed = ['aaaaa', 'bbbbb', 'ccccc'].map((suffix) =>
      pod(job, suffix, {
        phase: 'Failed',
        containers: [{ name: 'worker', restartCount: 0, state: terminated(600), lastState: {} }],
      }),
    );
    fires(
      oomKilled,
      { objects: [job, ...failed] },
      { ...raised('512Mi', '768Mi'), guards: ['no-auto-merge'] },
    );
  });

  test('and a code of 0 beside real kills is not counted', () => {
    const status = looping(600, { restartCount: 9, state: terminated(600, 0), lastState: terminated(600) });
    fires(oomKilled, { objects: cluster(worker({}), status) }, { cause: 'seldom', verdict: 'monitor' });
  });
});

describe('a limit that a LimitRange gave', () => {
  const range = (item: Readonly<Record<string, unknown>>) =>
    object('v1', 'LimitRange', 'defaults', {
      spec: { limits: [{ type: 'Pod' }, { type: 'Container', ...item }] },
    });
  const withDefault = (limit: string, request = '64Mi'): readonly KubernetesObject[] => {
    const bare: PodSpec = { containers: [{ name: 'worker', image: 'registry.example/worker:1' }] };
    const owner = deployment('worker', bare);
    const current = replicaSet(owner, '6d4f9c7b8d', bare, { revision: 2 });
    const given = worker({ resources: { limits: { memory: limit }, requests: { memory: request } } });
    return [
      owner,
      current,
      pod(current, 'aaaaa', { podSpec: { containers: [given] }, containers: [looping()] }),
    ];
  };

  test.each([
    ['default', { default: { memory: '128Mi' } }, 'spec.limits[1].default.memory'],
    ['default in other units', { default: { memory: '134217728' } }, 'spec.limits[1].default.memory'],
    ['maximum', { max: { memory: '128Mi' }, default: { cpu: '1' } }, 'spec.limits[1].max.memory'],
  ])('as its %s is named', (what, item, field) => {
    const objects = [...withDefault('128Mi'), range(item)];
    if (what === 'maximum') {
      fires(
        oomKilled,
        { objects },
        { cause: 'owned-elsewhere', verdict: 'escalate', says: ['at most 128Mi'] },
      );
      return;
    }
    const finding = fires(
      oomKilled,
      { objects },
      {
        cause: 'namespace-default',
        verdict: 'escalate',
        guards: ['draft'],
        changes: [
          [LIMIT, null, '256Mi'],
          [`${BASE}.resources.requests.memory`, null, '64Mi'],
        ],
        says: ['LimitRange shop/defaults', '128Mi'],
        neverSays: ['overwritten'],
      },
    );
    expect(finding.blames?.map((one) => one.field)).toEqual([field, `${BASE}.name`]);
  });

  test('writes no request where the pod requests its limit', () => {
    const objects = [...withDefault('128Mi', '128Mi'), range({ default: { memory: '128Mi' } })];
    fires(
      oomKilled,
      { objects },
      {
        cause: 'namespace-default',
        verdict: 'escalate',
        guards: ['draft'],
        changes: [[LIMIT, null, '256Mi']],
      },
    );
  });

  test.each([
    ['another default', [range({ default: { memory: '200Mi' } })]],
    ['no LimitRange', []],
    [
      'a LimitRange of another namespace',
      [
        object(
          'v1',
          'LimitRange',
          'x',
          { spec: { limits: [{ type: 'Container', default: { memory: '128Mi' } }] } },
          { namespace: 'other' },
        ),
      ],
    ],
  ])('is not claimed of %s', (_what, ranges) => {
    fires(
      oomKilled,
      { objects: [...withDefault('128Mi'), ...ranges] },
      {
        cause: 'owned-elsewhere',
        verdict: 'escalate',
        neverSays: ['overwritten'],
      },
    );
  });

  test('does not stand against a limit of its own, but its maximum and its ratio do', () => {
    const asked = worker({ resources: { limits: { memory: '512Mi' }, requests: { memory: '128Mi' } } });
    const changes = [
      [LIMIT, '512Mi', '768Mi'],
      [`${BASE}.resources.requests.memory`, '128Mi', '192Mi'],
    ] as const;
    fires(
      oomKilled,
      { objects: cluster(asked, looping(), [], [range({ default: { memory: '64Mi' } })]) },
      {
        ...raised('512Mi', '768Mi'),
        changes,
      },
    );
    fires(
      oomKilled,
      { objects: cluster(asked, looping(), [], [range({ maxLimitRequestRatio: { memory: '2' } })]) },
      {
        cause: 'owned-elsewhere',
        verdict: 'escalate',
        says: ['at most 2 times'],
      },
    );
  });
});

describe('a limit that was raised before', () => {
  const withEarlier = (before: string, made: string): readonly KubernetesObject[] => {
    const spec: PodSpec = { containers: [worker({}, '512Mi')] };
    const owner = deployment('worker', spec);
    const current = replicaSet(owner, '6d4f9c7b8d', spec, { revision: 2, made });
    const earlier = replicaSet(owner, '58f7c9d4bb', { containers: [worker({}, before)] }, { revision: 1 });
    return [owner, current, earlier, pod(current, 'aaaaa', { containers: [looping()] })];
  };

  test('in the cluster, this week, is not raised again', () => {
    fires(
      oomKilled,
      { objects: withEarlier('256Mi', '2026-03-01T08:00:00Z') },
      {
        cause: 'raised-before',
        verdict: 'escalate',
        says: ['from 256Mi to 512Mi'],
      },
    );
  });

  test.each([
    ['long ago', '256Mi', '2026-01-10T08:00:00Z'],
    ['and was lowered instead', '1Gi', '2026-03-01T08:00:00Z'],
    ['not at all', '512Mi', '2026-03-01T08:00:00Z'],
  ])('%s is raised', (_what, before, made) => {
    fires(oomKilled, { objects: withEarlier(before, made) }, raised('512Mi', '768Mi'));
  });

  test('twice in two months is for a person', () => {
    const commit = (daysAgo: number) => ({
      sha: `${daysAgo}bcdef1234567890`,
      author: 'Ada',
      email: 'ada@shop.example',
      at: Date.parse('2026-03-02T12:00:00Z') - daysAgo * 86_400_000,
      subject: 'worker: more memory',
    });
    const versions = [
      { value: '512Mi', commit: commit(20) },
      { value: '384Mi', commit: commit(40) },
      { value: '256Mi', commit: commit(200) },
    ];
    const history = answer('field-history', { field: LIMIT }, versions);
    fires(
      oomKilled,
      { objects: cluster(worker({})), answers: [history] },
      {
        cause: 'raised-before',
        verdict: 'escalate',
        says: ['raised 2 times'],
      },
    );
  });
});

describe('a single run that climbs', () => {
  const NOW = Date.parse('2026-03-02T12:00:00Z');
  const series = (values: readonly number[], step: number) => ({
    labels: { namespace: 'shop', pod: 'worker-6d4f9c7b8d-aaaaa', container: 'worker' },
    samples: values.map(
      (value, index) => [NOW - (values.length - 1 - index) * step, value * 2 ** 20] as const,
    ),
  });
  const climb = Array.from({ length: 60 }, (_, minute) => 150 + 6 * minute);

  test('makes the raise a draft', () => {
    const metric = answer('metric', { metric: 'container_memory_working_set_bytes' }, [
      series([...climb, 100, 110], 60_000),
    ]);
    fires(
      oomKilled,
      { objects: cluster(worker({})), answers: [metric] },
      {
        cause: 'limit-too-low',
        verdict: 'escalate',
        guards: ['draft'],
        changes: [[LIMIT, '512Mi', '768Mi']],
        says: ['climbed steadily'],
      },
    );
  });

  test('that starts high does not', () => {
    const flat = Array.from({ length: 60 }, (_, minute) => (minute < 5 ? 100 * minute : 490));
    const metric = answer('metric', { metric: 'container_memory_working_set_bytes' }, [
      series([...flat, 100, 110], 60_000),
    ]);
    fires(oomKilled, { objects: cluster(worker({})), answers: [metric] }, raised('512Mi', '768Mi'));
  });
});
