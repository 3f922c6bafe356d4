import { messageOf } from '../errors/error-message.ts';
import { describeRef } from '../kubernetes/objects.ts';
import type { Answer } from '../model/ask.ts';
import type { ClusterProblem, ClusterSource, ClusterState } from '../model/cluster-state.ts';
import { needKey, type Need, type RepositoryAnswers } from '../model/need.ts';
import type { ImageSource } from '../model/registry-image.ts';
import { KeptAnswers } from './kept-answers.ts';
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

/**
 * Answers at one moment: each thing is fetched once for all who ask. A question whose answering fails has an unknown answer, as one that nobody
 * can answer.
 */
export class Answers {
  readonly #investigator: Investigator;
  readonly #answers = new Map<string, Promise<Answer>>();
  readonly #settled = new Map<string, Answer>();
  readonly #remembered: RememberedAnswers;
  readonly #kept: KeptAnswers;

  /**
   * @param remembered answers of earlier moments that still hold
   * @param kept what was answered last, so that the same answer is the same value
   */
  constructor(
    investigator: Investigator,
    remembered = new RememberedAnswers(),
    kept: KeptAnswers = new KeptAnswers(),
  ) {
    this.#investigator = investigator;
    this.#remembered = remembered;
    this.#kept = kept;
  }

  /** The answer to what was asked at this moment and is answered; undefined: it was not, or not yet. */
  settled(key: string): Answer | undefined {
    return this.#settled.get(key);
  }

  answer(need: Need, key = needKey(need)): Promise<Answer> {
    const answer =
      this.#answers.get(key) ??
      this.#remembered
        .answer(need, this.#investigator.cluster, () => this.#answerTo(need))
        .catch((error: unknown) => {
          this.#investigator.onProblem?.({ where: questionOf(need), message: messageOf(error) });
          return null;
        })
        .then((found) => {
          const kept = this.#kept.keep(key, found);
          this.#settled.set(key, kept);
          return kept;
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
