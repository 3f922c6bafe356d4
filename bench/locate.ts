import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { openRenderers } from '../src/renderers/open-renderers.ts';
import { locate } from '../src/locate/locate.ts';
import { findKustomize, type KustomizeTool } from '../src/renderers/tools.ts';
import { Revision } from '../src/sources/revision.ts';
import { folderTree } from '../src/tree/folder.ts';
import { rendersIn } from './renders-in.ts';
import { table } from './table.ts';

/*
 * Locates and proves one field in a repository of 10,000 manifests and 300 roots. The floor is what no proof can do
 * without: two renders of each root that reads the touched file, side by side, by the tool alone.
 */

const APPS = 100;
const STAGES = ['dev', 'staging', 'prod'] as const;
/** Files of one application: a base, and an overlay for each stage. */
const BASE_FILES = 40;
const STAGE_FILES = 20;

/** Writes the repository: 100 applications of a base with 40 files and three overlays with 20 files each. */
export function writeRepository(folder: string): void {
  const write = (path: string, text: string): void => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  for (let app = 0; app < APPS; app += 1) {
    const name = `app-${String(app).padStart(3, '0')}`;
    const settings = Array.from({ length: BASE_FILES - 4 }, (_, index) => `settings-${index}`);
    write(`${name}/base/kustomization.yaml`, list(['deployment', 'service', 'autoscaler', ...settings]));
    write(`${name}/base/deployment.yaml`, deployment(name));
    write(`${name}/base/service.yaml`, service(name));
    write(`${name}/base/autoscaler.yaml`, autoscaler(name));
    for (const each of settings) write(`${name}/base/${each}.yaml`, configMap(`${name}-${each}`));
    for (const stage of STAGES) {
      const extras = Array.from({ length: STAGE_FILES - 2 }, (_, index) => `${stage}-${index}`);
      const path = `${name}/${stage}`;
      write(`${path}/kustomization.yaml`, overlay(name, stage, extras));
      write(`${path}/memory.yaml`, memoryPatch(name));
      for (const each of extras) write(`${path}/${each}.yaml`, configMap(`${name}-${each}`));
    }
  }
}

function list(names: readonly string[]): string {
  return `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${names.map((name) => `  - ${name}.yaml\n`).join('')}`;
}

function overlay(name: string, stage: string, extras: readonly string[]): string {
  return `${list(['../base', ...extras]).replace('../base.yaml', '../base')}namespace: ${stage}
images:
  - name: registry.example/${name}
    newTag: 1.4.2
patches:
  - path: memory.yaml
`;
}

function deployment(name: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: 2
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: server
          image: registry.example/${name}:latest
          ports:
            - containerPort: 8080
          envFrom:
            - configMapRef:
                name: ${name}-settings-0
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              cpu: 500m
              memory: 256Mi
`;
}

function memoryPatch(name: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  template:
    spec:
      containers:
        - name: server
          resources:
            limits:
              memory: 512Mi
`;
}

function service(name: string): string {
  return `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\nspec:\n  selector:\n    app: ${name}\n  ports:\n    - port: 80\n      targetPort: 8080\n`;
}

function autoscaler(name: string): string {
  return `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: ${name}
spec:
  minReplicas: 2
  maxReplicas: 6
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: ${name}
`;
}

