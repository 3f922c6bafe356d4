import { describe, expect, test } from 'vitest';
import { readObjects } from '../../src/cluster/read-objects.ts';
import { openSnapshot } from '../../src/cluster/snapshot.ts';
import { madeFolder, writeFiles } from '../git/made-repository.ts';

type Fields = Record<string, unknown>;

/** A Deployment, a pod and the like as recorded, with one part replaced. */
function made(
  kind: string,
  change: (object: Fields & { spec: Fields; status: Fields; metadata: Fields }) => void,
) {
  const container = {
    name: 'server',
    image: 'registry.example/cart:1.0',
    env: [{ name: 'MODE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'mode' } } }],
    resources: { limits: { memory: '512Mi' } },
  };
  const podSpec = { containers: [container], volumes: [{ name: 'tmp', emptyDir: {} }] };
  const specs: Record<string, Fields> = {
    Pod: podSpec,
    Deployment: { replicas: 1, template: { metadata: { labels: { app: 'cart' } }, spec: podSpec } },
    StatefulSet: { replicas: 1, template: { spec: podSpec } },
    CronJob: { jobTemplate: { spec: { template: { spec: podSpec } } } },
  };
  const object = {
    apiVersion: { Pod: 'v1', CronJob: 'batch/v1' }[kind] ?? 'apps/v1',
    kind,
    metadata: { name: 'cart', namespace: 'shop', labels: { app: 'cart' } },
    spec: specs[kind] ?? {},
    status: {
      containerStatuses: [
        { name: 'server', restartCount: 1, state: { waiting: { reason: 'CrashLoopBackOff' } } },
      ],
    },
  };
  change(object as never);
  return object;
}

function problemOf(object: object): readonly string[] {
  const { problems, objects, setAside } = readObjects(Buffer.from(JSON.stringify([object])), 'a.json');
  expect(objects.length + problems.length).toBe(1);
  expect(setAside.length).toBe(problems.length);
  return problems.map(
    ({ where, message }) => `${where}: ${message.replace(/; the object is set aside.*$/, '')}`,
  );
}

/** The only container of a pod, or of a template. */
function containerOf({ spec }: { spec: Fields }): Fields {
  const pod = (spec['template'] as { spec: Fields } | undefined)?.spec ?? spec;
  return (pod['containers'] as Fields[])[0]!;
}

function statusOf({ status }: { status: Fields }): Fields {
  return (status['containerStatuses'] as Fields[])[0]!;
}

describe('an object is set aside by name, with the part that is wrong:', () => {
  test.each<[string, object]>([
    [
      'Deployment shop/cart: spec.template.spec.containers is text, expected a list',
      made(
        'Deployment',
        (it) => void ((it.spec['template'] as { spec: Fields }).spec['containers'] = 'server'),
      ),
    ],
    [
      'Pod shop/cart: spec.containers is a number, expected a list',
      made('Pod', (it) => void (it.spec['containers'] = 7)),
    ],
    [
      'Pod shop/cart: spec.containers[0] is null, expected a mapping',
      made('Pod', (it) => void (it.spec['containers'] = [null])),
    ],
    [
      'Pod shop/cart: spec.containers[0].name is missing, expected text',
      made('Pod', (it) => void (it.spec['containers'] = [{}])),
    ],
    [
      'StatefulSet shop/cart: spec.template.spec.containers[0].image is a mapping, expected text',
      made('StatefulSet', (it) => void (containerOf(it)['image'] = { repository: 'cart' })),
    ],
    [
      'Pod shop/cart: spec.containers[0].image is a list, expected text',
      made('Pod', (it) => void (containerOf(it)['image'] = [])),
    ],
    [
      'Pod shop/cart: spec.containers[0].image is a number, expected text',
      made('Pod', (it) => void (containerOf(it)['image'] = 1)),
    ],
    [
      'Pod shop/cart: spec.volumes is text, expected a list',
      made('Pod', (it) => void (it.spec['volumes'] = 'tmp')),
    ],
    [
      'Pod shop/cart: spec.containers[0].env is text, expected a list',
      made('Pod', (it) => void (containerOf(it)['env'] = 'MODE')),
    ],
    [
      'Pod shop/cart: spec.containers[0].env[0].valueFrom.configMapKeyRef.key is a list, expected text',
      made('Pod', (it) => {
        containerOf(it)['env'] = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'b', key: ['c'] } } }];
      }),
    ],
    [
      'Pod shop/cart: spec.containers[0].resources.limits.memory is text, expected a quantity such as 512Mi',
      made('Pod', (it) => void (containerOf(it)['resources'] = { limits: { memory: 'plenty' } })),
    ],
    [
      'Pod shop/cart: spec.containers[0].livenessProbe is true or false, expected a mapping',
      made('Pod', (it) => void (containerOf(it)['livenessProbe'] = true)),
    ],
    [
      'Pod shop/cart: status.containerStatuses[0].state.waiting.reason is a mapping, expected text',
      made('Pod', (it) => void (statusOf(it)['state'] = { waiting: { reason: {} } })),
    ],
    [
      'Pod shop/cart: status.containerStatuses[0].lastState.terminated.reason is a mapping, expected text',
      made('Pod', (it) => void (statusOf(it)['lastState'] = { terminated: { reason: {} } })),
    ],
    [
      'Pod shop/cart: status.containerStatuses[0].restartCount is a number, expected a whole number, 0 or more',
      made('Pod', (it) => void (statusOf(it)['restartCount'] = -3)),
    ],
    [
      'Pod shop/cart: metadata.labels.app is a list, expected text',
      made('Pod', (it) => void (it.metadata['labels'] = { app: [] })),
    ],
    [
      'Pod shop/cart: metadata.creationTimestamp is text, expected a time such as 2026-01-31T12:00:00Z',
      made('Pod', (it) => void (it.metadata['creationTimestamp'] = 'yesterday 5')),
    ],
    [
      'Pod shop/cart: metadata.ownerReferences[0].name is missing, expected text',
      made(
        'Pod',
        (it) => void (it.metadata['ownerReferences'] = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet' }]),
      ),
    ],
    [
      'CronJob shop/cart: spec.jobTemplate.spec.template is a list, expected a mapping',
      made('CronJob', (it) => void (it.spec['jobTemplate'] = { spec: { template: [] } })),
    ],
    [
      'ControllerRevision shop/cart-1: data.spec.template.spec.containers[0].image is a list, expected text',
      {
        apiVersion: 'apps/v1',
        kind: 'ControllerRevision',
        metadata: { name: 'cart-1', namespace: 'shop' },
        data: { spec: { template: { spec: { containers: [{ name: 'server', image: ['a'] }] } } } },
      },
    ],
    [
      'HorizontalPodAutoscaler shop/cart: spec.maxReplicas is text, expected a whole number, 0 or more',
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'cart', namespace: 'shop' },
        spec: { maxReplicas: 'ten' },
      },
    ],
    [
      'Event shop/e: series.count is text, expected a whole number, 0 or more',
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: 'e', namespace: 'shop' },
        series: { count: 'many' },
      },
    ],
    [
      'Rollout shop/cart: spec.template.spec.containers is text, expected a list',
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Rollout',
        metadata: { name: 'cart', namespace: 'shop' },
        spec: { template: { spec: { containers: 'x' } } },
      },
    ],
    [
      'Pod without a name: metadata is null, expected a mapping',
      { apiVersion: 'v1', kind: 'Pod', metadata: null },
    ],
  ])('%s', (problem, object) => {
    if (problem.includes('without a name')) {
      const { problems } = readObjects(Buffer.from(JSON.stringify([object])), 'a.json');
      expect(problems[0]).toMatchObject({ where: 'Pod without a name' });
    } else expect(problemOf(object)).toEqual([problem]);
  });

  test.each(['a/b', '..', 'a%2fb', 'a\u202eb', 'a\nb', 'x'.repeat(300), 'cart\ud800'])(
    'a name that leads elsewhere, or that nobody can read: %j',
    (name) => {
      const { problems, objects } = readObjects(
        Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name } })),
        'a.json',
      );
      expect(objects).toEqual([]);
      expect(problems[0]!.message).toContain('metadata.name is no name');
      expect(problems[0]!.where.length).toBeLessThan(100);
    },
  );
});

