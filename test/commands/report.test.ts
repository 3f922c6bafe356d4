import { execFileSync, spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src/store/sqlite.ts';
import { madeFolder } from '../git/made-repository.ts';

const MAIN = resolve(import.meta.dirname, '../../src/main.ts');
const cart = { kind: 'Deployment', namespace: 'shop', name: 'cart' };

async function store(): Promise<string> {
  const file = join(madeFolder(), 'faultline.db');
  const opened = await openStore(file);
  const at = Date.parse('2026-07-29T03:12:00Z');
  await opened.audit.append('scan', { cluster: 'prod' }, at);
  await opened.audit.append(
    'incident',
    {
      change: 'opened',
      fingerprint: 'a1b2c3d4e5f60718',
      cluster: 'prod',
      rule: 'oom-killed',
      cause: 'limit-too-low',
      object: cart,
      culprit: cart,
      team: null,
      foreseen: false,
      firstSeen: at,
      summary: '',
    },
    at,
  );
  await opened.close();
  return file;
}

test('reads a store and prints what was asked for', async () => {
  const file = await store();
  const run = (...args: readonly string[]): string =>
    execFileSync(process.execPath, [MAIN, 'report', '--store', file, ...args], { encoding: 'utf8' });
  expect(run()).toContain('oom-killed');
  expect(JSON.parse(run('--output', 'json')).total.incidents).toBe(1);
  expect(JSON.parse(run('--output', 'json', '--since', '2026-08-01T00:00:00Z')).total.incidents).toBe(0);
  expect(run('--output', 'csv')).toMatch(/^rule,team,.*\r\noom-killed,shop,1,/);
});

test.each([
  [['--output', 'xml'], 'Allowed choices are text, markdown, json, csv'],
  [['--since', 'yesterday'], '--since yesterday: expected a time'],
  [['--since', '2026-08-01T00:00:00Z', '--until', '2026-07-01T00:00:00Z'], 'before --until'],
])('refuses %j', async (args, message) => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [MAIN, 'report', '--store', await store(), ...args],
    {
      encoding: 'utf8',
    },
  );
  expect(status).toBe(2);
  expect(stderr).toContain(message);
});
