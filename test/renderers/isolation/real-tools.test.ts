import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, vi } from 'vitest';
import { processesIn } from '../../../bench/fuzz/repositories.ts';
import { RenderCache } from '../../../src/renderers/cache.ts';
import { chartClosureOf } from '../../../src/renderers/chart-closure.ts';
import { HelmRenderer } from '../../../src/renderers/helm.ts';
import { forceIsolation, isolationIn } from '../../../src/renderers/isolation/detect.ts';
import { RENDER_LIMITS, run } from '../../../src/renderers/run.ts';
import type { Limits, RunResult } from '../../../src/renderers/isolation/tool-run.ts';
import { inSandbox } from '../../../src/renderers/sandbox.ts';
import { findHelm, findKustomize } from '../../../src/renderers/tools.ts';
import { treeOf } from '../../../src/tree/tree.ts';
import { needsIsolation, needsTool } from '../../needs.ts';
import { eventually } from './processes.ts';

/*
 * Kustomize and Helm themselves, given what the closure's checks refuse before: the sandbox holds also where a check is missing.
 */

const CANARY = 'canary-of-the-host';
const CHART = 'apiVersion: v2\nname: c\nversion: 1.0.0\n';
const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\n';

let outside = '';
let asked = 0;
const server = createServer((_request, response) => {
  asked += 1;
  response.end(`${MAP}data: {canary: ${CANARY}}\n`);
});
server.on('connection', () => (asked += 1));

