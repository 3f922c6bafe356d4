import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openSnapshot, type SnapshotOptions, type SnapshotSource } from '../../src/cluster/snapshot.ts';
import { InputError } from '../../src/errors/input-error.ts';

const folders: string[] = [];

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

async function folderOf(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snapshot-'));
  folders.push(folder);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

async function snapshotOf(
  files: Readonly<Record<string, string | Buffer>>,
  options?: SnapshotOptions,
): Promise<SnapshotSource> {
  return openSnapshot(await folderOf(files), options);
}

function configMap(name: string, rest = ''): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: shop}\n${rest}`;
}

async function namesIn(files: Readonly<Record<string, string | Buffer>>): Promise<readonly string[]> {
  const cluster = await (await snapshotOf(files)).read();
  return cluster.list('ConfigMap').map(({ metadata }) => metadata.name);
}

describe('objects', () => {
  test('may stand anywhere but in logs and metrics', async () => {
    const files = {
      'a.yaml': configMap('a'),
      'cluster/shop/b.yml': configMap('b'),
      'else/where/c.json':
        '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"shop"}}',
      'else/logs/d.yaml': configMap('d'),
      'logs/shop/x.yaml': configMap('x'),
      'metrics/y.yaml': configMap('y'),
      'notes.txt': configMap('z'),
    };
    expect(await namesIn(files)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('may be several documents, a List, a typed list without kinds, or an array', async () => {
    const files = {
      'documents.yaml': `---\n${configMap('a')}---\n# nothing here\n---\n${configMap('b')}`,
      'list.yaml': `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: shop}}\n`,
      'typed.json':
        '{"apiVersion":"v1","kind":"ConfigMapList","items":[{"metadata":{"name":"d","namespace":"shop"}}]}',
      'array.json': '[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"e","namespace":"shop"}}]',
    };
    expect(await namesIn(files)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('may be one file', async () => {
    const folder = await folderOf({ 'all.yaml': configMap('a') });
    const source = await openSnapshot(join(folder, 'all.yaml'));
    expect((await source.read()).list('ConfigMap')).toHaveLength(1);
    expect(await source.log({ namespace: 'shop', pod: 'p', container: 'c', previous: false })).toBeNull();
    expect(await source.metric({ metric: 'up', labels: {}, hours: 1 }, Date.now())).toBeNull();
  });

  test('keep their times as text, as the API gives them', async () => {
    const source = await snapshotOf({
      'a.yaml': configMap('a').replace('namespace: shop', 'creationTimestamp: 2026-01-31T12:00:00Z'),
    });
    expect((await source.read()).list('ConfigMap')[0]?.metadata.creationTimestamp).toBe(
      '2026-01-31T12:00:00Z',
    );
  });

  test('are read from what PowerShell writes', async () => {
    expect(await namesIn({ 'a.yaml': Buffer.from(`\ufeff${configMap('a')}`, 'utf16le') })).toEqual(['a']);
  });

  test('are read from YAML that is called JSON', async () => {
    expect(await namesIn({ 'a.json': configMap('a') })).toEqual(['a']);
  });

  test('of kinds that nobody knows are kept', async () => {
    const cluster = await (
      await snapshotOf({ 'a.yaml': 'apiVersion: example.dev/v1\nkind: Widget\nmetadata: {name: w}\n' })
    ).read();
    expect(cluster.get('Widget', null, 'w')).toBeDefined();
    expect(cluster.problems).toEqual([]);
  });

  test('behind a symlink inside the folder are read', async () => {
    const folder = await folderOf({ '..data/a.yaml': configMap('a') });
    await symlink('..data/a.yaml', join(folder, 'a.yaml'));
    expect((await (await openSnapshot(folder)).read()).list('ConfigMap')).toHaveLength(1);
  });
});

