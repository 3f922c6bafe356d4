import { createServer, request, type RequestListener } from 'node:http';
import { createConnection, type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { InputError } from '../../../src/errors/input-error.ts';
import { RenderCache } from '../../../src/renderers/cache.ts';
import { chartClosureOf } from '../../../src/renderers/chart-closure.ts';
import { HelmRenderer } from '../../../src/renderers/helm.ts';
import { isolation } from '../../../src/renderers/isolation/detect.ts';
import type { RenderJob } from '../../../src/renderers/job.ts';
import { runHere } from '../../../src/renderers/run-here.ts';
import { KustomizeRenderer } from '../../../src/renderers/kustomize.ts';
import { RemoteRenderer, remoteRendererIn } from '../../../src/renderers/remote/remote-renderer.ts';
import { listenAsRenderer, type RendererParts } from '../../../src/renderers/remote/renderer-server.ts';
import { decodeJob, encodeJob, RENDER_PATH } from '../../../src/renderers/remote/wire.ts';
import { RENDER_LIMITS } from '../../../src/renderers/run.ts';
import { findHelm, findKustomize } from '../../../src/renderers/tools.ts';
import { treeOf } from '../../../src/tree/tree.ts';
import { needsTool } from '../../needs.ts';
import { renderers, revisionOf, type Files } from '../../locate/revisions.ts';
import { startedRenderer, TOKEN } from './started.ts';

const built = needsTool('kustomize', 'helm');

const MAP = 'apiVersion: v1\ndata:\n  key: value\nkind: ConfigMap\nmetadata:\n  name: map\n';

async function rendererWith(
  parts: Partial<RendererParts> = {},
): Promise<{ remote: RemoteRenderer; url: string; close(): Promise<void> }> {
  const server = await startedRenderer(parts);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await server.close();
    isOpen = false;
  };
  onTestFinished(close);
  return { remote: new RemoteRenderer(server.url, TOKEN), url: server.url, close };
}

async function outcome(files: Files, remote: RemoteRenderer | null): Promise<unknown> {
  const cache = new RenderCache({ folder: null, parallel: 2 });
  const helm = async () => remote?.helm() ?? findHelm();
  const using = {
    ...renderers,
    kustomize: new KustomizeRenderer(async () => remote?.kustomize() ?? findKustomize(), cache, helm),
    helm: new HelmRenderer(helm, cache),
  };
  const revision = await revisionOf(files, using);
  const rendering = await revision.render(revision.roots.at('app')!);
  return rendering.kind === 'failed'
    ? rendering
    : { ...rendering, objects: rendering.objects.map(({ text, template }) => [text, template]) };
}

const CHART: Files = {
  'app/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
  'app/values.yaml': 'key: value\n',
  'app/templates/map.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}"}\ndata: {key: {{ .Values.key }}}\n',
};

