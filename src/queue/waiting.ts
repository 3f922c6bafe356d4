import type { Payloads, Task } from './queue.ts';
import { Timetable } from './timetable.ts';

/** A task that waits. */
export interface Waiting<P extends Payloads> {
  task: Task<P>;
  /** Milliseconds since the epoch. */
  runAt: number;
  failures: number;
  readonly group: string | null;
  /** `gone` once it begins. */
  state: 'later' | 'due' | 'gone';
}

interface Group<P extends Payloads> {
  /** By the time since when they are due. */
  readonly due: Waiting<P>[];
  /** Those that wait, due or not, and those that run. */
  members: number;
  /** Those that run and still count. */
  running: number;
  /** When one of them began last, as a number that grows. */
  began: number;
}

/** Of four places at the same time, one is for other groups. */
const SHARE = 4;

/**
 * The tasks that wait, and whose turn is next. Among groups, it is the turn of the one of which the fewest tasks run, and among those of the one
 * that waited longest; within a group, of the task that is due first. While there are other groups, one group never has all places.
 */
export class WaitingTasks<P extends Payloads> {
  readonly #groupOf: (task: Task<P>) => string | null;
  readonly #atOnce: number;
  /** By key. */
  readonly #all = new Map<string, Waiting<P>>();
  readonly #later = new Timetable<Waiting<P>>();
  readonly #groups = new Map<string | null, Group<P>>();
  #begun = 0;

  /** @param groupOf null for what belongs to nobody, and is not held to a share */
  constructor(groupOf: (task: Task<P>) => string | null, atOnce: number) {
    this.#groupOf = groupOf;
    this.#atOnce = atOnce;
  }

  values(): Iterable<{ readonly name: PropertyKey; readonly runAt: number }> {
    return [...this.#all.values()].map(({ task, runAt }) => ({ name: task.name, runAt }));
  }

  has(key: string): boolean {
    return this.#all.has(key);
  }

  /** Adds a task, or joins it with the one of its key: its payload, at the earlier time. */
  add(task: Task<P>, runAt: number, failures: number): void {
    const known = this.#all.get(task.key);
    if (known !== undefined) {
      [known.task, known.failures] = [task, failures];
      if (known.state === 'due' || runAt >= known.runAt) return;
      known.runAt = runAt;
      this.#later.add(runAt, known);
      return;
    }
    const group = this.#groupOf(task);
    const waiting: Waiting<P> = { task, runAt, failures, group, state: 'later' };
    this.#all.set(task.key, waiting);
    this.#later.add(runAt, waiting);
    this.#inGroup(group).members += 1;
  }

  /** When the next one that is not due yet is, in milliseconds since the epoch; null where none waits. @param now those until then become due */
  nextAt(now: number): number | null {
    for (;;) {
      const first = this.#later.first();
      if (first === null) return null;
      const { at, thing } = first;
      const isStale = thing.state !== 'later' || thing.runAt !== at;
      if (!isStale && at > now) return at;
      this.#later.removeFirst();
      if (!isStale) this.#becomesDue(thing);
    }
  }

  /** Takes the task whose turn it is; null where all that are due have to wait. */
  take(isBusy: (task: Task<P>) => boolean): Waiting<P> | null {
    const inTurn = [...this.#groups]
      .filter(([, { due }]) => due.length > 0)
      .sort(([, one], [, other]) => one.running - other.running || one.began - other.began);
    for (const [name, group] of inTurn) {
      if (group.running >= this.#placesOf(name)) continue;
      const index = group.due.findIndex(({ task }) => !isBusy(task));
      if (index === -1) continue;
      const [taken] = group.due.splice(index, 1);
      taken!.state = 'gone';
      this.#all.delete(taken!.task.key);
      group.running += 1;
      group.began = ++this.#begun;
      return taken!;
    }
    return null;
  }

  /** One that was taken counts no longer among those that run: it ended, or takes its time. */
  leaves({ group }: Waiting<P>): void {
    this.#inGroup(group).running -= 1;
  }

  /** One that was taken has ended. */
  ended({ group: name }: Waiting<P>): void {
    const group = this.#inGroup(name);
    group.members -= 1;
    if (group.members === 0) this.#groups.delete(name);
  }

  #placesOf(name: string | null): number {
    const isAlone = [...this.#groups.keys()].every((other) => other === name || other === null);
    return name === null || isAlone ? this.#atOnce : this.#atOnce - Math.floor(this.#atOnce / SHARE);
  }

  #becomesDue(waiting: Waiting<P>): void {
    const { due } = this.#inGroup(waiting.group);
    waiting.state = 'due';
    let place = due.length;
    while (place > 0 && due[place - 1]!.runAt > waiting.runAt) place -= 1;
    due.splice(place, 0, waiting);
  }

  #inGroup(name: string | null): Group<P> {
    const group = this.#groups.get(name) ?? { due: [], members: 0, running: 0, began: 0 };
    this.#groups.set(name, group);
    return group;
  }
}
