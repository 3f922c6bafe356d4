import { describe, expect, test } from 'vitest';
import { RenderCache } from '../../src/renderers/cache.ts';
import { chartClosureOf } from '../../src/renderers/chart-closure.ts';
import { HelmRenderer } from '../../src/renderers/helm.ts';
import { helmMessage } from '../../src/renderers/helm-message.ts';
import type { HelmCall } from '../../src/renderers/helm-sandbox.ts';
import type { Rendering } from '../../src/renderers/rendering.ts';
import { RENDER_LIMITS } from '../../src/renderers/run.ts';
import type { Limits } from '../../src/renderers/isolation/tool-run.ts';
import { findHelm } from '../../src/renderers/tools.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { needsTool } from '../needs.ts';

const built = needsTool('helm');

type Files = Readonly<Record<string, string>>;

const CHART = 'apiVersion: v2\nname: app\nversion: 1.0.0\n';

/** A ConfigMap with what a template makes of `expression`. */
function showing(expression: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shown}\ndata:\n  shown: {{ ${expression} | quote }}\n`;
}

function rendererWith(limits: Limits = RENDER_LIMITS): HelmRenderer {
  return new HelmRenderer(() => findHelm(), new RenderCache({ folder: null, parallel: 2 }), { limits });
}

function callOn(files: Files, options: Partial<HelmCall> = {}) {
  const tree = treeOf({ 'app/Chart.yaml': CHART, ...files });
  const release = { name: 'cart', namespace: 'shop' };
  const call: HelmCall = { id: 'app', closure: chartClosureOf(tree, 'app'), release, values: [], ...options };
  return { tree, call };
}

function render(files: Files, options: Partial<HelmCall> = {}, limits?: Limits): Promise<Rendering> {
  const { tree, call } = callOn(files, options);
  return rendererWith(limits).render(tree, call);
}

function outcome(rendering: Rendering): string {
  return rendering.kind === 'failed'
    ? `${rendering.code}: ${rendering.message}`
    : rendering.objects.map(({ text }) => text).join('---\n');
}

/** What the expression gives in a chart with these files. */
async function shown(expression: string, files: Files = {}, options: Partial<HelmCall> = {}) {
  const rendering = await render({ 'app/templates/x.yaml': showing(expression), ...files }, options);
  if (rendering.kind === 'failed') return outcome(rendering);
  return (rendering.objects[0]!.object['data'] as { shown: unknown }).shown;
}

describe('what is rendered', () => {
  built('values in their order, the release and its namespace', async () => {
    const expression =
      'list .Values.a .Values.b .Values.c .Values.d .Release.Name .Release.Namespace | join " "';
    const files = { 'app/values.yaml': 'a: 0\nb: 0\nc: 0\nd: 0\n', 'env/prod.yaml': 'b: 1\nc: 1\nd: 1\n' };
    const values: HelmCall['values'] = [
      { kind: 'file', path: 'env/prod.yaml' },
      { kind: 'inline', values: { c: 2, d: 2 } },
      { kind: 'set', name: 'd', value: '3', asString: true },
    ];
    expect(await shown(expression, files, { values })).toBe('0 1 2 3 cart shop');
  });

  built('subcharts, Lists, hooks and tests, each with its template', async () => {
    const pod = (name: string, hook: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, annotations: {"helm.sh/hook": "${hook}"}}\n`;
    const rendering = await render({
      'app/Chart.yaml': `${CHART}dependencies: [{name: lib, alias: part, version: 1.x, repository: "file://../lib"}]\n`,
      'app/templates/hooks.yaml': `${pod('t', 'pre-install, test')}---\n${pod('h', 'pre-install')}---\n# nothing\n`,
      'app/templates/list.yaml':
        'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: item}\n- {}\n',
      'lib/Chart.yaml': 'apiVersion: v2\nname: lib\nversion: 1.0.0\n',
      'lib/templates/x.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Chart.Name }}", labels: {a: x, a: z}}\ndata: {b: yes}\n',
    });
    expect(rendering.kind === 'rendered' && rendering.objects).toMatchObject([
      { object: { metadata: { name: 'part', labels: { a: 'z' } } }, template: 'lib/templates/x.yaml' },
      { object: { metadata: { name: 'item' } }, template: 'app/templates/list.yaml' },
      { object: { metadata: { name: 't' } }, template: 'app/templates/hooks.yaml' },
      { object: { metadata: { name: 'h' } }, template: 'app/templates/hooks.yaml' },
    ]);
  });

  built('a schema is checked, unless it is to be skipped', async () => {
    const files = {
      'app/values.yaml': 'a: text\n',
      'app/values.schema.json': '{"properties": {"a": {"type": "integer"}}}',
    };
    expect(await shown('.Values.a', files)).toMatch(/^error: values don't meet the specifications/);
    expect(await shown('.Values.a', files, { isTrial: true })).toBe('text');
  });

  built('once for the same content, and again when asked', async () => {
    const renderer = rendererWith();
    const { tree, call } = callOn({ 'app/templates/x.yaml': showing('randAlphaNum 20') });
    const first = outcome(await renderer.render(tree, call));
    expect(outcome(await renderer.render(tree, call))).toBe(first);
    expect(renderer.builds).toBe(1);
    expect(outcome(await renderer.renderAgain(tree, call))).not.toBe(first);
    await renderer.render(tree, { ...call, values: [{ kind: 'inline', values: { a: 1 } }] });
    await renderer.render(tree, { ...call, release: { name: 'other', namespace: 'shop' } });
    expect(renderer.builds).toBe(4);
  });
});

