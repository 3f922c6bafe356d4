import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { MOST_ATTEMPTS, pauseAfter, type Queue } from '../../src/queue/queue.ts';

export type Payloads = { readonly note: { readonly text: string }; readonly other: null };

/** A queue that is empty and not started, and its clock. */
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
