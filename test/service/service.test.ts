import { describe, expect, test } from 'vitest';
import { madeService } from './made-service.ts';

describe('a failure, from the scan to its verified end', () => {
  test('one pull request, whatever happens in between', async () => {
    const { repository, service, ana, errors, record, github } = await madeService();
    await service.scan('prod');
    expect(errors).toEqual([]);
    const [pull, ...others] = repository.pulls();
    expect(others).toEqual([]);
    expect(pull).toMatchObject({ title: 'fix(cart): raise memory limit to 768Mi', state: 'open' });
    expect(repository.files(pull!.head).get('apps/cart.yaml')).toContain('768Mi # room for a sale');

    const calls = github.journal.length;
    await service.scan('prod');
    expect(repository.pulls()).toHaveLength(1);
    expect(github.journal.length - calls).toBeLessThan(40);

    await ana.merge(pull!.number);
    record('768Mi', 0);
    await service.scan('prod');
    github.clock.advance(7 * 60 * 60_000);
    await service.scan('prod');
    expect(errors).toEqual([]);
    const status = repository.comments(pull!.number).map(({ body }) => body);
    expect(status).toHaveLength(1);
    expect(status[0]).toMatch(/resolved/i);
  });

  test('a dashboard issue is kept in place', async () => {
    const { repository, service } = await madeService();
    await service.scan('prod');
    await service.scan('prod');
    const issues = repository.issues().filter(({ isPullRequest }) => !isPullRequest);
    expect(issues).toHaveLength(1);
    expect(issues[0]!.body).toContain('cart');
  });
});
