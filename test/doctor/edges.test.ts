import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { folderCheck } from '../../src/doctor/folder.ts';
import { metricsCheck } from '../../src/doctor/metrics.ts';
import { recordingCheck } from '../../src/doctor/recording.ts';
import { failure, serve } from '../cluster/api-server.ts';

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'faultline-doctor-'));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the folder', () => {
  test('may be missing where it can be made', async () => {
    const folder = join(scratch, 'state', 'faultline');
    expect(await folderCheck(folder).run()).toMatchObject([
      { status: 'ok', detail: `${folder}, made at the start` },
    ]);
  });

  // Root may write everywhere.
  test.skipIf(process.getuid?.() === 0)('has failed where it cannot be written', async () => {
    const locked = join(scratch, 'locked');
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    expect(await folderCheck(join(locked, 'faultline')).run()).toMatchObject([
      { status: 'failed', detail: `${locked} cannot be written` },
    ]);
  });
});

describe('a recording', () => {
  test('that can be read is one line', async () => {
    const path = join(scratch, 'whole.yaml');
    writeFileSync(path, 'apiVersion: v1\nkind: Namespace\nmetadata: {name: harbour}\n');
    expect(await recordingCheck('north', path).run()).toMatchObject([
      { what: 'cluster north', status: 'ok' },
    ]);
  });

  test('with many problems tells some of them, and how many more there are', async () => {
    const path = join(scratch, 'torn.yaml');
    const pods = Array.from(
      { length: 8 },
      (_, index) =>
        `apiVersion: v1\nkind: Pod\nmetadata: {name: ferry-${index}, namespace: harbour}\nspec: 7\n`,
    );
    writeFileSync(path, pods.join('---\n'));
    const found = await recordingCheck('north', path).run();
    expect(found.map(({ status }) => status)).toEqual(['warning', 'warning', 'warning', 'warning']);
    expect(found.at(-1)!.detail).toBe(`… and 5 more problems of ${path}`);
  });
});

describe('a Prometheus', () => {
  test('that answers works, also when nothing is near its limit', async () => {
    const body = { status: 'success', data: { resultType: 'vector', result: [] } };
    const server = await serve(() => ({ status: 200, body }));
    const found = await metricsCheck('north', { url: server.address }, 0).run();
    await server.close();
    expect(found).toMatchObject([{ what: 'metrics of north', status: 'ok' }]);
  });

  test('that refuses has failed, with its reason', async () => {
    const server = await serve(() => failure(401, 'no token'));
    const found = await metricsCheck('north', { url: server.address }, 0).run();
    await server.close();
    expect(found).toMatchObject([{ status: 'failed', detail: expect.stringContaining('401') }]);
  });
});