describe('what must not be kept', () => {
  test('is every value of a Secret, while its keys stay', async () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'db',
        namespace: 'shop',
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"aHVudGVyMg=="}}',
          'kapp.k14s.io/original': ' {"stringData":{"user":"hunter2"}}',
          'objectset.rio.cattle.io/applied': 'H4sIAAAAAAAA/aHVudGVyMg',
          'example.dev/copy': `user: hunter2\n${'x'.repeat(250)}`,
          team: 'shop',
        },
      },
      data: { password: 'aHVudGVyMg==' },
      stringData: { user: 'hunter2' },
    };
    const cluster = await (await snapshotOf({ 'a.json': JSON.stringify(secret) })).read();
    const kept = cluster.get('Secret', 'shop', 'db');
    expect(kept).toMatchObject({
      data: { password: null },
      stringData: { user: null },
      metadata: { annotations: { team: 'shop' } },
    });
    expect(JSON.stringify(kept)).not.toMatch(/hunter2|aHVudGVyMg/);
  });

  test('are the contents of large and binary ConfigMap keys', async () => {
    const data = { small: 'x', large: 'x'.repeat(20_000) };
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'shop', managedFields: [{}] },
      data,
      binaryData: { b: 'AA==' },
    };
    const kept = (await (await snapshotOf({ 'a.json': JSON.stringify(object) })).read()).get(
      'ConfigMap',
      'shop',
      'a',
    );
    expect(kept).toMatchObject({ data: { small: 'x', large: null }, binaryData: { b: null } });
    expect(kept?.metadata).not.toHaveProperty('managedFields');
  });
});

describe('bad input', () => {
  async function problemsOf(files: Readonly<Record<string, string | Buffer>>): Promise<readonly string[]> {
    const source = await snapshotOf({ 'good.yaml': configMap('good'), ...files });
    const cluster = await source.read();
    expect(cluster.get('ConfigMap', 'shop', 'good')).toBeDefined();
    return cluster.problems.map(({ where, message }) => `${where}: ${message}`);
  }

  test('a path that does not exist is refused by name', async () => {
    await expect(openSnapshot('/nowhere/at/all')).rejects.toThrow(InputError);
    await expect(openSnapshot('/nowhere/at/all')).rejects.toThrow(
      '--snapshot /nowhere/at/all: no such file or folder',
    );
  });

  test('an empty snapshot is said to be empty', async () => {
    const cluster = await (await snapshotOf({}, { now: 0 })).read();
    expect(cluster.kinds()).toEqual([]);
    expect(cluster.problems).toEqual([
      { where: expect.any(String), message: 'the snapshot holds no Kubernetes objects' },
    ]);
  });

  test('broken YAML is named with its line', async () => {
    expect(await problemsOf({ 'bad.yaml': 'apiVersion: v1\nkind: [Pod\nmetadata: {}\n' })).toEqual([
      expect.stringMatching(/^bad\.yaml:3: expected YAML or JSON: /),
    ]);
  });

  test('broken JSON is named with its line, and does not show what it holds', async () => {
    const [problem, ...others] = await problemsOf({
      'bad.json': '{\n  "kind": "Secret",\n  "data": {"a": hunter2 hunter3\n',
    });
    expect(problem).toMatch(/^bad\.json:\d: expected YAML or JSON: /);
    expect(problem).not.toContain('hunter');
    expect(others).toEqual([]);
  });

  test('a broken document does not take the others of its file with it', async () => {
    const source = await snapshotOf({
      'a.yaml': `${configMap('a')}---\nkind: {{ .Values.kind }}x\n---\n${configMap('b')}`,
    });
    const cluster = await source.read();
    expect(cluster.list('ConfigMap').map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    expect(cluster.problems).toEqual([{ where: 'a.yaml:5', message: expect.any(String) }]);
  });

  test('aliases that multiply are refused', async () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 10; level++)
      lines.push(`a${level}: &a${level} [${`*a${level - 1}, `.repeat(9)}]`);
    expect(await problemsOf({ 'bomb.yaml': configMap('bomb', `data:\n  ${lines.join('\n  ')}\n`) })).toEqual([
      expect.stringMatching(/^bomb\.yaml:1: aliases make more than/),
    ]);
  });

  test('an alias to what it stands in is refused', async () => {
    expect(await problemsOf({ 'loop.yaml': configMap('loop', 'data: &d\n  self: *d\n') })).toEqual([
      expect.stringMatching(/^loop\.yaml:1: /),
    ]);
  });

  test('a chain of aliases that nests too deep is refused', async () => {
    const deep = (inner: string): string => '['.repeat(60) + inner + ']'.repeat(60);
    expect(
      await problemsOf({ 'deep.yaml': configMap('deep', `a: &a ${deep('x')}\nb: ${deep('*a')}\n`) }),
    ).toEqual([expect.stringMatching(/^deep\.yaml:1: /)]);
  });

  test('nesting without end is refused', async () => {
    const deep = '['.repeat(20_000) + ']'.repeat(20_000);
    const problems = await problemsOf({
      'deep.json': `{"apiVersion":"v1","kind":"X","metadata":{"name":"x"},"spec":${deep}}`,
    });
    expect(problems).toEqual([expect.stringMatching(/^X x: .*nested too deep.*\(deep\.json\)$/)]);
  });

  test('a binary file is called that', async () => {
    expect(await problemsOf({ 'core.yaml': Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0]) })).toEqual([
      'core.yaml: binary content where YAML or JSON is expected',
    ]);
  });

  test('a file of more than 64 MiB is not read', async () => {
    const folder = await folderOf({ 'good.yaml': configMap('good'), 'huge.yaml': '' });
    await truncate(join(folder, 'huge.yaml'), 64 * 2 ** 20 + 1);
    const cluster = await (await openSnapshot(folder)).read();
    expect(cluster.list('ConfigMap')).toHaveLength(1);
    expect(cluster.problems).toEqual([
      { where: 'huge.yaml', message: '65 MiB; files up to 64 MiB are read' },
    ]);
  });

  test('symlinks to nothing and out of the folder are refused', async () => {
    const outside = await folderOf({ 'secret.yaml': configMap('outside') });
    const folder = await folderOf({ 'good.yaml': configMap('good') });
    await symlink('nothing.yaml', join(folder, 'dangling.yaml'));
    await symlink(join(outside, 'secret.yaml'), join(folder, 'leaving.yaml'));
    const cluster = await (await openSnapshot(folder)).read();
    expect(cluster.list('ConfigMap').map(({ metadata }) => metadata.name)).toEqual(['good']);
    expect(cluster.problems).toEqual([
      { where: 'dangling.yaml', message: 'a symlink to nothing' },
      { where: 'leaving.yaml', message: 'a symlink that leaves the snapshot; refused' },
    ]);
  });

  test('a file of something else is noted, a kustomization is not', async () => {
    const files = {
      'values.yaml': 'replicas: 3\n',
      'kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n',
      'empty.yaml': '',
      'none.json': '{"apiVersion":"v1","kind":"List","items":[]}',
    };
    expect(await problemsOf(files)).toEqual([expect.stringMatching(/^values\.yaml: ignored/)]);
  });
});

