import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anchorOf, type AuditRecord } from '../../src/store/audit.ts';
import { checkChain, type ChainCheck } from '../../src/store/check-chain.ts';
import { headOf, madeChain, rewritten, type Entry } from './made-chain.ts';

const entry: fc.Arbitrary<Entry> = fc.record({
  at: fc.integer({ min: 0, max: 2 ** 45 }),
  kind: fc.constantFrom('scan', 'decision', 'command', 'pull-request'),
  payload: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 }),
});

/** At least three records, some with a retired start. */
const chains = fc
  .array(entry, { minLength: 4, maxLength: 12 })
  .chain((entries) => fc.nat(entries.length - 3).map((retired) => madeChain(entries, retired)));

/** Any place of a chain, by a number that fits every chain. */
const places = fc.nat(1_000_000);

function at(place: number, records: readonly AuditRecord[]): number {
  return place % records.length;
}

/** Found, and at the right record. */
function expectFault(check: ChainCheck, fault: string, sequence: number): void {
  expect(check).toMatchObject({ intact: false, fault, sequence });
}

describe('the chain', () => {
  test('raises no false alarm, whatever was written and with whatever anchors of it', async () => {
    await fc.assert(
      fc.asyncProperty(chains, fc.array(places), async (records, chosen) => {
        const anchors = chosen.map((place) => anchorOf(records[at(place, records)]!));
        expect(await checkChain(records, anchors)).toMatchObject({ intact: true, records: records.length });
      }),
    );
  });

  test('finds a character of a payload that is another one', async () => {
    await fc.assert(
      fc.asyncProperty(
        chains,
        places,
        places,
        fc.integer({ min: 1, max: 127 }),
        async (records, place, where, by) => {
          const index = at(place, records);
          const { payload, sequence } = records[index]!;
          const position = where % payload.length;
          const other = String.fromCharCode(payload.charCodeAt(position) ^ by);
          const changed = payload.slice(0, position) + other + payload.slice(position + 1);
          expectFault(
            await checkChain(records.with(index, { ...records[index]!, payload: changed })),
            'changed',
            sequence,
          );
        },
      ),
    );
  });

  test('finds a time, a kind or a hash that is another one', async () => {
    const changes: fc.Arbitrary<(record: AuditRecord) => Partial<AuditRecord>> = fc.constantFrom(
      ({ at: time }) => ({ at: time + 1 }),
      ({ kind }) => ({ kind: kind === 'scan' ? 'signal' : 'scan' }) as const,
      ({ previous }) => ({ previous: turned(previous) }),
      ({ hash }) => ({ hash: turned(hash) }),
    );
    await fc.assert(
      fc.asyncProperty(chains, places, changes, async (records, place, change) => {
        const index = at(place, records);
        const record = records[index]!;
        const changed = records.with(index, { ...record, ...change(record) });
        expectFault(await checkChain(changed), 'changed', record.sequence);
      }),
    );
  });

  test('finds a record that is gone, the last one by its anchor', async () => {
    await fc.assert(
      fc.asyncProperty(chains, places, async (records, place) => {
        const index = at(place, records);
        const check = await checkChain(records.toSpliced(index, 1), [headOf(records)]);
        const isLast = index === records.length - 1;
        // Together with the checkpoint goes what it vouched for.
        const lost = isLast ? lowestMissing(records) : records[index]!.sequence;
        expectFault(check, isLast && lost === records.at(-1)!.sequence ? 'cut-off' : 'missing', lost);
      }),
    );
  });

  test('finds two records that changed places', async () => {
    await fc.assert(
      fc.asyncProperty(chains, places, places, async (records, one, other) => {
        const [first, second] = [at(one, records), at(other, records)].sort((a, b) => a - b) as [
          number,
          number,
        ];
        fc.pre(first !== second);
        const swapped = records.with(first, records[second]!).with(second, records[first]!);
        expectFault(await checkChain(swapped), 'reordered', records[first]!.sequence);
      }),
    );
  });

  test('finds a record that stands there twice', async () => {
    await fc.assert(
      fc.asyncProperty(chains, places, async (records, place) => {
        const index = at(place, records);
        const check = await checkChain(records.toSpliced(index, 0, records[index]!));
        expectFault(check, 'reordered', records[index]!.sequence);
      }),
    );
  });

  test('finds by any later anchor that it was cut off', async () => {
    await fc.assert(
      fc.asyncProperty(chains, places, places, async (records, kept, known) => {
        // What is kept holds the checkpoint, if there is one, only when it is all: so chains without one.
        fc.pre(records[0]!.sequence === 1);
        const end = at(kept, records);
        const anchor = anchorOf(records[end + (known % (records.length - end))]!);
        expectFault(await checkChain(records.slice(0, end), [anchor]), 'cut-off', end + 1);
      }),
    );
  });

  test('finds by its anchor that it was rewritten, all hashes included', async () => {
    await fc.assert(
      fc.asyncProperty(chains, places, async (records, place) => {
        fc.pre(records[0]!.sequence === 1);
        const index = at(place, records);
        const anew = rewritten(
          records.slice(index).map((record, n) => (n === 0 ? { ...record, at: record.at + 1 } : record)),
          records[index - 1],
        );
        const forged = [...records.slice(0, index), ...anew];
        expectFault(await checkChain(forged, [headOf(records)]), 'changed', records.at(-1)!.sequence);
      }),
    );
  });
});

function turned(hash: string): string {
  return (hash.startsWith('0') ? '1' : '0') + hash.slice(1);
}

function lowestMissing(records: readonly AuditRecord[]): number {
  return records[0]!.sequence > 1 ? 1 : records.at(-1)!.sequence;
}
