import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { openStore } from '../../../src/store/sqlite.ts';
import { missingAfter } from './made-readings.ts';

const PROCESS = join(import.meta.dirname, 'rememberer.ts');

/**
 * Lets a process remember readings from a number on, and kills it some milliseconds after it acknowledged the first. Answers with the last
 * that it acknowledged.
 */
export async function rememberUntilKilled(file: string, from: number, life: number): Promise<number> {
  const child = spawn(process.execPath, [PROCESS, file, String(from)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let complained = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (said === '') setTimeout(() => child.kill('SIGKILL'), life);
    said += text;
  });
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (signal !== 'SIGKILL' || complained !== '') throw new Error(`it ended with ${signal}: ${complained}`);
  // The last line may be cut.
  return Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1));
}

/** What a store lacks of what was acknowledged, in words. */
export async function lostOf(file: string, acknowledged: number): Promise<readonly string[]> {
  const store = await openStore(file);
  try {
    return missingAfter(acknowledged, await store.memories.of('prod'));
  } finally {
    await store.close();
  }
}