function configMap(name: string): string {
  const entries = Array.from(
    { length: 8 },
    (_, index) => `  KEY_${index}: value of ${name}, number ${index}\n`,
  );
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n${entries.join('')}`;
}

interface Case {
  readonly title: string;
  readonly object: string;
  readonly field: string;
  /** Another value for each call, so that no render is known from the one before. */
  readonly value: (run: number) => string;
  /** Roots that read the file which is to be touched. */
  readonly readers: readonly string[];
  readonly root?: string;
}

const NAME = 'app-042';
const SERVER = 'spec.template.spec.containers[name=server]';

const CASES: readonly Case[] = [
  {
    title: 'image tag of one overlay',
    object: `Deployment/${NAME}`,
    field: `${SERVER}.image`,
    value: (run) => `registry.example/${NAME}:1.5.${run}`,
    readers: [`${NAME}/prod`],
  },
  {
    title: 'memory limit in a patch of one overlay',
    object: `Deployment/${NAME}`,
    field: `${SERVER}.resources.limits.memory`,
    value: (run) => `${600 + run}Mi`,
    readers: [`${NAME}/prod`],
  },
  {
    title: 'cpu limit of the shared base, for one overlay',
    object: `Deployment/${NAME}`,
    field: `${SERVER}.resources.limits.cpu`,
    value: (run) => `${600 + run}m`,
    readers: [`${NAME}/prod`],
  },
  {
    title: 'maximum of replicas, in the base for all',
    object: `HorizontalPodAutoscaler/${NAME}`,
    field: 'spec.maxReplicas',
    value: (run) => String(10 + run),
    readers: STAGES.map((stage) => `${NAME}/${stage}`),
    root: `${NAME}/base`,
  },
];

interface Timing {
  readonly milliseconds: number;
  readonly renders: number;
}

/** Prints cold and warm times, renders, and their ratios to the floor. */
export async function benchLocate(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
  try {
    const repository = join(folder, 'repository');
    writeRepository(repository);
    const tool = await findKustomize();
    if (!tool) throw new Error('this needs kustomize (`npm run tools`)');
    const rows: (readonly (string | number)[])[] = [];
    for (const [index, one] of CASES.entries()) {
      const floor = await best(3, () => floorOf(tool, repository, one));
      const cache = join(folder, `cache-${index}`);
      const cold = await inFreshProcess(repository, one, cache, 0);
      const warm = await best(3, (run) => inFreshProcess(repository, one, cache, run + 1));
      const service = await inOneProcess(repository, one, join(folder, `service-${index}`));
      const ratio = ({ milliseconds }: Timing): string => (milliseconds / floor.milliseconds).toFixed(1);
      const cells = [cold, warm, service.cold, service.warm].flatMap((timing) => [
        `${Math.round(timing.milliseconds)} ms`,
        timing.renders,
        ratio(timing),
      ]);
      rows.push([one.title, `${Math.round(floor.milliseconds)} ms`, ...cells]);
    }
    const columns = ['process, cold', 'process, warm', 'service, cold', 'service, warm'];
    process.stdout.write(
      `locate and prove one field: 10,000 manifests, ${APPS * STAGES.length} roots\n${table([
        ['field', 'floor', ...columns.flatMap((column) => [column, 'renders', 'ratio'])],
        ...rows,
      ])}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The fastest of some runs: what else the machine does only ever makes them slower. */
async function best(count: number, measure: (run: number) => Promise<Timing>): Promise<Timing> {
  let fastest = await measure(0);
  for (let run = 1; run < count; run += 1) {
    const timing = await measure(run);
    if (timing.milliseconds < fastest.milliseconds) fastest = timing;
  }
  return fastest;
}

/** Two renders of each root that reads the touched file, all at once. */
async function floorOf(tool: KustomizeTool, repository: string, { readers }: Case): Promise<Timing> {
  const started = performance.now();
  await Promise.all(
    readers.flatMap((root) =>
      [0, 1].map(
        () =>
          new Promise<void>((resolve, reject) => {
            const child = spawn(tool.command, [...tool.args, root], {
              cwd: repository,
              stdio: ['ignore', 'pipe', 'inherit'],
            });
            child.stdout.resume();
            child.on('error', reject);
            child.on('close', (code) =>
              code === 0 ? resolve() : reject(new Error(`${root} does not build`)),
            );
          }),
      ),
    ),
  );
  return { milliseconds: performance.now() - started, renders: 2 * readers.length };
}

const MAIN = resolve(import.meta.dirname, '../src/main.ts');

/** The command line, from its start to its end; renders are counted by what it leaves in its cache. */
async function inFreshProcess(repository: string, one: Case, cache: string, run: number): Promise<Timing> {
  const kept = rendersIn(cache);
  const args = ['locate', '--repo', repository, '--object', one.object, '--field', one.field];
  args.push(...(one.root ? ['--root', one.root] : ['-n', 'prod']));
  args.push('--set', one.value(run), '--output', 'json');
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  const started = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args], {
    env,
    maxBuffer: 2 ** 28,
  });
  const milliseconds = performance.now() - started;
  const { proof } = JSON.parse(stdout) as { proof?: { status: string } };
  if (proof?.status !== 'proven') throw new Error(`${one.title}: ${stdout}`);
  return { milliseconds, renders: rendersIn(cache) - kept };
}

/** A process that stays: cold is its first question, with nothing read yet; warm is the same field with another value. */
async function inOneProcess(
  repository: string,
  one: Case,
  cache: string,
): Promise<{ cold: Timing; warm: Timing }> {
  const started = performance.now();
  const renderers = openRenderers([], { ...process.env, XDG_CACHE_HOME: cache });
  const revision = await Revision.of(await folderTree(repository), renderers);
  const ask = async (run: number, since: number): Promise<Timing> => {
    const before = renderers.kustomize.builds;
    const [kind, name] = one.object.split('/') as [string, string];
    const text = one.value(run);
    const result = await locate(revision, {
      target: {
        wanted: one.root ? { kind, name } : { kind, name, namespace: 'prod' },
        live: null,
        roots: one.root ? [revision.roots.at(one.root)!] : null,
      },
      fields: [{ field: one.field, after: one.field === 'spec.maxReplicas' ? Number(text) : text }],
    });
    if (result.kind !== 'located') throw new Error(`${one.title}: ${result.reason}`);
    return { milliseconds: performance.now() - since, renders: renderers.kustomize.builds - before };
  };
  const cold = await ask(0, started);
  const warm = await best(3, (run) => ask(run + 1, performance.now()));
  return { cold, warm };
}

if (process.argv[1] === import.meta.filename) await benchLocate();
