import { classicRule } from '../resources/branches.ts';
import { refAt } from '../git/refs.ts';
import { pageUrl, repositoryBySlug, slugOf, timeText } from '../github.ts';
import { approvalsOf, askedMergeability } from '../events/mergeability.ts';
import { mayAtLeast, permissionOf } from '../events/people.ts';
import { issueOf } from '../events/pulls.ts';
import { isVisible } from '../http/access.ts';
import { loginOf } from '../http/authenticate.ts';
import type { Call } from '../http/route.ts';
import { nodeId } from '../shapes/users.ts';
import type { Issue, Pull, Repository } from '../state.ts';

/*
 * The objects that GraphQL shows, with the fields that the stand-in knows. A field is a value, or a function of its arguments.
 */

export interface Thing {
  readonly typeName: string;
  readonly [field: string]: unknown;
}

export interface FoundPull {
  readonly repository: Repository;
  readonly pull: Pull;
}

export function queryThing(call: Call): Thing {
  return {
    typeName: 'Query',
    viewer: { typeName: 'User', login: loginOf(call.actor) },
    repository: ({ owner, name }: Readonly<Record<string, unknown>>) => {
      const repository = repositoryBySlug(call.github, String(owner), String(name));
      if (repository === null || !isVisible(call, repository)) {
        throw new GraphQLProblem(
          'NOT_FOUND',
          `Could not resolve to a Repository with the name '${owner}/${name}'.`,
        );
      }
      return repositoryThing(call, repository);
    },
    node: ({ id }: Readonly<Record<string, unknown>>) => {
      const review = reviewById(call, String(id));
      if (review !== null) return review;
      const { repository, pull } = pullById(call, String(id));
      return pullThing(call, repository, pull);
    },
  };
}

/** An error with a type of GitHub's: `NOT_FOUND`, `FORBIDDEN`, `UNPROCESSABLE`. */
export class GraphQLProblem extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

