import { reportOf, type WorthReport } from '../../report/report.ts';
import type { AuditRecord } from '../../store/audit.ts';
import { readEntries } from '../../store/entries.ts';
import type { Store } from '../../store/store.ts';

/** Records that are read for one page, and those that are shown. */
const MOST_READ = 50_000;
const MOST_SHOWN = 100;
/** Entries that are counted for one page. */
const MOST_COUNTED = 200_000;

/** What the audit log says of one incident from a time on, the oldest first. A log that is longer than can be read for a page is read in part. */
export async function auditOf(
  { audit }: Pick<Store, 'audit'>,
  fingerprint: string,
  since: number,
): Promise<readonly AuditRecord[]> {
  const found: AuditRecord[] = [];
  let read = 0;
  for await (const record of audit.records(since)) {
    if (record.payload.includes(`"${fingerprint}"`)) found.push(record);
    read += 1;
    if (read >= MOST_READ || found.length >= MOST_SHOWN) break;
  }
  return found;
}

/** What Faultline was worth since a time; null where the log is longer than is read for a page. */
export async function worthSince(
  { audit }: Pick<Store, 'audit'>,
  since: number,
): Promise<WorthReport | null> {
  const entries = await readEntries(audit.records(), MOST_COUNTED);
  return entries && reportOf(entries, { since });
}
