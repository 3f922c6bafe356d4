import type { Probot } from 'probot';
import type { IncomingComment } from './chatops/respond.ts';
import type { Edit } from './chatops/tick.ts';
import { onlyDocumented } from './service/documented-payloads.ts';
import type { Queue } from './queue/queue.ts';
import { isMergeGroup } from './service/merge-groups.ts';
import type { Service } from './service/service.ts';
import { boxesTask, checkTask, installationsTask, reconcileTask, type ServeTasks } from './service/tasks.ts';
import { mayHoldBoxes } from './service/ticked-boxes.ts';
import type { Store } from './store/store.ts';

/** What webhooks are handed on to. Service and queue are read each time: reloading the settings replaces them. */
export interface AppParts {
  readonly service: Pick<Service, 'serves' | 'hear' | 'guardLater'>;
  readonly queue: Pick<Queue<ServeTasks>, 'add'>;
  readonly store: Pick<Store, 'handled'>;
  readonly now: () => number;
}

/**
 * The Probot app: webhooks in, tasks out. Probot has checked the signature by now. A delivery is handled once, however often
 * it comes; nothing in it is believed beyond what happened to which thread, since all else is asked of GitHub.
 */
export function faultline(probot: Probot, parts: AppParts): void {
  const app = onlyDocumented(probot);
  const deliveries = new Deliveries(parts);
  onInstallations(app, deliveries, parts);
  onComments(app, deliveries, parts);
  onReviews(app, deliveries, parts);
  onDescriptions(app, deliveries, parts);
  onEdits(app, deliveries, parts);
  onPullRequests(app, deliveries, parts);
  onCommits(app, deliveries, parts);
  onRerunRequests(app, deliveries, parts);
}

/** Handles each delivery once. */
class Deliveries {
  readonly #parts: AppParts;

  constructor(parts: AppParts) {
    this.#parts = parts;
  }

  async once(id: string, handle: () => Promise<unknown>): Promise<void> {
    const { store, now } = this.#parts;
    if (await store.handled.has('delivery', id)) return;
    await handle();
    await store.handled.add('delivery', id, now());
  }

