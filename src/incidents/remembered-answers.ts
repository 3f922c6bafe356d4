import { MINUTE } from '../kubernetes/durations.ts';
import { containerStatuses } from '../kubernetes/workloads.ts';
import type { Answer } from '../model/ask.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { needKey, type Need } from '../model/need.ts';

interface Remembered {
  readonly answer: Promise<Answer>;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What the answer is about, as it was then. */
  readonly about: string;
}

/**
 * How old an answer may be, in milliseconds. Other answers are asked for again: the repository's depend on its head and on the cluster,
 * and a failure whose newest sample is a minute old would seem to be over.
 */
const OLDEST: Partial<Readonly<Record<Need['kind'], number>>> = { log: MINUTE, image: 10 * MINUTE };

/** Answers to questions that were asked before, while they hold. What is not asked again is forgotten. */
export class RememberedAnswers {
  #before = new Map<string, Remembered>();
  #asked = new Map<string, Remembered>();

  /** The answer to a question, asked by `fetch` where none is remembered that holds. An answer that failed is not remembered. */
  answer(need: Need, cluster: ClusterState, fetch: () => Promise<Answer>): Promise<Answer> {
    const oldest = OLDEST[need.kind];
    if (oldest === undefined) return fetch();
    const key = needKey(need);
    const about = aboutOf(need, cluster);
    const known = this.#asked.get(key) ?? this.#before.get(key);
    const age = known === undefined ? Number.NaN : cluster.now - known.at;
    const holds = known?.about === about && age >= 0 && (age < oldest || isFinal(need, cluster));
    const remembered = known && holds ? known : { answer: fetch(), at: cluster.now, about };
    this.#asked.set(key, remembered);
    if (remembered !== known)
      remembered.answer.catch(() => {
        if (this.#asked.get(key) === remembered) this.#asked.delete(key);
        if (this.#before.get(key) === remembered) this.#before.delete(key);
      });
    return remembered.answer;
  }

  /** Forgets what has not been asked since the last time. */
  forgetUnasked(): void {
    this.#before = this.#asked;
    this.#asked = new Map();
  }
}

/** Of a log: the pod and the run of the container that it is from. */
function aboutOf(need: Need, cluster: ClusterState): string {
  if (need.kind !== 'log') return '';
  const pod = cluster.get('Pod', need.namespace, need.pod);
  return JSON.stringify([pod?.metadata.uid, statusOf(need, cluster)]);
}

/** True for the log of a run that is over. */
function isFinal(need: Need, cluster: ClusterState): boolean {
  if (need.kind !== 'log') return false;
  const status = statusOf(need, cluster);
  return status !== undefined && (need.previous || status.state?.terminated !== undefined);
}

function statusOf(need: Extract<Need, { readonly kind: 'log' }>, cluster: ClusterState) {
  const pod = cluster.get('Pod', need.namespace, need.pod);
  return pod && containerStatuses(pod).find(({ name }) => name === need.container);
}
