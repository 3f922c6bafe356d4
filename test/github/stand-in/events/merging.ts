import { commitAt, writeCommit } from '../git/commits.ts';
import { mergedTree } from '../git/graph.ts';
import { botLogin, type Doer, type GitHub } from '../github.ts';
import type { MergeMethod } from '../interface.ts';
import type { Pull, Repository } from '../state.ts';
import { branchHead, moveBranch } from './branches.ts';
import { baseNow, commitsOf, mergeability, obstacles } from './mergeability.ts';
import { permissionOf } from './people.ts';
import { isOpen, issueOf, settleMerge } from './pulls.ts';
import { signatureOf, signedBy, webFlow } from './signing.ts';

export type MergeRefusal = { readonly status: 403 | 405 | 409; readonly message: string };

export interface MergeWishes {
  readonly method: MergeMethod;
  readonly title?: string | null | undefined;
  readonly message?: string | null | undefined;
  /** The head that was looked at. */
  readonly sha?: string | undefined;
}

/** Merges as the button does, or says with GitHub's words why not. */
export function mergePull(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  pull: Pull,
  wishes: MergeWishes,
): { readonly commit: string } | MergeRefusal {
  if (!isOpen(repository, pull)) return { status: 405, message: 'Pull Request is not mergeable' };
  if (wishes.sha !== undefined && wishes.sha !== pull.headSha) {
    return { status: 409, message: 'Head branch was modified. Review and try the merge again.' };
  }
  if (!repository.settings.mergeMethods.includes(wishes.method))
    return { status: 405, message: notAllowed[wishes.method] };
  const isAdmin = permissionOf(github, repository, doer.login) === 'admin';
  const obstacle = obstacles(github, repository, pull).find(
    ({ adminsMayPass }) => !(adminsMayPass && isAdmin),
  );
  if (obstacle !== undefined) return { status: 405, message: obstacle.message };
  if (repository.protections.get(pull.base)?.mergeQueue === true)
    return {
      status: 405,
      message: 'Repository rule violations found\n\nChanges must be made through the merge queue\n\n',
    };
  return merged(github, repository, doer, pull, wishes);
}

function merged(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  pull: Pull,
  wishes: MergeWishes,
): { readonly commit: string } {
  const base = baseNow(repository, pull);
  const commit = mergeCommit(github, repository, doer, pull, base, wishes);
  // First merged, then moved: otherwise the push would look like somebody else's merge.
  settleMerge(github, repository, doer, pull, commit);
  moveBranch(github, repository, doer, pull.base, base, commit);
  const head = branchHead(repository, pull.head);
  if (repository.settings.deleteBranchOnMerge && pull.headRepository === repository.id && head !== null) {
    moveBranch(github, repository, doer, pull.head, head, null);
  }
  return { commit };
}

const notAllowed: Readonly<Record<MergeMethod, string>> = {
  merge: 'Merge commits are not allowed on this repository.',
  squash: 'Squash merges are not allowed on this repository.',
  rebase: 'Rebase merges are not allowed on this repository.',
};

function mergeCommit(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  pull: Pull,
  base: string,
  { method, title, message }: MergeWishes,
): string {
  const { folder } = repository;
  const tree = mergedTree(folder, base, pull.headSha) ?? commitAt(folder, pull.headSha).tree;
  const issue = issueOf(repository, pull);
  const commits = commitsOf(repository, pull);
  const only = commits.length === 1 && commits[0] !== undefined ? commitAt(folder, commits[0]) : null;
  const committer = webFlow(github.now());
  const write = (
    parents: readonly string[],
    text: string,
    author = signatureOf(github, doer.login),
  ): string => writeCommit(folder, { tree, parents, author, committer, message: text }, signedBy(github));
  const text = (first: string, rest: string): string =>
    [title ?? first, message ?? rest].filter((part) => part !== '').join('\n\n');
  switch (method) {
    case 'merge': {
      const owner = repository.owner;
      return write(
        [base, pull.headSha],
        text(`Merge pull request #${pull.number} from ${owner}/${pull.head}`, issue.title),
      );
    }
    case 'squash': {
      const subject = only === null ? issue.title : (only.message.split('\n')[0] ?? '');
      const rest = only === null ? '' : only.message.split('\n').slice(1).join('\n').trim();
      const author = only === null ? signatureOf(github, issue.author) : only.author;
      return write([base], text(`${subject} (#${pull.number})`, rest), author);
    }
    case 'rebase':
      if (only === null) throw new Error('the stand-in rebases single commits only');
      return write([base], only.message, only.author);
  }
}

/** Auto-merge: whatever has become ready is merged in the name of whoever switched it on. */
export function mergeWhatIsReady(github: GitHub, repository: Repository): void {
  for (const pull of repository.pulls.values()) {
    if (pull.autoMerge === null || !isOpen(repository, pull)) continue;
    const { state } = mergeability(github, repository, pull);
    if (state !== 'clean' && state !== 'unstable') continue;
    const { by, method, title, message } = pull.autoMerge;
    if (repository.protections.get(pull.base)?.mergeQueue === true) {
      Object.assign(pull, { queued: pull.autoMerge, autoMerge: null });
      continue;
    }
    const doer = { login: by, viaApp: by === botLogin(github) };
    mergePull(github, repository, doer, pull, { method, title, message });
  }
}

/** Why a pull request cannot be put into the merge queue, as GraphQL says it; null when it can. */
export function queueRefusal(github: GitHub, repository: Repository, pull: Pull): string | null {
  if (repository.protections.get(pull.base)?.mergeQueue !== true)
    return 'Pull request base branch does not have a merge queue';
  if (pull.queued !== null) return 'Pull request is already in the queue';
  const [obstacle] = obstacles(github, repository, pull);
  return obstacle === undefined ? null : `Pull request ${obstacle.message}`;
}

export function processQueue(github: GitHub, repository: Repository, outcome: 'merge' | 'fail'): void {
  for (const pull of repository.pulls.values()) {
    const { queued } = pull;
    if (queued === null || !isOpen(repository, pull)) continue;
    pull.queued = null;
    if (outcome === 'fail') continue;
    const doer = { login: queued.by, viaApp: queued.by === botLogin(github) };
    merged(github, repository, doer, pull, { method: queued.method, title: null, message: null });
  }
}

/** Why auto-merge cannot be switched on, as GraphQL says it; null when it can. */
export function autoMergeRefusal(
  github: GitHub,
  repository: Repository,
  pull: Pull,
  method: MergeMethod,
): string | null {
  if (!repository.settings.allowAutoMerge)
    return 'Pull request Auto merge is not allowed for this repository';
  if (!isOpen(repository, pull)) return "Can't enable auto-merge for this pull request.";
  if (!repository.settings.mergeMethods.includes(method)) return notAllowed[method];
  if (pull.draft) return 'Pull request Pull request is in draft status';
  if (!repository.protections.has(pull.base)) {
    return 'Pull request Protected branch rules not configured for this branch';
  }
  const { state } = mergeability(github, repository, pull);
  return state === 'clean' || state === 'unstable' || state === 'dirty'
    ? `Pull request Pull request is in ${state} status`
    : null;
}
