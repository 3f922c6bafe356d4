import { addLabels, madeLabel, removeLabel } from '../events/issues.ts';
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
import { labelJson, wholeLabelJson } from '../shapes/labels.ts';
import type { Issue, Label } from '../state.ts';
import { issueOfCall } from './issues.ts';

type LabelsBody =
  | { readonly labels?: readonly (string | { readonly name: string })[] }
  | readonly (string | { readonly name: string })[];

export const labelRoutes: RepositoryRoutes = {
  'GET /repos/{owner}/{repo}/labels': repositoryRoute('issues:read pull_requests:read', (call) =>
    page(call, [...call.repository.labels.values()], (label) =>
      wholeLabelJson(call.github, call.repository, label),
    ),
  ),

  'POST /repos/{owner}/{repo}/labels': repositoryRoute(
    'issues:write pull_requests:write',
    ({ github, repository, body }) => {
      const { name, color, description } = body as {
        readonly name: string;
        readonly color?: string;
        readonly description?: string;
      };
      if (repository.labels.has(name.toLowerCase()))
        throw invalid({ resource: 'Label', code: 'already_exists', field: 'name' });
      if (color !== undefined && !/^[0-9a-fA-F]{6}$/.test(color))
        throw invalid({ resource: 'Label', code: 'invalid', field: 'color' });
      if (name.length > 50 || name === '')
        throw invalid({
          resource: 'Label',
          code: 'custom',
          field: 'name',
          message: 'name is too long (maximum is 50 characters)',
        });
      if (description !== undefined && description.length > 100) {
        throw invalid({
          resource: 'Label',
          code: 'custom',
          field: 'description',
          message: 'description is too long (maximum is 100 characters)',
        });
      }
      const label = madeLabel(github, repository, {
        name,
        ...(color === undefined ? {} : { color }),
        description: description ?? null,
      });
      return created(wholeLabelJson(github, repository, label));
    },
  ),

  'GET /repos/{owner}/{repo}/labels/{name}': repositoryRoute('issues:read pull_requests:read', (call) =>
    ok(wholeLabelJson(call.github, call.repository, labelOf(call))),
  ),

  'GET /repos/{owner}/{repo}/issues/{issue_number}/labels': repositoryRoute(
    'issues:read pull_requests:read',
    (call) => page(call, issueOfCall(call).labels, (name) => labelJson(call.github, call.repository, name)),
  ),

  'POST /repos/{owner}/{repo}/issues/{issue_number}/labels': repositoryRoute(
    'issues:write pull_requests:write',
    (call) => {
      const issue = issueOfCall(call);
      addLabels(call.github, call.repository, call.doer, issue, namesOf(call.body as LabelsBody));
      return ok(labelsOf(call, issue));
    },
    'triage',
  ),

  'PUT /repos/{owner}/{repo}/issues/{issue_number}/labels': repositoryRoute(
    'issues:write pull_requests:write',
    (call) => {
      const issue = issueOfCall(call);
      const wanted = namesOf(call.body as LabelsBody);
      for (const name of issue.labels.filter((label) => !wanted.includes(label))) {
        removeLabel(call.github, call.repository, call.doer, issue, name);
      }
      addLabels(call.github, call.repository, call.doer, issue, wanted);
      return ok(labelsOf(call, issue));
    },
    'triage',
  ),

  'DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}': repositoryRoute(
    'issues:write pull_requests:write',
    (call) => {
      const issue = issueOfCall(call);
      const gone = removeLabel(call.github, call.repository, call.doer, issue, call.params['name'] ?? '');
      if (!gone) throw new Refusal(404, 'Label does not exist');
      return ok(labelsOf(call, issue));
    },
    'triage',
  ),
};

function labelsOf({ github, repository }: RepositoryCall, issue: Issue): readonly unknown[] {
  return issue.labels.map((name) => labelJson(github, repository, name));
}

function labelOf({ repository, params }: RepositoryCall): Label {
  const label = repository.labels.get((params['name'] ?? '').toLowerCase());
  if (label === undefined) throw notFound();
  return label;
}

function namesOf(body: LabelsBody): readonly string[] {
  const labels = Array.isArray(body)
    ? body
    : ((body as { readonly labels?: readonly (string | { readonly name: string })[] }).labels ?? []);
  return labels.map((label: string | { readonly name: string }) =>
    typeof label === 'string' ? label : label.name,
  );
}