describe('snapshot.yaml', () => {
  const at = '2026-01-31T12:00:00Z';

  test('names the cluster, the time and what was recorded', async () => {
    const description = `cluster: prod-eu\ncapturedAt: ${at}\nrecorded:\n  Secret: [shop]\n  StorageClass: all\n`;
    const cluster = await (
      await snapshotOf({ 'a.yaml': configMap('a'), 'snapshot.yaml': description })
    ).read();
    expect(cluster).toMatchObject({ name: 'prod-eu', now: Date.parse(at), problems: [] });
    expect(cluster.presence('Secret', 'shop', 'x')).toBe('absent');
    expect(cluster.presence('StorageClass', null, 'x')).toBe('absent');
    expect(cluster.presence('Secret', 'auth', 'x')).toBe('unknown');
  });

  test('gives way to what the caller says', async () => {
    const files = { 'a.yaml': configMap('a'), 'snapshot.yaml': `cluster: prod-eu\ncapturedAt: ${at}\n` };
    const cluster = await (await snapshotOf(files, { now: 5, name: 'mine' })).read();
    expect(cluster).toMatchObject({ name: 'mine', now: 5 });
  });

  test('with mistakes in it is used as far as it goes', async () => {
    const description =
      'cluster: [a]\ncapturedAt: yesterday\nrecorded: {Secret: yes please, ConfigMap: [auth]}\n';
    const cluster = await (
      await snapshotOf({ 'a.yaml': configMap('a'), 'snapshot.yaml': description })
    ).read();
    expect(cluster.problems.map(({ message }) => message)).toEqual([
      'cluster: expected a name',
      'capturedAt: expected a time like 2026-01-31T12:00:00Z',
      'recorded.Secret: expected a list of namespaces or all',
    ]);
    expect(cluster.isRecorded('ConfigMap', 'auth')).toBe(true);
  });

  test('is not needed, and one object that lives in the far future does not move now', async () => {
    const pod = (name: string, time: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, creationTimestamp: "${time}"}\n---\n`;
    const recorded = Array.from({ length: 12 }, (_, index) =>
      pod(`p${index}`, `2026-01-31T10:0${index % 10}:00Z`),
    );
    for (const [future, others] of [
      ['9999-12-31T23:59:59Z', recorded.slice(0, 1)],
      ['2051-01-01T00:00:00Z', recorded],
    ] as const) {
      const cluster = await (await snapshotOf({ 'a.yaml': [...others, pod('odd', future)].join('') })).read();
      expect(new Date(cluster.now).getUTCFullYear()).toBe(2026);
      expect(cluster.problems.map(({ where }) => where)).toEqual(['Pod odd']);
    }
  });

  test('is not needed, and a recording may be years younger than what it holds', async () => {
    const text =
      'apiVersion: v1\nkind: Node\nmetadata: {name: n, creationTimestamp: "2014-06-01T00:00:00Z"}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, creationTimestamp: "2026-01-31T10:00:00Z"}\n';
    expect((await (await snapshotOf({ 'a.yaml': text })).read()).now).toBe(
      Date.parse('2026-01-31T10:00:00Z'),
    );
  });

  test('is not needed: now is the newest time of any object, state, condition or event', async () => {
    const pod = (state: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: p, creationTimestamp: "2026-01-31T10:00:00Z"}\nstatus:\n  ${state}\n`;
    const event =
      'apiVersion: v1\nkind: Event\nmetadata: {name: e}\nseries: {lastObservedTime: "2026-01-31T12:00:00.000000Z"}\n';
    const nowOf = async (text: string): Promise<number> =>
      (await (await snapshotOf({ 'a.yaml': text })).read()).now;
    expect(await nowOf(pod('phase: Running'))).toBe(Date.parse('2026-01-31T10:00:00Z'));
    expect(await nowOf(pod('conditions: [{type: Ready, lastTransitionTime: "2026-01-31T12:00:00Z"}]'))).toBe(
      Date.parse(at),
    );
    expect(
      await nowOf(
        pod(
          'containerStatuses: [{name: server, lastState: {terminated: {finishedAt: "2026-01-31T12:00:00Z"}}}]',
        ),
      ),
    ).toBe(Date.parse(at));
    expect(await nowOf(`${pod('phase: Running')}---\n${event}`)).toBe(Date.parse(at));
  });
});

