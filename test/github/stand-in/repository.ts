import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { commitAt } from './git/commits.ts';
import { commitsBetween } from './git/graph.ts';
import { readBlob } from './git/objects.ts';
import { refs, resolveCommit } from './git/refs.ts';
import { makeBareRepository } from './git/repositories.ts';
import { readTree } from './git/trees.ts';
import { botLogin, installationOf, madeAccount, newId, pageUrl, slugOf, type GitHub } from './github.ts';
import { setCheck, setStatus } from './events/checks.ts';
import { fillWith } from './crowd.ts';
import { branchHead, moveBranch } from './events/branches.ts';
import { mergeability } from './events/mergeability.ts';
import { mergeWhatIsReady, processQueue } from './events/merging.ts';
import { issueOf } from './events/pulls.ts';
import {
  deleteRepository,
  installationFor,
  installFor,
  moveRepository,
  renameDefaultBranch,
} from './moves.ts';
import type { RepositoryOptions, SeenComment, SeenIssue, SeenPull, StandInRepository } from './interface.ts';
import { commitFiles, personOf } from './person.ts';
import { minimalRepositoryJson } from './shapes/repositories.ts';
import { installationJson } from './shapes/apps.ts';
import { userJson } from './shapes/users.ts';
import type { Comment, Issue, Pull, Repository, Settings } from './state.ts';

const defaults: Settings = {
  private: true,
  allowAutoMerge: true,
  mergeMethods: ['merge', 'squash', 'rebase'],
  deleteBranchOnMerge: false,
  drafts: true,
  installed: true,
  hasIssues: true,
  archived: false,
  hasPullRequests: true,
  refuses: null,
};

/** A repository with its first commit, by its owner. */
export function madeRepository(
  github: GitHub,
  root: string,
  slug: string,
  options: RepositoryOptions,
): Repository {
  const [owner = '', name = ''] = slug.split('/');
  madeAccount(github, owner, 'Organization');
  const { files = { 'README.md': `# ${name}\n` }, defaultBranch = 'main', ...settings } = options;
  const repository = newRepository(
    github,
    root,
    owner,
    name,
    defaultBranch,
    { ...defaults, ...settings },
    null,
  );
  makeBareRepository(repository.folder, defaultBranch);
  github.state.repositories.set(slug.toLowerCase(), repository);
  if (repository.settings.installed) install(github, repository);
  if (Object.keys(files).length > 0) {
    const sha = commitFiles(github, repository, owner, null, files, 'Initial commit');
    moveBranch(github, repository, { login: owner, viaApp: false }, defaultBranch, null, sha);
  }
  return repository;
}

function newRepository(
  github: GitHub,
  root: string,
  owner: string,
  name: string,
  defaultBranch: string,
  settings: Settings,
  parent: number | null,
): Repository {
  const isTaken = existsSync(join(root, owner, `${name}.git`));
  const folder = join(root, owner, isTaken ? `${name}-${github.state.lastId}.git` : `${name}.git`);
  mkdirSync(folder, { recursive: true });
  const now = github.now();
  return {
    id: newId(github),
    owner,
    name,
    folder,
    defaultBranch,
    createdAt: now,
    pushedAt: now,
    parent,
    settings,
    collaborators: new Map(),
    teams: new Map(),
    protections: new Map(),
    labels: new Map(),
    issues: new Map(),
    pulls: new Map(),
    comments: new Map(),
    reviewComments: new Map(),
    checkRuns: [],
    checkSuites: [],
    statuses: [],
  };
}

function install(github: GitHub, repository: Repository): void {
  const { id, name, node_id, full_name } = minimalRepositoryJson(github, repository);
  const shown = [{ id, name, node_id, full_name, private: repository.settings.private }];
  const sender = userJson(github, repository.owner);
  const known = installationOf(github, repository);
  if (known === null) {
    const installation = installFor(github, repository.owner);
    const facts = { installation: installationJson(github, installation), repositories: shown, sender };
    github.emit('installation', 'created', repository, facts);
  } else {
    github.emit('installation_repositories', 'added', repository, {
      installation: installationJson(github, known),
      repository_selection: 'selected',
      repositories_added: shown,
      repositories_removed: [],
      requester: null,
      sender,
    });
  }
}

function forked(github: GitHub, root: string, repository: Repository, login: string): Repository {
  madeAccount(github, login);
  const settings = { ...defaults, private: repository.settings.private, installed: false };
  const fork = newRepository(
    github,
    root,
    login,
    repository.name,
    repository.defaultBranch,
    settings,
    repository.id,
  );
  cpSync(repository.folder, fork.folder, { recursive: true });
  github.state.repositories.set(slugOf(fork).toLowerCase(), fork);
  return fork;
}

