import { newId, type Doer, type GitHub } from '../github.ts';
import { commentJson, fullIssueJson, issueJson } from '../shapes/issues.ts';
import { labelJson } from '../shapes/labels.ts';
import { userJson } from '../shapes/users.ts';
import type { Comment, Issue, Label, Reaction, Repository } from '../state.ts';
import { disableAutoMerge, tellPull } from './pulls.ts';

export interface IssueText {
  readonly title: string;
  readonly body: string | null;
  readonly labels?: readonly string[];
  readonly assignees?: readonly string[];
}

/** Takes the next number; tells nobody. */
export function madeIssue(github: GitHub, repository: Repository, doer: Doer, text: IssueText): Issue {
  const now = github.now();
  for (const name of text.labels ?? []) madeLabel(github, repository, { name });
  const issue: Issue = {
    id: newId(github),
    number: repository.issues.size + 1,
    author: doer.login,
    viaApp: doer.viaApp,
    createdAt: now,
    updatedAt: now,
    title: text.title,
    body: text.body,
    state: 'open',
    stateReason: null,
    closedAt: null,
    closedBy: null,
    labels: [...new Set(text.labels)],
    assignees: [...new Set(text.assignees)],
    reactions: [],
    edits: [],
  };
  repository.issues.set(issue.number, issue);
  return issue;
}

export function openIssue(github: GitHub, repository: Repository, doer: Doer, text: IssueText): Issue {
  const issue = madeIssue(github, repository, doer, text);
  tellIssue(github, repository, doer, issue, 'opened');
  return issue;
}

/** Tells `issues`, or `pull_request` where the issue is one. */
export function tellIssue(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  issue: Issue,
  action: string,
  facts: Readonly<Record<string, unknown>> = {},
): void {
  const pull = repository.pulls.get(issue.number);
  if (pull !== undefined) {
    tellPull(github, repository, doer, pull, action, facts);
    return;
  }
  const sender = userJson(github, doer.login);
  github.emit('issues', action, repository, {
    issue: issueJson(github, repository, issue),
    sender,
    ...facts,
  });
}

export function closeIssue(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  issue: Issue,
  reason: 'completed' | 'not_planned',
): void {
  if (issue.state === 'closed') return;
  const pull = repository.pulls.get(issue.number);
  const now = github.now();
  Object.assign(issue, {
    state: 'closed',
    stateReason: pull === undefined ? reason : null,
    closedAt: now,
    updatedAt: now,
    closedBy: doer.login,
  });
  if (pull !== undefined) disableAutoMerge(github, repository, doer, pull);
  tellIssue(github, repository, doer, issue, 'closed');
}

export function reopenIssue(github: GitHub, repository: Repository, doer: Doer, issue: Issue): void {
  if (issue.state === 'open') return;
  const isPull = repository.pulls.has(issue.number);
  Object.assign(issue, {
    state: 'open',
    stateReason: isPull ? null : 'reopened',
    closedAt: null,
    closedBy: null,
    updatedAt: github.now(),
  });
  tellIssue(github, repository, doer, issue, 'reopened');
}

export function editIssue(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  issue: Issue,
  change: { readonly title?: string | undefined; readonly body?: string | null | undefined },
): void {
  const changes: Record<string, unknown> = {};
  if (change.title !== undefined && change.title !== issue.title) changes['title'] = { from: issue.title };
  if (change.body !== undefined && change.body !== issue.body) changes['body'] = { from: issue.body ?? '' };
  if (Object.keys(changes).length === 0) return;
  issue.title = change.title ?? issue.title;
  if (change.body !== undefined && change.body !== issue.body) {
    issue.body = change.body;
    issue.edits.push({ by: doer.login, at: github.now() });
  }
  issue.updatedAt = github.now();
  tellIssue(github, repository, doer, issue, 'edited', { changes });
}

export function addComment(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  issue: Issue,
  body: string,
): Comment {
  const now = github.now();
  const comment: Comment = {
    id: newId(github),
    issue: issue.number,
    author: doer.login,
    viaApp: doer.viaApp,
    createdAt: now,
    updatedAt: now,
    body,
    edits: 0,
    reactions: [],
  };
  repository.comments.set(comment.id, comment);
  issue.updatedAt = now;
  tellComment(github, repository, doer, comment, 'created');
  return comment;
}

export function editComment(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  comment: Comment,
  body: string,
): void {
  const before = comment.body;
  comment.body = body;
  comment.updatedAt = github.now();
  comment.edits += 1;
  tellComment(github, repository, doer, comment, 'edited', { changes: { body: { from: before } } });
}

export function deleteComment(github: GitHub, repository: Repository, doer: Doer, comment: Comment): void {
  tellComment(github, repository, doer, comment, 'deleted');
  repository.comments.delete(comment.id);
}

function tellComment(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  comment: Comment,
  action: string,
  facts: Readonly<Record<string, unknown>> = {},
): void {
  const issue = repository.issues.get(comment.issue);
  github.emit('issue_comment', action, repository, {
    issue: issue === undefined ? null : fullIssueJson(github, repository, issue),
    comment: commentJson(github, repository, comment),
    sender: userJson(github, doer.login),
    ...facts,
  });
}

/** The same reaction by the same account is there once. */
export function react(
  github: GitHub,
  to: { readonly reactions: Reaction[] },
  doer: Doer,
  content: string,
): { readonly reaction: Reaction; readonly isNew: boolean } {
  const known = to.reactions.find(
    (reaction) => reaction.author === doer.login && reaction.content === content,
  );
  if (known !== undefined) return { reaction: known, isNew: false };
  const reaction = { id: newId(github), author: doer.login, content, at: github.now() };
  to.reactions.push(reaction);
  return { reaction, isNew: true };
}

export function madeLabel(
  github: GitHub,
  repository: Repository,
  text: { readonly name: string; readonly color?: string; readonly description?: string | null },
): Label {
  const known = repository.labels.get(text.name.toLowerCase());
  if (known !== undefined) return known;
  const label: Label = {
    id: newId(github),
    name: text.name,
    color: text.color ?? 'ededed',
    description: text.description ?? null,
  };
  repository.labels.set(text.name.toLowerCase(), label);
  return label;
}

/** Labels that do not exist are made. */
export function addLabels(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  issue: Issue,
  names: readonly string[],
): void {
  for (const wanted of names) {
    const { name } = madeLabel(github, repository, { name: wanted });
    if (issue.labels.includes(name)) continue;
    issue.labels.push(name);
    issue.updatedAt = github.now();
    tellIssue(github, repository, doer, issue, 'labeled', { label: labelJson(github, repository, name) });
  }
}

/** `false`: the issue does not have it. */
export function removeLabel(
  github: GitHub,
  repository: Repository,
  doer: Doer,
  issue: Issue,
  name: string,
): boolean {
  const there = issue.labels.find((label) => label.toLowerCase() === name.toLowerCase());
  if (there === undefined) return false;
  issue.labels = issue.labels.filter((label) => label !== there);
  issue.updatedAt = github.now();
  tellIssue(github, repository, doer, issue, 'unlabeled', { label: labelJson(github, repository, there) });
  return true;
}
