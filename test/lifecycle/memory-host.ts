import { createHash } from 'node:crypto';
import { HostError } from '../../src/github/host-error.ts';
import type {
  Host,
  HostComment,
  HostCommit,
  HostIssue,
  NewCommit,
  NewPullRequest,
  PullRequest,
  PullRequestChange,
} from '../../src/github/host.ts';

/** The process was killed: not an answer of GitHub, so nothing catches it. */
export class Killed extends Error {}

interface StoredCommit extends HostCommit {
  readonly parents: readonly string[];
  readonly files: ReadonlyMap<string, string>;
  readonly message: string;
}

type StoredPull = Omit<PullRequest, 'head' | 'url' | 'id'> & { readonly author: string };

const BOT = 'faultline[bot]';

/** A repository on GitHub as far as the life cycle sees it. It outlives the processes that talk to it. */
export class MemoryGitHub {
  readonly commits = new Map<string, StoredCommit>();
  readonly branches = new Map<string, string>();
  readonly pulls = new Map<number, StoredPull>();
  readonly comments: (HostComment & { readonly number: number })[] = [];
  readonly issues = new Map<number, HostIssue>();
  readonly reviewers = new Map<number, readonly string[]>();
  readonly checks = new Map<string, Map<string, string>>();
  requiredChecks: readonly string[] = [];
  requiredApprovals: number | null = 0;
  /** What GitHub says when auto-merge is switched on, and when something is merged. */
  autoMerge: 'enabled' | 'clean' | { readonly refused: string } = 'enabled';
  mergeRefusal: string | null = null;
  /** What the merge queue of the base has of a pull request. */
  readonly queue = new Map<number, 'queued' | 'not-queued'>();
  /** Milliseconds until GitHub takes another pull request. */
  pause = 0;
  now: number;
  #numbers = 0;
  #ids = 1000;

  constructor(files: Readonly<Record<string, string>>, now: number) {
    this.now = now;
    this.push('main', files, 'ana');
  }

  head(branch: string): string {
    return this.branches.get(branch)!;
  }

  /** Somebody's commit on a branch. */
  push(branch: string, files: Readonly<Record<string, string>>, by: string, committer = by): string {
    const parent = this.branches.get(branch);
    const before = parent === undefined ? new Map<string, string>() : this.commits.get(parent)!.files;
    const content = new Map([...before, ...Object.entries(files)]);
    const sha = this.#store({
      parents: parent === undefined ? [] : [parent],
      files: content,
      message: 'x',
      author: by,
      committer,
    });
    this.branches.set(branch, sha);
    return sha;
  }

  /** Somebody presses Merge. */
  merge(number: number): string {
    const pull = this.pulls.get(number)!;
    const [base, head] = [this.head(pull.base), this.head(pull.branch)];
    const own = this.commits.get(head)!;
    const files = new Map([...this.commits.get(base)!.files, ...this.changed(own)]);
    const sha = this.#store({
      parents: [base, head],
      files,
      message: 'merge',
      author: 'ana',
      committer: 'web-flow',
    });
    this.branches.set(pull.base, sha);
    this.change(number, {
      state: 'merged',
      mergedAt: this.now,
      closedAt: this.now,
      mergeCommit: sha,
      autoMerge: false,
    });
    return sha;
  }

  close(number: number): void {
    this.change(number, { state: 'closed', closedAt: this.now, autoMerge: false });
  }

  change(number: number, change: Partial<StoredPull>): void {
    this.pulls.set(number, { ...this.pulls.get(number)!, ...change });
  }

  openedBy(author: string, text: NewPullRequest): number {
    const number = (this.#numbers += 1);
    this.pulls.set(number, {
      ...text,
      author,
      number,
      state: 'open',
      labels: [],
      autoMerge: false,
      createdAt: this.now,
      closedAt: null,
      mergedAt: null,
      mergeCommit: null,
      mergedBy: null,
    });
    return number;
  }

  say(number: number, author: string, body: string): HostComment {
    const comment = {
      number,
      id: (this.#ids += 1),
      author,
      isBot: author.endsWith('[bot]'),
      body,
      url: `https://github.com/acme/infra/pull/${number}#comment`,
      createdAt: this.now,
      updatedAt: this.now,
    };
    this.comments.push(comment);
    return comment;
  }

  pull(number: number): PullRequest {
    const { author: _, ...pull } = this.pulls.get(number)!;
    const url = `https://github.com/acme/infra/pull/${number}`;
    return { ...pull, id: `PR_${number}`, url, head: this.branches.get(pull.branch) ?? '' };
  }

  /** Our pull requests and comments, for assertions. */
  own(): readonly PullRequest[] {
    return [...this.pulls.values()]
      .filter(({ author, branch }) => author === BOT && branch.startsWith('faultline/'))
      .map(({ number }) => this.pull(number))
      .reverse();
  }

  statusOf(number: number): readonly string[] {
    return this.comments
      .filter((comment) => comment.number === number && comment.author === BOT)
      .map(({ body }) => body);
  }

  ownBranches(): readonly string[] {
    return [...this.branches.keys()].filter((branch) => branch.startsWith('faultline/'));
  }

  nextNumber(): number {
    return (this.#numbers += 1);
  }

  newCommit({ parent, message, files }: NewCommit): string {
    const content = new Map(this.commits.get(parent)!.files);
    for (const [path, text] of files) content.set(path, text.toString());
    return this.#store({ parents: [parent], files: content, message, author: BOT, committer: BOT });
  }

  ancestors(sha: string): ReadonlySet<string> {
    const seen = new Set<string>();
    const open = [sha];
    for (const next of open) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(this.commits.get(next)?.parents ?? []));
    }
    return seen;
  }

  changed({ files, parents }: StoredCommit): readonly (readonly [string, string])[] {
    const before = this.commits.get(parents[0]!)?.files;
    return [...files].filter(([path, text]) => before?.get(path) !== text);
  }

  #store(commit: Omit<StoredCommit, 'sha'>): string {
    const sha = createHash('sha1')
      .update(JSON.stringify([...commit.files, commit.parents, commit.message, this.commits.size]))
      .digest('hex');
    this.commits.set(sha, { ...commit, sha });
    return sha;
  }
}

