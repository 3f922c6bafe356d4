import { HostError } from '../../src/github/host-error.ts';
import type { Host, HostComment, HostIssue } from '../../src/github/host.ts';

export const OWN_LOGIN = 'faultline[bot]';

/** The part of GitHub that comments and issues need, in memory; whatever else is asked for is a mistake of the caller. */
export class TestHost {
  readonly repository = 'acme/infra';
  readonly login = OWN_LOGIN;
  readonly defaultBranch = 'main';
  readonly permissions = new Map<string, 'admin' | 'write' | 'read' | 'none'>();
  readonly reactions: (readonly [comment: number, reaction: string])[] = [];
  readonly threads = new Map<number, HostComment[]>();
  readonly issues: HostIssue[] = [];
  /** Names of the calls that wrote something, in order. */
  readonly writes: string[] = [];
  /** Thrown by the next call of this name. */
  failing: { readonly call: string; readonly error: Error } | null = null;
  #nextId = 9000;

  static asHost(host: TestHost): Host {
    return host as unknown as Host;
  }

  async permission(login: string): Promise<'admin' | 'write' | 'read' | 'none'> {
    this.#fail('permission');
    return this.permissions.get(login) ?? 'none';
  }

  async react(comment: number, reaction: string): Promise<void> {
    this.#fail('react');
    this.reactions.push([comment, reaction]);
  }

  async comments(thread: number): Promise<readonly HostComment[]> {
    this.#fail('comments');
    return [...(this.threads.get(thread) ?? [])];
  }

  async comment(thread: number, body: string): Promise<HostComment> {
    this.#fail('comment');
    this.writes.push('comment');
    return this.say(thread, this.login, body, true);
  }

  async updateComment(id: number, body: string): Promise<void> {
    this.#fail('updateComment');
    this.writes.push('updateComment');
    for (const comments of this.threads.values()) {
      const index = comments.findIndex((comment) => comment.id === id);
      if (index >= 0) comments[index] = { ...comments[index]!, body };
    }
  }

  async ownIssues(): Promise<readonly HostIssue[]> {
    return this.issues.filter(({ author }) => author === this.login);
  }

  async openIssue(text: {
    readonly title: string;
    readonly body: string;
    readonly labels: readonly string[];
  }): Promise<HostIssue> {
    this.#fail('openIssue');
    this.writes.push('openIssue');
    const issue = {
      ...text,
      number: this.issues.length + 1,
      state: 'open' as const,
      author: this.login,
      isPullRequest: false,
      url: `https://github.com/acme/infra/issues/${this.issues.length + 1}`,
    };
    this.issues.push(issue);
    return issue;
  }

  async updateIssue(
    number: number,
    change: Partial<Pick<HostIssue, 'title' | 'body' | 'state'>>,
  ): Promise<void> {
    this.#fail('updateIssue');
    this.writes.push('updateIssue');
    this.issues[number - 1] = { ...this.issues[number - 1]!, ...change };
  }

  /** A comment of somebody. */
  say(thread: number, author: string, body: string, isBot = false): HostComment {
    const comment: HostComment = {
      id: this.#nextId++,
      author,
      isBot,
      body,
      url: '',
      createdAt: 0,
      updatedAt: 0,
    };
    this.threads.set(thread, [...(this.threads.get(thread) ?? []), comment]);
    return comment;
  }

  /** Our comments in a thread. */
  answers(thread: number): readonly string[] {
    return (this.threads.get(thread) ?? [])
      .filter(({ author }) => author === this.login)
      .map(({ body }) => body);
  }

  #fail(call: string): void {
    if (this.failing?.call !== call) return;
    const { error } = this.failing;
    this.failing = null;
    throw error;
  }
}

export function outage(): HostError {
  return new HostError('GitHub did not answer', { status: 502, transient: true });
}
