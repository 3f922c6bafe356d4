import { pageUrl, repositoryById, repositoryUrl, slugOf, timeText, type GitHub } from '../github.ts';
import type { Repository } from '../state.ts';
import { nodeId, userJson, type Json } from './users.ts';

const links = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
} as const;

/** What every form of a repository has. */
export function minimalRepositoryJson(github: GitHub, repository: Repository): Json {
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: slugOf(repository),
    private: repository.settings.private,
    owner: userJson(github, repository.owner),
    html_url: pageUrl(github, repository),
    description: null,
    fork: repository.parent !== null,
    url: repositoryUrl(github, repository),
    ...Object.fromEntries(
      Object.entries(links).map(([name, path]) => [name, repositoryUrl(github, repository, path)]),
    ),
  };
}

/** As inside pull requests and lists. */
export function repositoryJson(github: GitHub, repository: Repository): Json {
  const { settings } = repository;
  const openIssues = [...repository.issues.values()].filter(({ state }) => state === 'open').length;
  return {
    ...minimalRepositoryJson(github, repository),
    git_url: `git://${new URL(github.url).host}/${slugOf(repository)}.git`,
    ssh_url: `git@${new URL(github.url).hostname}:${slugOf(repository)}.git`,
    clone_url: `${pageUrl(github, repository)}.git`,
    svn_url: pageUrl(github, repository),
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    default_branch: repository.defaultBranch,
    size: 1,
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    open_issues: openIssues,
    open_issues_count: openIssues,
    has_issues: settings.hasIssues,
    has_pull_requests: settings.hasPullRequests,
    has_projects: true,
    has_wiki: false,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    is_template: false,
    topics: [],
    archived: settings.archived,
    disabled: false,
    visibility: settings.private ? 'private' : 'public',
    allow_forking: true,
    web_commit_signoff_required: false,
    pushed_at: timeText(repository.pushedAt),
    created_at: timeText(repository.createdAt),
    updated_at: timeText(repository.pushedAt),
  };
}

/** As `GET /repos/{owner}/{repo}` answers; the settings of merging are told only to those who may push. */
export function fullRepositoryJson(github: GitHub, repository: Repository, mayPush: boolean): Json {
  const { settings } = repository;
  const parent = repository.parent === null ? null : repositoryById(github, repository.parent);
  return {
    ...repositoryJson(github, repository),
    network_count: 0,
    subscribers_count: 0,
    ...(parent === null
      ? {}
      : { parent: repositoryJson(github, parent), source: repositoryJson(github, parent) }),
    ...(mayPush
      ? {
          allow_auto_merge: settings.allowAutoMerge,
          allow_merge_commit: settings.mergeMethods.includes('merge'),
          allow_squash_merge: settings.mergeMethods.includes('squash'),
          allow_rebase_merge: settings.mergeMethods.includes('rebase'),
          allow_update_branch: false,
          delete_branch_on_merge: settings.deleteBranchOnMerge,
        }
      : {}),
  };
}
