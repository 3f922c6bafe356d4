import { accountByMail, pageUrl, repositoryUrl, timeText, type GitHub } from '../github.ts';
import { type FileChange, changesBetween } from '../git/changes.ts';
import { type Commit, type Signature, commitAt } from '../git/commits.ts';
import { isSignedByGitHub } from '../events/signing.ts';
import type { Repository } from '../state.ts';
import { nodeId, userJson, type Json } from './users.ts';

/** As the Git Data API has it. */
export function gitCommitJson(github: GitHub, repository: Repository, sha: string): Json {
  const commit = commitAt(repository.folder, sha);
  return {
    sha,
    node_id: nodeId('C', sha),
    url: repositoryUrl(github, repository, `/git/commits/${sha}`),
    html_url: pageUrl(github, repository, `/commit/${sha}`),
    author: signatureJson(commit.author),
    committer: signatureJson(commit.committer),
    message: commit.message,
    tree: treeJson(github, repository, commit),
    parents: commit.parents.map((parent) => ({
      sha: parent,
      url: repositoryUrl(github, repository, `/git/commits/${parent}`),
      html_url: pageUrl(github, repository, `/commit/${parent}`),
    })),
    verification: verificationJson(github, commit),
  };
}

/** As lists of commits have it, with the accounts of author and committer. */
export function commitJson(github: GitHub, repository: Repository, sha: string): Json {
  const commit = commitAt(repository.folder, sha);
  const url = repositoryUrl(github, repository, `/commits/${sha}`);
  return {
    sha,
    node_id: nodeId('C', sha),
    url,
    html_url: pageUrl(github, repository, `/commit/${sha}`),
    comments_url: `${url}/comments`,
    commit: {
      url: repositoryUrl(github, repository, `/git/commits/${sha}`),
      author: signatureJson(commit.author),
      committer: signatureJson(commit.committer),
      message: commit.message,
      tree: treeJson(github, repository, commit),
      comment_count: 0,
      verification: verificationJson(github, commit),
    },
    author: userOfMail(github, commit.author.email),
    committer: userOfMail(github, commit.committer.email),
    parents: commit.parents.map((parent) => ({
      sha: parent,
      url: repositoryUrl(github, repository, `/commits/${parent}`),
      html_url: pageUrl(github, repository, `/commit/${parent}`),
    })),
  };
}

/** As `GET /commits/{ref}` answers: with what was changed. */
export function commitWithFilesJson(github: GitHub, repository: Repository, sha: string): Json {
  const commit = commitAt(repository.folder, sha);
  const files = changesBetween(repository.folder, commit.parents[0] ?? null, sha);
  const total = (of: 'additions' | 'deletions'): number => files.reduce((sum, file) => sum + file[of], 0);
  return {
    ...commitJson(github, repository, sha),
    stats: {
      additions: total('additions'),
      deletions: total('deletions'),
      total: total('additions') + total('deletions'),
    },
    files: files.map((file) => fileChangeJson(github, repository, sha, file)),
  };
}

export function fileChangeJson(github: GitHub, repository: Repository, sha: string, file: FileChange): Json {
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: pageUrl(github, repository, `/blob/${sha}/${path}`),
    raw_url: pageUrl(github, repository, `/raw/${sha}/${path}`),
    contents_url: repositoryUrl(github, repository, `/contents/${path}?ref=${sha}`),
    ...(file.patch === null ? {} : { patch: file.patch }),
    ...(file.previous === null ? {} : { previous_filename: file.previous }),
  };
}

function treeJson(github: GitHub, repository: Repository, commit: Commit): Json {
  return { sha: commit.tree, url: repositoryUrl(github, repository, `/git/trees/${commit.tree}`) };
}

function signatureJson({ name, email, at }: Signature): Json {
  return { name, email, date: timeText(at) };
}

function userOfMail(github: GitHub, email: string): Json | null {
  const account = accountByMail(github, email);
  return account === null ? null : userJson(github, account.login);
}

function verificationJson(github: GitHub, commit: Commit): Json {
  if (commit.signature === null) {
    return { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };
  }
  const verified = isSignedByGitHub(github, commit);
  return {
    verified,
    reason: verified ? 'valid' : 'invalid',
    signature: commit.signature,
    payload: commit.payload,
    verified_at: verified ? timeText(commit.committer.at) : null,
  };
}
