import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { openSnapshot } from '../src/cluster/snapshot.ts';
import { DEFAULT_CONFIG } from '../src/config/defaults.ts';
import { openRepository } from '../src/git/open-repository.ts';
import { diagnose } from '../src/pipeline.ts';
import { RenderCache } from '../src/renderers/cache.ts';
import { HelmRenderer } from '../src/renderers/helm.ts';
import { KustomizationReader } from '../src/renderers/kustomization.ts';
import { KustomizeRenderer } from '../src/renderers/kustomize.ts';
import { ManifestReader } from '../src/renderers/manifests.ts';
import { findHelm, findKustomize } from '../src/renderers/tools.ts';
import { Revision } from '../src/sources/revision.ts';
import { table } from './table.ts';

/*
 * Diagnoses workloads that all fail by one shared line: an entry of `images`, a memory limit in a patch for all, a value of a
 * chart, an anchor. `node bench/shared-line.ts 1 24 240` prints renders, seconds and peak memory for each number of workloads.
 */

export type SharedBy = 'images' | 'patch' | 'value' | 'anchor';

export const KINDS: readonly SharedBy[] = ['images', 'patch', 'value', 'anchor'];

type Files = Readonly<Record<string, string>>;

function namesOf(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `web-${String(index).padStart(3, '0')}`);
}

