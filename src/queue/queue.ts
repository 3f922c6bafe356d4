/*
 * What Faultline has to do, as tasks with keys. Who adds a task does not wait for it and learns nothing of how it ended: what has to
 * be known later is in the store. A task may run twice, since a process may die at its end; it must then come to the same result.
 */

/** Payloads by the name of their task, as JSON values: another process may run the task. */
export type Payloads = object;

export interface Task<P extends Payloads, Name extends keyof P = keyof P> {
  readonly name: Name;
  /** One task with this key waits at a time. All tasks with it are of one queue. */
  readonly key: string;
  /** Tasks of one queue run one after the other, those that are due first. */
  readonly queue: string;
  readonly payload: P[Name];
}

/** What each task does. */
export type Tasks<P extends Payloads> = {
  readonly [Name in keyof P]: (payload: P[Name]) => Promise<void>;
};

export interface Queue<P extends Payloads> {
  /**
   * Adds a task. It joins one with the same key that waits: the later payload counts, and the earlier time, and its failures so far are
   * forgotten. While one with this key runs, the new one waits for its end.
   *
   * @param runAt milliseconds since the epoch; at once by default
   */
  add<Name extends keyof P>(task: Task<P, Name>, runAt?: number): Promise<void>;
  /**
   * Begins to run tasks. One that throws is run again after a {@link pauseAfter}, up to {@link MOST_ATTEMPTS} times in all; the other
   * tasks of its queue do not wait for that.
   */
  start(tasks: Tasks<P>): void;
  /** Resolves when nothing runs and nothing is due. */
  drain(): Promise<void>;
  /** Begins no other task. Resolves when those that run have ended; tasks that are added later are not run. */
  stop(): Promise<void>;
}

/** How often a task is run that fails each time. */
export const MOST_ATTEMPTS = 25;

/** Milliseconds until the next attempt: from 3 seconds to 6 hours, four days in all. As graphile-worker has it: https://worker.graphile.org/docs/exponential-backoff */
export function pauseAfter(failures: number): number {
  return Math.round(Math.exp(Math.min(10, failures)) * 1000);
}