  /** A delivery about a repository that is not served is not remembered: it is handled when it is delivered again. */
  async about(repository: Named, id: string, handle: () => Promise<unknown>): Promise<void> {
    if (this.#parts.service.serves(repository.full_name)) await this.once(id, handle);
  }
}

type App = ReturnType<typeof onlyDocumented>;

/** What changed is not read from the payload: GitHub's list of installations says it. */
function onInstallations(app: App, deliveries: Deliveries, parts: AppParts): void {
  app.on(
    [
      'installation.created',
      'installation.deleted',
      'installation_repositories.added',
      'installation_repositories.removed',
    ],
    ({ id }) => deliveries.once(id, () => parts.queue.add(installationsTask())),
  );
}

function onComments(app: App, deliveries: Deliveries, parts: AppParts): void {
  app.on('issue_comment.created', ({ id, payload: { repository, issue, comment } }) =>
    deliveries.about(repository, id, () =>
      parts.service.hear(repository.full_name, {
        kind: 'comment',
        thread: issue.number,
        id: comment.id,
        author: comment.user?.login ?? 'ghost',
        isBot: comment.user?.type === 'Bot',
        body: comment.body,
        createdAt: Date.parse(comment.created_at),
        updatedAt: Date.parse(comment.updated_at),
      }),
    ),
  );

  app.on(
    'pull_request_review_comment.created',
    ({ id, payload: { repository, pull_request: pull, comment } }) =>
      deliveries.about(repository, id, () =>
        parts.service.hear(repository.full_name, {
          kind: 'review-comment',
          thread: pull.number,
          id: comment.id,
          root: comment.in_reply_to_id ?? comment.id,
          author: comment.user?.login ?? 'ghost',
          isBot: comment.user?.type === 'Bot',
          body: comment.body,
          createdAt: Date.parse(comment.created_at),
          updatedAt: Date.parse(comment.updated_at),
        }),
      ),
  );
}

function onReviews(app: App, deliveries: Deliveries, parts: AppParts): void {
  app.on('pull_request_review.submitted', ({ id, payload: { repository, pull_request: pull, review } }) =>
    deliveries.about(repository, id, async () => {
      const at = Date.parse(review.submitted_at ?? '');
      if (!review.body || Number.isNaN(at)) return;
      await parts.service.hear(repository.full_name, {
        kind: 'review',
        thread: pull.number,
        id: review.id,
        author: review.user?.login ?? 'ghost',
        isBot: review.user?.type === 'Bot',
        body: review.body,
        createdAt: at,
        updatedAt: at,
      });
    }),
  );
}

function onDescriptions(app: App, deliveries: Deliveries, parts: AppParts): void {
  app.on('issues.opened', ({ id, payload: { repository, issue } }) =>
    deliveries.about(repository, id, () => parts.service.hear(repository.full_name, descriptionOf(issue))),
  );
  app.on('pull_request.opened', ({ id, payload: { repository, pull_request: pull } }) =>
    deliveries.about(repository, `${id} description`, () =>
      parts.service.hear(repository.full_name, descriptionOf(pull)),
    ),
  );
}

function onEdits(app: App, deliveries: Deliveries, parts: AppParts): void {
  const edited = async ({ full_name }: Named, thread: number, edit: Edit, id: string): Promise<void> => {
    if (mayHoldBoxes(edit)) await parts.queue.add(boxesTask(full_name, thread, edit, id));
  };
  app.on('issues.edited', ({ id, payload: { repository, issue, changes, sender } }) =>
    deliveries.about(repository, id, () =>
      edited(repository, issue.number, editOf(issue, changes, sender), id),
    ),
  );
  app.on('pull_request.edited', ({ id, payload: { repository, pull_request: pull, changes, sender } }) =>
    deliveries.about(repository, id, async () => {
      // Onto another branch it changes something else.
      if (changes.base) await parts.service.guardLater(repository.full_name, pull.number);
      await edited(repository, pull.number, editOf(pull, changes, sender), id);
    }),
  );
}

function onPullRequests(app: App, deliveries: Deliveries, parts: AppParts): void {
  app.on(
    ['pull_request.opened', 'pull_request.synchronize', 'pull_request.reopened'],
    ({ id, payload: { repository, pull_request: pull } }) =>
      deliveries.about(repository, id, async () => {
        const { number, head } = pull;
        await parts.service.guardLater(repository.full_name, number);
        if (isFromFork(pull)) return;
        await parts.queue.add(
          checkTask({ repository: repository.full_name, head: head.sha, number, again: null }),
        );
        if (isOurs(head.ref)) await parts.queue.add(reconcileTask(repository.full_name));
      }),
  );
  app.on('pull_request.closed', ({ id, payload: { repository, pull_request: pull } }) =>
    deliveries.about(repository, id, async () => {
      if (!isFromFork(pull) && isOurs(pull.head.ref))
        await parts.queue.add(reconcileTask(repository.full_name));
    }),
  );
}

/** Pushes to the default branch, what a merge queue is about to merge, and results of checks on our branches. */
function onCommits(app: App, deliveries: Deliveries, parts: AppParts): void {
  app.on('push', ({ id, payload: { repository, ref } }) =>
    deliveries.about(repository, id, async () => {
      if (ref === `refs/heads/${repository.default_branch}`)
        await parts.queue.add(reconcileTask(repository.full_name));
      const branch = ref.replace(/^refs\/heads\//, '');
      if (isMergeGroup(branch)) await parts.service.guardLater(repository.full_name, branch);
    }),
  );
  app.on('check_suite.completed', ({ id, payload: { repository, check_suite: suite } }) =>
    deliveries.about(repository, id, async () => {
      if (suite.head_branch !== null && isOurs(suite.head_branch))
        await parts.queue.add(reconcileTask(repository.full_name));
    }),
  );
  app.on('status', ({ id, payload: { repository, branches } }) =>
    deliveries.about(repository, id, async () => {
      if (branches.some(({ name }) => isOurs(name)))
        await parts.queue.add(reconcileTask(repository.full_name));
    }),
  );
}

/** Somebody pressed "Re-run" at our check. */
function onRerunRequests(app: App, deliveries: Deliveries, parts: AppParts): void {
  const checkAgain = ({ full_name: repository }: Named, head: string, again: string): Promise<void> =>
    parts.queue.add(checkTask({ repository, head, number: null, again }));
  app.on('check_run.rerequested', ({ id, payload: { repository, check_run: run } }) =>
    deliveries.about(repository, id, () => checkAgain(repository, run.head_sha, `${run.id}`)),
  );
  app.on('check_suite.rerequested', ({ id, payload: { repository, check_suite: suite } }) =>
    deliveries.about(repository, id, () => checkAgain(repository, suite.head_sha, id)),
  );
}

interface Described {
  readonly number: number;
  readonly body: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly user: { readonly login: string; readonly type?: string } | null;
}

/** A description as it was opened: what it was edited to later is no command. */
function descriptionOf({ number, body, created_at, user }: Described): IncomingComment {
  const at = Date.parse(created_at);
  return {
    kind: 'description',
    thread: number,
    id: number,
    author: user?.login ?? 'ghost',
    isBot: user?.type === 'Bot',
    body: body ?? '',
    createdAt: at,
    updatedAt: at,
  };
}

function editOf(
  { body, updated_at }: Pick<Described, 'body' | 'updated_at'>,
  changes: { readonly body?: { readonly from: string } | undefined },
  sender: { readonly login: string; readonly type?: string } | undefined,
): Edit {
  return {
    by: sender?.login ?? 'ghost',
    isBot: sender?.type === 'Bot',
    before: changes.body?.from ?? body ?? '',
    after: body ?? '',
    at: Date.parse(updated_at),
  };
}

interface Named {
  readonly full_name: string;
}

function isOurs(branch: string): boolean {
  return branch.startsWith('faultline/');
}

interface Side {
  readonly repo: { readonly id: number } | null;
}

/** A deleted fork is told as none. */
function isFromFork({ head, base }: { readonly head: Side; readonly base: Side }): boolean {
  return head.repo?.id !== base.repo?.id;
}