export interface Kill {
  /** Which call, counted from 1. */
  readonly at: number;
  /** Whether GitHub still carried it out. */
  readonly done: boolean;
}

/** One process that talks to GitHub, and may be killed around one of its calls. `refused`: the call that GitHub has no answer to. */
export function hostOf(
  github: MemoryGitHub,
  kill?: Kill,
  refused: string | null = null,
): Host & { readonly calls: readonly string[] } {
  const calls: string[] = [];
  let isDead = false;
  const call =
    <A extends readonly unknown[], R>(name: string, work: (...args: A) => R) =>
    async (...args: A): Promise<R> => {
      calls.push(name);
      if (isDead || (kill && !kill.done && calls.length === kill.at)) isDead = true;
      if (isDead) throw new Killed(name);
      if (name === refused) throw new HostError('502 Bad Gateway', { status: 502, transient: true });
      const answer = work(...args);
      if (kill?.done && calls.length === kill.at) {
        isDead = true;
        throw new Killed(name);
      }
      return answer;
    };
  const refuse = (what: string): never => {
    throw new Error(`GitHub would refuse this: ${what}`);
  };
  return {
    calls,
    repository: 'acme/infra',
    login: BOT,
    defaultBranch: 'main',
    branchHead: call('branchHead', (branch: string) => github.branches.get(branch) ?? null),
    commitsBetween: call('commitsBetween', (base: string, head: string) => {
      if (!github.commits.has(base) || !github.commits.has(head)) return null;
      const known = github.ancestors(base);
      return [...github.ancestors(head)]
        .filter((sha) => !known.has(sha))
        .map((sha) => github.commits.get(sha)!)
        .reverse();
    }),
    file: call('file', (path: string, ref = 'main') => {
      const commit = github.commits.get(github.branches.get(ref) ?? ref);
      return commit?.files.get(path) ?? null;
    }),
    commit: call('commit', (commit: NewCommit) => github.newCommit(commit)),
    createBranch: call('createBranch', (branch: string, sha: string) => {
      if (github.branches.has(branch)) return 'exists' as const;
      if (!github.commits.has(sha)) refuse('no such commit');
      github.branches.set(branch, sha);
      return 'created' as const;
    }),
    moveBranch: call('moveBranch', (branch: string, from: string, to: string) => {
      if (!github.branches.has(branch)) return 'gone' as const;
      if (github.branches.get(branch) !== from) return 'moved-on' as const;
      github.branches.set(branch, to);
      return 'moved' as const;
    }),
    deleteBranch: call('deleteBranch', (branch: string) => void github.branches.delete(branch)),
    ownPullRequests: call('ownPullRequests', () => github.own()),
    pullRequestsFrom: call('pullRequestsFrom', (branch: string) =>
      github.own().filter((pull) => pull.branch === branch),
    ),
    pullRequest: call('pullRequest', (number: number) =>
      github.pulls.has(number) ? github.pull(number) : null,
    ),
    openPullRequest: call('openPullRequest', (text: NewPullRequest) => {
      if (!github.branches.has(text.branch)) refuse('no such branch');
      if (text.body.length > 65_536) refuse('the description is too long');
      const isOpen = [...github.pulls.values()].some(
        ({ branch, base, state }) => branch === text.branch && base === text.base && state === 'open',
      );
      return isOpen ? 'exists' : github.pull(github.openedBy(BOT, text));
    }),
    updatePullRequest: call('updatePullRequest', (number: number, change: PullRequestChange) => {
      if (change.state === 'closed') github.close(number);
      const { state: _, ...text } = change;
      github.change(number, text);
    }),
    requestReviewers: call(
      'requestReviewers',
      (number: number, logins: readonly string[], teams: readonly string[]) => {
        github.reviewers.set(number, [...logins, ...teams]);
        return logins;
      },
    ),
    files: call('files', (number: number) =>
      github
        .changed(github.commits.get(github.head(github.pulls.get(number)!.branch))!)
        .map(([path]) => path),
    ),
    openAt: call('openAt', (_sha: string) => []),
    enableAutoMerge: call('enableAutoMerge', (number: number, head: string) => {
      if (github.pull(number).head !== head) return { refused: 'Head sha does not match' };
      if (github.autoMerge === 'enabled') github.change(number, { autoMerge: true });
      return github.autoMerge;
    }),
    disableAutoMerge: call('disableAutoMerge', (number: number) => {
      if (!github.pull(number).autoMerge && github.queue.get(number) !== 'queued')
        refuse('auto-merge is not on');
      if (github.queue.has(number)) github.queue.set(number, 'not-queued');
      github.change(number, { autoMerge: false });
    }),
    queueState: call('queueState', (number: number) => github.queue.get(number) ?? ('no-queue' as const)),
    merge: call('merge', (number: number, head: string) => {
      if (github.pull(number).head !== head) return 'moved-on' as const;
      if (github.mergeRefusal !== null) return { refused: github.mergeRefusal };
      return { merged: github.merge(number) };
    }),
    requiredChecks: call('requiredChecks', (_branch: string) => github.requiredChecks),
    requiredApprovals: call('requiredApprovals', (_branch: string) => github.requiredApprovals),
    checks: call('checks', (sha: string) => github.checks.get(sha) ?? new Map<string, string>()),
    reportCheck: call('reportCheck', () => undefined),
    putCheck: call('putCheck', () => undefined),
    commentsSince: call('commentsSince', () => []),
    openSince: call('openSince', () => []),
    comments: call('comments', (number: number, since = 0) =>
      github.comments.filter((comment) => comment.number === number && comment.updatedAt >= since),
    ),
    commentById: call(
      'commentById',
      (id: number) => github.comments.find((comment) => comment.id === id) ?? null,
    ),
    comment: call('comment', (number: number, body: string) => github.say(number, BOT, body)),
    updateComment: call('updateComment', (id: number, body: string) => {
      const index = github.comments.findIndex((comment) => comment.id === id);
      if (index < 0) refuse('no such comment');
      github.comments[index] = { ...github.comments[index]!, body, updatedAt: github.now };
    }),
    react: call('react', () => undefined),
    reactToIssue: call('reactToIssue', () => undefined),
    reviewComments: call('reviewComments', () => []),
    reviewCommentsSince: call('reviewCommentsSince', () => []),
    replyToReview: call('replyToReview', () => refuse('there is no review')),
    updateReviewComment: call('updateReviewComment', () => undefined),
    reactToReviewComment: call('reactToReviewComment', () => undefined),
    reviews: call('reviews', () => []),
    isReviewEdited: call('isReviewEdited', () => false),
    changedSince: call('changedSince', () => []),
    edits: call('edits', () => null),
    ownIssues: call('ownIssues', () => [...github.issues.values()].filter(({ author }) => author === BOT)),
    issue: call('issue', (number: number) => github.issues.get(number) ?? null),
    openIssue: call(
      'openIssue',
      (text: { readonly title: string; readonly body: string; readonly labels: readonly string[] }) => {
        const number = github.nextNumber();
        const url = `https://github.com/acme/infra/issues/${number}`;
        const issue = { ...text, number, url, state: 'open', author: BOT, isPullRequest: false } as const;
        github.issues.set(number, issue);
        return issue;
      },
    ),
    updateIssue: call('updateIssue', () => undefined),
    addLabels: call('addLabels', (number: number, labels: readonly string[]) =>
      github.change(number, { labels: [...new Set([...github.pulls.get(number)!.labels, ...labels])] }),
    ),
    permission: call('permission', () => 'write' as const),
    loginOf: call('loginOf', (_sha: string) => 'ana-lopez'),
    timeUntilWrites: () => github.pause,
    isOwnEmail: (email) => email.endsWith('@users.noreply.github.com'),
    cloneAccess: call('cloneAccess', () => ({ url: 'https://github.com/acme/infra.git', token: null })),
  };
}
