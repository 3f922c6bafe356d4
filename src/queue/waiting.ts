import type { Payloads, Task } from './queue.ts';
import { Timetable } from './timetable.ts';
import { Turns, type Whose } from './turns.ts';

/** A task that waits. */
export interface Waiting<P extends Payloads> {
  task: Task<P>;
  /** Milliseconds since the epoch. */
  runAt: number;
  failures: number;
  readonly whose: Whose | null;
  /** `gone` once it begins. */
  state: 'later' | 'due' | 'gone';
}

interface Group<P extends Payloads> {
  /** By the time since when they are due. */
  readonly due: Waiting<P>[];
  /** Those that wait, due or not, and those that run. */
  members: number;
}

/** The tasks that wait, and which of them is next: by {@link Turns}, and of those with the same turn, the one that is due first. */
export class WaitingTasks<P extends Payloads> {
  readonly #whoseOf: (task: Task<P>) => Whose | null;
  readonly #turns: Turns;
  /** By key. */
  readonly #all = new Map<string, Waiting<P>>();
  readonly #later = new Timetable<Waiting<P>>();
  readonly #groups = new Map<string | null, Group<P>>();

  /** @param whoseOf null for what belongs to nobody */
  constructor(whoseOf: (task: Task<P>) => Whose | null, atOnce: number) {
    this.#whoseOf = whoseOf;
    this.#turns = new Turns(atOnce);
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
    const whose = this.#whoseOf(task);
    const waiting: Waiting<P> = { task, runAt, failures, whose, state: 'later' };
    this.#all.set(task.key, waiting);
    this.#later.add(runAt, waiting);
    this.#groupOf(whose).members += 1;
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
    const names = [...this.#groups].filter(([, { due }]) => due.length > 0).map(([name]) => name);
    const others = [...this.#groups.keys()].filter((name) => name !== null);
    for (const name of this.#turns.groups(names, () => others.length === 1)) {
      const { due } = this.#groups.get(name)!;
      const free = due.filter(({ task }) => !isBusy(task));
      const at =
        name === null
          ? 0
          : this.#turns.part(
              name,
              free.map(({ whose }) => whose!.part),
            );
      const taken = free[at];
      if (taken === undefined) continue;
      due.splice(due.indexOf(taken), 1);
      taken.state = 'gone';
      this.#all.delete(taken.task.key);
      this.#turns.begins(taken.whose);
      return taken;
    }
    return null;
  }

  /** One that was taken counts no longer among those that run: it ended, or takes its time. */
  leaves({ whose }: Waiting<P>): void {
    this.#turns.leaves(whose);
  }

  /** One that was taken has ended. */
  ended({ whose }: Waiting<P>): void {
    const group = this.#groupOf(whose);
    group.members -= 1;
    if (group.members > 0) return;
    const name = whose?.group ?? null;
    this.#groups.delete(name);
    this.#turns.forget(name);
  }

  #becomesDue(waiting: Waiting<P>): void {
    const { due } = this.#groupOf(waiting.whose);
    waiting.state = 'due';
    let place = due.length;
    while (place > 0 && due[place - 1]!.runAt > waiting.runAt) place -= 1;
    due.splice(place, 0, waiting);
  }

  #groupOf(whose: Whose | null): Group<P> {
    const name = whose?.group ?? null;
    const group = this.#groups.get(name) ?? { due: [], members: 0 };
    this.#groups.set(name, group);
    return group;
  }
}
