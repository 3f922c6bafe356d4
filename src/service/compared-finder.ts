import type { FindingInput } from '../incidents/find-incidents.ts';
import type { Difference, IncidentFinder } from '../incidents/incident-finder.ts';
import { MINUTE } from '../kubernetes/durations.ts';
import type { Incident } from '../model/incident.ts';

export interface ComparedFinderParts {
  readonly finder: Pick<IncidentFinder, 'find' | 'compare'>;
  /** Told of each incident that the increments had told otherwise. */
  readonly differed: (difference: Difference) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const BETWEEN = 5 * MINUTE;

/** Finds incidents by increments, and once in five minutes with all rules over the whole cluster beside: where the two differ, the latter counts. */
export class ComparedFinder {
  readonly #parts: ComparedFinderParts;
  #comparedAt: number;

  constructor(parts: ComparedFinderParts) {
    this.#parts = parts;
    this.#comparedAt = parts.now();
  }

  async find(input: FindingInput): Promise<readonly Incident[]> {
    const { finder, differed, now } = this.#parts;
    const at = now();
    if (at - this.#comparedAt < BETWEEN) return finder.find(input);
    this.#comparedAt = at;
    const { incidents, differences } = await finder.compare(input);
    for (const difference of differences) differed(difference);
    return incidents;
  }
}
