import { branchHead } from './events/branches.ts';
import { madeIssue, madeLabel } from './events/issues.ts';
import { fed } from './git/run.ts';
import { madeAccount, newId, type GitHub } from './github.ts';
import type { Crowd } from './interface.ts';
import type { Repository } from './state.ts';

/** Much of everything, by somebody: nobody is told, and git has no reference for the pull requests. */
export function fillWith(github: GitHub, repository: Repository, crowd: Crowd): void {
  const { issues = 0, pulls = 0, comments = 0, branches = 0, labels = 0, by = 'crowd' } = crowd;
  madeAccount(github, by);
  const doer = { login: by, viaApp: false };
  const head = branchHead(repository, repository.defaultBranch) ?? '';
  for (let index = 0; index < labels; index += 1) madeLabel(github, repository, { name: `label ${index}` });
  let last = 1;
  for (let index = 0; index < issues; index += 1)
    last = madeIssue(github, repository, doer, { title: `Issue ${index}`, body: 'x' }).number;
  for (let index = 0; index < pulls; index += 1) {
    const issue = madeIssue(github, repository, doer, { title: `Pull ${index}`, body: 'x' });
    last = issue.number;
    repository.pulls.set(issue.number, {
      id: issue.id + 1_000_000,
      number: issue.number,
      headRepository: repository.id,
      head: `crowd/${index}`,
      base: repository.defaultBranch,
      headSha: head,
      baseSha: head,
      draft: false,
      merged: null,
      autoMerge: null,
      queued: null,
      requestedReviewers: [],
      requestedTeams: [],
      reviews: [],
      mergeabilityOf: null,
    });
  }
  const now = github.now();
  for (let index = 0; index < comments; index += 1) {
    const id = newId(github);
    const on = crowd.on ?? last;
    repository.comments.set(id, {
      id,
      issue: on,
      author: by,
      viaApp: false,
      createdAt: now,
      updatedAt: now,
      body: 'me too',
      edits: 0,
      reactions: [],
    });
  }
  const lines = Array.from({ length: branches }, () => `create refs/heads/crowd/${newId(github)} ${head}\n`);
  if (branches > 0) {
    fed(repository.folder, ['update-ref', '--stdin'], lines.join(''));
    fed(repository.folder, ['pack-refs', '--all'], '');
  }
}
