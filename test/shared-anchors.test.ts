import { describe, expect, test } from 'vitest';
import { openSnapshot } from '../src/cluster/snapshot.ts';
import { DEFAULT_CONFIG } from '../src/config/defaults.ts';
import { openRepository } from '../src/git/open-repository.ts';
import type { IncidentResult } from '../src/model/report.ts';
import { diagnose } from '../src/pipeline.ts';
import { Revision } from '../src/sources/revision.ts';
import { madeFolder, madeRepository } from './git/made-repository.ts';
import { renderers } from './locate/revisions.ts';
import { needsTool } from './needs.ts';

/** Deployment cart with containers whose memory is written as given; `#` stands for the container's own line. */
function manifest(containers: Readonly<Record<string, string>>): string {
  const list = Object.entries(containers).map(
    ([name, memory]) =>
      `        - name: ${name}\n          image: registry.example/${name}:1\n          resources:\n            limits:\n              memory: ${memory}\n`,
  );
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  namespace: shop
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      containers:
${list.join('')}`;
}

/** The same Deployment as it runs at 512Mi; the named containers were killed six times. */
function snapshot(containers: readonly string[], killed: readonly string[]): string {
  const list = containers
    .map(
      (name) => `{name: ${name}, image: "registry.example/${name}:1", resources: {limits: {memory: 512Mi}}}`,
    )
    .join(', ');
  const template = `{metadata: {labels: {app: cart}}, spec: {containers: [${list}]}}`;
  const statuses = containers.map((name) =>
    killed.includes(name)
      ? `{name: ${name}, ready: false, restartCount: 6, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 137, reason: OOMKilled, startedAt: "2026-03-01T09:50:00Z", finishedAt: "2026-03-01T09:55:00Z"}}}`
      : `{name: ${name}, ready: true, restartCount: 0, state: {running: {startedAt: "2026-03-01T08:00:00Z"}}}`,
  );
  const made = 'creationTimestamp: "2026-03-01T08:00:00Z"';
  const owner = (kind: string, name: string): string =>
    `ownerReferences: [{apiVersion: apps/v1, kind: ${kind}, name: ${name}, uid: ${kind}, controller: true}]`;
  return madeFolder({
    'cluster/all.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop, uid: Deployment, ${made}}
spec: {replicas: 1, selector: {matchLabels: {app: cart}}, template: ${template}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: cart-5d, namespace: shop, uid: ReplicaSet, ${made}, ${owner('Deployment', 'cart')}}
spec: {replicas: 1, template: ${template}}
---
apiVersion: v1
kind: Pod
metadata: {name: cart-5d-x, namespace: shop, uid: pod, ${made}, ${owner('ReplicaSet', 'cart-5d')}}
spec: {containers: [${list}]}
status: {phase: Running, containerStatuses: [${statuses.join(', ')}]}
`,
    'snapshot.yaml': 'cluster: prod\ncapturedAt: 2026-03-01T10:00:00Z\n',
  });
}

async function results(
  files: Readonly<Record<string, string>>,
  containers: readonly string[],
  killed: readonly string[],
): Promise<readonly IncidentResult[]> {
  const repository = await openRepository(madeRepository(files));
  const revision = await Revision.of(await repository.treeAt(repository.head!.sha), renderers);
  const report = await diagnose({
    source: await openSnapshot(snapshot(containers, killed)),
    repository,
    revision,
    renderers,
    config: DEFAULT_CONFIG,
    configErrors: [],
  });
  return report.results;
}

/** The lines that a diff adds and takes away. */
const changed = (result: IncidentResult | undefined): readonly string[] =>
  result?.located?.kind === 'located'
    ? result.located.diff
        .split('\n')
        .filter((line) => /^[-+] /.test(line))
        .map((line) => line.replace(/^(.)\s+/, '$1'))
    : [];

describe('a memory limit behind an anchor', () => {
  const shared = { main: '&mem 512Mi', helper: '*mem' };

  test('is raised once where both of its containers are killed', async () => {
    const found = await results({ 'app.yaml': manifest(shared) }, ['main', 'helper'], ['main', 'helper']);
    expect(found).toHaveLength(2);
    expect(new Set(found.map(({ pullRequest }) => pullRequest?.branch)).size).toBe(1);
    expect(changed(found[1])).toEqual(['-memory: &mem 512Mi', '+memory: &mem 768Mi']);
    expect(found[0]!.proposal!.incidents).toHaveLength(2);
  });

  test('is left to the healthy container where that of the alias is killed', async () => {
    const found = await results({ 'app.yaml': manifest(shared) }, ['main', 'helper'], ['helper']);
    expect(changed(found[0])).toEqual(['-memory: *mem', '+memory: 768Mi']);
  });

  test('is not raised where that of the anchor is killed and the other is healthy', async () => {
    const found = await results({ 'app.yaml': manifest(shared) }, ['main', 'helper'], ['main']);
    expect(found[0]).toMatchObject({ decision: { action: 'decline' }, pullRequest: null });
    expect(found[0]!.located).toMatchObject({ code: 'shared-site', candidates: ['app.yaml:16'] });
  });

  needsTool('kustomize')('is raised for one container by a patch, for both at the anchor', async () => {
    const files = { 'app.yaml': manifest(shared), 'kustomization.yaml': 'resources: [app.yaml]\n' };
    const one = await results(files, ['main', 'helper'], ['main']);
    expect(changed(one[0]).join('\n')).toContain('+memory: 768Mi');
    expect(changed(one[0]).join('\n')).not.toContain('helper');
    const both = await results(files, ['main', 'helper'], ['main', 'helper']);
    expect(changed(both[0])).toEqual(['-memory: &mem 512Mi', '+memory: &mem 768Mi']);
    expect(new Set(both.map(({ pullRequest }) => pullRequest?.branch)).size).toBe(1);
  });

  test('is raised with all three, and with two of three not at all', async () => {
    const files = { 'app.yaml': manifest({ ...shared, third: '*mem' }) };
    const names = ['main', 'helper', 'third'];
    const all = await results(files, names, names);
    expect(new Set(all.map(({ pullRequest }) => pullRequest?.branch)).size).toBe(1);
    const two = await results(files, names, ['main', 'helper']);
    expect(two[0]).toMatchObject({ decision: { action: 'decline' } });
    expect(changed(two[1])).toEqual(['-memory: *mem', '+memory: 768Mi']);
  });

  test('is none where each container has its own', async () => {
    const files = { 'app.yaml': manifest({ main: '512Mi', helper: '512Mi' }) };
    const both = await results(files, ['main', 'helper'], ['main', 'helper']);
    expect(new Set(both.map(({ pullRequest }) => pullRequest?.branch)).size).toBe(2);
  });
});
