import type { AuditReader } from './audit.ts';
import { isPostgresAddress } from './postgres/address.ts';
import { openStore, readAudit } from './sqlite.ts';
import type { OpenStore } from './store.ts';
import type { StoreOptions } from './store-options.ts';

/** Opens the store at a place: a file, or the address of a PostgreSQL database. @throws {StoreError} */
export async function openStoreAt(place: string, options: StoreOptions = {}): Promise<OpenStore> {
  if (!isPostgresAddress(place)) return openStore(place, options);
  const { openPostgresStore } = await import('./postgres.ts');
  return openPostgresStore(place, options);
}

/** The audit log at a place as it is now, to be read, also while another process writes. @throws {StoreError} */
export async function readAuditAt<T>(place: string, read: (audit: AuditReader) => Promise<T>): Promise<T> {
  if (!isPostgresAddress(place)) return readAudit(place, read);
  const { readPostgresAudit } = await import('./postgres.ts');
  return readPostgresAudit(place, read);
}
