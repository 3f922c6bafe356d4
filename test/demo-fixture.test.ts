import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import yaml from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildDemoRepository, demoFolder } from '../scripts/demo-repository.ts';
import { findTools } from '../scripts/tools.ts';
import { openSnapshot } from '../src/cluster/snapshot.ts';
import type { KubernetesObject } from '../src/kubernetes/objects.ts';
import { needsTool } from './needs.ts';

let scratch: string;
let repository: string;
let head: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'faultline-demo-'));
  repository = join(scratch, 'repository');
  head = buildDemoRepository(repository);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the demo repository', () => {
  test('has the same commits every time it is built', () => {
    expect(buildDemoRepository(join(scratch, 'again'))).toBe(head);
  });

  test('ignores the git settings of the machine and of an outer repository', () => {
    process.env['GIT_DIR'] = join(scratch, 'elsewhere');
    process.env['GIT_AUTHOR_NAME'] = 'Somebody Else';
    try {
      expect(buildDemoRepository(join(scratch, 'again'))).toBe(head);
    } finally {
      delete process.env['GIT_DIR'];
      delete process.env['GIT_AUTHOR_NAME'];
    }
  });

  test('has a clean work tree on main', () => {
    expect(git('status', '--porcelain', '--branch')).toBe('## main\n');
  });

  test('tells its history in order', () => {
    const dates = git('log', '--format=%at').trim().split('\n').map(Number);
    expect(dates.length).toBeGreaterThan(10);
    expect(dates).toEqual(dates.toSorted((a, b) => b - a));
  });

  needsTool('kustomize')('renders both environments', async () => {
    for (const environment of ['staging', 'prod']) {
      const kinds = (await rendered(`environments/${environment}`)).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'Deployment')).toHaveLength(2);
      expect(kinds.filter((kind) => kind === 'Namespace')).toHaveLength(3);
    }
  });
});

describe('the recorded cluster of the demo', () => {
  test('is read without a problem', async () => {
    const cluster = await snapshot();
    expect(cluster.problems).toEqual([]);
    expect(cluster.name).toBe('saltmarsh-prod');
    expect(new Date(cluster.now).toISOString()).toBe('2026-05-21T10:40:00.000Z');
  });

  test('has no pod on a node that is younger, and none from the future', async () => {
    const cluster = await snapshot();
    const born = (object: KubernetesObject | undefined) =>
      Date.parse(object?.metadata.creationTimestamp ?? '');
    for (const pod of cluster.list('Pod')) {
      const node = cluster.get('Node', null, (pod['spec'] as { nodeName: string }).nodeName);
      expect(born(pod), pod.metadata.name).toBeGreaterThan(born(node));
      expect(born(pod), pod.metadata.name).toBeLessThan(cluster.now);
    }
  });

  test('has pods that are not ready in three workloads, and a fourth that only its autoscaler tells of', async () => {
    const cluster = await snapshot();
    const unready = cluster.list('Pod').filter((pod) => {
      const { phase, containerStatuses } = pod['status'] as {
        phase: string;
        containerStatuses: readonly { ready: boolean }[];
      };
      return phase !== 'Succeeded' && containerStatuses.some(({ ready }) => !ready);
    });
    expect([...new Set(unready.map((pod) => cluster.ownerOf(pod).ref.name))]).toEqual([
      'gate-display',
      'seatmap',
      'ticketing',
    ]);
    expect(cluster.get('HorizontalPodAutoscaler', 'revenue', 'fares')?.['status']).toMatchObject({
      currentReplicas: 8,
      currentMetrics: [{ resource: { current: { averageUtilization: 92 } } }],
    });
  });

  test('runs what git says in the folders of plain manifests', async () => {
    const cluster = await snapshot();
    for (const folder of ['apps/boarding/prod', 'apps/fares/prod']) {
      for (const file of readdirSync(join(repository, folder))) {
        expectLive(
          cluster,
          yaml.loadAll(readFileSync(join(repository, folder, file), 'utf8')) as KubernetesObject[],
        );
      }
    }
  });

  needsTool('kustomize')('runs what git renders in the folders of Kustomize', async () => {
    expectLive(await snapshot(), await rendered('environments/prod'));
  });

  test('is small enough to read', () => {
    const bytes = readdirSync(demoFolder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
    expect(bytes).toBeLessThan(400_000);
  });
});

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: repository, encoding: 'utf8' });
}

async function snapshot() {
  return (await openSnapshot(join(demoFolder, 'snapshot'))).read();
}

async function rendered(root: string): Promise<readonly KubernetesObject[]> {
  const { command, args } = (await findTools()).kustomize!;
  const output = execFileSync(command, [...args, root], { cwd: repository, encoding: 'utf8' });
  return yaml.loadAll(output) as KubernetesObject[];
}

/** Every object of git exists in the cluster with at least the same spec and data. */
function expectLive(
  cluster: Awaited<ReturnType<typeof snapshot>>,
  objects: readonly KubernetesObject[],
): void {
  for (const { kind, metadata, spec, data } of objects) {
    const live = cluster.get(kind, metadata.namespace ?? null, metadata.name);
    expect(live, `${kind} ${metadata.name}`).toMatchObject({
      ...(spec ? { spec } : {}),
      ...(data ? { data } : {}),
    });
  }
}
