import type { ClusterProblem, ClusterSource, ClusterState } from '../model/cluster-state.ts';
import { messageOf } from '../error-message.ts';
import { describeRef } from '../kubernetes/objects.ts';
import { needKey, type Answers, type Need } from '../model/need.ts';
import type { Finding } from '../model/finding.ts';
import type { Rule, Symptom, View } from '../rules/rule.ts';

/** Answers what rules ask for about the repository's content and past. */
export interface RepositoryAnswers {
  answer(need: Exclude<Need, { kind: 'log' | 'metric' }>): Promise<Answers[Need['kind']] | null>;
}

export interface Investigator {
  readonly cluster: ClusterState;
  readonly source: ClusterSource;
  readonly repository: RepositoryAnswers;
  readonly memoryFactor: number;
  /** Told of each question that could not be answered because asking failed. */
  readonly onProblem?: (problem: ClusterProblem) => void;
}

/** A rule asks, looks at the answers, and may ask again; more often than this is a bug of the rule. */
const MOST_ROUNDS = 6;

/**
 * Lets a rule work out one symptom: what it asks for is fetched, each thing once for all rules. A question whose answering fails
 * has an unknown answer, as one that nobody can answer: the rule still concludes. Null when the rule finds that the symptom is
 * none of its own.
 *
 * @throws {Error} when the rule goes on asking, or asks for an answer that it never wanted
 */
export class Investigations {
  readonly #investigator: Investigator;
  readonly #answers = new Map<string, Promise<Answers[Need['kind']] | null>>();

  constructor(investigator: Investigator) {
    this.#investigator = investigator;
  }

  /** @param cluster what the rule saw when it detected the symptom; left out: all of it. */
  async investigate(
    rule: Rule,
    symptom: Symptom,
    cluster: ClusterState = this.#investigator.cluster,
  ): Promise<Finding | null> {
    const known = new Map<string, Answers[Need['kind']] | null>();
    const view = this.#viewOf(known, cluster);
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const result = rule.investigate(symptom, view);
      if (result.kind === 'finding') return result.finding;
      if (result.kind === 'does-not-apply') return null;
      const unanswered = view.missing(result.needs);
      if (unanswered.length === 0) throw new Error(`rule ${rule.id} asks again for what it was told`);
      await Promise.all(unanswered.map(async (need) => known.set(needKey(need), await this.#fetch(need))));
    }
    throw new Error(`rule ${rule.id} asked ${MOST_ROUNDS} times and came to no end`);
  }

  #viewOf(known: ReadonlyMap<string, Answers[Need['kind']] | null>, cluster: ClusterState): View {
    const { memoryFactor } = this.#investigator;
    return {
      cluster,
      memoryFactor,
      missing: (needs) => needs.filter((need) => !known.has(needKey(need))),
      answer: <N extends Need>(need: N) => {
        const key = needKey(need);
        if (!known.has(key)) throw new Error(`nobody asked for ${key}`);
        return known.get(key) as Answers[N['kind']] | null;
      },
    };
  }

  #fetch(need: Need): Promise<Answers[Need['kind']] | null> {
    const key = needKey(need);
    const answer =
      this.#answers.get(key) ??
      this.#ask(need).catch((error: unknown) => {
        this.#investigator.onProblem?.({ where: questionOf(need), message: messageOf(error) });
        return null;
      });
    this.#answers.set(key, answer);
    return answer;
  }

  async #ask(need: Need): Promise<Answers[Need['kind']] | null> {
    const { source, cluster, repository } = this.#investigator;
    if (need.kind === 'log') return source.log(need);
    if (need.kind === 'metric') return source.metric(need, cluster.now);
    return repository.answer(need);
  }
}

/** What was asked, for people. */
function questionOf(need: Need): string {
  switch (need.kind) {
    case 'log':
      return `log of ${need.namespace}/${need.pod}, container ${need.container}`;
    case 'metric':
      return `metric ${need.metric}`;
    case 'field-history':
      return `git history of ${need.field} of ${describeRef(need.object)}`;
    case 'rename':
      return `git history of the name of ${describeRef(need.object)}`;
    case 'rendered-object':
      return `what git renders as ${describeRef(need.object)}`;
    case 'difference':
      return `where ${need.field} of ${describeRef(need.object)} differs from git`;
    case 'rendered':
      return `what git renders as ${need.objectKind}${need.namespace === null ? '' : ` in ${need.namespace}`}`;
  }
}
