import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkChain } from '../../src/store/check-chain.ts';
import { openStore } from '../../src/store/sqlite.ts';
import { madeFolder } from '../git/made-repository.ts';
import { all } from './contract/open.ts';

const WRITER = join(import.meta.dirname, 'writer.ts');
const ROUNDS = 12;
/** Milliseconds after the first acknowledgement. */
const LONGEST_LIFE = 120;

interface Acknowledged {
  readonly sequence: number;
  readonly hash: string;
  readonly withComment: boolean;
}

test('what was acknowledged is there after a SIGKILL at any moment', { timeout: 120_000 }, async () => {
  const seed = Number(process.env['FAULTLINE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.info(`FAULTLINE_SEED=${seed} repeats the moments of these kills`);
  const random = randomFrom(seed);
  const file = join(madeFolder(), 'faultline.db');
  let total = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const acknowledged = await writeUntilKilled(file, Math.floor(random() * LONGEST_LIFE));
    await expectAllOf(acknowledged, file, `seed ${seed}, round ${round}`);
    total += acknowledged.length;
  }
  expect(total).toBeGreaterThan(ROUNDS * 2);
});

async function writeUntilKilled(file: string, life: number): Promise<readonly Acknowledged[]> {
  const writer = spawn(process.execPath, [WRITER, file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let complained = '';
  writer.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text));
  writer.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (said === '') setTimeout(() => writer.kill('SIGKILL'), life);
    said += text;
  });
  const [, signal] = (await once(writer, 'close')) as [number | null, string | null];
  expect(signal, complained).toBe('SIGKILL');
  // The last line may be cut.
  return said
    .slice(0, said.lastIndexOf('\n'))
    .split('\n')
    .map((line) => line.split(' '))
    .map(([sequence, hash, how]) => ({
      sequence: Number(sequence),
      hash: hash!,
      withComment: how === 'both',
    }));
}

/** Opening it takes over the lock of the killed one. Where a record is retired, the chain vouches for it. */
async function expectAllOf(acknowledged: readonly Acknowledged[], file: string, when: string): Promise<void> {
  const store = await openStore(file);
  try {
    const records = new Map((await all(store.audit.records())).map(({ sequence, hash }) => [sequence, hash]));
    const check = await checkChain(store.audit.records(), acknowledged);
    expect(check, when).toMatchObject({ intact: true });
    const first = Math.min(...records.keys());
    const lost = acknowledged.filter(
      ({ sequence, hash }) => sequence >= first && records.get(sequence) !== hash,
    );
    const halves: Acknowledged[] = [];
    for (const one of acknowledged)
      if ((await store.handled.has('comment', String(one.sequence))) !== one.withComment) halves.push(one);
    expect({ lost, halves }, when).toEqual({ lost: [], halves: [] });
  } finally {
    await store.close();
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
