import { messageOf } from '../errors/error-message.ts';
import { describeRef } from '../kubernetes/objects.ts';
import type { ClusterProblem, ClusterSource, ClusterState } from '../model/cluster-state.ts';
import type { Finding } from '../model/finding.ts';
import { needKey, type Need, type RepositoryAnswers } from '../model/need.ts';
import type { ImageSource } from '../model/registry-image.ts';
import { Ask, type Answer, type Asking } from '../model/ask.ts';
import type { Detected } from '../rules/define-rule.ts';
import { RememberedAnswers } from './remembered-answers.ts';

export interface Investigator {
  readonly cluster: ClusterState;
  readonly source: ClusterSource;
  readonly repository: RepositoryAnswers;
  /** Left out: no registry may be asked. */
  readonly images?: ImageSource;
  readonly memoryFactor: number;
  /** Told of each question that could not be answered because asking failed. */
  readonly onProblem?: (problem: ClusterProblem) => void;
}

/** A rule asks, reads the answers, and may ask again; more often than this is a bug of the rule. */
const MOST_ROUNDS = 12;

/**
 * Lets a rule work out one symptom: what it asks for is fetched, each thing once for all rules. A question whose answering fails
 * has an unknown answer, as one that nobody can answer: the rule still concludes. Null when the rule finds that the symptom is
 * none of its own.
 *
 * @throws {Error} when the rule goes on asking
 */
export class Investigations {
  readonly #investigator: Investigator;
  readonly ask: Ask;
  readonly #answers = new Map<string, Promise<Answer>>();
  readonly #remembered: RememberedAnswers;

  /** @param remembered answers to earlier investigations */
  constructor(investigator: Investigator, remembered = new RememberedAnswers()) {
    this.#investigator = investigator;
    this.#remembered = remembered;
    this.ask = new Ask(investigator);
  }

  investigate({ symptom, investigate }: Detected): Promise<Finding | null> {
    return this.answer(investigate(this.ask), `rule ${symptom.rule}`);
  }

  /** Lets anybody ask. @throws {Error} when `who` goes on asking */
  async answer<Result>(asking: Asking<Result>, who: string): Promise<Result> {
    let step = asking.next([]);
    for (let round = 0; !step.done; round += 1) {
      stopAfter(round, who);
      step = asking.next(await Promise.all(step.value.map((need) => this.#fetch(need))));
    }
    return step.value;
  }

  /** What a rule concludes when nothing can be found out: for a symptom that another finding explains, which is worth no request. */
  conclude({ symptom, investigate }: Detected): Finding | null {
    const asking = investigate(this.ask);
    let step = asking.next([]);
    for (let round = 0; !step.done; round += 1) {
      stopAfter(round, `rule ${symptom.rule}`);
      step = asking.next(step.value.map(() => null));
    }
    return step.value;
  }

  #fetch(need: Need): Promise<Answer> {
    const key = needKey(need);
    const answer =
      this.#answers.get(key) ??
      this.#remembered
        .answer(need, this.#investigator.cluster, () => this.#answerTo(need))
        .catch((error: unknown) => {
          this.#investigator.onProblem?.({ where: questionOf(need), message: messageOf(error) });
          return null;
        });
    this.#answers.set(key, answer);
    return answer;
  }

  async #answerTo(need: Need): Promise<Answer> {
    const { source, cluster, repository, images } = this.#investigator;
    if (need.kind === 'log') return source.log(need);
    if (need.kind === 'metric') return source.metric(need, cluster.now);
    if (need.kind === 'candidates') return (await source.candidates?.(need.purpose, cluster.now)) ?? null;
    if (need.kind === 'usage') return (await source.usage?.(need.namespace, need.pod)) ?? null;
    if (need.kind === 'image') return images?.image(need.reference) ?? null;
    return repository.answer(need);
  }
}

function stopAfter(round: number, who: string): void {
  if (round === MOST_ROUNDS) throw new Error(`${who} asked ${MOST_ROUNDS} times and came to no end`);
}

/** What was asked, for people. */
function questionOf(need: Need): string {
  switch (need.kind) {
    case 'log':
      return `log of ${need.namespace}/${need.pod}, container ${need.container}`;
    case 'metric':
      return `metric ${need.metric}`;
    case 'usage':
      return `what metrics-server has of ${need.namespace}/${need.pod}`;
    case 'image':
      return `what the registry has as ${need.reference}`;
    case 'candidates':
      return `metrics for ${need.purpose}`;
    case 'field-history':
      return `git history of ${need.field} of ${describeRef(need.object)}`;
    case 'template-history':
      return `git history of the pod template of ${describeRef(need.object)}`;
    case 'rename':
      return `git history of the name of ${describeRef(need.object)}`;
    case 'removal':
      return `git history of the removal of ${describeRef(need.object)}`;
    case 'rendered-object':
      return `what git renders as ${describeRef(need.object)}`;
    case 'difference':
      return `where ${need.field} of ${describeRef(need.object)} differs from git`;
    case 'written-lines':
      return `lines of ${need.folder}`;
    case 'paths':
      return `files below ${need.folder}`;
    case 'path-past':
      return `git history of ${need.path}`;
    case 'rendered':
      return `what git renders as ${need.objectKind}${need.namespace === null ? '' : ` in ${need.namespace}`}`;
  }
}
