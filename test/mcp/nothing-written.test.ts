import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openStore } from '../../src/store/sqlite.ts';
import { apiServer, ok, serve, writeKubeconfig } from '../cluster/api-server.ts';
import { commitFiles, git, madeFolder, madeRepository } from '../git/made-repository.ts';
import { DEPLOYMENT } from '../guard/quay.ts';
import { HOSTILE } from '../untrusted/hostile.ts';
import { ask, stdioClient, type Told } from './made-client.ts';

/* Whatever an assistant asks, in whatever words: the repository, the store and the cluster are afterwards what they were. */

afterEach(() => vi.unstubAllEnvs());

/** Every file of a folder, with its mode and content. Git notes in its index when it looked at a file. */
function stateOf(folder: string): string {
  const hash = createHash('sha256');
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).toSorted((a, b) =>
    join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1,
  )) {
    const path = join(entry.parentPath, entry.name);
    hash.update(path).update(String(lstatSync(path).mode));
    if (entry.isFile() && entry.name !== 'index') hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

const FERRY = { object: 'Deployment/ferry', namespace: 'quay', field: 'spec.replicas' };

/** One question of each tool that is right, and those that odd words make of it. */
function questions(): readonly (readonly [tool: string, question: Record<string, unknown>])[] {
  const odd = [
    HOSTILE.join(' '),
    '--write',
    '--output=/tmp/x',
    '$(touch x)',
    '../../etc/passwd',
    '\0',
    'x'.repeat(5000),
    '__proto__',
    'HEAD:quay/ferry.yaml',
  ];
  return [
    ['diagnose', {}],
    ['locate', FERRY],
    ['blame', FERRY],
    ['prove', { ...FERRY, value: '3' }],
    ['guard', { base: 'HEAD~1' }],
    // They take turns: each question is a process.
    ...odd.map(
      (text, index) =>
        (
          [
            ['prove', { ...FERRY, value: text }],
            ['guard', { base: text }],
            ['locate', { ...FERRY, root: text }],
            ['blame', { ...FERRY, field: text }],
            ['diagnose', { namespace: text }],
            ['blame', { ...FERRY, write: true, [text]: text }],
          ] as const
        )[index % 6]!,
    ),
    ['prove', { ...FERRY, value: '--write' }],
  ];
}

describe('after every tool was asked', { timeout: 300_000 }, () => {
  test('the repository, the store and the cluster are what they were, and no answer is without bounds', async () => {
    const folder = madeRepository({ 'quay/ferry.yaml': DEPLOYMENT });
    commitFiles(folder, { 'quay/ferry.yaml': DEPLOYMENT.replace('1.4.0', '1.5.0') }, 'Bump');
    const state = madeFolder();
    const store = await openStore(join(state, 'faultline.db'));
    await store.close();
    const server = await serve(
      apiServer({ '/api/v1/namespaces': () => ok([{ metadata: { name: 'quay' } }]) }),
    );
    onTestFinished(server.close);
    const kubeconfig = await writeKubeconfig(server.address);
    onTestFinished(kubeconfig.remove);
    const home = madeFolder();
    for (const [name, value] of Object.entries({
      KUBECONFIG: kubeconfig.path,
      FAULTLINE_STORE: join(state, 'faultline.db'),
      XDG_CACHE_HOME: join(home, 'cache'),
      HOME: home,
    }))
      vi.stubEnv(name, value);
    const states = (): readonly string[] => [stateOf(folder), stateOf(state), git(folder, 'for-each-ref')];
    const before = states();

    const client = await stdioClient('--repo', folder, '--context', 'staging');
    const told: Told[] = [];
    for (const [tool, question] of questions()) told.push(await ask(client, tool, question));

    expect(states()).toEqual(before);
    expect(told.slice(0, 5).map(({ isError, text }) => (isError ? text : 'answered'))).toEqual(
      Array(5).fill('answered'),
    );
    for (const { text } of told) expect(text.length).toBeLessThan(200_000);
    expect(server.requests.length).toBeGreaterThan(0);
    expect(server.requests.filter((one) => !one.startsWith('GET '))).toEqual([]);
    expect(server.requests.filter((one) => /\/secrets(?:[/?]|$)/.test(one))).toEqual([]);
    // Renders are kept there, and nowhere else.
    expect(readdirSync(home).filter((name) => name !== 'cache')).toEqual([]);
  });
});
