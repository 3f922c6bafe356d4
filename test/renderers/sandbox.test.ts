import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { closureOf } from '../../src/renderers/closure.ts';
import { KustomizationReader } from '../../src/renderers/kustomization.ts';
import type { Rendering } from '../../src/renderers/rendering.ts';
import { RENDER_LIMITS, run, type RunOptions } from '../../src/renderers/run.ts';
import type { RunResult } from '../../src/renderers/isolation/tool-run.ts';
import { inSandbox } from '../../src/renderers/sandbox.ts';
import { folderTree } from '../../src/tree/folder.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { revisionOf, type Files } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';

const built = needsTool('kustomize');

const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\ndata:\n  key: value\n';

function kustomization(text: string): string {
  return `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n${text}`;
}

async function render(files: Files, root = 'app'): Promise<Rendering> {
  const revision = await revisionOf(files);
  return revision.render(revision.roots.at(root)!);
}

/** What was rendered, or why nothing was. */
async function outcome(files: Files, root = 'app'): Promise<string> {
  const rendering = await render(files, root);
  return rendering.kind === 'failed'
    ? `${rendering.code}: ${rendering.message}`
    : rendering.objects.map(({ text }) => text).join('---\n');
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'faultline-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Files that a kustomization names where the repository has none, each by a key of its own. */
const NAMED_ELSEWHERE: Readonly<Record<string, (path: string) => string>> = {
  resources: (path) => `resources: [${path}]\n`,
  components: (path) => `components: [${path}]\n`,
  crds: (path) => `crds: [${path}]\n`,
  configurations: (path) => `configurations: [${path}]\n`,
  patchesStrategicMerge: (path) => `patchesStrategicMerge: [${path}]\n`,
  patches: (path) => `patches: [{path: ${path}, target: {kind: ConfigMap}}]\n`,
  patchesJson6902: (path) =>
    `patchesJson6902: [{path: ${path}, target: {version: v1, kind: ConfigMap, name: map}}]\n`,
  replacements: (path) => `replacements: [{path: ${path}}]\n`,
  openapi: (path) => `openapi: {path: ${path}}\n`,
  'configMapGenerator files': (path) => `configMapGenerator: [{name: x, files: [key=${path}]}]\n`,
  'configMapGenerator envs': (path) => `configMapGenerator: [{name: x, envs: [${path}]}]\n`,
  'secretGenerator env': (path) => `secretGenerator: [{name: x, env: ${path}}]\n`,
  'a generator': (path) => inline('generators', 'ConfigMapGenerator', `files: [key=${path}]`),
  'a generator by env file': (path) => inline('generators', 'SecretGenerator', `envs: [${path}]`),
  'a patch transformer': (path) =>
    inline('transformers', 'PatchTransformer', `path: ${path}\ntarget: {kind: ConfigMap}`),
  'a merge transformer': (path) =>
    inline('transformers', 'PatchStrategicMergeTransformer', `paths: [${path}]`),
  'a replacement transformer': (path) =>
    inline('transformers', 'ReplacementTransformer', `replacements: [{path: ${path}}]`),
  'a validator': (path) =>
    inline('validators', 'PatchTransformer', `path: ${path}\ntarget: {kind: ConfigMap}`),
};

function inline(list: string, kind: string, body: string): string {
  const lines = ['apiVersion: builtin', `kind: ${kind}`, 'metadata: {name: x}', ...body.split('\n')];
  return `${list}:\n  - |-\n${lines.map((line) => `    ${line}\n`).join('')}`;
}

describe('a closure never leaves the repository', () => {
  for (const [name, naming] of Object.entries(NAMED_ELSEWHERE)) {
    test.each(['/etc/hostname', '../../../../../../../../etc/hostname', '../../outside.yaml'])(
      `${name}: %s is refused before anything is run`,
      async (path) => {
        const files = { 'app/kustomization.yaml': kustomization(`${naming(path)}`), 'app/map.yaml': MAP };
        expect(await outcome(files)).toBe(
          `error: app/kustomization.yaml: ${path} lies outside the repository`,
        );
      },
    );

    test(`${name}: what the network has is not fetched`, async () => {
      const files = { 'app/kustomization.yaml': kustomization(naming('http://127.0.0.1:1/x.yaml')) };
      expect(await outcome(files)).toBe(
        'remote: needs http://127.0.0.1:1/x.yaml, which is not in the repository',
      );
    });
  }

  test.each([
    'github.com/example/base?ref=v1',
    'git@github.com:example/base.git',
    'ssh://git@example.com/base',
    'file:///etc',
    'https://example.com/base.yaml',
    'git::https://example.com/base',
  ])('%s is named as remote', async (reference) => {
    const files = { 'app/kustomization.yaml': kustomization(`resources: ["${reference}"]\n`) };
    expect(await outcome(files)).toBe(`remote: needs ${reference}, which is not in the repository`);
  });

  test.each(['link.yaml', 'linked/map.yaml', 'dangling.yaml', 'up.yaml'])(
    '%s, behind a symlink, is not read',
    async (reference) => {
      const here = folder();
      const elsewhere = folder();
      writeFileSync(join(elsewhere, 'map.yaml'), MAP);
      writeFileSync(join(here, 'kustomization.yaml'), kustomization(`resources: [${reference}]\n`));
      symlinkSync(join(elsewhere, 'map.yaml'), join(here, 'link.yaml'));
      symlinkSync(elsewhere, join(here, 'linked'));
      symlinkSync('nowhere.yaml', join(here, 'dangling.yaml'));
      symlinkSync('../../etc/hostname', join(here, 'up.yaml'));
      const revision = await revisionOf(await folderTree(here));
      const rendering = await revision.render(revision.roots.at('.')!);
      expect(rendering).toMatchObject({ kind: 'failed', code: 'error' });
      expect((rendering as { message: string }).message).toMatch(
        /is behind a symlink that leads out of the repository, or nowhere$/,
      );
    },
  );

  test.each(['GENERATORS', 'reſources', 'configmapgenerator'])(
    'a key that only Go would read as one that names files is refused: %s',
    async (key) => {
      const files = { 'app/kustomization.yaml': kustomization(`${key}: []\n`) };
      expect(await outcome(files)).toBe(
        `error: app/kustomization.yaml: ${key} is not how this field is written`,
      );
    },
  );

  test.each([
    ['in a generator of the kustomization', 'configMapGenerator: [{name: x, Files: [/etc/hostname]}]\n'],
    [
      'in the configuration of a generator',
      inline('generators', 'ConfigMapGenerator', 'FILES: [/etc/hostname]'),
    ],
    ['in a patch', 'patches: [{Path: /etc/hostname}]\n'],
  ])('so is one %s', async (_where, text) => {
    expect(await outcome({ 'app/kustomization.yaml': kustomization(text) })).toMatch(
      /is not how this field is written$/,
    );
  });

  test('a generator whose configuration is built cannot be made to name another file', async () => {
    const files = {
      'app/kustomization.yaml': kustomization('generators: [configuration]\n'),
      'app/configuration/kustomization.yaml': kustomization(
        'resources: [generator.yaml]\npatches: [{patch: "[{op: add, path: /files, value: [/etc/hostname]}]", target: {kind: ConfigMapGenerator}}]\n',
      ),
      'app/configuration/generator.yaml':
        'apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: x}\nliterals: [a=b]\n',
    };
    expect(await outcome(files)).toMatch(/^unsupported: app\/configuration, which builds the configuration/);
  });
});

describe('what the repository has is read', () => {
  built('a file of a sibling folder', async () => {
    const files = {
      'app/kustomization.yaml': kustomization('resources: [../shared/map.yaml]\n'),
      'shared/map.yaml': MAP,
    };
    expect(await outcome(files)).toContain('key: value');
  });

  built(
    'the files that the configuration of a transformer names, from the folder of the kustomization',
    async () => {
      const files = {
        'app/kustomization.yaml': kustomization('resources: [map.yaml]\ntransformers: [configuration]\n'),
        'app/configuration/kustomization.yaml': kustomization('resources: [patch.yaml]\n'),
        'app/configuration/patch.yaml':
          'apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: x}\npath: change.yaml\ntarget: {kind: ConfigMap}\n',
        'app/change.yaml': '- {op: replace, path: /data/key, value: changed}\n',
        'app/map.yaml': MAP,
      };
      expect(await outcome(files)).toContain('key: changed');
    },
  );
});

describe('what a repository brings along is never run', () => {
  const script = '#!/bin/sh\ntouch "$0.ran"\n';
  const inFunction = `apiVersion: example.com/v1
kind: Runs
metadata:
  name: x
  annotations:
    config.kubernetes.io/function: |
      exec: {path: ./run.sh}
`;

  test.each(['generators', 'transformers', 'validators'])('a function among the %s', async (list) => {
    const files = {
      'app/kustomization.yaml': kustomization(`resources: [map.yaml]\n${list}: [function.yaml]\n`),
      'app/function.yaml': inFunction,
      'app/run.sh': script,
      'app/map.yaml': MAP,
    };
    expect(await outcome(files)).toBe(
      'unsupported: Runs in app/function.yaml, which runs a program, is not rendered',
    );
  });

  test.each([
    [
      'from the network',
      '{name: x, repo: https://example.com}',
      'remote: needs chart x from https://example.com, which is not in the repository',
    ],
    [
      'with a command of its own',
      '{name: x, helmCommand: ./run.sh}',
      'unsupported: helmCommand of helmCharts in app/kustomization.yaml:3 is not rendered',
    ],
  ])('a chart %s', async (_which, chart, answer) => {
    expect(await outcome({ 'app/kustomization.yaml': kustomization(`helmCharts: [${chart}]\n`) })).toBe(
      answer,
    );
  });

  test('a chart by way of a generator', async () => {
    const text = inline('generators', 'HelmChartInflationGenerator', 'name: x\nhelmCommand: ./run.sh');
    expect(await outcome({ 'app/kustomization.yaml': kustomization(text) })).toMatch(
      /^unsupported: helmCommand of HelmChartInflationGenerator in app\/kustomization.yaml:4 /,
    );
  });
});

describe('what cannot be built is a value, with its reason', () => {
  built('a kustomization that includes itself', async () => {
    const files = { 'app/kustomization.yaml': kustomization('resources: [.]\n') };
    expect(await outcome(files)).toMatch(/^error: .*cycle/);
  });

  built('two that include each other', async () => {
    const files = {
      'a/kustomization.yaml': kustomization('resources: [../b]\n'),
      'b/kustomization.yaml': kustomization('resources: [../a]\n'),
    };
    expect(await outcome(files, 'a')).toMatch(/^error: .*cycle/);
  });

  test('a kustomization that is no YAML, with its line', async () => {
    expect(await outcome({ 'app/kustomization.yaml': 'resources:\n  - a: b: c\n' })).toMatch(
      /^error: app\/kustomization.yaml:2: is not YAML: /,
    );
  });

  test('a kustomization that names a key twice', async () => {
    expect(await outcome({ 'app/kustomization.yaml': 'resources: []\nresources: [map.yaml]\n' })).toBe(
      'error: app/kustomization.yaml:2: is not YAML: duplicated mapping key',
    );
  });

  test('a kustomization that is not UTF-8', async () => {
    expect(
      await outcome({ 'app/kustomization.yaml': Buffer.from('# gr\xfcn\nresources: []\n', 'latin1') }),
    ).toBe('error: app/kustomization.yaml: cannot be read as UTF-8 text');
  });

  test('a file that is not there', async () => {
    expect(await outcome({ 'app/kustomization.yaml': kustomization('resources: [gone.yaml]\n') })).toBe(
      'error: app/kustomization.yaml: gone.yaml does not exist',
    );
  });

  const bomb = (indent: string): string =>
    Array.from({ length: 9 }, (_, level) => {
      const items = Array.from({ length: 9 }, () => (level === 0 ? 'lol' : `*a${level - 1}`));
      return `${indent}a${level}: &a${level} [${items.join(', ')}]\n`;
    }).join('');

  built('an alias bomb among the resources', async () => {
    const files = {
      'app/kustomization.yaml': kustomization('resources: [bomb.yaml]\n'),
      'app/bomb.yaml': `apiVersion: v1\nkind: Bomb\nmetadata: {name: x}\nspec:\n${bomb('  ')}`,
    };
    expect(await outcome(files)).toBe('error: app/bomb.yaml: its aliases expand to millions of nodes');
  });

  built('an alias bomb in an inline patch', async () => {
    const files = {
      'app/kustomization.yaml': kustomization(`resources: []\npatches:\n  - patch: |\n${bomb('      ')}`),
    };
    expect(await outcome(files)).toBe(
      'error: app/kustomization.yaml: its aliases expand to millions of nodes',
    );
  });
});

describe('run', () => {
  const node = process.execPath;
  /** Node's address space is far larger than its memory. */
  const ROOMY = { ...RENDER_LIMITS, seconds: 20, memory: 2 ** 50 };

  function ran(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return inSandbox(new Map(), (sandbox) => run(command, args, sandbox, options));
  }

  test('gives the tool nothing of the environment', async () => {
    process.env['FAULTLINE_TEST_TOKEN'] = 'secret';
    onTestFinished(() => {
      delete process.env['FAULTLINE_TEST_TOKEN'];
    });
    const printed = await ran(node, ['-p', 'JSON.stringify(process.env)'], { limits: ROOMY });
    expect(printed).toMatchObject({ ok: true });
    const seen = JSON.parse((printed as { stdout: string }).stdout) as Record<string, string>;
    const given = ['GOGC', 'GOMAXPROCS', 'GOMEMLIMIT', 'HOME', 'HTTPS_PROXY', 'HTTP_PROXY', 'PATH'];
    // The shell that sets the limits adds where it is; without namespaces, the sandbox's name tells whose a process is.
    expect(
      Object.keys(seen)
        .filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_', 'FAULTLINE_SANDBOX', 'TMPDIR'].includes(name))
        .sort(),
    ).toEqual(given);
    expect([seen['HOME'], seen['PATH']].some((path) => existsSync(path!))).toBe(false);
  });

  test('stops a tool that prints too much', async () => {
    const endless = 'const more = () => process.stdout.write("x".repeat(65536), more); more();';
    expect(await ran(node, ['-e', endless], { limits: { ...ROOMY, output: 2 ** 20 } })).toEqual({
      ok: false,
      message: 'printed more than 1 MiB',
      stopped: 'output of one render',
    });
  });

  test('stops a tool that takes too long', async () => {
    expect(await ran(node, ['-e', 'for (;;);'], { limits: { ...ROOMY, seconds: 0.2 } })).toEqual({
      ok: false,
      message: 'took longer than 0.2 s',
      stopped: 'time of one render',
    });
  });

  test.runIf(process.platform === 'linux')('stops a tool that takes too much memory', async () => {
    const answer = await ran(node, ['-e', 'Buffer.alloc(2 ** 30).fill(1)'], {
      limits: { ...ROOMY, memory: 2 ** 29 },
    });
    expect(answer).toMatchObject({ ok: false });
  });

  test('reads neither command nor arguments as text of a shell', async () => {
    const argument = '$(touch made) "; touch made #';
    const answer = await ran(node, ['-p', 'process.argv[1]', argument], { limits: ROOMY });
    expect(answer).toEqual({ ok: true, stdout: `${argument}\n` });
  });

  test('says what the tool said, without the folder it ran in', async () => {
    const complain =
      'console.error("# Warning: old\\nError: accumulating " + process.cwd() + "/app/x.yaml"); process.exit(1)';
    expect(await ran(node, ['-e', complain], { limits: ROOMY })).toEqual({
      ok: false,
      message: 'accumulating app/x.yaml',
    });
  });

  test('a program that is not there is no exception', async () => {
    const answer = await ran('/nonexistent/kustomize', []);
    expect(answer).toMatchObject({ ok: false });
    expect((answer as { message: string }).message).toMatch(
      /nonexistent\/kustomize: (not found|No such file)/,
    );
  });
});

describe('the closure is what the tool gets', () => {
  test('also a local address is not asked, from wherever it is named', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked += 1;
      response.end(MAP);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.yaml`;
    for (const naming of Object.values(NAMED_ELSEWHERE))
      await outcome({ 'app/kustomization.yaml': kustomization(naming(address)) });
    expect(asked).toBe(0);
  });

  test('roles tell what each file is for', () => {
    const tree = treeOf({
      'app/kustomization.yaml': kustomization(
        'resources: [map.yaml, ../base]\nreplacements: [{path: copy.yaml}]\nconfigMapGenerator: [{name: x, files: [a.txt, key=b.txt], envs: [c.env]}]\n',
      ),
      'app/map.yaml': MAP,
      'app/copy.yaml': '',
      'app/a.txt': '',
      'app/b.txt': '',
      'app/c.env': '',
      'app/unused.yaml': MAP,
      'base/Kustomization': kustomization('resources: []\n'),
    });
    const closure = closureOf(tree, 'app', new KustomizationReader());
    expect(Object.fromEntries(closure.files)).toEqual({
      'app/kustomization.yaml': 'kustomization',
      'app/map.yaml': 'objects',
      'base/Kustomization': 'kustomization',
      'app/copy.yaml': 'configuration',
      'app/a.txt': 'content',
      'app/b.txt': 'content',
      'app/c.env': 'env',
    });
    expect(closure.folders).toEqual(['app', 'base']);
  });
});
