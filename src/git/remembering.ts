import type { Repository } from './repository.ts';

/** Answers of one repository that are kept; the oldest goes first. */
const MOST = 5_000;
const FULL_NAME = /^[0-9a-f]{40,64}$/;

/**
 * A repository that remembers what it was asked: a commit never changes, so git is started once for each question about the past. What is
 * asked without a commit is asked about the head that this object was opened at, so that an answer is never one of another head. Questions
 * at the same time share one process. What failed, or is not known here yet, is asked again.
 *
 * @param most answers
 */
export function remembering(repository: Repository, most = MOST): Repository {
  return over(repository, newAnswers(most));
}

type Answers = ReturnType<typeof newAnswers>;

/** Of one repository, whichever of its branches is asked. */
function newAnswers(most: number) {
  const answers = new Map<string, Promise<unknown>>();
  const forget = (key: string, answer: Promise<unknown>): void => {
    if (answers.get(key) === answer) answers.delete(key);
  };

  /**
   * @param revisions what the question names commits by: a branch may mean another one tomorrow
   * @param isKept whether the answer will always be this one
   */
  return function once<T>(
    question: readonly unknown[],
    revisions: readonly (string | undefined)[],
    ask: () => Promise<T>,
    isKept: (answer: T) => boolean = () => true,
  ): Promise<T> {
    if (!revisions.every((revision) => revision !== undefined && FULL_NAME.test(revision))) return ask();
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
  };
}

function over(repository: Repository, once: Answers): Repository {
  const fromHead = <T extends { readonly from?: string }>(options: T): T =>
    options.from === undefined && repository.head ? { ...options, from: repository.head.sha } : options;
  // Git refuses also where it was stopped, or the repository is not whole.
  const isKnown = (answer: unknown): boolean => answer !== null;
  return {
    ...repository,
    onBranch: async (branch) => {
      const found = await repository.onBranch(branch);
      return found && over(found, once);
    },
    log: (given) => {
      const options = fromHead(given);
      return once(['log', options], [options.from], () => repository.log(options));
    },
    lineage: (given) => {
      const options = fromHead(given);
      return once(['lineage', options], [options.from], () => repository.lineage(options));
    },
    blame: (path, line, commit) =>
      once(['blame', path, line, commit], [commit], () => repository.blame(path, line, commit), isKnown),
    pullRequestOf: (commit, head) =>
      once(['pull request', commit.sha, head], [head], () => repository.pullRequestOf(commit, head)),
    // A fetch may bring the other commit.
    contains: (revision, commit) =>
      once(
        ['contains', revision, commit],
        [revision, commit],
        () => repository.contains(revision, commit),
        isKnown,
      ),
    messageOf: (commit) => once(['message', commit], [commit], () => repository.messageOf(commit), isKnown),
    modesAt: (commit, paths) =>
      once(['modes', commit, paths], [commit], () => repository.modesAt(commit, paths), isKnown),
  };
}
