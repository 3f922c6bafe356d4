import { describe, expect, test } from 'vitest';
import { command, proposal, REPOSITORY, verification } from '../records.ts';
import { opened, saved, type Open } from './open.ts';

const NEW = 'acme/platform';

export function renamingContract(open: Open): void {
  describe('a repository that has another name', () => {
    test('keeps what is remembered of it, and takes nothing of others', async () => {
      const store = await opened(open);
      await saved(store, proposal());
      await saved(store, proposal({ repository: 'acme/infra-2' }));
      await store.verifications.save(verification());
      await store.commands.save(command('9/0', 1_000));
      await store.markers.note(REPOSITORY, 12, 'line', null);
      await store.scans.note({ repository: REPOSITORY, cluster: 'prod', scannedAt: 1, problem: null });
      for (const [key, value] of [
        ['comments acme/infra', '1'],
        ['refused acme/infra faultline/x', '2'],
        ['comments acme/infra-2', '3'],
      ] as const)
        await store.cursors.set(key, value);
      await store.renameRepository('Acme/infra', NEW);
      expect(await store.proposals.list({ repository: NEW })).toEqual([proposal({ repository: NEW })]);
      expect(await store.proposals.list({ repository: REPOSITORY })).toEqual([]);
      expect(await store.proposals.list({ repository: 'acme/infra-2' })).toHaveLength(1);
      expect(await store.verifications.get(NEW, verification().pullRequest)).not.toBeNull();
      expect(await store.commands.list(NEW)).toEqual([command('9/0', 1_000, { repository: NEW })]);
      expect(await store.commands.list(REPOSITORY)).toEqual([]);
      expect((await store.markers.of(NEW, [12])).get(12)).toEqual(['line']);
      expect(await store.scans.list(NEW)).toHaveLength(1);
      expect(await store.cursors.get('comments acme/platform')).toBe('1');
      expect(await store.cursors.get('refused acme/platform faultline/x')).toBe('2');
      expect(await store.cursors.get('comments acme/infra-2')).toBe('3');
      expect(await store.cursors.get('comments acme/infra')).toBeNull();
    });

    test('takes the place of what stood under the new name', async () => {
      const store = await opened(open);
      await saved(store, proposal({ repository: NEW, title: 'an older one' }));
      await saved(store, proposal());
      await store.renameRepository(REPOSITORY, NEW);
      expect(await store.proposals.list()).toEqual([proposal({ repository: NEW })]);
    });
  });
}
