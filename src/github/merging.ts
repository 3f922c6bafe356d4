import type { Octokit } from '@octokit/rest';
import type { Context } from './context.ts';
import { isRefused } from './errors.ts';
import type { Host } from './host.ts';

type Merging = Pick<Host, 'enableAutoMerge' | 'disableAutoMerge' | 'queueState' | 'merge'>;

/** In GitHub's words. */
interface Refusal {
  readonly refused: string;
}

type WholePull = Awaited<ReturnType<Octokit['rest']['pulls']['get']>>['data'];

type Method = 'merge' | 'squash' | 'rebase';

/** The commit that GitHub signed stays what it is only in a merge. */
const PREFERENCE: readonly Method[] = ['merge', 'squash', 'rebase'];

/** Nothing to wait for: everything required is there, though checks that are not required may have failed ("unstable"). */
const NOTHING_TO_WAIT_FOR = /is in (?:clean|unstable) status/i;
/** A rule of the branch against one way of merging; the settings of the repository do not tell. */
const OTHER_METHOD = /merge commits|merge method|squash|rebase|linear history/i;

/** Of the repository's settings. A merge queue works without. */
const NO_AUTO_MERGE = /auto[- ]merge is not allowed/i;

const QUEUE =
  'query($id: ID!) { node(id: $id) { ... on PullRequest { isMergeQueueEnabled isInMergeQueue } } }';
const ENQUEUE =
  'mutation($input: EnqueuePullRequestInput!) { enqueuePullRequest(input: $input) { clientMutationId } }';
const DEQUEUE =
  'mutation($input: DequeuePullRequestInput!) { dequeuePullRequest(input: $input) { clientMutationId } }';
const ENABLE =
  'mutation($input: EnablePullRequestAutoMergeInput!) { enablePullRequestAutoMerge(input: $input) { clientMutationId } }';
const DISABLE =
  'mutation($input: DisablePullRequestAutoMergeInput!) { disablePullRequestAutoMerge(input: $input) { clientMutationId } }';

interface QueueAnswer {
  readonly node: { readonly isMergeQueueEnabled?: boolean; readonly isInMergeQueue?: boolean } | null;
}

export function mergingOf(context: Context): Merging {
  const { locked } = context.calls;
  return {
    queueState: async (number) => queueStateOf(context, (await pull(context, number)).node_id),
    enableAutoMerge: (number, head) => locked(() => enableAutoMerge(context, number, head)),
    disableAutoMerge: (number) => locked(() => disableAutoMerge(context, number)),
    merge: (number, head) =>
      locked(() => withAllowedMethod(context, (method) => mergeBy(context, method, number, head))),
  };
}

function pull({ rest, calls, at }: Context, number: number): Promise<WholePull> {
  return calls.read(() => rest.pulls.get({ ...at, pull_number: number }));
}

async function allowedMethods({ rest, calls, at }: Context): Promise<readonly Method[]> {
  const repository = await calls.read(() => rest.repos.get(at));
  const isAllowed = {
    merge: repository.allow_merge_commit,
    squash: repository.allow_squash_merge,
    rebase: repository.allow_rebase_merge,
  };
  // GitHub does not tell everybody.
  return PREFERENCE.filter((method) => isAllowed[method] !== false);
}

/** The first answer that is no refusal of the method itself; else the last refusal. */
async function withAllowedMethod<T>(
  context: Context,
  attempt: (method: Method) => Promise<T | Refusal>,
): Promise<T | Refusal> {
  let refusal: Refusal = { refused: 'the repository allows no way of merging' };
  for (const method of await allowedMethods(context)) {
    const outcome = await attempt(method);
    if (!isRefusal(outcome)) return outcome;
    refusal = outcome;
    if (!OTHER_METHOD.test(outcome.refused)) break;
  }
  return refusal;
}

