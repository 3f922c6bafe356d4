import { describe, expect, test } from 'vitest';
import { foreseen, guarded } from './guarded.ts';
import { CONFIG, DEPLOYMENT, JOB, LIVE, QUAY, RECORDED } from './quay.ts';

const renamed = CONFIG.replace('ferry-config', 'ferry-settings');

describe('a ConfigMap that a change renames', () => {
  test('leaves readers behind, in this root and in one that the change does not touch', async () => {
    expect(await foreseen(QUAY, { 'quay/config.yaml': renamed })).toEqual([
      'jobs/tides.yaml:18 error config-reference/object-missing',
      'quay/ferry.yaml:25 error config-reference/object-missing',
      'quay/ferry.yaml:29 error config-reference/object-missing',
    ]);
  });

  test('comes with the new name for each of them, where one object has all the keys', async () => {
    const { findings } = await guarded(QUAY, { 'quay/config.yaml': renamed });
    expect(findings[0]!.suggestion).toMatchObject({
      value: 'ferry-settings',
      line: '                      name: ferry-settings',
    });
  });

  test('is silent where all readers follow', async () => {
    const follow = (text: string): string => text.replaceAll('ferry-config', 'ferry-settings');
    const edits = {
      'quay/config.yaml': renamed,
      'quay/ferry.yaml': follow(DEPLOYMENT),
      'jobs/tides.yaml': follow(JOB),
    };
    expect(await foreseen(QUAY, edits)).toEqual([]);
  });

  test('is silent where the object only moves to another folder', async () => {
    expect(await foreseen(QUAY, { 'quay/config.yaml': null, 'shared/config.yaml': CONFIG })).toEqual([]);
  });

  test('is silent about a reader for which it is optional', async () => {
    const optional = JOB.replace('key: tide', 'key: tide\n                      optional: true');
    const files = { 'quay/config.yaml': CONFIG, 'jobs/tides.yaml': optional };
    expect(await foreseen(files, { 'quay/config.yaml': renamed })).toEqual([]);
  });
});

describe('a key', () => {
  test('that a change takes out of a ConfigMap leaves readers behind', async () => {
    expect(await foreseen(QUAY, { 'quay/config.yaml': CONFIG.replace('  tide: low\n', '') })).toEqual([
      'jobs/tides.yaml:19 error config-reference/key-missing',
    ]);
  });

  test('that no ConfigMap has is told where it is asked for', async () => {
    expect(await foreseen(QUAY, { 'quay/ferry.yaml': DEPLOYMENT.replace('key: pier', 'key: peer') })).toEqual(
      ['quay/ferry.yaml:29 error config-reference/key-missing'],
    );
  });
});

describe('a name that git does not have', () => {
  const edits = {
    'quay/ferry.yaml': DEPLOYMENT.replace(
      'configMapRef: {name: ferry-config}',
      'configMapRef: {name: ferry-flags}',
    ),
  };

  test('is unknown without a cluster', async () => {
    expect(await foreseen(QUAY, edits)).toEqual([]);
  });

  test('is wrong where the cluster does not have it either', async () => {
    expect(await foreseen(QUAY, edits, { cluster: LIVE, recorded: RECORDED })).toEqual([
      'quay/ferry.yaml:25 error config-reference/object-missing',
    ]);
  });

  test('is right where the cluster has it', async () => {
    const cluster = `${LIVE}---\n${CONFIG.replace('ferry-config', 'ferry-flags')}`;
    expect(await foreseen(QUAY, edits, { cluster, recorded: RECORDED })).toEqual([]);
  });

  test('is unknown where the kind was not recorded', async () => {
    const cluster = LIVE.split('---\n')
      .filter((text) => !text.includes('kind: ConfigMap'))
      .join('---\n');
    expect(await foreseen(QUAY, edits, { cluster, recorded: [] })).toEqual([]);
  });

  test('is unknown for a Secret that nobody may read', async () => {
    const secret = DEPLOYMENT.replace('configMapRef: {name: ferry-config}', 'secretRef: {name: ferry-keys}');
    expect(
      await foreseen(QUAY, { 'quay/ferry.yaml': secret }, { cluster: LIVE, recorded: RECORDED }),
    ).toEqual([]);
  });

  test('is nothing new where it was so before', async () => {
    const before = { ...QUAY, ...edits };
    const bump = { 'quay/ferry.yaml': edits['quay/ferry.yaml'].replace('1.4.0', '1.5.0') };
    expect(await foreseen(before, bump, { cluster: LIVE, recorded: RECORDED })).toEqual([]);
  });
});
