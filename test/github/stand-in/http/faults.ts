import type { Fault, FaultKind, Faults, JournalEntry, RequestMatcher } from '../interface.ts';

export interface FaultQueue extends Faults {
  /** What befalls this request, in the order it was added. */
  take(entry: JournalEntry): readonly FaultKind[];
}

interface Waiting {
  readonly fault: Fault;
  skips: number;
  times: number;
}

export function newFaults(): FaultQueue {
  let waiting: Waiting[] = [];
  return {
    add(fault) {
      waiting.push({ fault, skips: fault.after ?? 0, times: fault.times ?? 1 });
    },
    get pending() {
      return waiting.map(({ fault }) => fault);
    },
    clear() {
      waiting = [];
    },
    take(entry) {
      const kinds: FaultKind[] = [];
      for (const one of waiting) {
        if (!matches(one.fault.when ?? {}, entry)) continue;
        if (one.skips > 0) {
          one.skips -= 1;
          continue;
        }
        one.times -= 1;
        kinds.push(one.fault.does);
      }
      waiting = waiting.filter(({ times }) => times > 0);
      return kinds;
    },
  };
}

function matches(
  { method, path, operation, kind, query = {} }: RequestMatcher,
  entry: JournalEntry,
): boolean {
  return (
    Object.entries(query).every(([name, value]) => entry.query[name] === value) &&
    (kind === undefined ? entry.kind !== 'git' : kind === entry.kind) &&
    (method === undefined || method.toUpperCase() === entry.method) &&
    (path === undefined || path.test(entry.path)) &&
    (operation === undefined || operation === entry.operation)
  );
}
