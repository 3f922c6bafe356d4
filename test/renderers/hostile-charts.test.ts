import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openChartArchive, repacked } from '../../src/renderers/chart-archive.ts';
import { readTar, writeTar } from '../../src/renderers/tar.ts';
import { expectHarmlessHead } from '../guard/hostile-head.ts';
import { revisionOf, type Files } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';

const built = needsTool('helm');

const DESCRIPTION = 'apiVersion: v2\nname: c\nversion: 1.0.0\n';
const TEMPLATE =
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {key: {{ .Values.key | default "none" | quote }}}\n';
const CHART: Files = {
  'app/Chart.yaml': DESCRIPTION,
  'app/values.yaml': 'key: value\n',
  'app/templates/map.yaml': TEMPLATE,
};

/** What was rendered, or why nothing was. As the head of a pull request, it must do as little. */
async function outcome(files: Files): Promise<string> {
  await expectHarmlessHead(files);
  const revision = await revisionOf(files);
  const rendering = await revision.render(revision.roots.at('app')!);
  return rendering.kind === 'failed'
    ? `${rendering.code}: ${rendering.message}`
    : rendering.objects.map(({ text }) => text).join('---\n');
}

function packed(files: Files): Buffer {
  return gzipSync(
    writeTar(Object.entries(files).map(([path, text]) => ({ path, content: Buffer.from(text) }))),
  );
}

const SUBCHART: Files = {
  'sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
  'sub/values.yaml': 'key: inner\n',
  'sub/templates/map.yaml': TEMPLATE.replace('name: c', 'name: sub'),
};

describe('a schema refers to nothing outside itself', () => {
  async function listener(): Promise<{ readonly host: string; connections(): number }> {
    let connections = 0;
    const server = createServer((_request, response) => response.end('{}'));
    server.on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections };
  }

  const SCHEMAS: Readonly<Record<string, (address: string) => unknown>> = {
    'at its top': (address) => ({ $ref: address }),
    'of a property': (address) => ({ properties: { key: { $ref: address } } }),
    'in a list': (address) => ({ allOf: [{}, { not: { $ref: address } }] }),
    'under a definition': (address) => ({ definitions: { 'a/b': { $ref: address } } }),
    dynamically: (address) => ({ $dynamicRef: address }),
    recursively: (address) => ({ $recursiveRef: address }),
    'as what it is written in': (address) => ({ $schema: address }),
  };
  const PLACES: Readonly<Record<string, (schema: string) => Files>> = {
    'the chart': (schema) => ({ 'app/values.schema.json': schema }),
    'a subchart': (schema) => ({
      ...Object.fromEntries(Object.entries(SUBCHART).map(([path, text]) => [`app/charts/${path}`, text])),
      'app/charts/sub/values.schema.json': schema,
    }),
    'a dependency of the repository': (schema) => ({
      'app/Chart.yaml': `${DESCRIPTION}dependencies: [{name: sub, version: 1.0.0, repository: "file://../sub"}]\n`,
      ...SUBCHART,
      'sub/values.schema.json': schema,
    }),
    'a package': (schema) => ({
      'app/charts/sub-1.0.0.tgz': packed({ ...SUBCHART, 'sub/values.schema.json': schema }),
    }),
    'a package in a package': (schema) => ({
      'app/charts/sub-1.0.0.tgz': packed({
        ...SUBCHART,
        'sub/charts/deep.tgz': packed({
          'deep/Chart.yaml': 'apiVersion: v2\nname: deep\nversion: 1.0.0\n',
          'deep/values.schema.json': schema,
        }),
      }),
    }),
  };

  for (const [place, files] of Object.entries(PLACES))
    test(`in ${place}`, async () => {
      const { host, connections } = await listener();
      const folder = mkdtempSync(join(tmpdir(), 'faultline-test-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      writeFileSync(join(folder, 'canary.json'), '{"const": "canary-of-the-host"}');
      for (const schema of Object.values(SCHEMAS))
        for (const address of [
          `http://${host}/x.json`,
          `file://${folder}/canary.json`,
          'other.json',
          '//host/x',
        ]) {
          const answer = await outcome({ ...CHART, ...files(JSON.stringify(schema(address))) });
          expect(answer).toMatch(
            /^error: .*values\.schema\.json(:\d+)?: refers to .*only references within the file/,
          );
          expect(answer).not.toContain('canary-of-the-host');
        }
      expect(connections()).toBe(0);
    });

  test('is told with its line', async () => {
    const schema = JSON.stringify({ properties: { key: { $ref: 'other.json' } } }, null, 2);
    expect(await outcome({ ...CHART, 'app/values.schema.json': schema })).toMatch(
      /^error: app\/values.schema.json:4: refers to other.json/,
    );
  });

  built('an ordinary schema still checks', async () => {
    const schema = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      $id: 'https://example.com/schema.json',
      definitions: { text: { type: 'string', enum: ['value'] } },
      properties: { key: { $ref: '#/definitions/text' } },
    };
    const files = { ...CHART, 'app/values.schema.json': JSON.stringify(schema) };
    expect(await outcome(files)).toContain('key: "value"');
    expect(await outcome({ ...files, 'app/values.yaml': 'key: 1\n' })).toMatch(/^error: .*schema/);
  });
});