test.each([
  [{ name: 5, generateName: 'cart-' }, 'Pod without a name', 'metadata.name is a number, expected text'],
  [{ name: ['cart'] }, 'Pod without a name', 'metadata.name is a list, expected text'],
  [{ name: 'cart', namespace: ['shop'] }, 'Pod cart', 'metadata.namespace is a list, expected text'],
  [{ labels: {} }, 'Pod without a name', 'metadata.name is missing, expected text'],
])('an object that is called %j is named as well as it can be', (metadata, where, message) => {
  const { problems } = readObjects(
    Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata })),
    'a.json',
  );
  expect(problems).toEqual([{ where, message: expect.stringContaining(message) }]);
});

describe('an object is taken as it is', () => {
  test.each<[string, object]>([
    [
      'with null where nothing has to be',
      made('Pod', (it) => {
        it.metadata['labels'] = null;
        it.metadata['creationTimestamp'] = null;
        it.spec['volumes'] = null;
        containerOf(it)['env'] = null;
        statusOf(it)['lastState'] = null;
      }),
    ],
    [
      'with numbers for quantities',
      made('Pod', (it) => void (containerOf(it)['resources'] = { limits: { cpu: 1, memory: 1e9 } })),
    ],
    ['with fields that nobody knows', made('Pod', (it) => void (it.spec['hologram'] = [[1], 'x']))],
    [
      'of a kind that nobody knows',
      { apiVersion: 'a.example/v1', kind: 'Widget', metadata: { name: 'w' }, spec: 'x', status: [1] },
    ],
    [
      'of a kind that borrows a name',
      { apiVersion: 'a.example/v1', kind: 'Service', metadata: { name: 'w' }, spec: { ports: 'all' } },
    ],
    [
      'with an odd declaration of Argo CD, which is declined where it is read',
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: { name: 'a' },
        spec: { source: { path: [1] } },
      },
    ],
    [
      'with names that objects of JavaScript have',
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'constructor', labels: { constructor: 'a' } },
        data: { toString: 'x', constructor: 'y' },
      },
    ],
    [
      'with the keys of a Secret whose values were left out',
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: null } },
    ],
    [
      'with what the newest kubelets report',
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'n' },
        status: { nodeInfo: { architecture: 'arm64', swap: { capacity: 1 } } },
      },
    ],
  ])('%s', (_name, object) => {
    expect(problemOf(object)).toEqual([]);
  });

  test('and null is absent', () => {
    const pod = made('Pod', (it) => {
      it.metadata['labels'] = null;
      it.spec['initContainers'] = null;
    });
    const [read] = readObjects(Buffer.from(JSON.stringify(pod)), 'a.json').objects;
    expect('labels' in read!.metadata).toBe(false);
    expect('initContainers' in (read!['spec'] as object)).toBe(false);
  });
});

