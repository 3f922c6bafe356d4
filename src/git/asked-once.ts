import { messageOf } from '../error-message.ts';
import type { Commit } from '../rules/rule.ts';
import type { Repository } from './repository.ts';

/** What git is asked about lines and commits. Null where it cannot tell. */
export interface LineHistory {
  blame(repository: Repository, file: string, line: number, commit: string): Promise<Commit | null>;
  pullRequestOf(repository: Repository, commit: Commit, head: string): Promise<number | null>;
}

/**
 * Each answer is asked for once, however many incidents one line has. A question that fails has no answer, and
 * `onProblem` is told why.
 */
export function askedOnce(onProblem: (message: string) => void): LineHistory {
  const lines = new Map<string, Promise<Commit | null>>();
  const numbers = new Map<string, Promise<number | null>>();
  const once = <T>(
    known: Map<string, Promise<T | null>>,
    key: readonly unknown[],
    ask: () => Promise<T | null>,
  ): Promise<T | null> => {
    const text = JSON.stringify(key);
    const answer =
      known.get(text) ??
      ask().catch((error: unknown) => {
        onProblem(messageOf(error));
        return null;
      });
    known.set(text, answer);
    return answer;
  };
  return {
    blame: (repository, file, line, commit) =>
      once(lines, [repository.path, file, line, commit], () => repository.blame(file, line, commit)),
    pullRequestOf: (repository, commit, head) =>
      once(numbers, [repository.path, commit.sha, head], () => repository.pullRequestOf(commit, head)),
  };
}