export function pullById(call: Call, id: string): FoundPull {
  for (const repository of call.github.state.repositories.values()) {
    for (const pull of repository.pulls.values()) {
      if (nodeId('PR', pull.id) === id && isVisible(call, repository)) return { repository, pull };
    }
  }
  throw new GraphQLProblem('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
}

export function repositoryById(call: Call, id: string): Repository {
  for (const repository of call.github.state.repositories.values()) {
    if (nodeId('R', repository.id) === id && isVisible(call, repository)) return repository;
  }
  throw new GraphQLProblem('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
}

function repositoryThing(call: Call, repository: Repository): Thing {
  const { github } = call;
  const { settings } = repository;
  return {
    typeName: 'Repository',
    id: nodeId('R', repository.id),
    name: repository.name,
    nameWithOwner: slugOf(repository),
    url: pageUrl(github, repository),
    isPrivate: settings.private,
    isArchived: settings.archived,
    autoMergeAllowed: settings.allowAutoMerge,
    mergeCommitAllowed: settings.mergeMethods.includes('merge'),
    squashMergeAllowed: settings.mergeMethods.includes('squash'),
    rebaseMergeAllowed: settings.mergeMethods.includes('rebase'),
    deleteBranchOnMerge: settings.deleteBranchOnMerge,
    defaultBranchRef: () => refThing(repository, `refs/heads/${repository.defaultBranch}`),
    ref: ({ qualifiedName }: Readonly<Record<string, unknown>>) => {
      const name = String(qualifiedName);
      return refThing(repository, name.startsWith('refs/') ? name : `refs/heads/${name}`);
    },
    issueOrPullRequest: ({ number }: Readonly<Record<string, unknown>>) => {
      const pull = repository.pulls.get(Number(number));
      if (pull !== undefined) return pullThing(call, repository, pull);
      const issue = repository.issues.get(Number(number));
      if (issue === undefined) {
        throw new GraphQLProblem(
          'NOT_FOUND',
          `Could not resolve to an issue or pull request with the number of ${number}.`,
        );
      }
      return {
        typeName: 'Issue',
        number: issue.number,
        title: issue.title,
        ...descriptionFields(issue),
      };
    },
    pullRequest: ({ number }: Readonly<Record<string, unknown>>) => {
      const pull = repository.pulls.get(Number(number));
      if (pull === undefined) {
        throw new GraphQLProblem(
          'NOT_FOUND',
          `Could not resolve to a PullRequest with the number of ${number}.`,
        );
      }
      return pullThing(call, repository, pull);
    },
  };
}

/** `refUpdateRule` is what of the protection binds the one who asks; the protection itself is for administrators. */
function refThing(repository: Repository, ref: string): Thing | null {
  const sha = refAt(repository.folder, ref);
  if (sha === null) return null;
  const rule = classicRule(repository, ref.replace('refs/heads/', ''));
  return {
    typeName: 'Ref',
    id: nodeId('REF', ref),
    name: ref.replace('refs/heads/', ''),
    prefix: 'refs/heads/',
    target: { typeName: 'Commit', oid: sha },
    branchProtectionRule: null,
    refUpdateRule:
      rule === null
        ? null
        : {
            typeName: 'RefUpdateRule',
            pattern: ref.replace('refs/heads/', ''),
            requiredApprovingReviewCount: rule.approvals ?? null,
            requiredStatusCheckContexts: rule.checks ?? [],
            requiresCodeOwnerReviews: rule.codeOwners ?? false,
            allowsDeletions: false,
            allowsForcePushes: false,
            viewerCanPush: false,
          },
  };
}

export function pullThing(call: Call, repository: Repository, pull: Pull): Thing {
  const { github } = call;
  const issue = issueOf(repository, pull);
  const mayWrite = mayAtLeast(permissionOf(github, repository, loginOf(call.actor) ?? ''), 'write');
  const time = (at: number | null): string | null => (at === null ? null : timeText(at));
  return {
    typeName: 'PullRequest',
    id: nodeId('PR', pull.id),
    number: pull.number,
    title: issue.title,
    ...descriptionFields(issue),
    url: pageUrl(github, repository, `/pull/${pull.number}`),
    state: pull.merged === null ? issue.state.toUpperCase() : 'MERGED',
    isDraft: pull.draft,
    merged: pull.merged !== null,
    closed: issue.state === 'closed',
    createdAt: time(issue.createdAt),
    updatedAt: time(issue.updatedAt),
    closedAt: time(issue.closedAt),
    mergedAt: time(pull.merged?.at ?? null),
    author: actorThing(issue.author),
    mergedBy: pull.merged === null ? null : actorThing(pull.merged.by),
    mergeCommit: pull.merged === null ? null : { typeName: 'Commit', oid: pull.merged.commit },
    headRefName: pull.head,
    headRefOid: pull.headSha,
    baseRefName: pull.base,
    baseRefOid: pull.baseSha,
    mergeable: () => {
      const { mergeable } = askedMergeability(github, repository, pull);
      return mergeable === null ? 'UNKNOWN' : mergeable ? 'MERGEABLE' : 'CONFLICTING';
    },
    mergeStateStatus: () => askedMergeability(github, repository, pull).state.toUpperCase(),
    reviewDecision: () => reviewDecision(call, repository, pull),
    viewerCanEnableAutoMerge: () => mayWrite && pull.autoMerge === null && repository.settings.allowAutoMerge,
    viewerCanDisableAutoMerge: () => mayWrite && pull.autoMerge !== null,
    isMergeQueueEnabled: repository.protections.get(pull.base)?.mergeQueue === true,
    isInMergeQueue: pull.queued !== null,
    autoMergeRequest:
      pull.autoMerge === null
        ? null
        : {
            typeName: 'AutoMergeRequest',
            enabledAt: timeText(issue.updatedAt),
            enabledBy: actorThing(pull.autoMerge.by),
            mergeMethod: pull.autoMerge.method.toUpperCase(),
            commitHeadline: pull.autoMerge.title,
            commitBody: pull.autoMerge.message,
          },
  };
}

/** The newest edit first; the first edit of all brings the text from before along, as one of the author's. */
function descriptionFields({ body, author, createdAt, edits }: Issue): Readonly<Record<string, unknown>> {
  const all = edits.length === 0 ? [] : [{ by: author, at: createdAt }, ...edits];
  const newest = all.at(-1);
  return {
    body: body ?? '',
    lastEditedAt: newest === undefined ? null : timeText(newest.at),
    editor: newest === undefined ? null : actorThing(newest.by),
    userContentEdits: ({ first, last }: Readonly<Record<string, unknown>>) => {
      const listed = all.toReversed().map(({ by, at }) => ({
        typeName: 'UserContentEdit',
        editedAt: timeText(at),
        editor: actorThing(by),
      }));
      const nodes = last === undefined ? listed.slice(0, Number(first)) : listed.slice(-Number(last));
      return { typeName: 'UserContentEditConnection', nodes };
    },
  };
}

function reviewById(call: Call, id: string): Thing | null {
  for (const repository of call.github.state.repositories.values())
    for (const pull of repository.pulls.values())
      for (const review of pull.reviews)
        if (nodeId('PRR', review.id) === id && isVisible(call, repository)) {
          const last = review.edits.at(-1);
          return {
            typeName: 'PullRequestReview',
            body: review.body,
            lastEditedAt: last === undefined ? null : timeText(last.at),
          };
        }
  return null;
}

/** GraphQL names bots without `[bot]`. */
export function actorThing(login: string): Thing {
  const isBot = login.endsWith('[bot]');
  return { typeName: isBot ? 'Bot' : 'User', login: login.replace(/\[bot\]$/, '') };
}

function reviewDecision({ github }: Call, repository: Repository, pull: Pull): string | null {
  const needed = repository.protections.get(pull.base)?.approvals ?? 0;
  const approvals = approvalsOf(github, repository, pull);
  if (approvals === 'changes requested') return 'CHANGES_REQUESTED';
  if (needed === 0) return null;
  return approvals >= needed ? 'APPROVED' : 'REVIEW_REQUIRED';
}