describe('a renderer in another place', () => {
  const cases: Readonly<Record<string, Files>> = {
    'a kustomization': { 'app/kustomization.yaml': 'resources: [map.yaml]\n', 'app/map.yaml': MAP },
    'a kustomization that reads a sibling': {
      'app/kustomization.yaml':
        'resources: [../base]\nconfigMapGenerator: [{name: x, files: [../other/a.bin]}]\n',
      'base/kustomization.yaml': 'resources: [map.yaml]\n',
      'base/map.yaml': MAP,
      'other/a.bin': Buffer.from([0, 255, 128, 10, 0]),
    },
    'a kustomization that kustomize refuses': {
      'app/kustomization.yaml': 'resources: [map.yaml, again.yaml]\n',
      'app/map.yaml': MAP,
      'app/again.yaml': MAP,
    },
    'a chart': CHART,
    'a chart in a kustomization': {
      'app/kustomization.yaml': 'helmCharts: [{name: c, releaseName: r}]\n',
      ...Object.fromEntries(
        Object.entries(CHART).map(([path, text]) => [path.replace('app/', 'app/charts/c/'), text]),
      ),
    },
    'a chart that helm refuses': { ...CHART, 'app/templates/fail.yaml': '{{ fail "no {{ .Values }}" }}\n' },
    'a chart whose template does not end': { ...CHART, 'app/templates/x.yaml': '{{ if }}\n' },
    'a chart with other letters': { ...CHART, 'app/values.yaml': 'key: "ümläut 🚀"\n' },
  };
  built.each(Object.entries(cases))('answers as this machine: %s', async (_name, files) => {
    const { remote } = await rendererWith();
    const here = await outcome(files, null);
    expect(await outcome(files, remote)).toEqual(here);
    expect(JSON.stringify(here)).not.toContain('renderer-away');
  });

  built('ends a chart that takes too long, with the words of this machine', async () => {
    const { remote } = await rendererWith();
    const tree = treeOf({
      ...CHART,
      'app/templates/x.yaml': '{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}',
    });
    const call = {
      id: 'app',
      closure: chartClosureOf(tree, 'app'),
      release: { name: 'r', namespace: 'n' },
      values: [],
    };
    const limits = { ...RENDER_LIMITS, seconds: 1 };
    const helm = new HelmRenderer(() => remote.helm(), new RenderCache({ folder: null, parallel: 1 }), {
      limits,
    });
    expect(await helm.render(tree, call)).toMatchObject({
      code: 'over-budget',
      message: 'took longer than 1 s',
    });
  });

  built('refuses a path that leads out of the sandbox without sending it', async () => {
    const { remote, close } = await rendererWith();
    const tool = (await remote.kustomize())!;
    await close();
    const job: RenderJob = { ...JOB, files: new Map([['../x', 'content']]) };
    if ('away' in tool) throw new Error(tool.away);
    expect(await tool.run!(job)).toEqual(await runHere(tool, job));
  });

  built('renders side by side and keeps its connections', async () => {
    const { remote } = await rendererWith();
    const tool = await remote.kustomize();
    if (tool === null || 'away' in tool) throw new Error('no tool');
    const answers = await Promise.all(Array.from({ length: 6 }, () => tool.run!(JOB)));
    expect(answers).toEqual(Array.from({ length: 6 }, () => ({ ok: true, stdout: MAP })));
  });

  built('may be a unix socket, without a token', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'faultline-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'renderer.sock');
    const server = await listenAsRenderer(
      { path },
      {
        kustomize: await findKustomize(),
        helm: null,
        isolation: { isolation: 'bubblewrap', warning: null },
        token: null,
        parallel: 1,
      },
    );
    onTestFinished(() => server.close());
    const files = { 'app/kustomization.yaml': 'resources: [map.yaml]\n', 'app/map.yaml': MAP };
    expect(await outcome(files, new RemoteRenderer(`unix:${path}`, null))).toMatchObject({
      kind: 'rendered',
    });
  });

  built('tells its tools and its isolation', async () => {
    const { remote } = await rendererWith({ isolation: { isolation: 'plain', warning: 'no namespaces.' } });
    expect(await remote.status()).toMatchObject({
      tools: { kustomize: { args: expect.any(Array) }, helm: { version: expect.stringMatching(/^v/) } },
      isolation: 'plain',
      warning: 'no namespaces.',
      parallel: 2,
    });
  });
});

const JOB: RenderJob = {
  tool: 'kustomize',
  args: ['app', '--load-restrictor', 'LoadRestrictionsRootOnly'],
  files: new Map([
    ['app/kustomization.yaml', 'resources: [map.yaml]\n'],
    ['app/map.yaml', MAP],
  ]),
  links: new Map(),
  limits: RENDER_LIMITS,
};

