import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSnapshot } from '../src/cluster/snapshot.ts';
import { DEFAULT_CONFIG } from '../src/config/defaults.ts';
import { parseConfig } from '../src/config/load.ts';
import { openRepository } from '../src/git/open-repository.ts';
import type { KubernetesObject } from '../src/kubernetes/objects.ts';
import type { IncidentResult } from '../src/model/report.ts';
import { diagnose } from '../src/pipeline.ts';
import type { DiagnoseInput } from '../src/proposals/diagnose-input.ts';
import { plainText } from '../src/untrusted/prose.ts';
import { Revision } from '../src/sources/revision.ts';
import { madeFolder, madeRepository } from './git/made-repository.ts';
import { renderers } from './locate/revisions.ts';
import { needsTool } from './needs.ts';
import { valuesSetIn } from '../src/model/change.ts';

function deployment(name: string, memory: string): string {
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
          image: registry.example/${name}:1.0
          resources:
            limits:
              memory: ${memory}
`;
}

/** Workloads whose container was killed for its memory six times. */
function killed(...names: readonly string[]): string {
  const objects = names.map((name) => {
    const spec = `{containers: [{name: server, image: "registry.example/${name}:1.0", resources: {limits: {memory: 512Mi}}}]}`;
    const metadata = (own: string, uid: string, more = ''): string =>
      `{name: ${own}, namespace: shop, uid: ${uid}-${name}, creationTimestamp: "2026-03-01T08:00:00Z"${more}}`;
    const labels = `{app: ${name}, pod-template-hash: 5d}`;
    const owned = (kind: string, owner: string, uid: string): string =>
      `, labels: ${labels}, ownerReferences: [{apiVersion: apps/v1, kind: ${kind}, name: ${owner}, uid: ${uid}-${name}, controller: true}]`;
    return `apiVersion: apps/v1
kind: Deployment
metadata: ${metadata(name, 'd')}
spec: {replicas: 1, selector: {matchLabels: {app: ${name}}}, template: {metadata: {labels: {app: ${name}}}, spec: ${spec}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: ${metadata(`${name}-5d`, 'r', owned('Deployment', name, 'd'))}
spec: {replicas: 1, template: {metadata: {labels: ${labels}}, spec: ${spec}}}
---
apiVersion: v1
kind: Pod
metadata: ${metadata(`${name}-5d-x`, 'p', owned('ReplicaSet', `${name}-5d`, 'r'))}
spec: ${spec}
status:
  phase: Running
  containerStatuses:
    - name: server
      ready: false
      restartCount: 6
      state: {waiting: {reason: CrashLoopBackOff, message: back-off 5m0s}}
      lastState: {terminated: {exitCode: 137, reason: OOMKilled, startedAt: "2026-03-01T09:50:00Z", finishedAt: "2026-03-01T09:55:00Z"}}
`;
  });
  return madeFolder({
    'cluster/shop.yaml': objects.join('---\n'),
    'snapshot.yaml': 'cluster: prod\ncapturedAt: 2026-03-01T10:00:00Z\n',
  });
}

async function results(
  folder: string,
  snapshot: string,
  more: Partial<DiagnoseInput> = {},
): Promise<readonly IncidentResult[]> {
  const repository = await openRepository(folder);
  const tree = repository.head ? await repository.treeAt(repository.head.sha) : await repository.workTree();
  const revision = await Revision.of(tree, renderers);
  const source = await openSnapshot(snapshot, {});
  const input = {
    source,
    repository,
    revision,
    renderers,
    config: DEFAULT_CONFIG,
    configErrors: [],
    ...more,
  };
  return (await diagnose(input)).results;
}

describe('from a failing workload to a pull request', () => {
  test('the fix is located, proven and written', async () => {
    const repository = madeRepository({ 'apps/cart.yaml': deployment('cart', '512Mi') });
    const [result] = await results(repository, killed('cart'));
    expect(result).toMatchObject({
      decision: { action: 'propose' },
      located: {
        kind: 'located',
        proof: { status: 'proven' },
        changes: [{ before: '512Mi', after: '768Mi', site: { file: 'apps/cart.yaml', line: 16 } }],
      },
      proposal: { base: 'main' },
    });
    expect(result!.pullRequest!.body).toContain('768Mi');
    expect(result!.proposal!.commit).toBe(result!.commit);
  });

  test('a value that somebody asked for takes the place of the one that the finding wants', async () => {
    const repository = madeRepository({ 'cart.yaml': deployment('cart', '512Mi') });
    const [{ incident, proposal }] = (await results(repository, killed('cart'))) as [IncidentResult];
    const { field } = incident.finding.changes[0]!;
    const key = proposal!.key.slice(0, 8);
    const valuesAsked = [{ fingerprints: [incident.fingerprint], key, field: field.text, value: '900Mi' }];
    const [result] = await results(repository, killed('cart'), { valuesAsked });
    expect(result!.located).toMatchObject({ changes: [{ after: '900Mi' }], proof: { status: 'proven' } });
    expect(valuesSetIn(result!.incident.finding.changes)).toEqual([{ field: field.text, value: '900Mi' }]);
    const [other] = await results(repository, killed('cart'), {
      valuesAsked: [{ ...valuesAsked[0]!, fingerprints: ['f'.repeat(16)] }],
    });
    expect(other!.located).toMatchObject({ changes: [{ after: '768Mi' }] });
    const [another] = await results(repository, killed('cart'), {
      valuesAsked: [{ ...valuesAsked[0]!, key: '00000000' }],
    });
    expect(another!.located).toMatchObject({ changes: [{ after: '768Mi' }] });
    expect(valuesSetIn(another!.incident.finding.changes)).toEqual([]);
  });

  test('merging by itself needs a branch that is known to require a check', async () => {
    const repository = madeRepository({ 'cart.yaml': deployment('cart', '512Mi') });
    const { config } = parseConfig('policy: {default: {mode: auto-fix, minConfidence: 0.5}}', 'f.yml');
    const decided = async (more: Partial<DiagnoseInput>) =>
      (await results(repository, killed('cart'), { config: config!, ...more }))[0]!.decision.action;
    expect(await decided({})).toBe('propose');
    expect(await decided({ requiredChecks: async () => [] })).toBe('propose');
    expect(await decided({ requiredChecks: async () => ['render'] })).toBe('auto-fix');
  });

  test('what is committed counts, not what lies in the work tree', async () => {
    const repository = madeRepository({ 'cart.yaml': deployment('cart', '512Mi') });
    writeFileSync(join(repository, 'cart.yaml'), deployment('cart', '4Gi'));
    const [result] = await results(repository, killed('cart'));
    expect(result!.located).toMatchObject({ kind: 'located', changes: [{ before: '512Mi' }] });
  });

  test('each workload gets a pull request of its own', async () => {
    const repository = madeRepository({
      'a.yaml': deployment('cart', '512Mi'),
      'b.yaml': deployment('pay', '512Mi'),
    });
    const found = await results(repository, killed('cart', 'pay'));
    expect(found.map(({ pullRequest }) => pullRequest?.branch)).toHaveLength(2);
    expect(new Set(found.map(({ pullRequest }) => pullRequest?.branch)).size).toBe(2);
  });

  test('the same failure has the same fingerprint and branch in every run', async () => {
    const repository = madeRepository({ 'cart.yaml': deployment('cart', '512Mi') });
    const [[first], [second]] = [
      await results(repository, killed('cart')),
      await results(repository, killed('cart')),
    ];
    expect(first!.incident.fingerprint).toBe(second!.incident.fingerprint);
    expect(first!.pullRequest!.branch).toBe(second!.pullRequest!.branch);
  });
});

describe('no pull request, and the reason', () => {
  test.each([
    [
      'nothing in the repository renders the object',
      { 'pay.yaml': deployment('pay', '512Mi') },
      'object-not-found',
    ],
    [
      'two manifests could be the one',
      { 'a.yaml': deployment('cart', '512Mi'), 'b/c.yaml': deployment('cart', '512Mi') },
      'several-sources',
    ],
  ])('%s', async (_name, files, code) => {
    const [result] = await results(madeRepository(files), killed('cart'));
    expect(result).toMatchObject({ located: { kind: 'declined', code }, proposal: null, pullRequest: null });
    expect(['propose', 'auto-fix']).not.toContain(result!.decision.action);
  });

  test.each(['768Mi', '640Mi'])(
    'git already raises the limit, to %s: the sync is awaited',
    async (memory) => {
      const repository = madeRepository({ 'cart.yaml': deployment('cart', memory) });
      const [result] = await results(repository, killed('cart'));
      expect(result).toMatchObject({ proposal: null, pullRequest: null });
      expect(plainText(result!.decision.reason)).toContain('already larger in git');
    },
  );

  test('git has a lower limit than the cluster: neither lag nor drift is claimed', async () => {
    const repository = madeRepository({ 'cart.yaml': deployment('cart', '256Mi') });
    const [result] = await results(repository, killed('cart'));
    expect(result).toMatchObject({ located: { kind: 'declined', code: 'drift' }, pullRequest: null });
    expect(plainText(result!.decision.reason)).toContain('not on record');
  });

  test.each([
    ['says who wrote it, as the API server tells when asked for the object', '512Mi', 'kubectl-edit'],
    ['says nothing about it where it has another value by now', '640Mi', 'not on record'],
  ])('a value that was changed outside git %s', async (_what, now, expected) => {
    const snapshot = killed('cart');
    const source = await openSnapshot(snapshot, {});
    const live = (await source.read()).get('Deployment', 'shop', 'cart')!;
    const container = { name: 'server', resources: { limits: { memory: now } } };
    const fieldsV1 = JSON.parse(
      '{"f:spec":{"f:template":{"f:spec":{"f:containers":{"k:{\\"name\\":\\"server\\"}":{"f:resources":{"f:limits":{"f:memory":{}}}}}}}}}',
    ) as unknown;
    // Long after the commit.
    const entry = { manager: 'kubectl-edit', operation: 'Update', time: '2099-03-01T10:00:00Z', fieldsV1 };
    const whole = {
      ...live,
      metadata: { ...live.metadata, managedFields: [entry] },
      spec: { template: { spec: { containers: [container] } } },
    } as KubernetesObject;
    const told = {
      isRecorded: false,
      read: () => source.read(),
      log: async () => null,
      metric: async () => null,
      object: async () => whole,
    };
    const repository = madeRepository({ 'cart.yaml': deployment('cart', '256Mi') });
    const [result] = await results(repository, snapshot, { source: told });
    expect(plainText(result!.decision.reason)).toContain(expected);
  });

  test('an incident is reported although there is nothing in the repository at all', async () => {
    const [result] = await results(madeRepository(), killed('cart'));
    expect(result).toMatchObject({
      incident: { finding: { rule: 'oom-killed' } },
      pullRequest: null,
      commit: null,
    });
  });
});

describe('a file that is too large to be read', () => {
  test('in a closure, the finding keeps its rule and cause, and locating is declined with its name and size', async () => {
    const repository = madeRepository({
      'apps/kustomization.yaml':
        'resources: [cart.yaml]\nconfigMapGenerator: [{name: c, files: [big.bin]}]\n',
      'apps/cart.yaml': deployment('cart', '512Mi'),
      'apps/big.bin': Buffer.alloc(65 * 2 ** 20),
      'other/pay.yaml': deployment('pay', '512Mi'),
    });
    const found = await results(repository, killed('cart', 'pay'));
    const [cart, pay] = ['cart', 'pay'].map((name) =>
      found.find(({ incident }) => incident.finding.object.name === name),
    );
    expect(cart).toMatchObject({
      incident: { finding: { rule: 'oom-killed' } },
      located: {
        kind: 'declined',
        code: 'render-failed',
        reason: expect.stringContaining('apps/big.bin: 65.0 MiB, more than the 64.0 MiB that are read'),
      },
    });
    expect(pay).toMatchObject({ located: { kind: 'located', proof: { status: 'proven' } } });
    expect(found.map(({ incident }) => incident.finding.rule)).toEqual(['oom-killed', 'oom-killed']);
  });
});

describe('a chart that asks which cluster it is in', () => {
  const withHelm = needsTool('helm');
  const template = deployment('cart', '{{ .Values.memory }}').replace(
    'memory: {{ .Values.memory }}',
    `{{- if semverCompare ">=1.33" .Capabilities.KubeVersion.Version }}
              memory: {{ .Values.memory }}
            {{- else if .Capabilities.APIVersions.Has "sizes.example/v1" }}
              memory: {{ .Values.known }}
            {{- else }}
              memory: {{ .Values.old }}
            {{- end }}`,
  );
  const files = {
    'chart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n',
    'chart/values.yaml': 'memory: 512Mi\nknown: 512Mi\nold: 512Mi\n',
    'chart/templates/cart.yaml': template,
  };

  withHelm.each([
    ['kubernetesVersion: v1.34.0', 1],
    ['kubernetesVersion: v1.30.0\napiVersions: [sizes.example/v1]', 2],
    ['kubernetesVersion: v1.30.0', 3],
  ])('is changed where the cluster with %j reads it', async (versions, line) => {
    const snapshot = killed('cart');
    writeFileSync(
      join(snapshot, 'snapshot.yaml'),
      `cluster: prod\ncapturedAt: 2026-03-01T10:00:00Z\n${versions}\n`,
    );
    const [result] = await results(madeRepository(files), snapshot);
    expect(result!.located).toMatchObject({
      kind: 'located',
      proof: { status: 'proven' },
      changes: [{ after: '768Mi', site: { file: 'chart/values.yaml', line } }],
    });
  });
});