test('half a surrogate pair becomes the replacement character, in values and keys', () => {
  const text =
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k\\ud800":"v\\udc00w"}}';
  for (const file of ['a.json', 'a.yaml'])
    expect(readObjects(Buffer.from(text), file).objects[0]!['data']).toEqual({ 'k\ufffd': 'v\ufffdw' });
});

describe('the line of the part that is wrong is told', () => {
  const where = (text: string, file = 'cluster/x.yaml'): readonly string[] =>
    readObjects(Buffer.from(text), file).problems.map(
      ({ message }) => /\(([^()]*)\)$/.exec(message)?.[1] ?? message,
    );

  const pod = (name: string, image: string): string =>
    `- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: ${name}\n  spec:\n    containers:\n    - image: ${image}\n      name: server\n`;

  test('in a list as kubectl prints it', () => {
    const text = `apiVersion: v1\nitems:\n${pod('a', 'x:1')}${pod('b', '\n        a: b')}${pod('c', '[x]')}kind: List\n`;
    expect(where(text)).toEqual(['cluster/x.yaml:17', 'cluster/x.yaml:26']);
    expect(readObjects(Buffer.from(text), 'x.yaml').objects).toHaveLength(1);
  });

  test('in one of several documents, with comments and flow style', () => {
    const text =
      '# two\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n# broken\napiVersion: v1\nkind: Pod\nmetadata: {name: b,\n  labels: [x]}\n';
    expect(where(text)).toEqual(['cluster/x.yaml:11']);
  });

  test('in JSON', () => {
    const text = JSON.stringify(
      {
        kind: 'PodList',
        apiVersion: 'v1',
        items: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' }, spec: { containers: 1 } }],
      },
      null,
      2,
    );
    const line = text.split('\n').findIndex((each) => each.includes('containers')) + 1;
    expect(where(text, 'pods.json')).toEqual([`pods.json:${line}`]);
  });
});

