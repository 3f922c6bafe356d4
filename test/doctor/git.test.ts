import { expect, test } from 'vitest';
import { gitCheck } from '../../src/doctor/git.ts';

const said = async (version: string | null) =>
  (await gitCheck(async () => version).run()).map(({ status, detail }) => `${status}: ${detail}`);

test('the git that is here is new enough', async () => {
  expect(await gitCheck().run()).toMatchObject([
    { status: 'ok', detail: expect.stringMatching(/^\d+\.\d+/) },
  ]);
});

test('one that is too old has failed, however its version is written', async () => {
  expect(await said('2.30.9')).toEqual(['failed: 2.30.9 is older than 2.31']);
  expect(await said('1.99')).toEqual(['failed: 1.99 is older than 2.31']);
  expect(await said('2.31.0')).toEqual(['ok: 2.31.0']);
  expect(await said('2.100')).toEqual(['ok: 2.100']);
  expect(await said('3.0')).toEqual(['ok: 3.0']);
  expect(await said(null)).toEqual(['warning: its version could not be read']);
});