describe('names of dependencies have the form that Helm allows', () => {
  test.each([
    ['up, and into the home of somebody', '../../../../tmp/x'],
    ['a path', 'a/b'],
    ['dots', '..'],
    ['an option', '-x'],
    ['300 characters', 'x'.repeat(300)],
    ['a zero byte', 'a\\0b'],
    ['an absolute path', '/proc/self/fd'],
    ['an address', 'https://x.example/y'],
  ])('%s', async (_what, name) => {
    const files = {
      ...CHART,
      'app/Chart.yaml': `${DESCRIPTION}dependencies:\n  - {name: "${name}", version: 0.1.0, repository: "file://../up"}\n`,
      'up/Chart.yaml': 'apiVersion: v2\nname: up\nversion: 0.1.0\n',
      'up/x': 'over\n',
    };
    expect(await outcome(files)).toMatch(/^error: app\/Chart.yaml:5: chart name ".* is not allowed/);
  });

  test('that of a file in its charts/ is not a folder', async () => {
    const files = {
      ...CHART,
      'app/Chart.yaml': `${DESCRIPTION}dependencies:\n  - {name: taken, version: 0.1.0, repository: "file://../up"}\n`,
      'app/charts/taken': 'a file\n',
      'up/Chart.yaml': 'apiVersion: v2\nname: up\nversion: 0.1.0\n',
    };
    expect(await outcome(files)).toBe(
      'error: app/Chart.yaml:5: taken is a file of its charts/, and so no folder',
    );
  });

  test('nor is the one that it is given instead', async () => {
    const files = {
      ...CHART,
      'app/Chart.yaml': `${DESCRIPTION}dependencies:\n  - {name: taken, version: 0.1.0, repository: "file://../up"}\n`,
      'app/charts/taken/Chart.yaml': 'apiVersion: v2\nname: another\nversion: 0.1.0\n',
      'app/charts/taken-from-up': 'a file\n',
      'up/Chart.yaml': 'apiVersion: v2\nname: taken\nversion: 0.1.0\n',
    };
    expect(await outcome(files)).toMatch(
      /^error: up\/Chart.yaml: would lie below a file, at app\/charts\/taken-from-up/,
    );
  });

  test('in requirements.yaml too, and an alias', async () => {
    const requirements = (entry: string): Files => ({
      ...CHART,
      'app/Chart.yaml': DESCRIPTION.replace('v2', 'v1'),
      'app/requirements.yaml': `dependencies:\n  - {${entry}, version: 0.1.0, repository: "file://../up"}\n`,
    });
    expect(await outcome(requirements('name: "../x"'))).toMatch(
      /^error: app\/requirements.yaml:2: chart name "\.\.\/x" is not allowed/,
    );
    expect(await outcome(requirements('name: x, alias: "../x"'))).toMatch(
      /^error: app\/requirements.yaml:2: alias "\.\.\/x" is not allowed/,
    );
  });

  test('the name of a chart itself', async () => {
    expect(
      await outcome({ ...CHART, 'app/Chart.yaml': 'apiVersion: v2\nname: ../c\nversion: 1.0.0\n' }),
    ).toMatch(/^error: app\/Chart.yaml:2: chart name "\.\.\/c" is not allowed/);
  });

  built('ordinary ones are found', async () => {
    const files = {
      ...CHART,
      'app/Chart.yaml': `${DESCRIPTION}dependencies:\n  - {name: my_sub.chart-1, alias: inner, version: 1.0.0, repository: "file://../sub"}\n`,
      'app/values.yaml': 'inner: {key: given}\n',
      ...SUBCHART,
      'sub/Chart.yaml': 'apiVersion: v2\nname: my_sub.chart-1\nversion: 1.0.0\n',
    };
    expect(await outcome(files)).toContain('key: "given"');
  });
});

describe('a package is handed on as it was read', () => {
  const LONG = `sub/templates/${'long-'.repeat(30)}name.yaml`;

  built('with names of any length', async () => {
    const files = { ...SUBCHART, [LONG]: TEMPLATE.replace('name: c', 'name: far') };
    const answer = await outcome({ ...CHART, 'app/charts/sub-1.0.0.tgz': packed(files) });
    expect(answer).toContain('name: sub');
    expect(answer).toContain('name: far');
  });

  test('tars are read back as they are written', () => {
    const files = [LONG, 'a/b', `${'d'.repeat(99)}/x`, `${'ü'.repeat(60)}/y`].map((path, index) => ({
      path,
      content: Buffer.alloc(index * 700, 'x'),
    }));
    expect(readTar(writeTar(files))).toEqual(files);
  });

  test.each<readonly [string, Buffer, RegExp]>([
    ['no archive', Buffer.from('x'), /^is not a gzip archive/],
    ['no chart', packed({ 'sub/values.yaml': '' }), /^has no Chart.yaml/],
    ['a file outside its folder', packed({ ...SUBCHART, 'other/x': '' }), /^"other\/x": is a path/],
    ['a file above it', packed({ ...SUBCHART, 'sub/../../x': '' }), /^"sub\/\.\.\/\.\.\/x": is a path/],
    [
      'a disputed Chart.yaml',
      packed({ ...SUBCHART, 'sub/Chart.yaml': 'name: sub # \u2028\n' }),
      /^sub\/Chart.yaml:1: has U\+2028/,
    ],
    [
      'a key twice',
      packed({ ...SUBCHART, 'sub/Chart.yaml': 'name: sub\nname: other\n' }),
      /^sub\/Chart.yaml:2: .*duplicated/,
    ],
  ])('%s is refused', (_what, bytes, why) => {
    expect(repacked(bytes)).toMatch(why);
    const twice = gzipSync(
      writeTar(
        [...Object.entries(SUBCHART), ['sub/values.yaml', 'key: other\n'] as const].map(([path, text]) => ({
          path,
          content: Buffer.from(text),
        })),
      ),
    );
    expect(repacked(twice)).toBe('has a file twice');
  });

  test('is opened for what it says of its values', () => {
    expect(openChartArchive(packed(SUBCHART))?.closure.parts.map(({ name }) => name)).toEqual(['sub']);
  });
});

describe('Chart.yaml reaches Helm as it was read', () => {
  test.each([
    ['a key twice', `${DESCRIPTION}name: other\n`, /^error: app\/Chart.yaml:4: .*duplicated mapping key/],
    [
      'a second document',
      `${DESCRIPTION}---\nname: other\n`,
      /^error: app\/Chart.yaml:\d: .*more than one document/,
    ],
    ['a tag', `${DESCRIPTION}description: !x y\n`, /^error: app\/Chart.yaml:4: /],
  ])('%s is refused', async (_what, text, why) => {
    expect(await outcome({ ...CHART, 'app/Chart.yaml': text })).toMatch(why);
  });

  built('with the types that Helm gives it', async () => {
    const files = {
      ...CHART,
      'app/Chart.yaml': `${DESCRIPTION}appVersion: 1.10\nannotations: {day: 2024-01-01}\nkubeVersion: ">=1.20"\n`,
      'app/templates/map.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {v: {{ .Chart.AppVersion | quote }}, d: {{ .Chart.Annotations.day | quote }}}\n',
    };
    expect(await outcome(files)).toContain('{v: "1.1", d: "2024-01-01"}');
  });

  built('keys that stand twice in values stay what they are to Helm', async () => {
    expect(await outcome({ ...CHART, 'app/values.yaml': 'key: first\nkey: last\n' })).toContain(
      'key: "last"',
    );
  });
});
