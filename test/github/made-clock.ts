import type { Clock } from '../../src/github/limits.ts';

export interface MadeClock extends Clock {
  /** Milliseconds of all sleeps, in order. */
  readonly slept: readonly number[];
}

/** A clock that only sleeping moves. @param onSleep what else goes on meanwhile */
export function madeClock(start = Date.now(), onSleep: (milliseconds: number) => void = () => {}): MadeClock {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
      now += milliseconds;
      onSleep(milliseconds);
    },
  };
}
