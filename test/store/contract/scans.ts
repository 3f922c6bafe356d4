import { expect, test } from 'vitest';
import { REPOSITORY } from '../records.ts';
import { opened, type Open } from './open.ts';

const scan = { repository: REPOSITORY, cluster: 'prod-eu', scannedAt: 1_000, problem: null };

export function scansContract(open: Open): void {
  test('the last scan of each cluster is known, by repository', async () => {
    const { scans } = await opened(open);
    const other = { ...scan, cluster: 'prod-us', scannedAt: null, problem: 'no answer' };
    await scans.note(other);
    await scans.note(scan);
    await scans.note({ ...scan, scannedAt: 2_000 });
    await scans.note({ ...scan, repository: 'acme/other' });
    expect(await scans.list(REPOSITORY)).toEqual([{ ...scan, scannedAt: 2_000 }, other]);
  });

  test('a scan that failed keeps the time of the one before', async () => {
    const { scans } = await opened(open);
    await scans.note(scan);
    await scans.note({ ...scan, scannedAt: null, problem: 'no answer, password=correct-horse-7' });
    expect(await scans.list(REPOSITORY)).toEqual([{ ...scan, problem: 'no answer, password=***' }]);
  });
}
