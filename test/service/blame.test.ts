import { describe, expect, test } from 'vitest';
import { answers, say, withPull } from './conversation.ts';

describe('/rca blame', () => {
  test('answers from the repository and the cluster, and changes nothing', async () => {
    const made = await withPull();
    const { repository, number, ana } = made;
    const before = repository.pull(number).headSha;
    expect(await say(made, number, ana, '/rca blame limits.memory')).toMatchObject({ outcomes: ['done'] });
    const answer = answers(made, number).at(-1)!;
    expect(answer).toContain('apps/cart.yaml');
    expect(answer).toContain('The cluster has the same value.');
    expect(repository.pull(number).headSha).toBe(before);
    expect(repository.pulls()).toHaveLength(1);
  });

  test('declines a field that nothing sets, with the reason', async () => {
    const made = await withPull();
    expect(await say(made, made.number, made.ana, '/rca blame spec.paused')).toMatchObject({
      outcomes: ['refused'],
    });
    expect(answers(made, made.number).at(-1)).toContain('is not set in what');
  });
});
