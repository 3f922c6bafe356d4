import { newId } from '../github.ts';
import { addReview, issueOf } from '../events/pulls.ts';
import { page } from '../http/paging.ts';
import { ok, Refusal, repositoryRoute, type RepositoryRoutes } from '../http/route.ts';
import { reviewJson } from '../shapes/pulls.ts';
import { pullOf } from './pulls.ts';

const states = { APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED', COMMENT: 'COMMENTED' } as const;

export const reviewRoutes: RepositoryRoutes = {
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews': repositoryRoute('pull_requests:read', (call) => {
    const pull = pullOf(call);
    return page(call, pull.reviews, (review) => reviewJson(call.github, call.repository, pull, review));
  }),

  'POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews': repositoryRoute(
    'pull_requests:write',
    (call) => {
      const { github, repository, doer } = call;
      const pull = pullOf(call);
      const { event, body = '' } = call.body as {
        readonly event?: keyof typeof states;
        readonly body?: string;
      };
      if (event === undefined) throw new Refusal(422, 'The stand-in knows no pending reviews');
      const isAuthor = issueOf(repository, pull).author.toLowerCase() === doer.login.toLowerCase();
      if (isAuthor && event === 'APPROVE') {
        throw new Refusal(422, 'Unprocessable Entity', { errors: ['Can not approve your own pull request'] });
      }
      if (isAuthor && event === 'REQUEST_CHANGES') {
        throw new Refusal(422, 'Unprocessable Entity', {
          errors: ['Can not request changes on your own pull request'],
        });
      }
      const review = addReview(github, repository, doer, pull, {
        id: newId(github),
        state: states[event],
        body,
      });
      return ok(reviewJson(github, repository, pull, review));
    },
    'read',
  ),
};