describe('what a chart cannot reach', () => {
  built('files that are not its own', async () => {
    const paths = ['../secret.yaml', '../../secret.yaml', '/etc/hostname', '../../../../../../etc/hostname'];
    const expression = paths.map((path) => `(.Files.Get "${path}")`).join(' ');
    const files = { 'secret.yaml': 'secret', 'values/x.yaml': 'secret' };
    expect(await shown(`list ${expression} | join ","`, files)).toBe(',,,');
    expect(await shown('.Files.Get "values/0.yaml"', {}, { values: [{ kind: 'inline', values: {} }] })).toBe(
      '',
    );
  });

  built('the environment', async () => {
    for (const name of ['env', 'expandenv'])
      expect(await shown(`${name} "HOME"`)).toMatch(new RegExp(`function "${name}" not defined`));
  });

  built('names of the network and the cluster', async () => {
    expect(await shown('getHostByName "localhost"')).toBe('');
    expect(await shown('lookup "v1" "Secret" "shop" "x" | len')).toBe('0');
  });

  test.each(['../outside.yaml', '/etc/hostname', 'https://example.com/values.yaml', 'nowhere.yaml'])(
    'values in %s',
    async (path) => {
      const rendering = await rendererWithoutHelm({ values: [{ kind: 'file', path }] });
      expect(outcome(rendering)).toBe(`error: ${path} is not a file of the repository`);
    },
  );

  built('what the name of a values file says besides', async () => {
    const files = { 'a,/etc/hostname': 'a: 1\n', 'broken.yaml': 'a: b: c\n' };
    expect(await shown('.Values.a', files, { values: [{ kind: 'file', path: 'a,/etc/hostname' }] })).toBe(
      '1',
    );
    expect(await shown('"x"', files, { values: [{ kind: 'file', path: 'broken.yaml' }] })).toMatch(
      /^error: failed to parse broken.yaml: /,
    );
  });

  test('charts of the network', async () => {
    const files = {
      'app/Chart.yaml': `${CHART}dependencies: [{name: db, version: 1.x, repository: "https://example.com"}]\n`,
    };
    expect(outcome(await rendererWithoutHelm({}, files))).toBe(
      'remote: needs chart db 1.x from https://example.com, which is not in the repository',
    );
  });

  test('charts of the machine', async () => {
    const files = {
      'app/Chart.yaml': `${CHART}dependencies: [{name: db, version: 1.x, repository: "file:///etc"}]\n`,
    };
    expect(outcome(await rendererWithoutHelm({}, files))).toBe(
      'error: app/Chart.yaml:4: file:///etc lies outside the repository',
    );
  });

  built('an argument of the tool by way of a value', async () => {
    const values: HelmCall['values'] = [
      { kind: 'set', name: 'a', value: '1 --post-renderer=/bin/false', asString: true },
    ];
    expect(await shown('.Values.a', {}, { values })).toBe('1 --post-renderer=/bin/false');
    expect(
      await shown('"x"', {}, { release: { name: '--post-renderer=/bin/false', namespace: 'x' } }),
    ).toMatch(/^error: release name "--post-renderer/);
  });
});

describe('what would not end', () => {
  built('endless work is stopped', async () => {
    const files = {
      'app/templates/x.yaml':
        '{{ define "again" }}{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}{{ end }}{{ include "again" . }}',
    };
    const rendering = await render(files, {}, { ...RENDER_LIMITS, seconds: 0.5 });
    expect(outcome(rendering)).toBe('over-budget: took longer than 0.5 s');
  });

  built('endless recursion is an error', async () => {
    const files = {
      'app/templates/x.yaml': '{{ define "again" }}{{ include "again" . }}{{ end }}{{ include "again" . }}',
    };
    const rendering = await render(files);
    expect(rendering).toMatchObject({ kind: 'failed', code: 'error' });
    expect(outcome(rendering).length).toBeLessThan(420);
  });

  built('too much output is stopped', async () => {
    const files = {
      'app/templates/x.yaml': `${showing('"x"')}{{ range until 50000 }}# more than is allowed\n{{ end }}`,
    };
    const rendering = await render(files, {}, { ...RENDER_LIMITS, output: 2 ** 19 });
    expect(outcome(rendering)).toBe('over-budget: printed more than 0.5 MiB');
  });

  const bomb = Array.from({ length: 9 }, (_, level) => {
    const items = Array.from({ length: 9 }, () => (level === 0 ? 'lol' : `*a${level - 1}`));
    return `a${level}: &a${level} [${items.join(', ')}]\n`;
  }).join('');

  test('an alias bomb in values is not given to the tool', async () => {
    const message = 'its aliases expand to millions of nodes';
    expect(outcome(await rendererWithoutHelm({}, { 'app/values.yaml': bomb }))).toBe(
      `error: app/values.yaml: ${message}`,
    );
    const values: HelmCall['values'] = [{ kind: 'file', path: 'env.yaml' }];
    expect(outcome(await rendererWithoutHelm({ values }, { 'env.yaml': bomb }))).toBe(
      `error: env.yaml: ${message}`,
    );
  });

  built('nor is one in a template given on', async () => {
    const files = { 'app/templates/x.yaml': `apiVersion: v1\nkind: Bomb\nmetadata: {name: x}\n${bomb}` };
    expect(await render(files)).toMatchObject({ kind: 'failed', code: 'error' });
  });
});

describe('why nothing is rendered', () => {
  test('helm is not there', async () => {
    const renderer = new HelmRenderer(async () => null, new RenderCache({ folder: null, parallel: 1 }));
    const { tree, call } = callOn({});
    expect(outcome(await renderer.render(tree, call))).toBe(
      'tool-missing: helm is not installed (`npm run tools` installs it)',
    );
  });

  built('the innermost template is named, in the paths of the chart', async () => {
    const files = {
      'app/templates/_x.tpl': '{{ define "deep" }}{{ fail "no: luck" }}{{ end }}',
      'app/templates/x.yaml': '{{ include "deep" . }}',
    };
    expect(outcome(await render(files))).toMatch(
      /^error: app\/templates\/\S+:\d+:\d+: (error calling fail: )?no: luck$/,
    );
    expect(outcome(await render({ 'app/templates/x.yaml': '{{ .Values.a.b }}' }))).toBe(
      'error: app/templates/x.yaml:1:10: nil pointer evaluating interface {}.b',
    );
  });

  test('in few words', () => {
    const said =
      'walk.go:74: found symbolic link\nError: template: a/templates/x.yaml:1:3: executing "a/templates/x.yaml" at <include "deep" .>: error calling include: template: a/templates/_x.tpl:2:4: executing "deep" at <.Values.a.b>: nil pointer evaluating interface {}.b\n\nUse --debug flag to render out invalid YAML\n';
    expect(helmMessage(said, '/tmp/x')).toBe('a/templates/_x.tpl:2:4: nil pointer evaluating interface {}.b');
    expect(helmMessage('Error: open /tmp/x/repository/app/Chart.yaml: no such file\n', '/tmp/x')).toBe(
      'open app/Chart.yaml: no such file',
    );
    expect(helmMessage(`Error: ${'x'.repeat(1000)}`, '/tmp/x')).toHaveLength(400);
    expect(helmMessage('', '/tmp/x')).toBe('failed without a message');
  });
});

/** Where nothing is to be run: the tool would fail at once. */
function rendererWithoutHelm(options: Partial<HelmCall>, files: Files = {}): Promise<Rendering> {
  const { tree, call } = callOn(files, options);
  const tool = { command: '/nonexistent/helm', version: 'none' };
  return new HelmRenderer(async () => tool, new RenderCache({ folder: null, parallel: 1 })).render(
    tree,
    call,
  );
}
