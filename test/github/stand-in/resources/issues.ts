import { mayAtLeast, permissionOf } from '../events/people.ts';
import {
  addLabels,
  closeIssue,
  editIssue,
  openIssue,
  react,
  removeLabel,
  reopenIssue,
} from '../events/issues.ts';
import { page } from '../http/paging.ts';
import {
  created,
  invalid,
  notFound,
  ok,
  Refusal,
  repositoryRoute,
  type RepositoryCall,
  type RepositoryRoutes,
} from '../http/route.ts';
import { fullIssueJson, issueJson, reactionJson } from '../shapes/issues.ts';
import type { Issue } from '../state.ts';

type WantedLabel = string | { readonly name?: string };

interface WantedIssue {
  readonly title: string | number;
  readonly body?: string;
  readonly labels?: readonly WantedLabel[];
  readonly assignees?: readonly string[];
}

export const issueRoutes: RepositoryRoutes = {
  'GET /repos/{owner}/{repo}/issues': repositoryRoute('issues:read pull_requests:read', (call) => {
    const { github, repository, query } = call;
    const { state = 'open', creator, labels, since } = query;
    const wanted = labels?.split(',').map((name) => name.trim().toLowerCase()) ?? [];
    const found = [...repository.issues.values()].filter(
      (issue) =>
        isIncluded(issue.state, state) &&
        (creator === undefined || issue.author.toLowerCase() === creator.toLowerCase()) &&
        (since === undefined || issue.updatedAt >= Date.parse(since)) &&
        wanted.every((name) => issue.labels.some((label) => label.toLowerCase() === name)),
    );
    return page(
      call,
      sorted(found, query, (issue) => issue),
      (issue) => issueJson(github, repository, issue),
    );
  }),

  'POST /repos/{owner}/{repo}/issues': repositoryRoute(
    'issues:write',
    (call) => {
      const { github, repository, doer } = call;
      const { title, body, labels = [], assignees = [] } = call.body as WantedIssue;
      if (!repository.settings.hasIssues)
        throw new Refusal(410, 'Issues has been disabled in this repository.');
      if (String(title).trim() === '')
        throw invalid({ resource: 'Issue', code: 'missing_field', field: 'title' });
      bodyFits('Issue', body);
      // Who may not write cannot label or assign: GitHub drops both without a word.
      const mayTriage = mayAtLeast(permissionOf(github, repository, doer.login), 'triage');
      const text = { title: String(title), body: body ?? null };
      const issue = openIssue(
        github,
        repository,
        doer,
        mayTriage ? { ...text, labels: namesOf(labels), assignees } : text,
      );
      return created(fullIssueJson(github, repository, issue));
    },
    'read',
  ),

  'GET /repos/{owner}/{repo}/issues/{issue_number}': repositoryRoute(
    'issues:read pull_requests:read',
    (call) => ok(fullIssueJson(call.github, call.repository, issueOfCall(call))),
  ),

  'PATCH /repos/{owner}/{repo}/issues/{issue_number}': repositoryRoute(
    'issues:write pull_requests:write',
    (call) => {
      const { github, repository, doer } = call;
      const issue = issueOfCall(call);
      const {
        title,
        body,
        state,
        state_reason: reason,
        labels,
        assignees,
      } = call.body as Partial<Omit<WantedIssue, 'assignees'>> & {
        readonly state?: string;
        readonly state_reason?: string | null;
        readonly assignees?: readonly string[];
      };
      bodyFits('Issue', body);
      editIssue(github, repository, doer, issue, {
        title: title === undefined ? undefined : String(title),
        body,
      });
      if (labels !== undefined) {
        const wanted = namesOf(labels);
        for (const name of issue.labels.filter((label) => !wanted.includes(label)))
          removeLabel(github, repository, doer, issue, name);
        addLabels(github, repository, doer, issue, wanted);
      }
      if (assignees !== undefined) issue.assignees = [...assignees];
      if (state === 'closed')
        closeIssue(github, repository, doer, issue, reason === 'not_planned' ? 'not_planned' : 'completed');
      if (state === 'open') reopenIssue(github, repository, doer, issue);
      return ok(fullIssueJson(github, repository, issue));
    },
  ),

  'GET /repos/{owner}/{repo}/issues/{issue_number}/reactions': repositoryRoute(
    'issues:read pull_requests:read',
    (call) => page(call, issueOfCall(call).reactions, (reaction) => reactionJson(call.github, reaction)),
  ),

  'POST /repos/{owner}/{repo}/issues/{issue_number}/reactions': repositoryRoute(
    'issues:write pull_requests:write',
    (call) => {
      const { content } = call.body as { readonly content: string };
      const { reaction, isNew } = react(call.github, issueOfCall(call), call.doer, content);
      return { status: isNew ? 201 : 200, body: reactionJson(call.github, reaction) };
    },
    'read',
  ),
};

export function issueOfCall({ repository, params }: RepositoryCall): Issue {
  const issue = repository.issues.get(Number(params['issue_number']));
  if (issue === undefined) throw notFound();
  return issue;
}

function namesOf(labels: readonly WantedLabel[]): readonly string[] {
  return labels.map((label) => (typeof label === 'string' ? label : (label.name ?? '')));
}

/** GitHub's own limit for what is written in issues, pull requests and comments. */
const longest = 65_536;

export function bodyFits(resource: string, body: string | null | undefined): void {
  if (body === undefined || body === null || [...body].length <= longest) return;
  throw invalid({
    resource,
    code: 'custom',
    field: 'body',
    message: `body is too long (maximum is ${longest} characters)`,
  });
}

export function isIncluded(state: 'open' | 'closed', wanted: string): boolean {
  return wanted === 'all' || wanted === state;
}

/** Newest first, where nothing else is asked for. */
export function sorted<Item>(
  items: readonly Item[],
  query: Readonly<Record<string, string>>,
  issueOf: (item: Item) => Issue,
): readonly Item[] {
  const field = query['sort'] === 'updated' ? 'updatedAt' : 'createdAt';
  const direction = query['direction'] === 'asc' ? 1 : -1;
  return [...items].sort((a, b) => {
    const [one, other] = [issueOf(a), issueOf(b)];
    return direction * (one[field] - other[field] || one.number - other.number);
  });
}
