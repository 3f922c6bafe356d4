import { readCommit } from '../git/commits.ts';
import { commitsBetween, isAncestor } from '../git/graph.ts';
import { branchAt, updateRef } from '../git/refs.ts';
import { accountByMail, pageUrl, type Doer, type GitHub } from '../github.ts';
import { simpleCommitJson } from '../shapes/checks.ts';
import { userJson } from '../shapes/users.ts';
import type { Repository } from '../state.ts';
import { followBranch } from './pulls.ts';
import { openSuite } from './checks.ts';

const nothing = '0'.repeat(40);

export function branchHead(repository: Repository, branch: string): string | null {
  return branchAt(repository.folder, branch);
}

/**
 * Moves, makes (`from` null) or deletes (`to` null) a branch, and lets everything that depends on it know. `false`: it is not
 * at `from` any more.
 */
export function moveBranch(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  branch: string,
  from: string | null,
  to: string | null,
): boolean {
  if (!updateRef(repository.folder, `refs/heads/${branch}`, to, from)) return false;
  if (from === to) return true;
  repository.pushedAt = github.now();
  tellPush(github, repository, doer, branch, from, to);
  followBranch(github, repository, doer, branch, to);
  if (to !== null) openSuite(github, repository, 'ci', to, branch);
  return true;
}

function tellPush(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  branch: string,
  from: string | null,
  to: string | null,
): void {
  const sender = userJson(github, doer.login);
  if (from === null) {
    github.emit('create', null, repository, {
      ref: branch,
      ref_type: 'branch',
      master_branch: repository.defaultBranch,
      pusher_type: 'user',
      sender,
    });
  }
  if (to === null)
    github.emit('delete', null, repository, { ref: branch, ref_type: 'branch', pusher_type: 'user', sender });
  const commits = to === null ? [] : [...commitsBetween(repository.folder, from, to)].slice(0, 20).reverse();
  github.emit('push', null, repository, {
    ref: `refs/heads/${branch}`,
    before: from ?? nothing,
    after: to ?? nothing,
    created: from === null,
    deleted: to === null,
    forced: from !== null && to !== null && !isAncestor(repository.folder, from, to),
    base_ref: null,
    compare: pageUrl(
      github,
      repository,
      `/compare/${(from ?? nothing).slice(0, 12)}...${(to ?? nothing).slice(0, 12)}`,
    ),
    commits: from === null ? [] : commits.map((sha) => pushedCommitJson(github, repository, sha)),
    head_commit: to === null ? null : pushedCommitJson(github, repository, to),
    pusher: { name: doer.login, email: null },
    sender,
  });
}

function pushedCommitJson(
  github: GitHub,
  repository: Repository,
  sha: string,
): Readonly<Record<string, unknown>> {
  const commit = readCommit(repository.folder, sha);
  const person = (email: string, name: string): object => ({
    name,
    email,
    ...(accountByMail(github, email) === null ? {} : { username: accountByMail(github, email)?.login }),
  });
  return {
    ...simpleCommitJson(repository, sha),
    distinct: true,
    url: pageUrl(github, repository, `/commit/${sha}`),
    author: person(commit?.author.email ?? '', commit?.author.name ?? ''),
    committer: person(commit?.committer.email ?? '', commit?.committer.name ?? ''),
    added: [],
    removed: [],
    modified: [],
  };
}
