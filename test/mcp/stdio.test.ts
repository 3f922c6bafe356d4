import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { git, madeFolder, madeRepository, commitFiles } from '../git/made-repository.ts';
import { ask, MAIN, stdioClient } from './made-client.ts';

const lamp = (memory: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: lamp, namespace: harbour}
spec:
  replicas: 2
  selector: {matchLabels: {app: lamp}}
  template:
    metadata: {labels: {app: lamp}}
    spec:
      containers:
        - name: lamp
          image: fogbank/lamp:1.0.0
          resources: {limits: {memory: ${memory}}}
`;

const LAMP = { object: 'Deployment/lamp', namespace: 'harbour', field: 'spec.replicas' };

function repository(): string {
  const folder = madeRepository({ 'apps/lamp.yaml': lamp('128Mi') });
  commitFiles(folder, { 'apps/lamp.yaml': lamp('256Mi') }, 'Give the lamp more (#4)');
  return folder;
}

/** Everything of a folder, `.git` included, but for the index, in which git notes when it looked at a file. */
function stateOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'index')
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update('\0').update(readFileSync(file));
  return hash.digest('hex');
}

describe('faultline mcp over standard input and output', { timeout: 120_000 }, () => {
  test('offers tools that only read, and diagnose only with a cluster', async () => {
    const folder = repository();
    const { tools } = await (await stdioClient('--repo', folder)).listTools();
    expect(tools.map(({ name }) => name)).toEqual(['locate', 'blame', 'prove', 'guard']);
    const snapshot = madeFolder({ 'cluster/lamp.yaml': lamp('128Mi') });
    const withCluster = await (await stdioClient('--repo', folder, '--snapshot', snapshot)).listTools();
    expect(withCluster.tools.map(({ name }) => name)).toContain('diagnose');
    for (const { annotations, inputSchema } of withCluster.tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false });
      expect(inputSchema).toMatchObject({ additionalProperties: false });
    }
  });

  test('answers each tool with the contract of the command line, and writes nothing', async () => {
    const folder = repository();
    const snapshot = madeFolder({ 'cluster/lamp.yaml': lamp('300Mi') });
    const [before, recorded] = [stateOf(folder), stateOf(snapshot)];
    const refs = git(folder, 'for-each-ref');
    const client = await stdioClient('--repo', folder, '--snapshot', snapshot);

    const located = await ask(client, 'locate', LAMP);
    expect(located.answer).toMatchObject({
      changes: [{ site: { file: 'apps/lamp.yaml', line: 5, column: 13 } }],
    });
    expect(JSON.parse(located.text)).toEqual(located.answer);

    const proven = await ask(client, 'prove', { ...LAMP, value: '3' });
    expect(proven.answer).toMatchObject({ changes: [{ before: 2, after: 3 }], proof: { status: 'proven' } });

    const memory = 'spec.template.spec.containers[name=lamp].resources.limits.memory';
    const blamed = await ask(client, 'blame', { ...LAMP, field: memory });
    expect(blamed.answer).toMatchObject({
      value: '256Mi',
      layers: [{ wins: true, pullRequest: 4 }],
      live: { value: '300Mi', differs: true },
    });

    const diagnosed = await ask(client, 'diagnose', {});
    expect(diagnosed.answer).toMatchObject({ version: 1, incidents: [] });

    const guarded = await ask(client, 'guard', { base: 'HEAD~1' });
    expect([guarded.isError, guarded.text.includes('256Mi')]).toEqual([false, true]);

    expect([stateOf(folder), stateOf(snapshot), git(folder, 'for-each-ref')]).toEqual([
      before,
      recorded,
      refs,
    ]);
  });

  test('lets a client choose among the repositories named at the start, and no other folder', async () => {
    const [one, other] = [repository(), repository()];
    const client = await stdioClient('--repo', one, '--repo', other);
    const named = one.split('/').at(-1)!;
    expect((await ask(client, 'locate', { ...LAMP, repository: named })).isError).toBe(false);
    for (const repositoryName of ['/etc', '..', `${named}/..`])
      expect((await ask(client, 'locate', { ...LAMP, repository: repositoryName })).isError).toBe(true);
    const alone = await stdioClient('--repo', one);
    expect((await ask(alone, 'locate', { ...LAMP, repository: other })).isError).toBe(true);
    expect((await ask(alone, 'locate', { ...LAMP, root: '../..' })).text).toContain('--root');
  });

  test('fails a question with the words of the command line', async () => {
    const client = await stdioClient('--repo', repository());
    const wrong = await ask(client, 'locate', { ...LAMP, field: 'spec..replicas' });
    expect([wrong.isError, wrong.text]).toEqual([
      true,
      '--field spec..replicas: column 6: expected a field name',
    ]);
    const declined = await ask(client, 'locate', { ...LAMP, object: 'Deployment/lump' });
    expect(declined.answer).toMatchObject({ declined: { code: 'object-not-found' } });
  });

  test('refuses what its schema does not know', async () => {
    const client = await stdioClient('--repo', repository());
    for (const question of [
      { ...LAMP, write: true },
      { ...LAMP, object: '--help' },
      { ...LAMP, object: 'Deployment/lamp\n--write' },
      { namespace: 'harbour' },
    ])
      expect((await ask(client, 'locate', question)).isError).toBe(true);
  });

  test('takes text that looks like a flag for a value', async () => {
    const folder = repository();
    const before = stateOf(folder);
    const client = await stdioClient('--repo', folder);
    const told = await ask(client, 'prove', { ...LAMP, value: '--write' });
    expect(told.answer).toHaveProperty('declined');
    await ask(client, 'guard', { base: '--output=/tmp/x' });
    expect(stateOf(folder)).toBe(before);
  });

  test('ends when its input ends', async () => {
    const child = spawn(process.execPath, [MAIN, 'mcp', '--repo', repository()], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.stdin.end();
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
  });
});
