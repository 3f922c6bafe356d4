import { isDeepStrictEqual } from 'node:util';
import type { Answer } from '../model/ask.ts';

/** The last answer to each question. An answer that says what the last one said is the very same value. */
export class KeptAnswers {
  #before = new Map<string, Answer>();
  #now = new Map<string, Answer>();

  keep(question: string, answer: Answer): Answer {
    const known = this.#now.has(question) ? this.#now.get(question) : this.#before.get(question);
    const kept = known !== undefined && isDeepStrictEqual(known, answer) ? known : answer;
    this.#now.set(question, kept);
    return kept;
  }

  /** Forgets what has not been asked since the last time. */
  forgetUnasked(): void {
    this.#before = this.#now;
    this.#now = new Map();
  }
}
