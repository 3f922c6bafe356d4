/** How many tasks of one name there are. */
export interface TaskCount {
  readonly name: string;
  /** Those that are due later included. */
  readonly waiting: number;
  readonly running: number;
  /** Milliseconds for which the one that is due first has been due; 0 where none is. */
  readonly overdue: number;
}

/** Counts tasks by name. */
export function tally(
  waiting: Iterable<{ readonly name: PropertyKey; readonly runAt: number }>,
  running: Iterable<PropertyKey>,
  now: number,
): readonly TaskCount[] {
  const counts = new Map<string, TaskCount>();
  const of = (name: string): TaskCount => counts.get(name) ?? { name, waiting: 0, running: 0, overdue: 0 };
  for (const task of waiting) {
    const name = String(task.name);
    const before = of(name);
    const overdue = Math.max(before.overdue, now - task.runAt);
    counts.set(name, { ...before, waiting: before.waiting + 1, overdue });
  }
  for (const task of running) {
    const name = String(task);
    const before = of(name);
    counts.set(name, { ...before, running: before.running + 1 });
  }
  return [...counts.values()];
}

/** Counts of several queues, by name. */
export function sumOf(counts: readonly TaskCount[]): readonly TaskCount[] {
  const sums = new Map<string, TaskCount>();
  for (const one of counts) {
    const before = sums.get(one.name) ?? { name: one.name, waiting: 0, running: 0, overdue: 0 };
    sums.set(one.name, {
      name: one.name,
      waiting: before.waiting + one.waiting,
      running: before.running + one.running,
      overdue: Math.max(before.overdue, one.overdue),
    });
  }
  return [...sums.values()];
}
