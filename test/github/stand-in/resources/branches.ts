import { refs } from '../git/refs.ts';
import { has, pageUrl, repositoryUrl } from '../github.ts';
import { branchHead } from '../events/branches.ts';
import { page } from '../http/paging.ts';
import { notFound, ok, Refusal, repositoryRoute, type RepositoryRoutes } from '../http/route.ts';
import type { Protection } from '../interface.ts';
import { commitJson } from '../shapes/commits.ts';
import type { Json } from '../shapes/users.ts';
import type { Repository } from '../state.ts';

/** Of Enterprise Server 3.x. */
const RULESETS = 11;

/*
 * Whoever reads a branch learns whether it is protected and which checks it requires. The protection itself, with the number of
 * approvals, is for administrators: an App needs `administration: read`. Rulesets are for everybody.
 */
export const branchRoutes: RepositoryRoutes = {
  'GET /repos/{owner}/{repo}/branches': repositoryRoute('contents:read', (call) => {
    const { github, repository, query } = call;
    const wanted = refs(repository.folder, 'refs/heads/')
      .map(({ ref, sha }) => ({ name: ref.slice('refs/heads/'.length), sha }))
      .filter(
        ({ name }) =>
          query['protected'] === undefined || String(repository.protections.has(name)) === query['protected'],
      );
    return page(call, wanted, ({ name, sha }) => ({
      name,
      commit: { sha, url: repositoryUrl(github, repository, `/commits/${sha}`) },
      protected: repository.protections.has(name),
    }));
  }),

  'GET /repos/{owner}/{repo}/branches/{branch}': repositoryRoute(
    'contents:read',
    ({ github, repository, params }) => {
      const name = params['branch'] ?? '';
      const head = branchHead(repository, name);
      if (head === null) throw new Refusal(404, 'Branch not found');
      const self = repositoryUrl(github, repository, `/branches/${name}`);
      return ok({
        name,
        commit: commitJson(github, repository, head),
        _links: { self, html: pageUrl(github, repository, `/tree/${name}`) },
        protected: repository.protections.has(name),
        protection: summaryJson(repository.protections.get(name)),
        protection_url: `${self}/protection`,
      });
    },
  ),

  'GET /repos/{owner}/{repo}/branches/{branch}/protection': repositoryRoute(
    'administration:read',
    ({ github, repository, params }) => {
      const protection = classicProtection(repository, params['branch'] ?? '');
      const url = repositoryUrl(github, repository, `/branches/${params['branch']}/protection`);
      return ok({
        url,
        ...(protection.checks === undefined
          ? {}
          : { required_status_checks: requiredChecksJson(url, protection) }),
        ...(protection.approvals === undefined
          ? {}
          : {
              required_pull_request_reviews: {
                url: `${url}/required_pull_request_reviews`,
                dismiss_stale_reviews: protection.dismissStale ?? false,
                require_code_owner_reviews: protection.codeOwners ?? false,
                require_last_push_approval: false,
                required_approving_review_count: protection.approvals,
              },
            }),
        enforce_admins: { url: `${url}/enforce_admins`, enabled: protection.enforceAdmins ?? true },
        required_linear_history: { enabled: false },
        allow_force_pushes: { enabled: false },
        allow_deletions: { enabled: false },
      });
    },
    'admin',
  ),

  'GET /repos/{owner}/{repo}/branches/{branch}/protection/required_status_checks': repositoryRoute(
    'administration:read',
    ({ github, repository, params }) => {
      const protection = classicProtection(repository, params['branch'] ?? '');
      if (protection.checks === undefined) throw new Refusal(404, 'Required status checks not enabled');
      const url = repositoryUrl(github, repository, `/branches/${params['branch']}/protection`);
      return ok(requiredChecksJson(url, protection));
    },
    'admin',
  ),

  'GET /repos/{owner}/{repo}/rules/branches/{branch}': repositoryRoute('metadata:read', (call) => {
    if (!has(call.github, RULESETS)) throw notFound();
    const protection = call.repository.protections.get(call.params['branch'] ?? '');
    const rules = protection?.through === 'ruleset' ? rulesOf(protection) : [];
    return page(call, rules, (rule) => ({
      ...rule,
      ruleset_source_type: 'Repository',
      ruleset_source: `${call.repository.owner}/${call.repository.name}`,
      ruleset_id: 42,
    }));
  }),
};