test('many malformed objects of one file are all named, and do not take its reading as often', () => {
  const items = Array.from({ length: 3000 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `c${index}` },
    data: 'text',
  }));
  for (const text of [JSON.stringify(items, null, 1), JSON.stringify(items)]) {
    const { problems } = readObjects(Buffer.from(text), 'a.json');
    expect(problems).toHaveLength(3000);
    expect(problems[0]!.message).toMatch(/\(a\.json:\d+\)$/);
    expect(problems[2999]!.message).toMatch(/\(a\.json\)$/);
  }
});

describe('what cannot be read in a list', () => {
  const item = (name: string, more = ''): string =>
    `- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: ${name}\n${more}`;

  test('costs the item that it is in', () => {
    const text = `apiVersion: v1\nkind: List\nitems:\n${item('a')}${item('b', '  data: {x: "\n')}${item('c', `  x: ${'['.repeat(5000)}\n`)}${item('d')}`;
    const { objects, problems } = readObjects(Buffer.from(text), 'x.yaml');
    expect(objects.map(({ metadata }) => metadata.name)).toEqual(['a', 'd']);
    expect(problems.map(({ where }) => where)).toEqual([
      expect.stringMatching(/^x\.yaml:1[0-4]$/),
      expect.stringMatching(/^x\.yaml:1[4-9]$/),
    ]);
  });
});

describe('an object that is set aside', () => {
  const folder = (objects: readonly object[]): string => {
    const at = madeFolder();
    writeFiles(at, { 'cluster/all.json': JSON.stringify(objects) });
    return at;
  };
  const config = (name: string, data: unknown): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop' },
    data,
  });

  test('exists, and does not change what is known of others', async () => {
    const cluster = await (await openSnapshot(folder([config('a', { x: 'y' }), config('b', 'text')]))).read();
    expect(cluster.get('ConfigMap', 'shop', 'b')).toBeUndefined();
    expect(cluster.presence('ConfigMap', 'shop', 'b')).toBe('present');
    expect(cluster.presence('ConfigMap', 'shop', 'c')).toBe('absent');
    // So that nobody takes a failure for gone that the object would show.
    expect(cluster.isRecorded('ConfigMap', 'shop')).toBe(false);
    expect(cluster.problems).toEqual([
      {
        where: 'ConfigMap shop/b',
        message: 'data is text, expected a mapping; the object is set aside (cluster/all.json:1)',
      },
    ]);
  });

  test('shows that its kind was recorded, also where it is the only one', async () => {
    const cluster = await (await openSnapshot(folder([config('b', 'text')]))).read();
    expect(cluster.presence('ConfigMap', 'shop', 'c')).toBe('absent');
    expect(cluster.presence('ConfigMap', 'other', 'c')).toBe('unknown');
  });
});
