import { expect, test, vi } from 'vitest';
import { InProcessQueue, type Failure } from '../../src/queue/in-process.ts';
import { queueContract, whoseOf, type Payloads } from './contract.ts';

queueContract('in process', async () => {
  let time = 1_000_000;
  const now = (): number => time;
  const queue = new InProcessQueue<Payloads>({ now, whoseOf });
  const pass = async (milliseconds: number): Promise<void> => {
    time += milliseconds;
    await queue.drain();
  };
  return { queue, pass, now };
});

const task = (text: string) => ({ name: 'note', key: text, queue: text, payload: { text } }) as const;

/** Tasks that last until they are ended by name. */
function lasting(options: { readonly atOnce: number; readonly patience: number }) {
  const queue = new InProcessQueue<Payloads>({ now: Date.now, ...options });
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  queue.start({
    note: ({ text }) => {
      begun.push(text);
      return new Promise<void>((resolve) => ends.set(text, resolve));
    },
    other: async () => {},
  });
  return { queue, begun, end: (text: string) => ends.get(text)!() };
}

test('so many tasks run at the same time', async () => {
  const { queue, begun, end } = lasting({ atOnce: 2, patience: 1_000_000 });
  for (const text of ['a', 'b', 'c', 'd']) await queue.add(task(text));
  await vi.waitFor(() => expect(begun).toEqual(['a', 'b']));
  end('b');
  await vi.waitFor(() => expect(begun).toEqual(['a', 'b', 'c']));
  end('a');
  end('c');
  await vi.waitFor(() => expect(begun).toEqual(['a', 'b', 'c', 'd']));
  end('d');
  await queue.drain();
});

test('a task that takes long holds up no other', async () => {
  const { queue, begun, end } = lasting({ atOnce: 1, patience: 5 });
  for (const text of ['a', 'b']) await queue.add(task(text));
  await vi.waitFor(() => expect(begun).toEqual(['a', 'b']));
  end('a');
  end('b');
  await queue.drain();
});

test('a task for later is run by the clock', async () => {
  const run = vi.fn<() => Promise<void>>(async () => {});
  const queue = new InProcessQueue<Payloads>({ now: Date.now });
  queue.start({ note: run, other: run });
  await queue.add(task('a'), Date.now() + 10);
  expect(run).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(run).toHaveBeenCalledOnce());
  await queue.stop();
});

test('each failure is told, with when it is tried again', async () => {
  const failures: Failure[] = [];
  const queue = new InProcessQueue<Payloads>({
    now: () => 1_000,
    onFailure: (failure) => void failures.push(failure),
  });
  const error = new Error('broken');
  queue.start({ note: () => Promise.reject(error), other: async () => {} });
  await queue.add(task('a'));
  await queue.drain();
  await queue.stop();
  expect(failures).toEqual([{ key: 'a', error, failures: 1, nextAt: 1_000 + 2_718 }]);
});

test('tasks are counted by name, those that run and those that are due', async () => {
  let now = 1_000;
  const around: string[] = [];
  const queue = new InProcessQueue<Payloads>({
    now: () => now,
    around: async ({ name, key }, work) => {
      around.push(`${name} ${key}`);
      await work();
    },
  });
  const ends: (() => void)[] = [];
  queue.start({ note: () => new Promise<void>((resolve) => ends.push(resolve)), other: async () => {} });
  await queue.add(task('a'));
  await queue.add({ ...task('b'), queue: 'a' });
  await queue.add(task('later'), 600_000);
  await vi.waitFor(() => expect(around).toEqual(['note a']));
  now += 500;
  expect(queue.counts()).toEqual([{ name: 'note', waiting: 2, running: 1, overdue: 500 }]);
  ends[0]!();
  await vi.waitFor(() => expect(around).toEqual(['note a', 'note b']));
  ends[1]!();
  await queue.drain();
  expect(queue.counts()).toEqual([{ name: 'note', waiting: 1, running: 0, overdue: 0 }]);
  await queue.stop();
});