/** What a test sees and does of a repository. */
export function repositoryView(github: GitHub, root: string, repository: Repository): StandInRepository {
  const { folder } = repository;
  const commit = (revision: string): string => {
    const sha = resolveCommit(folder, revision);
    if (sha === null) throw new Error(`${slugOf(repository)} has no ${revision}`);
    return sha;
  };
  const owner = { login: repository.owner, viaApp: false };
  return {
    id: repository.id,
    get slug() {
      return slugOf(repository);
    },
    get owner() {
      return repository.owner;
    },
    get name() {
      return repository.name;
    },
    folder,
    get cloneUrl() {
      return `${pageUrl(github, repository)}.git`;
    },
    get defaultBranch() {
      return repository.defaultBranch;
    },
    get installationId() {
      return installationOf(github, repository)?.id ?? 0;
    },

    head: (branch = repository.defaultBranch) => branchHead(repository, branch),
    branches: () => refs(folder, 'refs/heads/').map(({ ref }) => ref.slice('refs/heads/'.length)),
    files(revision = repository.defaultBranch) {
      const entries = readTree(folder, commitAt(folder, commit(revision)).tree, true);
      const blobs = entries.filter(({ type }) => type === 'blob');
      return new Map(blobs.map(({ path, sha }) => [path, readBlob(folder, sha).toString('utf8')]));
    },
    log: (revision = repository.defaultBranch) =>
      commitsBetween(folder, null, commit(revision)).map((sha) => {
        const { message, author } = commitAt(folder, sha);
        return { sha, message, author: author.name };
      }),
    createBranch(branch, from = repository.defaultBranch) {
      moveBranch(github, repository, owner, branch, null, commit(from));
    },
    fork: (login) => repositoryView(github, root, forked(github, root, repository, login)),

    person(login, permission) {
      madeAccount(github, login);
      repository.collaborators.set(login.toLowerCase(), permission);
      return personOf(github, repository, login);
    },
    team(slug, members, permission = 'write') {
      for (const member of members) madeAccount(github, member);
      repository.teams.set(slug, { id: newId(github), slug, members, permission });
    },
    protect(branch, protection) {
      repository.protections.set(branch, protection);
      mergeWhatIsReady(github, repository);
    },
    unprotect(branch) {
      repository.protections.delete(branch);
    },
    processQueue(outcome) {
      processQueue(github, repository, outcome);
    },
    configure(options) {
      repository.settings = { ...repository.settings, ...options };
    },

    setCheck: (revision, name, conclusion) =>
      setCheck(github, repository, commit(revision), name, conclusion),
    setStatus(revision, context, state) {
      setStatus(github, repository, {
        sha: commit(revision),
        context,
        state,
        description: null,
        targetUrl: null,
        creator: 'ci-runner[bot]',
      });
    },
    checkRuns(revision) {
      const sha = commit(revision);
      return repository.checkRuns
        .filter((run) => run.sha === sha && run.app === 'app')
        .map(({ name, status, conclusion, title, summary, annotations }) => ({
          name,
          app: botLogin(github),
          status,
          conclusion,
          title,
          summary,
          annotations: annotations.map(({ path, start_line, message }) => ({
            path,
            line: start_line,
            message,
          })),
        }));
    },

    moveTo(slug, { installed = true } = {}) {
      moveRepository(github, repository, slug);
      repository.settings = { ...repository.settings, installed };
      if (installed) installFor(github, repository.owner);
    },
    renameDefaultBranch: (to) => renameDefaultBranch(github, repository, to),
    delete: () => deleteRepository(github, repository),
    installation({ suspended, refusal, permissions, deleted }) {
      const installation = installationFor(github, repository);
      if (suspended !== undefined) installation.suspendedAt = suspended ? github.now() : null;
      if (refusal !== undefined) installation.refusal = refusal;
      if (permissions !== undefined) installation.permissions = permissions;
      if (deleted) github.state.installations.delete(installation.id);
    },

    fillWith: (crowd) => fillWith(github, repository, crowd),

    pulls: () => [...repository.pulls.values()].map((pull) => seenPull(github, repository, pull)),
    pull: (number) => seenPull(github, repository, there(repository.pulls.get(number), number)),
    issues: () => [...repository.issues.values()].map((issue) => seenIssue(repository, issue)),
    issue: (number) => seenIssue(repository, there(repository.issues.get(number), number)),
    comments: (number) =>
      [...repository.comments.values()].filter(({ issue }) => issue === number).map(seenComment),
    reviewComments: (number) =>
      [...repository.reviewComments.values()]
        .filter(({ pull }) => pull === number)
        .map(({ id, replyTo, author, body, reactions }) => ({
          id,
          replyTo,
          author,
          body,
          reactions: reactions.map((one) => `${one.content} by ${one.author}`),
        })),
    labels: () => [...repository.labels.values()].map(({ name }) => name),
  };
}

function there<Thing>(thing: Thing | undefined, number: number): Thing {
  if (thing === undefined) throw new Error(`there is no #${number}`);
  return thing;
}

function seenPull(github: GitHub, repository: Repository, pull: Pull): SeenPull {
  const issue = issueOf(repository, pull);
  return {
    number: pull.number,
    title: issue.title,
    body: issue.body ?? '',
    author: issue.author,
    head: pull.head,
    base: pull.base,
    headSha: pull.headSha,
    state: pull.merged === null ? issue.state : 'merged',
    draft: pull.draft,
    autoMerge: pull.autoMerge !== null,
    isQueued: pull.queued !== null,
    labels: [...issue.labels],
    requestedReviewers: [...pull.requestedReviewers],
    requestedTeams: [...pull.requestedTeams],
    mergedBy: pull.merged?.by ?? null,
    mergeCommit: pull.merged?.commit ?? null,
    mergeableState: mergeability(github, repository, pull).state,
  };
}

function seenIssue(repository: Repository, issue: Issue): SeenIssue {
  const { number, title, body, author, state, labels } = issue;
  return {
    number,
    title,
    body: body ?? '',
    author,
    state,
    labels: [...labels],
    isPullRequest: repository.pulls.has(number),
  };
}

function seenComment({ id, author, body, edits, reactions }: Comment): SeenComment {
  return { id, author, body, edits, reactions: reactions.map((one) => `${one.content} by ${one.author}`) };
}
