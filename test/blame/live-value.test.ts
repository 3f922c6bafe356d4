import { describe, expect, test } from 'vitest';
import { blameInCluster } from '../../src/blame/in-cluster.ts';
import { openSnapshot } from '../../src/cluster/snapshot.ts';
import { DEFAULT_CONFIG } from '../../src/config/defaults.ts';
import { openRepository } from '../../src/git/open-repository.ts';
import type { Declined } from '../../src/model/declined.ts';
import type { Blame } from '../../src/model/layers.ts';
import { plainText } from '../../src/untrusted/prose.ts';
import { madeFolder, madeRepository } from '../git/made-repository.ts';
import { renderers, revisionOf } from '../locate/revisions.ts';

const FIELD = 'spec.template.spec.containers[name=lamp].resources.limits.memory';

function lamp(limit: string, more = '', metadata = ''): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: lamp
  namespace: harbour
${metadata}spec:
  replicas: 1
  selector: {matchLabels: {app: lamp}}
  template:
    metadata: {labels: {app: lamp}}
    spec:
      containers:
        - name: lamp
          image: fogbank/lamp:1.0.0
${more}          resources: {limits: {memory: ${limit}}}
`;
}

/** After the commit of the repository below. */
const EDITED = `  managedFields:
    - manager: kubectl-edit
      operation: Update
      apiVersion: apps/v1
      time: "2026-04-01T09:00:00Z"
      fieldsType: FieldsV1
      fieldsV1: {"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"lamp"}': {"f:resources": {"f:limits": {"f:memory": {}}}}}}}}}
`;

async function answer(inGit: string, inCluster: string, field = FIELD): Promise<Blame | Declined> {
  const repository = await openRepository(madeRepository({ 'apps/lamp.yaml': inGit }));
  const source = await openSnapshot(madeFolder({ 'cluster/lamp.yaml': inCluster }));
  const revision = await revisionOf(await repository.workTree());
  const target = {
    wanted: { kind: 'Deployment', name: 'lamp', namespace: 'harbour' },
    live: null,
    roots: null,
    areNamed: false,
  };
  return blameInCluster({ repository, revision, renderers }, target, field, {
    source,
    config: DEFAULT_CONFIG,
  });
}

async function blamed(...args: Parameters<typeof answer>): Promise<Blame> {
  const result = await answer(...args);
  if (result.kind === 'declined') throw new Error(result.reason);
  return result;
}

describe('the value in the cluster', () => {
  test('does not differ where it is the same amount in other words', async () => {
    const { live } = await blamed(lamp('1Gi'), lamp('1024Mi'));
    expect(live).toMatchObject({ value: '1024Mi', differs: false, writer: null, waysOut: null });
  });

  test('that a person wrote later is drift: who and when, the edit that adopts it, and what waiting means', async () => {
    const { live, layers } = await blamed(lamp('512Mi'), lamp('700Mi', '', EDITED));
    expect(layers.map(({ value }) => value)).toEqual(['512Mi']);
    expect(live).toMatchObject({
      value: '700Mi',
      differs: true,
      writer: { manager: 'kubectl-edit', kind: 'hand', at: Date.UTC(2026, 3, 1, 9) },
    });
    const { adopt, wait } = live!.waysOut!;
    expect(adopt).toMatchObject({ kind: 'located', proof: { status: 'proven' } });
    expect(adopt.kind === 'located' && adopt.diff).toContain(
      '+          resources: {limits: {memory: 700Mi}}',
    );
    expect(wait.kind).toBe('drift');
    expect(plainText(wait.because)).toContain('kubectl-edit');
  });

  test('that nobody is recorded to have written claims neither drift nor lag', async () => {
    const { live } = await blamed(lamp('512Mi'), lamp('700Mi'));
    expect(live).toMatchObject({ writer: null, areWritersRecorded: false });
    expect(live!.waysOut!.wait.kind).toBe('unknown');
  });

  test('that git does not set is told without layers, with the edit that adds it', async () => {
    const policy = '          workingDir: /tide\n';
    const field = 'spec.template.spec.containers[name=lamp].workingDir';
    const result = await blamed(lamp('512Mi'), lamp('512Mi', policy), field);
    expect(result).toMatchObject({ value: undefined, layers: [], unset: { code: 'field-not-found' } });
    expect(result.live).toMatchObject({ value: '/tide', differs: true });
    expect(result.live!.waysOut).toMatchObject({ adopt: { kind: 'located' }, wait: { kind: 'unset' } });
  });

  test('that is the default of what git leaves out differs from nothing', async () => {
    const policy = '          imagePullPolicy: IfNotPresent\n';
    const field = 'spec.template.spec.containers[name=lamp].imagePullPolicy';
    expect((await blamed(lamp('512Mi'), lamp('512Mi', policy), field)).live).toMatchObject({
      differs: false,
      waysOut: null,
    });
  });

  test('is none where the cluster does not have the object', async () => {
    const { live } = await blamed(lamp('512Mi'), lamp('512Mi').replace('name: lamp\n', 'name: buoy\n'));
    expect(live).toMatchObject({ object: null, value: undefined });
  });

  test('declines where neither has the field', async () => {
    expect(await answer(lamp('512Mi'), lamp('512Mi'), 'spec.paused')).toMatchObject({
      kind: 'declined',
      code: 'field-not-found',
    });
  });
});
