import { describe, expect, test } from 'vitest';
import { madeService } from './made-service.ts';

describe('the next scan', () => {
  test('leaves a pull request closed that a person closed', async () => {
    const { repository, service, ana } = await madeService();
    await service.scan('prod');
    ana.close(repository.pulls()[0]!.number);
    await service.scan('prod');
    expect(repository.pulls().map(({ state }) => state)).toEqual(['closed']);
  });

  test('leaves alone what somebody else pushed to the branch', async () => {
    const { repository, service, ana } = await madeService();
    await service.scan('prod');
    const { head } = repository.pulls()[0]!;
    const pushed = ana.push(head, { 'notes.txt': 'mine' });
    await service.scan('prod');
    expect(repository.head(head)).toBe(pushed);
  });
});
