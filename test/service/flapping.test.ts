import { expect, test } from 'vitest';
import { MINUTE } from '../../src/kubernetes/durations.ts';
import { madeService, type MadeService } from './made-service.ts';

/** The failure is gone, then back, as the scans see it. */
async function swing(made: MadeService, times: number): Promise<void> {
  for (let swings = 0; swings < times; swings += 1)
    for (const kills of [0, 6]) {
      made.github.clock.advance(2 * MINUTE);
      made.record('512Mi', kills);
      await made.service.scan('prod');
    }
}

test('a failure that comes and goes ten times has one pull request and no comments', async () => {
  const made = await madeService();
  await made.service.scan('prod');
  const { body } = made.repository.pulls()[0]!;
  await swing(made, 5);
  const again = await made.startAgain(made.store);
  await swing(again, 5);
  const [pull, ...others] = made.repository.pulls();
  expect(others).toEqual([]);
  expect(pull).toMatchObject({ state: 'open', body });
  expect(made.repository.comments(pull!.number)).toEqual([]);
});

test('a failure that stays away for its quiet time is told once', async () => {
  const made = await madeService();
  await made.service.scan('prod');
  made.record('512Mi', 0);
  await made.service.scan('prod');
  const [pull] = made.repository.pulls();
  expect(made.repository.comments(pull!.number)).toEqual([]);
  for (let scans = 0; scans < 2; scans += 1) {
    made.github.clock.advance(7 * 60 * MINUTE);
    await made.service.scan('prod');
  }
  expect(made.repository.comments(pull!.number)).toHaveLength(1);
  expect(made.repository.comments(pull!.number)[0]!.body).toContain('The failure has stopped');
});