describe('logs', () => {
  const request = { namespace: 'shop', pod: 'cart-1', container: 'server', previous: false };

  test('are found by namespace, pod and container, also of the previous instance', async () => {
    const source = await snapshotOf({
      'logs/shop/cart-1/server.log': 'now\n',
      'logs/shop/cart-1/server.previous.log': 'before\n',
    });
    expect(await source.log(request)).toBe('now\n');
    expect(await source.log({ ...request, previous: true })).toBe('before\n');
    expect(await source.log({ ...request, container: 'other' })).toBeNull();
  });

  test('are cut to the last 256 KiB, at the start of a line', async () => {
    const lines = Array.from({ length: 40_000 }, (_, index) => `line ${index}`).join('\n');
    const log = await (await snapshotOf({ 'logs/shop/cart-1/server.log': lines })).log(request);
    expect(log!.length).toBeLessThanOrEqual(256 * 1024);
    expect(log).toMatch(/^line \d+\n/);
    expect(log).toMatch(/line 39999$/);
  });

  test.each([
    ['namespace', { ...request, namespace: '..' }],
    ['pod', { ...request, pod: '../../cluster' }],
    ['container', { ...request, container: '../../../outside' }],
    ['separator', { ...request, pod: 'a/b' }],
    ['nul', { ...request, container: 'server\0' }],
  ])('are not looked for outside the folder: %s', async (_part, hostile) => {
    const folder = await folderOf({
      'outside.log': 'outside',
      'snapshot/logs/shop/cart-1/server.log': 'x',
      'snapshot/a.yaml': configMap('a'),
    });
    expect(await (await openSnapshot(join(folder, 'snapshot'))).log(hostile)).toBeNull();
  });

  test('are not read through a symlink that leaves the folder', async () => {
    const outside = await folderOf({ passwd: 'root' });
    const folder = await folderOf({ 'logs/shop/cart-1/other.log': 'x' });
    await symlink(join(outside, 'passwd'), join(folder, 'logs/shop/cart-1/server.log'));
    expect(await (await openSnapshot(folder)).log(request)).toBeNull();
  });
});