beforeAll(async () => {
  outside = mkdtempSync(join(tmpdir(), 'faultline-test-'));
  chmodSync(outside, 0o777);
  // Open to everybody: nothing but the sandbox is in the way.
  writeFileSync(join(outside, 'secret.yaml'), `${MAP}data: {canary: ${CANARY}}\n`, { mode: 0o644 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  rmSync(outside, { recursive: true, force: true });
});

const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.yaml`;

for (const mode of ['bubblewrap', 'namespaces'] as const)
  describe(`in mode ${mode}`, () => {
    const tool = needsTool('kustomize', 'helm');
    const built = tool === needsTool() ? needsIsolation(mode) : tool;

    async function force(): Promise<void> {
      forceIsolation(await isolationIn(mode));
      onTestFinished(() => forceIsolation(null));
    }

    /** As little stands in the way as kustomize knows: helm, plugins and files from everywhere are allowed. */
    async function kustomized(
      files: Readonly<Record<string, string>>,
      limits: Limits = RENDER_LIMITS,
    ): Promise<RunResult> {
      await force();
      const [kustomize, helm] = [(await findKustomize())!, (await findHelm())!];
      const options = [
        '--enable-helm',
        '--helm-command',
        helm.command,
        '--enable-alpha-plugins',
        '--enable-exec',
      ];
      return inSandbox(new Map(Object.entries(files)), (sandbox) =>
        run(
          kustomize.command,
          [...kustomize.args, 'app', ...options, '--load-restrictor', 'LoadRestrictionsNone'],
          sandbox,
          { programs: [helm.command], limits },
        ),
      );
    }

    function expectNothing(answer: RunResult): void {
      expect(answer).toMatchObject({ ok: false });
      expect(JSON.stringify(answer)).not.toContain(CANARY);
      expect(asked).toBe(0);
      expect(existsSync(join(outside, 'made'))).toBe(false);
    }

    built('charts are rendered by a helm that kustomize calls', async () => {
      const answer = await kustomized({
        'app/kustomization.yaml': 'helmCharts: [{name: c, releaseName: r}]\n',
        'app/charts/c/Chart.yaml': CHART,
        'app/charts/c/values.yaml': 'a: 1\n',
        'app/charts/c/templates/map.yaml': MAP,
      });
      expect(answer).toEqual({
        ok: true,
        stdout: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\n',
      });
    });

    built.each(['--post-renderer=/bin/sh', '--post-renderer=./run.sh'])(
      'a release named %s runs nothing',
      async (name) => {
        const script = `#!/bin/sh\ntouch ${outside}/made\ncat ${outside}/secret.yaml\n`;
        expectNothing(
          await kustomized({
            'app/kustomization.yaml': `helmCharts: [{name: c, releaseName: "${name}"}]\n`,
            'app/charts/c/Chart.yaml': CHART,
            'app/charts/c/values.yaml': 'a: 1\n',
            'app/charts/c/templates/map.yaml': script,
            'app/run.sh': script,
          }),
        );
      },
    );

    built.each([
      ['a resource', (name: string) => `resources: [${name}]\n`],
      ['a generated file', (name: string) => `configMapGenerator: [{name: x, files: [host=${name}]}]\n`],
      ['an environment file', (name: string) => `configMapGenerator: [{name: x, envs: [${name}]}]\n`],
      ['a component', (name: string) => `components: [${name}]\n`],
      [
        'values of a chart',
        (name: string) => `helmCharts: [{name: c, releaseName: r, valuesFile: ${name}}]\n`,
      ],
      ['a function that runs a program', () => `transformers: [function.yaml]\n`],
    ])('%s brings nothing of the host and of the network', async (_what, naming) => {
      const hidden = [
        join(outside, 'secret.yaml'),
        `../../../../../../..${outside}/secret.yaml`,
        '/proc/self/environ',
      ];
      for (const name of [...hidden, address()])
        expectNothing(
          await kustomized({
            'app/kustomization.yaml': naming(name),
            'app/function.yaml': `apiVersion: x/v1\nkind: Runs\nmetadata: {name: x, annotations: {config.kubernetes.io/function: "exec: {path: ./run.sh}"}}\n`,
            'app/run.sh': `#!/bin/sh\ntouch ${outside}/made\n`,
            'app/charts/c/Chart.yaml': CHART,
            'app/charts/c/values.yaml': 'a: 1\n',
          }),
        );
    });

    async function charted(
      schema: string,
      template = MAP,
      limits: Limits = RENDER_LIMITS,
    ): Promise<RunResult> {
      await force();
      const tree = treeOf({
        'app/Chart.yaml': CHART,
        'app/values.yaml': 'canary: 1\n',
        'app/values.schema.json': schema,
        'app/templates/x.yaml': template,
      });
      const renderer = new HelmRenderer(() => findHelm(), new RenderCache({ folder: null, parallel: 1 }), {
        limits,
      });
      const call = {
        id: 'app',
        closure: chartClosureOf(tree, 'app'),
        release: { name: 'r', namespace: 'n' },
        values: [],
      };
      const rendering = await renderer.render(tree, call);
      return rendering.kind === 'failed'
        ? { ok: false, message: rendering.message }
        : { ok: true, stdout: rendering.objects.map(({ text }) => text).join() };
    }

    built('a schema that refers to a file or an address reads neither', async () => {
      writeFileSync(join(outside, 'schema.json'), JSON.stringify({ const: CANARY }), { mode: 0o644 });
      expectNothing(await charted(JSON.stringify({ $ref: `file://${outside}/schema.json` })));
      expectNothing(await charted(JSON.stringify({ properties: { canary: { $ref: address() } } })));
    });

    built('a chart that takes too long leaves no process and no folder', async () => {
      const home = mkdtempSync(join(tmpdir(), 'faultline-test-'));
      chmodSync(home, 0o755);
      vi.stubEnv('TMPDIR', home);
      onTestFinished(() => {
        vi.unstubAllEnvs();
        rmSync(home, { recursive: true, force: true });
      });
      const endless = '{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}';
      const impatient = { ...RENDER_LIMITS, seconds: 1 };
      const tooLong = { ok: false, message: 'took longer than 1 s' };
      expect(await charted('{}', endless, impatient)).toMatchObject(tooLong);
      const files = {
        'app/kustomization.yaml': 'helmCharts: [{name: c, releaseName: r}]\n',
        'app/charts/c/Chart.yaml': CHART,
        'app/charts/c/values.yaml': 'a: 1\n',
        'app/charts/c/templates/x.yaml': endless,
      };
      expect(await kustomized(files, impatient)).toMatchObject(tooLong);
      expect(await eventually(() => processesIn(home).length === 0)).toBe(true);
      expect(readdirSync(home)).toEqual([]);
    });
  });
