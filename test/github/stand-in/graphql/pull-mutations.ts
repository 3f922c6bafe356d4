import { autoMergeRefusal, queueRefusal } from '../events/merging.ts';
import { disableAutoMerge, setDraft, tellPull } from '../events/pulls.ts';
import type { Doer, GitHub } from '../github.ts';
import type { MergeMethod } from '../interface.ts';
import { allowedDoer, type Input, type Mutation } from './mutation.ts';
import { actorThing, GraphQLProblem, pullById, pullThing, type FoundPull } from './things.ts';

function pullMutation(
  needs: string,
  act: (github: GitHub, found: FoundPull, doer: Doer, input: Input) => void,
  input: readonly string[] = [],
): Mutation {
  return {
    input: ['pullRequestId', ...input],
    required: ['pullRequestId'],
    run(call, given) {
      const found = pullById(call, String(given['pullRequestId']));
      const doer = allowedDoer(call, found.repository, needs.split(' '));
      act(call.github, found, doer, given);
      return { actor: actorThing(doer.login), pullRequest: pullThing(call, found.repository, found.pull) };
    },
  };
}

export const pullMutations: Readonly<Record<string, Mutation>> = {
  enablePullRequestAutoMerge: pullMutation(
    'pull_requests:write contents:write',
    (github, { repository, pull }, doer, input) => {
      const method = String(input['mergeMethod'] ?? 'MERGE').toLowerCase() as MergeMethod;
      const expected = input['expectedHeadOid'] ?? pull.headSha;
      if (expected !== pull.headSha) {
        throw new GraphQLProblem('UNPROCESSABLE', 'Head sha does not match the expected head oid');
      }
      const refusal = autoMergeRefusal(github, repository, pull, method);
      if (refusal !== null) throw new GraphQLProblem('UNPROCESSABLE', refusal);
      pull.autoMerge = {
        by: doer.login,
        method,
        title: (input['commitHeadline'] as string | null | undefined) ?? null,
        message: (input['commitBody'] as string | null | undefined) ?? null,
      };
      tellPull(github, repository, doer, pull, 'auto_merge_enabled', { reason: '' });
    },
    ['mergeMethod', 'commitHeadline', 'commitBody', 'authorEmail', 'expectedHeadOid'],
  ),

  disablePullRequestAutoMerge: pullMutation(
    'pull_requests:write contents:write',
    (github, { repository, pull }, doer) => {
      if (pull.autoMerge === null) {
        throw new GraphQLProblem('UNPROCESSABLE', "Can't disable auto-merge for this pull request.");
      }
      disableAutoMerge(github, repository, doer, pull);
    },
  ),

  enqueuePullRequest: pullMutation(
    'pull_requests:write contents:write',
    (github, { repository, pull }, doer, input) => {
      if ((input['expectedHeadOid'] ?? pull.headSha) !== pull.headSha)
        throw new GraphQLProblem('UNPROCESSABLE', 'Head sha does not match the expected head oid');
      const refusal = queueRefusal(github, repository, pull);
      if (refusal !== null) throw new GraphQLProblem('UNPROCESSABLE', refusal);
      pull.queued = { by: doer.login, method: 'merge', title: null, message: null };
      tellPull(github, repository, doer, pull, 'enqueued', {});
    },
    ['expectedHeadOid', 'jump'],
  ),

  dequeuePullRequest: {
    input: ['id'],
    required: ['id'],
    run(call, given) {
      const { repository, pull } = pullById(call, String(given['id']));
      allowedDoer(call, repository, ['pull_requests:write', 'contents:write']);
      if (pull.queued === null) throw new GraphQLProblem('UNPROCESSABLE', 'Pull request is not in the queue');
      pull.queued = null;
      return { mergeQueueEntry: null };
    },
  },

  convertPullRequestToDraft: pullMutation('pull_requests:write', (github, { repository, pull }, doer) => {
    if (!repository.settings.drafts) {
      throw new GraphQLProblem('UNPROCESSABLE', 'Draft pull requests are not supported in this repository.');
    }
    setDraft(github, repository, doer, pull, true);
  }),

  markPullRequestReadyForReview: pullMutation('pull_requests:write', (github, { repository, pull }, doer) =>
    setDraft(github, repository, doer, pull, false),
  ),
};