describe('without its renderer', () => {
  const files = { 'app/kustomization.yaml': 'resources: [map.yaml]\n', 'app/map.yaml': MAP };

  test('a root is unknown with the reason, and nothing is rendered here', async () => {
    const { remote, close, url } = await rendererWith();
    await close();
    expect(await outcome(files, remote)).toEqual({
      kind: 'failed',
      root: 'app',
      code: 'renderer-away',
      message: `was not rendered: the renderer at ${url} does not answer (ECONNREFUSED)`,
    });
  });

  built('a root is rendered once it is back, in the same process', async () => {
    const { remote, close, url } = await rendererWith();
    const cache = new RenderCache({ folder: null, parallel: 1 });
    const kustomize = new KustomizeRenderer(() => remote.kustomize(), cache);
    const revision = await revisionOf(files, { ...renderers, kustomize });
    const root = revision.roots.at('app')!;
    await remote.status();
    await close();
    expect(await revision.render(root)).toMatchObject({ code: 'renderer-away' });
    const again = await listenAsRenderer(
      { host: '127.0.0.1', port: Number(new URL(url).port) },
      {
        kustomize: await findKustomize(),
        helm: null,
        isolation: { isolation: String(await isolation()), warning: null },
        token: TOKEN,
        parallel: 1,
      },
    );
    onTestFinished(() => again.close());
    expect(await revision.render(root)).toMatchObject({ kind: 'rendered' });
  });

  built('that comes back with another kustomize, nothing is kept under the old version', async () => {
    const kustomize = (await findKustomize())!;
    const { remote, close, url } = await rendererWith({ kustomize });
    const tool = await remote.kustomize();
    if (tool === null || 'away' in tool) throw new Error('no tool');
    await close();
    const again = await listenAsRenderer(
      { host: '127.0.0.1', port: Number(new URL(url).port) },
      {
        kustomize: { ...kustomize, version: 'v9.9.9' },
        helm: null,
        isolation: { isolation: 'bubblewrap', warning: null },
        token: TOKEN,
        parallel: 1,
      },
    );
    onTestFinished(() => again.close());
    expect(await tool.run!(JOB)).toMatchObject({
      ok: false,
      stopped: 'renderer',
      message: expect.stringContaining('kustomize is v9.9.9'),
    });
    expect(await remote.kustomize()).toMatchObject({ version: 'v9.9.9' });
  });

  test('another token is named', async () => {
    const { url } = await rendererWith();
    expect(await new RemoteRenderer(url, 'wrong').status()).toBe(
      `the renderer at ${url} refuses the token: FAULTLINE_RENDERER_TOKEN differs`,
    );
  });

  async function serverWith(listener: RequestListener): Promise<RemoteRenderer> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return new RemoteRenderer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, TOKEN);
  }

  test.each([
    ['something else', (_request, response) => response.end('<html>')],
    ['JSON of another shape', (_request, response) => response.end('{"tools": {"helm": 1}}')],
    ['half an answer', (_request, response) => response.writeHead(200, { 'content-length': 99 }).end('{')],
    [
      'a redirect',
      (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    ],
  ] satisfies [string, RequestListener][])('%s in its place renders nothing', async (_what, listener) => {
    expect(await outcome(files, await serverWith(listener))).toMatchObject({ code: 'renderer-away' });
  });
});

