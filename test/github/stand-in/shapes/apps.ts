import { apiUrl, madeAccount, timeText, type GitHub } from '../github.ts';
import type { CheckApp, Installation } from '../state.ts';
import { nodeId, userJson, type Json } from './users.ts';

/** Events that the App is told of. */
export const appEvents = [
  'check_run',
  'check_suite',
  'issue_comment',
  'issues',
  'pull_request',
  'pull_request_review',
  'push',
  'status',
] as const;

/** The App under test, or the one that runs the checks. */
export function appJson(github: GitHub, which: CheckApp): Json {
  const { app } = github.state;
  const id = which === 'app' ? app.id : 15_368;
  const slug = which === 'app' ? app.slug : 'github-actions';
  madeAccount(github, 'faultline-makers', 'Organization');
  return {
    id,
    slug,
    node_id: nodeId('A', id),
    client_id: `Iv1.${id}`,
    owner: userJson(github, which === 'app' ? 'faultline-makers' : 'github'),
    name: slug,
    description: '',
    external_url: github.url,
    html_url: `${github.url}/apps/${slug}`,
    created_at: timeText(0),
    updated_at: timeText(0),
    permissions: which === 'app' ? app.permissions : { checks: 'write', metadata: 'read' },
    events: which === 'app' ? appEvents : [],
  };
}

export function installationJson(github: GitHub, installation: Installation): Json {
  const { app } = github.state;
  const account = madeAccount(github, installation.account, 'Organization');
  return {
    id: installation.id,
    account: userJson(github, installation.account),
    repository_selection: 'selected',
    access_tokens_url: apiUrl(github, `/app/installations/${installation.id}/access_tokens`),
    repositories_url: apiUrl(github, '/installation/repositories'),
    html_url: `${github.url}/organizations/${installation.account}/settings/installations/${installation.id}`,
    app_id: app.id,
    client_id: `Iv1.${app.id}`,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.type,
    permissions: installation.permissions ?? app.permissions,
    events: appEvents,
    created_at: timeText(installation.createdAt),
    updated_at: timeText(installation.createdAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: installation.suspendedAt === null ? null : userJson(github, installation.account),
    suspended_at: installation.suspendedAt === null ? null : timeText(installation.suspendedAt),
  };
}