async function queueStateOf({ calls }: Context, id: string): Promise<'queued' | 'not-queued' | 'no-queue'> {
  try {
    const { node } = await calls.graphql<QueueAnswer>('read', QUEUE, { id });
    if (!node?.isMergeQueueEnabled) return 'no-queue';
    return node.isInMergeQueue ? 'queued' : 'not-queued';
  } catch (error) {
    // An Enterprise Server before 3.12 knows no such fields.
    if (isRefused(error, 200)) return 'no-queue';
    throw error;
  }
}

/** The queue checks the merged result again and merges in its own way. */
async function enqueue(context: Context, pullRequestId: string, head: string): Promise<'enabled' | Refusal> {
  try {
    await context.calls.graphql('write', ENQUEUE, { input: { pullRequestId, expectedHeadOid: head } });
    return 'enabled';
  } catch (error) {
    if (!isRefused(error, 200)) throw error;
    // An answer that was lost, or a person who was faster.
    if ((await queueStateOf(context, pullRequestId)) === 'queued') return 'enabled';
    return { refused: error.said ?? error.message };
  }
}

async function enableAutoMerge(
  context: Context,
  number: number,
  head: string,
): Promise<'enabled' | 'clean' | Refusal> {
  const { node_id: pullRequestId, auto_merge } = await pull(context, number);
  if (auto_merge !== null) return 'enabled';
  const outcome = await withAllowedMethod<'enabled' | 'clean'>(context, async (method) => {
    const input = { pullRequestId, expectedHeadOid: head, mergeMethod: method.toUpperCase() };
    try {
      await context.calls.graphql('write', ENABLE, { input });
      return 'enabled';
    } catch (error) {
      if (!isRefused(error, 200)) throw error;
      const refused = error.said ?? error.message;
      return NOTHING_TO_WAIT_FOR.test(refused) ? 'clean' : { refused };
    }
  });
  if (outcome === 'enabled' || (isRefusal(outcome) && !NO_AUTO_MERGE.test(outcome.refused))) return outcome;
  switch (await queueStateOf(context, pullRequestId)) {
    case 'queued':
      return 'enabled';
    case 'not-queued':
      return enqueue(context, pullRequestId, head);
    case 'no-queue':
      return outcome;
  }
}

async function disableAutoMerge(context: Context, number: number): Promise<void> {
  const { node_id: pullRequestId, auto_merge } = await pull(context, number);
  const isQueued = async () => (await queueStateOf(context, pullRequestId)) === 'queued';
  if (auto_merge === null) {
    if (!(await isQueued())) return;
    try {
      await context.calls.graphql('write', DEQUEUE, { input: { id: pullRequestId } });
    } catch (error) {
      if (!isRefused(error, 200) || (await isQueued())) throw error;
    }
    return;
  }
  try {
    await context.calls.graphql('write', DISABLE, { input: { pullRequestId } });
  } catch (error) {
    if (!isRefused(error, 200) || (await pull(context, number)).auto_merge !== null) throw error;
  }
}

async function mergeBy(
  context: Context,
  method: Method,
  number: number,
  head: string,
): Promise<{ readonly merged: string } | 'moved-on' | Refusal> {
  const { rest, calls, at } = context;
  const merged = async () => {
    const { merged: isMerged, merge_commit_sha: sha } = await pull(context, number);
    return isMerged && sha !== null ? { merged: sha } : null;
  };
  try {
    return await calls.create(
      () => rest.pulls.merge({ ...at, pull_number: number, sha: head, merge_method: method }),
      ({ sha }) => ({ merged: sha }),
      merged,
    );
  } catch (error) {
    if (!isRefused(error, [403, 405, 409, 422])) throw error;
    const done = await merged();
    if (done !== null) return done;
    if (error.status === 409 && /head branch was modified/i.test(error.said ?? '')) return 'moved-on';
    return { refused: error.said ?? error.message };
  }
}

function isRefusal(outcome: unknown): outcome is Refusal {
  return typeof outcome === 'object' && outcome !== null && 'refused' in outcome;
}
