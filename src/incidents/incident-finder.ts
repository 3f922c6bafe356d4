import type { Incident } from '../model/incident.ts';
import type { Rule } from '../rules/define-rule.ts';
import { findIncidents, type FindingInput } from './find-incidents.ts';
import { RememberedAnswers } from './remembered-answers.ts';
import { saysTheSame } from './same-facts.ts';

interface Found {
  readonly incident: Incident;
  /** The moment that its times were measured at, in milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Finds the incidents of one cluster again and again. Logs and registry answers are remembered while they hold, and an incident
 * that says the same as before is the very object that it was before: its `lastSeen` is then of the time when it last said something new.
 */
export class IncidentFinder {
  readonly #rules: readonly Rule[];
  readonly #answers = new RememberedAnswers();
  #found = new Map<string, Found>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /** All incidents of the moment that the state is of. Asked while it is still busy, it answers afterwards. */
  find(input: FindingInput): Promise<readonly Incident[]> {
    const finding = this.#last.then(() => this.#find(input));
    this.#last = finding.catch(() => undefined);
    return finding;
  }

  async #find(input: FindingInput): Promise<readonly Incident[]> {
    const { now } = input.cluster;
    const incidents = await findIncidents(this.#rules, input, this.#answers);
    this.#answers.forgetUnasked();
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
