import { isAncestor } from '../git/graph.ts';
import { refAt, updateRef } from '../git/refs.ts';
import { fetchCommit } from '../git/repositories.ts';
import { repositoryById, type Doer, type GitHub } from '../github.ts';
import { fullPullJson, pullJson, reviewJson } from '../shapes/pulls.ts';
import { userJson } from '../shapes/users.ts';
import type { Issue, Pull, Repository } from '../state.ts';
import { branchHead } from './branches.ts';
import { closeIssue, madeIssue, type IssueText } from './issues.ts';
import { mergeWhatIsReady } from './merging.ts';
import { mayAtLeast, permissionOf } from './people.ts';

export function issueOf(repository: Repository, pull: Pull): Issue {
  const issue = repository.issues.get(pull.number);
  if (issue === undefined) throw new Error(`pull request ${pull.number} is no issue`);
  return issue;
}

export function isOpen(repository: Repository, pull: Pull): boolean {
  return issueOf(repository, pull).state === 'open';
}

export interface PullSides {
  readonly headRepository: Repository;
  readonly head: string;
  readonly headSha: string;
  readonly base: string;
  readonly baseSha: string;
  readonly draft: boolean;
}

export function openPull(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  text: IssueText,
  sides: PullSides,
): Pull {
  const issue = madeIssue(github, repository, doer, text);
  const pull: Pull = {
    id: issue.id + 1_000_000,
    number: issue.number,
    headRepository: sides.headRepository.id,
    head: sides.head,
    base: sides.base,
    headSha: sides.headSha,
    baseSha: sides.baseSha,
    draft: sides.draft,
    merged: null,
    autoMerge: null,
    queued: null,
    requestedReviewers: [],
    requestedTeams: [],
    reviews: [],
    mergeabilityOf: null,
  };
  repository.pulls.set(pull.number, pull);
  publishHead(github, repository, pull);
  tellPull(github, repository, doer, pull, 'opened');
  return pull;
}

/** `refs/pull/<number>/head` is what everybody can fetch, from forks too. */
function publishHead(github: GitHub, repository: Repository, pull: Pull): void {
  const ref = `refs/pull/${pull.number}/head`;
  const head = repositoryById(github, pull.headRepository);
  if (head === repository) updateRef(repository.folder, ref, pull.headSha, refAt(repository.folder, ref));
  else fetchCommit(repository.folder, head.folder, pull.headSha, ref);
}

export function tellPull(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  pull: Pull,
  action: string,
  facts: Readonly<Record<string, unknown>> = {},
): void {
  // Sending a webhook is no question about mergeability.
  const { mergeabilityOf } = pull;
  const json = fullPullJson(github, repository, pull);
  pull.mergeabilityOf = mergeabilityOf;
  github.emit('pull_request', action, repository, {
    number: pull.number,
    pull_request: json,
    sender: userJson(github, doer.login),
    ...facts,
  });
}

/** What becomes of pull requests when a branch moves or goes. */
export function followBranch(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  branch: string,
  to: string | null,
): void {
  for (const of of github.state.repositories.values()) {
    for (const pull of of.pulls.values()) {
      if (pull.headRepository !== repository.id || pull.head !== branch || !isOpen(of, pull)) continue;
      if (to === null) closeIssue(github, of, doer, issueOf(of, pull), 'completed');
      else followHead(github, of, doer, pull, to);
    }
  }
  for (const pull of repository.pulls.values()) {
    if (pull.base !== branch || !isOpen(repository, pull)) continue;
    if (to === null) closeIssue(github, repository, doer, issueOf(repository, pull), 'completed');
    else followBase(github, repository, doer, pull, to);
  }
}

function followHead(github: GitHub, repository: Repository, doer: Doer, pull: Pull, to: string): void {
  const before = pull.headSha;
  pull.headSha = to;
  pull.queued = null;
  pull.baseSha = branchHead(repository, pull.base) ?? pull.baseSha;
  issueOf(repository, pull).updatedAt = github.now();
  publishHead(github, repository, pull);
  if (repository.protections.get(pull.base)?.dismissStale === true) {
    for (const review of pull.reviews) if (review.state === 'APPROVED') review.state = 'DISMISSED';
  }
  if (!mayAtLeast(permissionOf(github, repository, doer.login), 'write'))
    disableAutoMerge(github, repository, doer, pull);
  tellPull(github, repository, doer, pull, 'synchronize', { before, after: to });
  if (isAncestor(repository.folder, to, pull.baseSha))
    closeIssue(github, repository, doer, issueOf(repository, pull), 'completed');
}

/** Somebody pushed the pull request's commits to its base: GitHub calls that merged. */
function followBase(github: GitHub, repository: Repository, doer: Doer, pull: Pull, to: string): void {
  if (!isAncestor(repository.folder, pull.headSha, to)) return;
  settleMerge(github, repository, doer, pull, to);
}

export function settleMerge(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  pull: Pull,
  commit: string,
): void {
  pull.merged = { at: github.now(), by: doer.login, commit };
  pull.autoMerge = null;
  pull.queued = null;
  closeIssue(github, repository, doer, issueOf(repository, pull), 'completed');
}

export function disableAutoMerge(github: GitHub, repository: Repository, doer: Doer, pull: Pull): void {
  if (pull.autoMerge === null) return;
  pull.autoMerge = null;
  tellPull(github, repository, doer, pull, 'auto_merge_disabled', { reason: '' });
}

export function setDraft(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  pull: Pull,
  draft: boolean,
): void {
  if (pull.draft === draft) return;
  pull.draft = draft;
  issueOf(repository, pull).updatedAt = github.now();
  if (draft) disableAutoMerge(github, repository, doer, pull);
  tellPull(github, repository, doer, pull, draft ? 'converted_to_draft' : 'ready_for_review');
}

export function addReview(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  pull: Pull,
  review: Pick<Pull['reviews'][number], 'id' | 'state' | 'body'>,
): Pull['reviews'][number] {
  const made = { ...review, author: doer.login, commit: pull.headSha, at: github.now(), edits: [] };
  pull.reviews.push(made);
  issueOf(repository, pull).updatedAt = github.now();
  pull.requestedReviewers = pull.requestedReviewers.filter(
    (login) => login.toLowerCase() !== doer.login.toLowerCase(),
  );
  github.emit('pull_request_review', 'submitted', repository, {
    review: { ...reviewJson(github, repository, pull, made), state: made.state.toLowerCase() },
    pull_request: pullJson(github, repository, pull),
    sender: userJson(github, doer.login),
  });
  mergeWhatIsReady(github, repository);
  return made;
}
