import { messageOf } from '../errors/error-message.ts';

/** Questions to git, of which many may be the same. */
export interface Asking {
  /** Null where git cannot tell. */
  once<T>(key: readonly unknown[], ask: () => Promise<T | null>): Promise<T | null>;
}

/**
 * Each question is asked once, however many incidents one line has. A question that fails has no answer, and `onProblem` is told
 * why.
 */
export function askedOnce(onProblem: (message: string) => void): Asking {
  const answers = new Map<string, Promise<unknown>>();
  return {
    once: <T>(key: readonly unknown[], ask: () => Promise<T | null>) => {
      const text = JSON.stringify(key);
      const answer =
        (answers.get(text) as Promise<T | null> | undefined) ??
        ask().catch((error: unknown) => {
          onProblem(messageOf(error));
          return null;
        });
      answers.set(text, answer);
      return answer;
    },
  };
}
