import type { Explanation, Incident } from '../model/incident.ts';
import { plainAnswer } from './plain-answer.ts';
import { questionAbout, type Question } from './question.ts';

export interface ExplainerParts {
  readonly model: string;
  /** What the model wrote. @throws where it did not */
  readonly ask: (question: Question) => Promise<string>;
  /** Explanations that were written before, by key; null where there is none. */
  readonly memory: {
    get(key: string): Promise<string | null>;
    set(key: string, text: string): Promise<void>;
  };
  /** Told why there is no explanation. */
  readonly failed: (problem: unknown) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** How long a question is left alone whose answer could not be used, in milliseconds. */
const PAUSE = 10 * 60_000;
/** So many questions may wait: a storm is not explained to its end. */
const MOST_WAITING = 20;
/** So many questions an hour may cost something. */
const MOST_AN_HOUR = 60;
const HOUR = 60 * 60_000;

/**
 * Adds to incidents what a model wrote about their evidence. It waits for no answer: a scan shows what is known, and a later one the rest. One question is
 * asked at a time. Whatever goes wrong leaves incidents as they are.
 */
export class Explainer {
  readonly #parts: ExplainerParts;
  readonly #known = new Map<string, string>();
  /** When a question may be asked again. */
  readonly #notBefore = new Map<string, number>();
  readonly #waiting = new Map<string, Question>();
  /** The same incident with the same explanation is the same object. */
  readonly #made = new WeakMap<Incident, Incident>();
  #asked: readonly number[] = [];
  #working: Promise<void> | null = null;

  constructor(parts: ExplainerParts) {
    this.#parts = parts;
  }

  async explain(incidents: readonly Incident[]): Promise<readonly Incident[]> {
    const explained: Incident[] = [];
    for (const incident of incidents) explained.push(await this.#explained(incident).catch(() => incident));
    return explained;
  }

  /** Resolves when nothing waits for an answer any more. */
  async settled(): Promise<void> {
    while (this.#working !== null) await this.#working;
  }

  async #explained(incident: Incident): Promise<Incident> {
    const question = questionAbout(incident);
    if (question === null) return incident;
    const text = this.#known.get(question.key) ?? (await this.#remembered(question.key));
    if (text === null) {
      this.#askLater(question);
      return incident;
    }
    const before = this.#made.get(incident);
    if (before?.explanation?.text === text) return before;
    const explanation: Explanation = { text, model: this.#parts.model };
    const made = { ...incident, explanation };
    this.#made.set(incident, made);
    return made;
  }

  async #remembered(key: string): Promise<string | null> {
    const written = await this.#parts.memory.get(this.#keyOf(key));
    // It was made plain before it was stored; a store can be written by others too.
    const text = written === null ? null : plainAnswer(written);
    if (text !== null) this.#known.set(key, text);
    return text;
  }

  #askLater(question: Question): void {
    const { key } = question;
    if (this.#waiting.has(key) || this.#waiting.size >= MOST_WAITING) return;
    if ((this.#notBefore.get(key) ?? 0) > this.#parts.now()) return;
    this.#waiting.set(key, question);
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
  }

  async #work(): Promise<void> {
    for (const [key, question] of this.#waiting) {
      await this.#answer(question);
      this.#waiting.delete(key);
    }
  }

  async #answer(question: Question): Promise<void> {
    const { ask, memory, failed, now } = this.#parts;
    const { key } = question;
    this.#notBefore.set(key, now() + PAUSE);
    this.#asked = this.#asked.filter((at) => now() - at < HOUR);
    if (this.#asked.length >= MOST_AN_HOUR) return;
    this.#asked = [...this.#asked, now()];
    try {
      const text = plainAnswer(await ask(question));
      if (text === null) throw new Error('the answer has no sentence that could be shown');
      this.#known.set(key, text);
      await memory.set(this.#keyOf(key), text);
    } catch (error) {
      failed(error);
    }
  }

  #keyOf(key: string): string {
    return `explanation ${this.#parts.model} ${key}`;
  }
}