describe('a request is refused', () => {
  async function sent(
    url: string,
    body: Buffer | null,
    {
      path = RENDER_PATH,
      method = 'POST',
      headers = {},
    }: { path?: string; method?: string; headers?: Record<string, string> } = {},
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const length = 'transfer-encoding' in headers ? {} : { 'content-length': body?.length ?? 0 };
      const given = { authorization: `Bearer ${TOKEN}`, ...length, ...headers };
      const call = request(new URL(path, url), { method, headers: given, agent: false }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk)));
        response.on('end', () => resolve({ status: response.statusCode!, text }));
      });
      call.on('error', reject);
      call.end(body ?? undefined);
    });
  }

  test('without the token, before anything of it is read', async () => {
    const { url } = await rendererWith();
    for (const authorization of ['', 'Bearer ', `bearer ${TOKEN}`, TOKEN, `Bearer ${TOKEN}x`])
      expect((await sent(url, Buffer.alloc(9), { headers: { authorization } })).status).toBe(401);
  });

  test('that is too long, by its header alone', async () => {
    const { url } = await rendererWith();
    const { port } = new URL(url);
    const socket = createConnection(Number(port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    const answer = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => (text += String(chunk)));
      socket.on('close', () => resolve(text));
    });
    socket.write(
      `POST ${RENDER_PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: 999999999\r\n\r\n`,
    );
    expect(await answer).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('without a length, by another method, and at another path', async () => {
    const { url } = await rendererWith();
    const chunked = { 'transfer-encoding': 'chunked' };
    expect((await sent(url, Buffer.from('x'), { headers: chunked })).status).toBe(411);
    expect((await sent(url, null, { method: 'GET' })).status).toBe(405);
    expect((await sent(url, null, { path: '/v2/render' })).status).toBe(404);
  });

  test('while those before it fill the memory, and is asked again', async () => {
    const { url, remote } = await rendererWith({ mostHeld: 64 });
    const { port } = new URL(url);
    const socket = createConnection(Number(port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    // Sends its header, and its body only when the other one was refused.
    socket.write(
      `POST ${RENDER_PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: 60\r\n\r\n`,
    );
    const tool = await remote.kustomize();
    if (tool === null || 'away' in tool) return;
    await expect.poll(async () => (await sent(url, Buffer.alloc(60))).status).toBe(503);
    const asked = tool.run!(JOB);
    socket.destroy();
    expect(await asked).toEqual({ ok: true, stdout: MAP });
  });

  const [good] = [encodeJob(JOB, 'v1') as Buffer];
  const withHeader = (change: (header: Record<string, unknown>) => void): Buffer => {
    const length = good.readUInt32BE();
    const header = JSON.parse(good.subarray(4, 4 + length).toString()) as Record<string, unknown>;
    change(header);
    const text = Buffer.from(JSON.stringify(header));
    const size = Buffer.alloc(4);
    size.writeUInt32BE(text.length);
    return Buffer.concat([size, text, good.subarray(4 + length)]);
  };

  test('what is encoded is what is decoded', () => {
    const { job, version } = decodeJob(good) as Exclude<ReturnType<typeof decodeJob>, string>;
    expect(version).toBe('v1');
    expect({ ...job, files: new Map([...job.files].map(([path, bytes]) => [path, String(bytes)])) }).toEqual(
      JOB,
    );
  });

  test.each<[string, Buffer]>([
    ['empty', Buffer.alloc(0)],
    ['a length without a header', Buffer.from([0, 0, 1, 0])],
    ['no JSON', Buffer.concat([Buffer.from([0, 0, 0, 1]), Buffer.from('{')])],
    ['null', Buffer.concat([Buffer.from([0, 0, 0, 4]), Buffer.from('null')])],
    ['cut off', good.subarray(0, -1)],
    ['longer than its files', Buffer.concat([good, Buffer.from('x')])],
    ['another tool', withHeader((header) => (header['tool'] = 'sh'))],
    ['a tool of an object', withHeader((header) => (header['tool'] = '__proto__'))],
    [
      'more time than a render has',
      withHeader((header) => (header['limits'] = { ...RENDER_LIMITS, seconds: 61 })),
    ],
    ['more memory', withHeader((header) => (header['limits'] = { ...RENDER_LIMITS, memory: 2 ** 50 }))],
    ['no limits', withHeader((header) => delete header['limits'])],
    ['a file of a negative length', withHeader((header) => (header['files'] = [['a', -1]]))],
    [
      'a file twice',
      withHeader(
        (header) =>
          (header['files'] = [
            ['a', 0],
            ['a', 0],
          ]),
      ),
    ],
    ['another option', withHeader((header) => (header['args'] = ['app', '--enable-helm', 'x']))],
    ['one option more', withHeader((header) => (header['args'] = [...JOB.args, '--enable-exec']))],
    [
      'a folder that is an option',
      withHeader((header) => (header['args'] = ['--help', ...JOB.args.slice(1)])),
    ],
    ['a folder outside', withHeader((header) => (header['args'] = ['../etc', ...JOB.args.slice(1)]))],
    ...[
      ['pull', '--', 'r', 'repository/app'],
      ['template', '--post-renderer=/bin/sh', '--', 'r', 'repository/app'],
      ['template', '--values=/etc/passwd', '--', 'r', 'repository/app'],
      ['template', '--set-file=a=/etc/passwd', '--', 'r', 'repository/app'],
      ['template', '--', 'r', 'https://charts.example/x.tgz'],
      ['template', '--', 'r', '/etc'],
      ['template', 'r', 'repository/app'],
      [],
    ].map((args): [string, Buffer] => [
      `helm ${args.join(' ')}`,
      withHeader((header) => Object.assign(header, { tool: 'helm', args })),
    ]),
  ])('that is %s', async (_what, body) => {
    const { url } = await rendererWith();
    expect((await sent(url, body)).status).toBe(400);
  });

  built('whose files leave the sandbox', async () => {
    const { url } = await rendererWith();
    const { version } = (await findKustomize())!;
    const body = withHeader((header) => {
      header['version'] = version;
      header['files'] = [['../kustomization.yaml', good.length - 4 - good.readUInt32BE()]];
    });
    expect(await sent(url, body)).toEqual({
      status: 422,
      text: '{"message":"../kustomization.yaml leads out of its folder"}',
    });
  });
});

describe('the address of a renderer', () => {
  test('is left out where renders run here', () => {
    expect(remoteRendererIn({})).toBeNull();
  });

  test.each([
    'renderer:8090',
    'ftp://renderer',
    'http://user:word@renderer',
    'http://renderer/path',
    'unix:relative',
    'http://',
  ])('%s is none', (url) => {
    const env = { FAULTLINE_RENDERER_URL: url, FAULTLINE_RENDERER_TOKEN: TOKEN };
    expect(() => remoteRendererIn(env)).toThrow(InputError);
  });

  test('needs the token', () => {
    expect(() => remoteRendererIn({ FAULTLINE_RENDERER_URL: 'http://renderer:8090' })).toThrow(
      'FAULTLINE_RENDERER_TOKEN is missing',
    );
  });
});