describe('metrics', () => {
  const now = Date.parse('2026-01-31T12:00:00Z');
  const at = (hoursAgo: number): number => now / 1000 - hoursAgo * 3600;

  function answer(name: string, labels: object, values: readonly (readonly [number, string])[]): string {
    return JSON.stringify({
      status: 'success',
      data: { resultType: 'matrix', result: [{ metric: { __name__: name, ...labels }, values }] },
    });
  }

  test('are matched by name and labels and cut to the window', async () => {
    const source = await snapshotOf({
      'metrics/anything.json': answer('memory', { pod: 'a', container: 'server' }, [
        [at(5), '1'],
        [at(2), '2.5'],
        [at(1), 'NaN'],
        [at(0), '3'],
      ]),
      'metrics/other.json': answer('memory', { pod: 'b' }, [[at(1), '9']]),
    });
    expect(await source.metric({ metric: 'memory', labels: { pod: 'a' }, hours: 3 }, now)).toEqual([
      {
        labels: { __name__: 'memory', pod: 'a', container: 'server' },
        samples: [
          [at(2) * 1000, 2.5],
          [now, 3],
        ],
      },
    ]);
  });

  test('that have the name but not the labels are empty, others are unknown', async () => {
    const source = await snapshotOf({ 'metrics/a.json': answer('memory', { pod: 'a' }, [[at(1), '1']]) });
    expect(await source.metric({ metric: 'memory', labels: { pod: 'z' }, hours: 3 }, now)).toEqual([]);
    expect(await source.metric({ metric: 'cpu', labels: {}, hours: 3 }, now)).toBeNull();
  });

  test('of one series in two files are one series', async () => {
    const source = await snapshotOf({
      'metrics/a.json': answer('memory', { pod: 'a' }, [
        [at(2), '1'],
        [at(1), '2'],
      ]),
      'metrics/b.json': answer('memory', { pod: 'a' }, [
        [at(1), '2'],
        [at(0), '3'],
      ]),
    });
    const series = await source.metric({ metric: 'memory', labels: {}, hours: 3 }, now);
    expect(series!.map(({ samples }) => samples.map(([, value]) => value))).toEqual([[1, 2, 3]]);
  });

  test('may be the answer of an instant query', async () => {
    const vector = {
      status: 'success',
      data: { resultType: 'vector', result: [{ metric: { __name__: 'up' }, value: [at(1), '1'] }] },
    };
    const source = await snapshotOf({ 'metrics/up.json': JSON.stringify(vector) });
    expect(await source.metric({ metric: 'up', labels: {}, hours: 3 }, now)).toMatchObject([
      { samples: [[at(1) * 1000, 1]] },
    ]);
  });

  test('that cannot be read are problems, and the others are still read', async () => {
    const source = await snapshotOf({
      'metrics/bad.json': '{',
      'metrics/error.json': '{"status":"error","error":"timeout"}',
      'metrics/odd.json':
        '{"status":"success","data":{"resultType":"matrix","result":[null,{"metric":3,"values":[1,[2]]}]}}',
      'metrics/up.json': answer('up', {}, [[at(1), '1']]),
    });
    expect(await source.metric({ metric: 'up', labels: {}, hours: 3 }, now)).toHaveLength(1);
    expect(source.problems().map(({ where }) => where)).toEqual(['metrics/bad.json', 'metrics/error.json']);
  });
});
