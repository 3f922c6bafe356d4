import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { MOST_ATTEMPTS, pauseAfter, type Queue, type Task } from '../../src/queue/queue.ts';
import type { Whose } from '../../src/queue/turns.ts';

export type Payloads = { readonly note: { readonly text: string }; readonly other: null };

/** `acme/infra …` is a task of the repository infra of acme; every other one is nobody's. */
export function whoseOf(task: Task<Payloads>): Whose | null {
  const [, part, group] = /^((\w+)\/\w+)/.exec(task.key) ?? [];
  return group === undefined ? null : { group, part: part! };
}

/** A queue that is empty and not started, its tasks those of {@link whoseOf}, of which eight run at the same time; and its clock. */
export interface Opened {
  readonly queue: Queue<Payloads>;
  /** Moves the clock on, and runs what is due by then. */
  pass(milliseconds: number): Promise<void>;
  readonly now: () => number;
}

const task = (text: string, { key = text, queue = text }: { key?: string; queue?: string } = {}) =>
  ({ name: 'note', key, queue, payload: { text } }) as const;

/** How every queue behaves, whatever engine it is on. */
export function queueContract(engine: string, open: () => Promise<Opened>): void {
  const opened = async (): Promise<Opened> => {
    const made = await open();
    onTestFinished(() => made.queue.stop());
    return made;
  };

  /** A queue that notes what it runs. Each run lasts until `end` is called with its text; by default it ends at once. */
  const noting = async (lasting: readonly string[] = []) => {
    const made = await opened();
    const begun: string[] = [];
    const ends = new Map<string, () => void>();
    made.queue.start({
      note: async ({ text }) => {
        begun.push(text);
        if (lasting.includes(text)) await new Promise<void>((resolve) => ends.set(text, resolve));
      },
      other: async () => {},
    });
    const end = async (text: string): Promise<void> => {
      await vi.waitFor(() => expect(ends.has(text)).toBe(true));
      ends.get(text)!();
    };
    return { ...made, begun, end };
  };

  describe(`a queue ${engine}`, () => {
    test('runs a task once, with its payload', async () => {
      const { queue, begun, pass } = await noting();
      await queue.add(task('a'));
      await queue.drain();
      await pass(3_600_000);
      expect(begun).toEqual(['a']);
    });

    test('hands on copies of payloads', async () => {
      const { queue, begun } = await noting();
      const payload = { text: 'before' };
      await queue.add({ name: 'note', key: 'a', queue: 'a', payload });
      payload.text = 'after';
      await queue.drain();
      expect(begun).toEqual(['before']);
    });

    test('runs nothing before it is started', async () => {
      const { queue } = await opened();
      const run = vi.fn<() => Promise<void>>(async () => {});
      await queue.add(task('a'));
      expect(run).not.toHaveBeenCalled();
      queue.start({ note: run, other: run });
      await queue.drain();
      expect(run).toHaveBeenCalledOnce();
    });

    test('runs a task when its time has come', async () => {
      const { queue, begun, now, pass } = await noting();
      await queue.add(task('later'), now() + 60_000);
      await queue.add(task('now'));
      await queue.drain();
      expect(begun).toEqual(['now']);
      await pass(59_000);
      expect(begun).toEqual(['now']);
      await pass(1_000);
      expect(begun).toEqual(['now', 'later']);
    });

    test('drains what tasks add', async () => {
      const { queue } = await opened();
      const begun: string[] = [];
      queue.start({
        note: async ({ text }) => {
          begun.push(text);
          if (text.length < 3) await queue.add(task(`${text}a`));
        },
        other: async () => {},
      });
      await queue.add(task('a'));
      await queue.drain();
      expect(begun).toEqual(['a', 'aa', 'aaa']);
    });
  });

  describe(`the key of a task in a queue ${engine}`, () => {
    test('joins additions: the later payload, at the earlier time', async () => {
      const { queue, begun, now, pass } = await noting();
      await queue.add(task('first', { key: 'k' }), now() + 10_000);
      await queue.add(task('second', { key: 'k' }), now() + 60_000);
      await pass(10_000);
      expect(begun).toEqual(['second']);
      await pass(3_600_000);
      expect(begun).toEqual(['second']);
    });

    test('joins an addition for now to one for later', async () => {
      const { queue, begun, now, pass } = await noting();
      await queue.add(task('first', { key: 'k' }), now() + 60_000);
      await queue.add(task('second', { key: 'k' }));
      await queue.drain();
      await pass(3_600_000);
      expect(begun).toEqual(['second']);
    });

    test('lets one more wait while one of its queue runs', async () => {
      const { queue, begun, end } = await noting(['first']);
      await queue.add(task('first', { key: 'k', queue: 'q' }));
      await vi.waitFor(() => expect(begun).toEqual(['first']));
      await queue.add(task('second', { key: 'k', queue: 'q' }));
      await queue.add(task('third', { key: 'k', queue: 'q' }));
      expect(begun).toEqual(['first']);
      await end('first');
      await queue.drain();
      expect(begun).toEqual(['first', 'third']);
    });
  });

  describe(`the tasks of one queue ${engine}`, () => {
    test('run one after the other, those that are due first', async () => {
      const { queue, begun, end, now, pass } = await noting(['a']);
      await queue.add(task('a', { queue: 'q' }));
      await vi.waitFor(() => expect(begun).toEqual(['a']));
      await queue.add(task('late', { queue: 'q' }), now() + 2_000);
      await queue.add(task('early', { queue: 'q' }), now() + 1_000);
      const passed = pass(5_000);
      expect(begun).toEqual(['a']);
      await end('a');
      await passed;
      await queue.drain();
      expect(begun).toEqual(['a', 'early', 'late']);
    });

    test('do not wait for those of another', async () => {
      const { queue, begun, end } = await noting(['a']);
      await queue.add(task('a', { queue: 'q' }));
      await queue.add(task('b', { queue: 'r' }));
      await vi.waitFor(() => expect(begun).toEqual(['a', 'b']));
      await end('a');
    });
  });

  describe(`a task that fails in a queue ${engine}`, () => {
    const failing = async (times: number) => {
      const made = await opened();
      const runs: number[] = [];
      made.queue.start({
        note: async () => {
          runs.push(made.now());
          if (runs.length <= times) throw new Error('broken');
        },
        other: async () => {},
      });
      return { ...made, runs };
    };

    test('is run again after a pause that grows', async () => {
      const { queue, runs, pass, now } = await failing(2);
      const start = now();
      await queue.add(task('a'));
      await queue.drain();
      // A second before, since an engine may have a clock of its own.
      await pass(pauseAfter(1) - 1_000);
      expect(runs).toHaveLength(1);
      await pass(1_000);
      expect(runs).toHaveLength(2);
      await pass(pauseAfter(2));
      await pass(3_600_000);
      expect(runs.map((time) => time - start)).toEqual([0, pauseAfter(1), pauseAfter(1) + pauseAfter(2)]);
    });

    test('is given up in the end', async () => {
      const { queue, runs, pass } = await failing(Number.POSITIVE_INFINITY);
      await queue.add(task('a'));
      await queue.drain();
      for (let failures = 1; failures <= MOST_ATTEMPTS + 5; failures += 1) await pass(pauseAfter(failures));
      expect(runs).toHaveLength(MOST_ATTEMPTS);
    });

    test('is run at once when it is added again', async () => {
      const { queue, runs } = await failing(1);
      await queue.add(task('a'));
      await queue.drain();
      await queue.add(task('a'));
      await queue.drain();
      expect(runs).toHaveLength(2);
    });

    test('stops none behind it', async () => {
      const { queue } = await opened();
      const begun: string[] = [];
      queue.start({
        note: async ({ text }) => {
          begun.push(text);
          if (text === 'a') throw new Error('broken');
        },
        other: async () => {},
      });
      await queue.add(task('a', { queue: 'q' }));
      await queue.add(task('b', { queue: 'q' }));
      await queue.drain();
      expect(begun).toEqual(['a', 'b']);
    });
  });

  describe(`turns in a queue ${engine}`, () => {
    /** Tasks that wait before the queue starts, each in a queue of its own; all of them last until they are ended. */
    const waiting = async (...texts: readonly string[]) => {
      const made = await opened();
      const begun: string[] = [];
      const ends = new Map<string, () => void>();
      for (const text of texts) await made.queue.add(task(text));
      const start = (): void =>
        made.queue.start({
          note: async ({ text }) => {
            begun.push(text);
            await new Promise<void>((resolve) => ends.set(text, resolve));
            ends.delete(text);
          },
          other: async () => {},
        });
      const end = (text: string): void => ends.get(text)!();
      onTestFinished(async () => {
        const stopping = { isDone: false };
        const stopped = made.queue.stop().then(() => (stopping.isDone = true));
        while (!stopping.isDone) {
          for (const one of ends.values()) one();
          await new Promise(setImmediate);
        }
        await stopped;
      });
      return { ...made, begun, start, end };
    };
    const storm = (group: string, count: number): readonly string[] =>
      Array.from({ length: count }, (_none, index) => `${group}/repository${index}`);
    const of = (group: string, begun: readonly string[]): number =>
      begun.filter((text) => text.startsWith(`${group}/`)).length;
    const settled = async (begun: readonly string[], count: number): Promise<void> => {
      await vi.waitFor(() => expect(begun.length).toBeGreaterThanOrEqual(count), { timeout: 5_000 });
      // Nothing more may follow.
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(begun).toHaveLength(count);
    };

    test('are those of organisations, however many tasks each has', async () => {
      const { begun, start } = await waiting(...storm('big', 20), ...storm('small', 4));
      start();
      await settled(begun, 8);
      expect([of('big', begun), of('small', begun)]).toEqual([4, 4]);
    });

    test('leave two of eight places to others that may come', async () => {
      const { begun, start, queue, now } = await waiting(...storm('big', 20));
      await queue.add(task('small/later'), now() + 3_600_000);
      start();
      await settled(begun, 6);
      await queue.add(task('small/now'));
      await settled(begun, 7);
      expect(begun.at(-1)).toBe('small/now');
    });

    test('give all places to one that is alone', async () => {
      const { begun, start } = await waiting(...storm('big', 20));
      start();
      await settled(begun, 8);
      expect(of('big', begun)).toBe(8);
    });

    test('come to who waited longest, when a place is free', async () => {
      const { begun, start, end } = await waiting(...storm('big', 20), ...storm('small', 4), 'third/one');
      start();
      await settled(begun, 8);
      expect(begun.slice(0, 3).toSorted()).toEqual(['big/repository0', 'small/repository0', 'third/one']);
      end('small/repository0');
      await settled(begun, 9);
      expect([of('big', begun), of('small', begun)]).toEqual([4, 4]);
    });

    test('are those of repositories within an organisation', async () => {
      const busy = Array.from({ length: 12 }, (_none, index) => `acme/busy ${index}`);
      const { begun, start } = await waiting(...busy, 'acme/quiet 1', 'acme/other 1');
      start();
      await settled(begun, 8);
      expect(begun.slice(0, 3).toSorted()).toEqual(['acme/busy 0', 'acme/other 1', 'acme/quiet 1']);
    });

    test('come to what is nobody’s, such as reading a cluster, before more of a storm', async () => {
      const { begun, start, end, queue } = await waiting(...storm('big', 20));
      start();
      await settled(begun, 8);
      await queue.add(task('watch prod'));
      end(begun[0]!);
      await settled(begun, 9);
      expect(begun.at(-1)).toBe('watch prod');
    });

    test('skip an organisation whose next task waits for another one of its queue', async () => {
      const { begun, start, queue } = await waiting('acme/infra 1', ...storm('big', 20));
      await queue.add(task('acme/infra 2', { queue: 'acme/infra 1' }));
      start();
      await settled(begun, 7);
      expect(of('big', begun)).toBe(6);
      expect(begun).not.toContain('acme/infra 2');
    });
  });

  test(`a queue ${engine} that is stopped ends what runs, and begins nothing`, async () => {
    const { queue, begun, end } = await noting(['a']);
    await queue.add(task('a', { queue: 'q' }));
    await queue.add(task('b', { queue: 'q' }));
    await vi.waitFor(() => expect(begun).toEqual(['a']));
    let isStopped = false;
    const stopped = queue.stop().then(() => void (isStopped = true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isStopped).toBe(false);
    await end('a');
    await stopped;
    await queue.add(task('c'));
    expect(begun).toEqual(['a']);
  });
}