function workload(name: string, image: string, limit: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: server
          image: ${image}
          resources:
            limits:
              memory: ${limit}
`;
}

/** The repository, without the snapshot. */
export function repositoryFiles(by: SharedBy, count: number): Files {
  const names = namesOf(count);
  const list = (more: string): string =>
    `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n${names.map((name) => `  - ${name}.yaml\n`).join('')}${more}`;
  switch (by) {
    case 'images':
      return {
        'apps/kustomization.yaml': list('images:\n  - name: registry.example/web\n    newTag: "2.0"\n'),
        ...each(names, 'apps', (name) => workload(name, 'registry.example/web:1.0', '1Gi')),
      };
    case 'patch':
      return {
        'apps/kustomization.yaml': list('patches:\n  - target: {kind: Deployment}\n    path: limit.yaml\n'),
        'apps/limit.yaml':
          '- op: replace\n  path: /spec/template/spec/containers/0/resources/limits/memory\n  value: 512Mi\n',
        ...each(names, 'apps', (name) => workload(name, 'registry.example/web:1.0', '64Mi')),
      };
    case 'value':
      return {
        'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
        'chart/values.yaml': 'memory: 512Mi\n',
        ...each(names, 'chart/templates', (name) =>
          workload(name, 'registry.example/web:1.0', '{{ .Values.memory }}'),
        ),
      };
    case 'anchor':
      return {
        'apps/all.yaml': `apiVersion: v1
kind: List
items:
${names
  .map((name, index) =>
    workload(name, 'registry.example/web:1.0', index === 0 ? '&limit 512Mi' : '*limit')
      .split('\n')
      .filter(Boolean)
      .map((line, at) => `${at === 0 ? '  - ' : '    '}${line}\n`)
      .join(''),
  )
  .join('')}`,
      };
  }
}

function each(names: readonly string[], folder: string, make: (name: string) => string): Files {
  return Object.fromEntries(names.map((name) => [`${folder}/${name}.yaml`, make(name)]));
}

/** A recorded cluster in which all of them fail: their tag is not there, or their memory does not do. */
export function snapshotFiles(by: SharedBy, count: number): Files {
  const isImage = by === 'images';
  const objects = namesOf(count).map((name) => {
    const image = isImage ? 'registry.example/web:2.0' : 'registry.example/web:1.0';
    const limit = isImage ? '1Gi' : '512Mi';
    const spec = (tag = image): string =>
      `{containers: [{name: server, image: "${tag}", resources: {limits: {memory: ${limit}}}}]}`;
    const metadata = (own: string, uid: string, at: string, more = ''): string =>
      `{name: ${own}, namespace: shop, uid: ${uid}-${name}, creationTimestamp: "2026-03-01T${at}:00Z"${more}}`;
    const labels = `{app: ${name}, pod-template-hash: 5d}`;
    const owned = (kind: string, owner: string, uid: string, revision = ''): string =>
      `, labels: ${labels}${revision === '' ? '' : `, annotations: {deployment.kubernetes.io/revision: "${revision}"}`}, ownerReferences: [{apiVersion: apps/v1, kind: ${kind}, name: ${owner}, uid: ${uid}-${name}, controller: true}]`;
    const replicaSet = (
      hash: string,
      revision: string,
      tag: string,
      ready: number,
    ): string => `apiVersion: apps/v1
kind: ReplicaSet
metadata: ${metadata(`${name}-${hash}`, `r${hash}`, '08:00', owned('Deployment', name, 'd', revision))}
spec: {replicas: 1, selector: {matchLabels: {app: ${name}}}, template: {metadata: {labels: ${labels}}, spec: ${spec(tag)}}}
status: {replicas: ${ready}, readyReplicas: ${ready}, availableReplicas: ${ready}}
---
`;
    const status = isImage
      ? `  phase: Pending
  containerStatuses:
    - name: server
      ready: false
      restartCount: 0
      image: ${image}
      state: {waiting: {reason: ImagePullBackOff, message: 'Back-off pulling image "${image}"'}}
`
      : `  phase: Running
  containerStatuses:
    - name: server
      ready: false
      restartCount: 6
      state: {waiting: {reason: CrashLoopBackOff, message: back-off 5m0s}}
      lastState: {terminated: {exitCode: 137, reason: OOMKilled, startedAt: "2026-03-01T09:50:00Z", finishedAt: "2026-03-01T09:55:00Z"}}
`;
    const event = isImage
      ? `---
apiVersion: v1
kind: Event
metadata: {name: ${name}-5d-x.1, namespace: shop}
involvedObject: {kind: Pod, namespace: shop, name: ${name}-5d-x, uid: p-${name}, fieldPath: "spec.containers{server}"}
reason: Failed
type: Warning
count: 4
firstTimestamp: "2026-03-01T09:00:00Z"
lastTimestamp: "2026-03-01T09:55:00Z"
message: 'Failed to pull image "${image}": rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found'
source: {component: kubelet}
`
      : '';
    return `apiVersion: apps/v1
kind: Deployment
metadata: ${metadata(name, 'd', '07:00')}
spec: {replicas: 1, selector: {matchLabels: {app: ${name}}}, template: {metadata: {labels: {app: ${name}}}, spec: ${spec()}}}
---
${isImage ? replicaSet('4c', '1', 'registry.example/web:1.0', 1) : ''}${replicaSet('5d', '2', image, 0)}apiVersion: v1
kind: Pod
metadata: ${metadata(`${name}-5d-x`, 'p', '08:00', owned('ReplicaSet', `${name}-5d`, 'r5d'))}
spec: ${spec()}
status:
${status}${event}`;
  });
  return {
    'cluster/shop.yaml': objects.join('---\n'),
    'snapshot.yaml': 'cluster: prod\ncapturedAt: 2026-03-01T10:00:00Z\n',
  };
}

export interface SharedRun {
  readonly builds: number;
  readonly seconds: number;
  readonly results: Awaited<ReturnType<typeof diagnose>>['results'];
  readonly problems: Awaited<ReturnType<typeof diagnose>>['problems'];
}

/** Diagnoses the workloads with nothing rendered before. */
export async function diagnoseShared(by: SharedBy, count: number, folder: string): Promise<SharedRun> {
  const [repo, snapshot] = [join(folder, 'repository'), join(folder, 'snapshot')];
  write(repo, repositoryFiles(by, count));
  write(snapshot, snapshotFiles(by, count));
  const path = [resolve(import.meta.dirname, '../.tools/bin'), process.env['PATH']].join(':');
  const cache = new RenderCache({ folder: null, parallel: availableParallelism() });
  const kustomize = new KustomizeRenderer(() => findKustomize({ PATH: path }), cache);
  const helm = new HelmRenderer(() => findHelm({ PATH: path }), cache);
  const renderers = {
    kustomize,
    helm,
    kustomizations: new KustomizationReader(),
    manifests: new ManifestReader(),
  };
  const repository = await openRepository(repo);
  const source = await openSnapshot(snapshot, {});
  const started = performance.now();
  const revision = await Revision.of(await repository.workTree(), renderers);
  const { results, problems } = await diagnose({
    source,
    repository,
    revision,
    renderers,
    config: DEFAULT_CONFIG,
    configErrors: [],
  });
  const seconds = (performance.now() - started) / 1000;
  return { builds: kustomize.builds + helm.builds, seconds, results, problems };
}

function write(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Each in a process of its own, so that one's memory is not another's. */
function measured(by: SharedBy, count: number): readonly (string | number)[] {
  const limit = 600;
  const { stdout, error } = spawnSync(process.execPath, [import.meta.filename, '--one', by, String(count)], {
    encoding: 'utf8',
    timeout: limit * 1000,
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return error ? [by, count, '', '', `> ${limit} s`, ''] : (JSON.parse(stdout) as (string | number)[]);
}

async function one(by: SharedBy, count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
  try {
    const { builds, seconds, results } = await diagnoseShared(by, count, folder);
    const proposals = new Set(results.flatMap(({ proposal }) => proposal?.key ?? []));
    const peak = `${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`;
    process.stdout.write(
      JSON.stringify([by, count, proposals.size, builds, `${seconds.toFixed(1)} s`, peak]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const [first, ...rest] = process.argv.slice(2);
  if (first === '--one') await one(rest[0] as SharedBy, Number(rest[1]));
  else {
    const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1, 24, 240];
    const rows = KINDS.flatMap((by) => counts.map((count) => measured(by, count)));
    process.stdout.write(
      `${table([['shared by', 'workloads', 'proposals', 'renders', 'time', 'peak memory'], ...rows])}\n`,
    );
  }
}
