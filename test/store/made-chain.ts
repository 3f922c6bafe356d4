import {
  anchorOf,
  auditHash,
  NO_RECORD,
  type AuditAnchor,
  type AuditKind,
  type AuditRecord,
} from '../../src/store/audit.ts';
import { canonicalJson } from '../../src/store/canonical-json.ts';

export interface Entry {
  readonly at: number;
  readonly kind: AuditKind;
  readonly payload: unknown;
}

/** Records of a log that says this. With `retired`, so many at its start were removed under a checkpoint, which is its last record. */
export function madeChain(entries: readonly Entry[], retired = 0): readonly AuditRecord[] {
  const records = rewritten(
    entries.map(({ payload, ...entry }) => ({ ...entry, payload: canonicalJson(payload) })),
  );
  const through = records[retired - 1];
  if (!through) return records;
  const payload = canonicalJson({
    through: through.sequence,
    hash: through.hash,
    removed: retired,
    before: 0,
  });
  const checkpoint = rewritten([{ at: 0, kind: 'checkpoint', payload }], records.at(-1));
  return [...records.slice(retired), ...checkpoint];
}

/** Records as somebody would write them who knows how the hashes are made. */
export function rewritten(
  records: readonly Pick<AuditRecord, 'at' | 'kind' | 'payload'>[],
  after?: AuditRecord,
): readonly AuditRecord[] {
  const made: AuditRecord[] = [];
  for (const { at, kind, payload } of records) {
    const last = made.at(-1) ?? after;
    const record = {
      sequence: (last?.sequence ?? 0) + 1,
      at,
      kind,
      payload,
      previous: last?.hash ?? NO_RECORD,
    };
    made.push({ ...record, hash: auditHash(record) });
  }
  return made;
}

export function headOf(records: readonly AuditRecord[]): AuditAnchor {
  return anchorOf(records.at(-1)!);
}
