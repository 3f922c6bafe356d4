import type { Repository } from './repository.ts';

/** Answers of one repository that are kept; the oldest goes first. */
const MOST = 5_000;
const FULL_NAME = /^[0-9a-f]{40,64}$/;

/**
 * A repository that remembers what it was asked, for as long as its head stands: a commit never changes, so git is started once for each
 * question about the past. Questions at the same time share one process. What failed, or is not known here yet, is asked again.
 *
 * @param most answers
 */
export function remembering(repository: Repository, most = MOST): Repository {
  const answers = new Map<string, Promise<unknown>>();
  const forget = (key: string, answer: Promise<unknown>): void => {
    if (answers.get(key) === answer) answers.delete(key);
  };

  /**
   * @param revisions what the question names commits by: a branch may mean another one tomorrow
   * @param isKept whether the answer will always be this one
   */
  function once<T>(
    question: readonly unknown[],
    revisions: readonly (string | undefined)[],
    ask: () => Promise<T>,
    isKept: (answer: T) => boolean = () => true,
  ): Promise<T> {
    if (!revisions.every((revision) => revision === undefined || FULL_NAME.test(revision))) return ask();
    const key = JSON.stringify(question);
    const known = answers.get(key) as Promise<T> | undefined;
    if (known) return known;
    const answer = ask();
    answers.set(key, answer);
    if (answers.size > most) answers.delete(answers.keys().next().value!);
    answer.then(
      (value) => {
        if (!isKept(value)) forget(key, answer);
      },
      () => forget(key, answer),
    );
    return answer;
  }

  return {
    ...repository,
    log: (options) => once(['log', options], [options.from], () => repository.log(options)),
    lineage: (options) => once(['lineage', options], [options.from], () => repository.lineage(options)),
    blame: (path, line, commit) =>
      once(['blame', path, line, commit], [commit], () => repository.blame(path, line, commit)),
    pullRequestOf: (commit, head) =>
      once(['pull request', commit.sha, head], [head], () => repository.pullRequestOf(commit, head)),
    // A fetch may bring the other commit.
    contains: (revision, commit) =>
      once(
        ['contains', revision, commit],
        [revision, commit],
        () => repository.contains(revision, commit),
        (answer) => answer !== null,
      ),
  };
}
