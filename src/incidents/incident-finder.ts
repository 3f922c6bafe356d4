import { isDeepStrictEqual } from 'node:util';
import type { Incident } from '../model/incident.ts';
import type { Rule } from '../rules/define-rule.ts';
import { Answers } from './answers.ts';
import { findIncidents, type FindingInput } from './find-incidents.ts';
import { FinderMemory } from './finder-memory.ts';
import { KeptAnswers } from './kept-answers.ts';
import { RememberedAnswers } from './remembered-answers.ts';
import { saysTheSame } from './same-facts.ts';

interface Found {
  readonly incident: Incident;
  /** The moment that its times were measured at, in milliseconds since the epoch. */
  readonly now: number;
}

/** An incident that increments and a full find tell otherwise. */
export interface Difference {
  readonly fingerprint: string;
  /** `missing`: only the full find has it. `extra`: only the increments had it. `other`: both, with other facts. */
  readonly kind: 'missing' | 'extra' | 'other';
  readonly incident: Incident;
}

/** What a full find found, and what the increments had told otherwise. */
export interface Comparison {
  readonly incidents: readonly Incident[];
  readonly differences: readonly Difference[];
}

/**
 * Finds the incidents of one cluster again and again. From one state to the next of the same `ChangingState`, only those rules run of which
 * something that they read has changed, or whose time has come. Logs and registry answers are remembered while they hold, and an incident
 * that says the same as before is the very object that it was before: its `lastSeen` is then of the time when it last said something new.
 */
export class IncidentFinder {
  readonly #rules: readonly Rule[];
  readonly #remembered = new RememberedAnswers();
  readonly #kept = new KeptAnswers();
  #memory: FinderMemory | null = null;
  #found = new Map<string, Found>();
  #last: Promise<unknown> = Promise.resolve();
  #differences = 0;

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /** How many incidents all comparisons so far have found to be told otherwise. */
  get differences(): number {
    return this.#differences;
  }

  /**
   * When something may be found otherwise although nothing changes: the next moment that a rule waits for. null: none does. Logs, metrics, the
   * registry and git have no such moment; they are asked again at each find.
   */
  nextAt(): Date | null {
    const next = this.#memory?.nextAt() ?? Number.POSITIVE_INFINITY;
    return Number.isFinite(next) ? new Date(next) : null;
  }

  /** All incidents of the moment that the state is of. Asked while it is still busy, it answers afterwards. */
  find(input: FindingInput): Promise<readonly Incident[]> {
    return this.#afterLast(async () =>
      this.#keep(await this.#increment(input, this.#answersTo(input)), input),
    );
  }

  /** As `find`, with all rules over the whole cluster beside the increments. Where they differ, the full find is right, and nothing is kept. */
  compare(input: FindingInput): Promise<Comparison> {
    return this.#afterLast(async () => {
      const answers = this.#answersTo(input);
      const increments = await this.#increment(input, answers);
      const full = await findIncidents(
        this.#rules,
        { ...input, onProgress: () => undefined },
        undefined,
        answers,
      );
      const differences = differencesOf(increments, full);
      if (differences.length > 0) this.#memory = null;
      this.#differences += differences.length;
      return { incidents: this.#keep(differences.length > 0 ? full : increments, input), differences };
    });
  }

  #afterLast<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  #answersTo(input: FindingInput): Answers {
    this.#remembered.forgetUnasked();
    this.#kept.forgetUnasked();
    return new Answers(input, this.#remembered, this.#kept);
  }

  async #increment(input: FindingInput, answers: Answers): Promise<readonly Incident[]> {
    const memory = (this.#memory ??= new FinderMemory(this.#rules, input.cluster));
    try {
      return await findIncidents(this.#rules, input, memory, answers);
    } catch (error) {
      // It may have stopped halfway.
      this.#memory = null;
      throw error;
    }
  }

  #keep(incidents: readonly Incident[], { cluster: { now } }: FindingInput): readonly Incident[] {
    const found = new Map<string, Found>();
    for (const incident of incidents) {
      const before = this.#found.get(incident.fingerprint);
      const isSame = before !== undefined && saysTheSame(before.incident, before.now, incident, now);
      found.set(incident.fingerprint, isSame ? before : { incident, now });
    }
    this.#found = found;
    return incidents.map(({ fingerprint }) => found.get(fingerprint)!.incident);
  }
}

function differencesOf(increments: readonly Incident[], full: readonly Incident[]): readonly Difference[] {
  const told = new Map(increments.map((one) => [one.fingerprint, one]));
  const right = new Map(full.map((one) => [one.fingerprint, one]));
  const missing = full.filter(({ fingerprint }) => !told.has(fingerprint));
  const extra = increments.filter(({ fingerprint }) => !right.has(fingerprint));
  const other = full.filter((one) => {
    const incident = told.get(one.fingerprint);
    return incident !== undefined && !isDeepStrictEqual(incident, one);
  });
  const as =
    (kind: Difference['kind']) =>
    (incident: Incident): Difference => ({ fingerprint: incident.fingerprint, kind, incident });
  return [...missing.map(as('missing')), ...extra.map(as('extra')), ...other.map(as('other'))];
}