function classicProtection(repository: Repository, branch: string): Protection {
  if (branchHead(repository, branch) === null) throw notFound();
  const protection = repository.protections.get(branch);
  if (protection === undefined || protection.through === 'ruleset')
    throw new Refusal(404, 'Branch not protected');
  return protection;
}

function requiredChecksJson(url: string, protection: Protection): Json {
  return {
    url: `${url}/required_status_checks`,
    strict: protection.strict ?? false,
    contexts: protection.checks ?? [],
    contexts_url: `${url}/required_status_checks/contexts`,
    checks: (protection.checks ?? []).map((context) => ({ context, app_id: null })),
  };
}

/** What everybody sees: the names of the checks, and nothing about rulesets. */
function summaryJson(protection: Protection | undefined): Json {
  const classic = protection !== undefined && protection.through !== 'ruleset' ? protection : null;
  const contexts = classic?.checks ?? [];
  return {
    enabled: classic !== null,
    required_status_checks: {
      enforcement_level:
        contexts.length === 0 ? 'off' : classic?.enforceAdmins === false ? 'non_admins' : 'everyone',
      contexts,
      checks: contexts.map((context) => ({ context, app_id: null })),
    },
  };
}

function rulesOf(protection: Protection): readonly Json[] {
  return [
    ...(protection.checks === undefined
      ? []
      : [
          {
            type: 'required_status_checks',
            parameters: {
              strict_required_status_checks_policy: protection.strict ?? false,
              do_not_enforce_on_create: false,
              required_status_checks: protection.checks.map((context) => ({ context })),
            },
          },
        ]),
    ...(protection.mergeQueue === true
      ? [
          {
            type: 'merge_queue',
            parameters: {
              check_response_timeout_minutes: 60,
              grouping_strategy: 'ALLGREEN',
              max_entries_to_build: 5,
              max_entries_to_merge: 5,
              merge_method: 'MERGE',
              min_entries_to_merge: 1,
              min_entries_to_merge_wait_minutes: 5,
            },
          },
        ]
      : []),
    ...(protection.workflows === undefined
      ? []
      : [
          {
            type: 'workflows',
            parameters: {
              do_not_enforce_on_create: false,
              workflows: protection.workflows.map((path) => ({ path, repository_id: 1 })),
            },
          },
        ]),
    ...(protection.codeScanning === undefined
      ? []
      : [
          {
            type: 'code_scanning',
            parameters: {
              code_scanning_tools: protection.codeScanning.map((tool) => ({
                tool,
                alerts_threshold: 'errors',
                security_alerts_threshold: 'high_or_higher',
              })),
            },
          },
        ]),
    ...(protection.deployments === undefined
      ? []
      : [
          {
            type: 'required_deployments',
            parameters: { required_deployment_environments: protection.deployments },
          },
        ]),
    ...(protection.approvals === undefined
      ? []
      : [
          {
            type: 'pull_request',
            parameters: {
              required_approving_review_count: protection.approvals,
              dismiss_stale_reviews_on_push: protection.dismissStale ?? false,
              require_code_owner_review: protection.codeOwners ?? false,
              require_last_push_approval: false,
              required_review_thread_resolution: false,
              allowed_merge_methods: ['merge', 'squash', 'rebase'],
            },
          },
        ]),
  ];
}

/** The classic protection of a branch; null where it has none, or a ruleset. */
export function classicRule(repository: Repository, branch: string): Protection | null {
  const protection = repository.protections.get(branch);
  return protection === undefined || protection.through === 'ruleset' ? null : protection;
}
