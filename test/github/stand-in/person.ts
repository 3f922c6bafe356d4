import { commitAt, writeCommit } from './git/commits.ts';
import { writeBlob } from './git/objects.ts';
import { readTree, writeTree } from './git/trees.ts';
import { mailOf, newId, type Doer, type GitHub } from './github.ts';
import { branchHead, moveBranch } from './events/branches.ts';
import {
  addComment,
  addLabels,
  closeIssue,
  deleteComment,
  editComment,
  editIssue,
  openIssue,
  removeLabel,
  reopenIssue,
} from './events/issues.ts';
import { askAgain } from './events/checks.ts';
import { mergePull } from './events/merging.ts';
import { addReview, openPull, setDraft } from './events/pulls.ts';
import { addReviewComment, editReviewComment } from './events/review-comments.ts';
import { sidesOf } from './resources/pulls.ts';
import type { Person } from './interface.ts';
import type { Comment, Issue, Pull, Repository } from './state.ts';

export function personOf(github: GitHub, repository: Repository, login: string): Person {
  const doer: Doer = { login, viaApp: false };
  const issue = (number: number): Issue => found(repository.issues.get(number), `#${number}`);
  const pull = (number: number): Pull => found(repository.pulls.get(number), `pull request #${number}`);
  const comment = (id: number): Comment => found(repository.comments.get(id), `comment ${id}`);
  const review = (number: number, state: 'APPROVED' | 'CHANGES_REQUESTED'): void => {
    if (issue(number).author === login) throw new Error('Can not review your own pull request');
    addReview(github, repository, doer, pull(number), { id: newId(github), state, body: '' });
  };
  return {
    login,
    push(branch, files, options = {}) {
      const head = branchHead(repository, branch);
      const parent = options.from ?? head ?? branchHead(repository, repository.defaultBranch);
      const sha = commitFiles(
        github,
        repository,
        login,
        parent,
        files,
        options.message ?? `Change ${Object.keys(files).join(', ')}`,
      );
      moveBranch(github, repository, doer, branch, head, sha);
      return sha;
    },
    deleteBranch(branch) {
      moveBranch(github, repository, doer, branch, found(branchHead(repository, branch), branch), null);
    },
    comment: (number, body) => addComment(github, repository, doer, issue(number), body).id,
    editComment: (id, body) => editComment(github, repository, doer, comment(id), body),
    deleteComment: (id) => deleteComment(github, repository, doer, comment(id)),
    openIssue: (title, body = '') => openIssue(github, repository, doer, { title, body }).number,
    openPull(title, head, base = repository.defaultBranch, { body = '', draft = false } = {}) {
      return openPull(
        github,
        repository,
        doer,
        { title, body },
        { ...sidesOf(github, repository, head, base), draft },
      ).number;
    },
    edit: (number, change) => editIssue(github, repository, doer, issue(number), change),
    close: (number) => closeIssue(github, repository, doer, issue(number), 'completed'),
    reopen: (number) => reopenIssue(github, repository, doer, issue(number)),
    merge(number, method = repository.settings.mergeMethods[0] ?? 'merge') {
      const result = mergePull(github, repository, doer, pull(number), { method });
      if ('commit' in result) return result.commit;
      throw new Error(result.message);
    },
    reviewComment(number, body, replyTo) {
      const path = 'apps/cart.yaml';
      return addReviewComment(github, repository, doer, pull(number), {
        body,
        path,
        replyTo: replyTo ?? null,
      }).id;
    },
    editReviewComment: (id, body) =>
      editReviewComment(github, found(repository.reviewComments.get(id), `review comment ${id}`), body),
    review: (number, body) =>
      addReview(github, repository, doer, pull(number), { id: newId(github), state: 'COMMENTED', body }).id,
    editReview(number, id, body) {
      const review = found(
        pull(number).reviews.find((one) => one.id === id),
        `review ${id}`,
      );
      review.body = body;
      review.edits.push({ by: login, at: github.now() });
    },
    approve: (number) => review(number, 'APPROVED'),
    requestChanges: (number) => review(number, 'CHANGES_REQUESTED'),
    requestReview: (number, login) => void pull(number).requestedReviewers.push(login),
    rerun(revision, name, what = 'run') {
      askAgain(github, repository, doer, branchHead(repository, revision) ?? revision, name, what);
    },
    ready: (number) => setDraft(github, repository, doer, pull(number), false),
    label: (number, ...labels) => addLabels(github, repository, doer, issue(number), labels),
    unlabel(number, ...labels) {
      for (const label of labels) removeLabel(github, repository, doer, issue(number), label);
    },
  };
}

function found<Thing>(thing: Thing | null | undefined, name: string): Thing {
  if (thing === null || thing === undefined) throw new Error(`there is no ${name}`);
  return thing;
}

/** A commit as somebody's own git makes it: with their address, and unsigned. */
export function commitFiles(
  github: GitHub,
  { folder }: Repository,
  login: string,
  parent: string | null,
  files: Readonly<Record<string, string | Buffer | null>>,
  message: string,
): string {
  const base = parent === null ? null : commitAt(folder, parent).tree;
  const modes = new Map(
    base === null ? [] : readTree(folder, base, true).map(({ path, mode }) => [path, mode]),
  );
  const changes = Object.entries(files).map(([path, content]) => ({
    path,
    mode: modes.get(path) ?? '100644',
    sha: content === null ? null : writeBlob(folder, Buffer.from(content)),
  }));
  const signature = { name: login, email: mailOf(login), at: github.now() };
  const tree = writeTree(folder, base, changes);
  const parents = parent === null ? [] : [parent];
  return writeCommit(folder, { tree, parents, author: signature, committer: signature, message }, null);
}
