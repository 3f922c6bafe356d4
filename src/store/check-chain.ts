import { isRecord } from '../kubernetes/objects.ts';
import {
  anchorOf,
  anchorText,
  auditHash,
  NO_RECORD,
  type AuditAnchor,
  type AuditRecord,
  type CheckpointPayload,
} from './audit.ts';

/**
 * `changed`: a record is not what it was when it was written. `missing`: one is not there. `reordered`: one is in the wrong
 * place, or twice. `cut-off`: an anchor knows of a later record than the last one.
 */
export type ChainFault = 'changed' | 'missing' | 'reordered' | 'cut-off';

export type ChainCheck = IntactChain | BrokenChain;

export interface IntactChain {
  readonly intact: true;
  readonly records: number;
  /** Of the first record that is there; 1 while none was retired. null for an empty log. */
  readonly first: number | null;
  readonly head: AuditAnchor | null;
  /** Anchors of records that were retired: whether they hold cannot be said any more. */
  readonly tooOld: readonly AuditAnchor[];
}

export interface BrokenChain {
  readonly intact: false;
  /** The first record that is not as it should be. */
  readonly sequence: number;
  readonly fault: ChainFault;
  readonly message: string;
}

/**
 * Goes through the records of a log, in the order they are given in, and finds the first that was changed, dropped, moved or cut
 * off. Anchors are heads that were written down elsewhere; without one, a missing end cannot be noticed.
 */
export async function checkChain(
  records: Iterable<AuditRecord> | AsyncIterable<AuditRecord>,
  anchors: readonly AuditAnchor[] = [],
): Promise<ChainCheck> {
  let first: AuditRecord | null = null;
  let last: AuditRecord | null = null;
  let count = 0;
  const checkpoints: AuditAnchor[] = [];
  const written = Map.groupBy(anchors, ({ sequence }) => sequence);
  const rest = oneByOne(records);
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    const record = next.value;
    const fault =
      (await faultOf(record, last, rest)) ?? contradiction(record, written.get(record.sequence) ?? []);
    if (fault) return fault;
    if (record.kind === 'checkpoint') checkpoints.push(...vouchedBy(record));
    first ??= record;
    last = record;
    count++;
  }
  return (
    unvouchedStart(first, checkpoints) ??
    cutOff(last, anchors) ?? {
      intact: true,
      records: count,
      first: first?.sequence ?? null,
      head: last && anchorOf(last),
      tooOld: anchors.filter(({ sequence }) => sequence < (first?.sequence ?? 0)),
    }
  );
}

async function* oneByOne(
  records: Iterable<AuditRecord> | AsyncIterable<AuditRecord>,
): AsyncGenerator<AuditRecord> {
  yield* records;
}

/** What is wrong between a record and the one before it. */
async function faultOf(
  record: AuditRecord,
  last: AuditRecord | null,
  rest: AsyncIterator<AuditRecord>,
): Promise<BrokenChain | null> {
  const { sequence, previous } = record;
  const expected = last === null ? sequence : last.sequence + 1;
  if (sequence !== expected) return outOfPlace(sequence, expected, rest);
  if (record.hash !== auditHash(record))
    return broken(sequence, 'changed', `record ${sequence} is not what its hash was made of`);
  if (last !== null && previous !== last.hash)
    return broken(
      last.sequence,
      'changed',
      `record ${sequence} was written after another record ${last.sequence} than the one that is there now`,
    );
  if (sequence === 1 && previous !== NO_RECORD)
    return broken(1, 'changed', 'record 1 was written after another record');
  return null;
}

async function outOfPlace(
  sequence: number,
  expected: number,
  rest: AsyncIterator<AuditRecord>,
): Promise<BrokenChain> {
  const lowest = await lowestOf(rest);
  if (sequence < expected || lowest <= expected)
    return broken(
      Math.min(sequence, expected, lowest),
      'reordered',
      `record ${sequence} is where record ${expected} belongs`,
    );
  const lost = sequence - 1;
  return broken(
    expected,
    'missing',
    lost === expected ? `record ${expected} is missing` : `records ${expected} to ${lost} are missing`,
  );
}

async function lowestOf(rest: AsyncIterator<AuditRecord>): Promise<number> {
  let lowest = Infinity;
  for (let next = await rest.next(); !next.done; next = await rest.next())
    lowest = Math.min(lowest, next.value.sequence);
  return lowest;
}

/** A record that agrees with its neighbours and not with what was written down elsewhere: everything from some record on was rewritten. */
function contradiction({ sequence, hash }: AuditRecord, anchors: readonly AuditAnchor[]): BrokenChain | null {
  const anchor = anchors.find((one) => !hash.startsWith(one.hash));
  if (!anchor) return null;
  return broken(
    sequence,
    'changed',
    `record ${sequence} is not the one of the anchor ${anchorText(anchor)}: it, or one before it, was rewritten`,
  );
}

/** The records before the first one are missing, unless a checkpoint says that they were retired. */
function unvouchedStart(first: AuditRecord | null, checkpoints: readonly AuditAnchor[]): BrokenChain | null {
  if (first === null || first.sequence === 1) return null;
  const through = first.sequence - 1;
  if (checkpoints.some((one) => one.sequence === through && one.hash === first.previous)) return null;
  const vouched = Math.max(0, ...checkpoints.map((one) => one.sequence).filter((one) => one < through));
  return broken(
    vouched + 1,
    'missing',
    `records ${vouched + 1} to ${through} are missing, and no checkpoint says that they were retired`,
  );
}

function cutOff(last: AuditRecord | null, anchors: readonly AuditAnchor[]): BrokenChain | null {
  const end = last?.sequence ?? 0;
  const latest = anchors.reduce<AuditAnchor | null>(
    (found, one) => (one.sequence > (found?.sequence ?? end) ? one : found),
    null,
  );
  if (latest === null) return null;
  return broken(
    end + 1,
    'cut-off',
    `the log ends with record ${end}, and the anchor ${anchorText(latest)} knows of record ${latest.sequence}`,
  );
}

/** The last record that a checkpoint vouches for; none where somebody made up a checkpoint that says nothing. */
function vouchedBy({ payload }: AuditRecord): readonly AuditAnchor[] {
  const said: unknown = parsed(payload);
  if (!isRecord(said)) return [];
  const { through, hash } = said as Partial<CheckpointPayload>;
  return typeof through === 'number' && typeof hash === 'string' ? [{ sequence: through, hash }] : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function broken(sequence: number, fault: ChainFault, message: string): BrokenChain {
  return { intact: false, sequence, fault, message };
}
