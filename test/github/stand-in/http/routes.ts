import { appRoutes } from '../resources/apps.ts';
import { blobRoutes } from '../resources/blobs.ts';
import { branchRoutes } from '../resources/branches.ts';
import { checkRoutes } from '../resources/checks.ts';
import { collaboratorRoutes } from '../resources/collaborators.ts';
import { commentRoutes } from '../resources/comments.ts';
import { commitRoutes } from '../resources/commits.ts';
import { contentRoutes } from '../resources/contents.ts';
import { gitCommitRoutes } from '../resources/git-commits.ts';
import { issueRoutes } from '../resources/issues.ts';
import { labelRoutes } from '../resources/labels.ts';
import { pullRoutes } from '../resources/pulls.ts';
import { refRoutes } from '../resources/refs.ts';
import { repositoryRoutes } from '../resources/repositories.ts';
import { reviewCommentRoutes } from '../resources/review-comments.ts';
import { reviewRoutes } from '../resources/reviews.ts';
import { treeRoutes } from '../resources/trees.ts';
import { rateLimitRoutes } from '../resources/rate-limit.ts';
import { userRoutes } from '../resources/users.ts';
import type { RepositoryRoute, Route } from './route.ts';

/** All that the stand-in can do, by method and path as the description writes them. */
export const routes: Readonly<Record<string, Route | RepositoryRoute>> = {
  ...appRoutes,
  ...rateLimitRoutes,
  ...userRoutes,
  ...repositoryRoutes,
  ...branchRoutes,
  ...blobRoutes,
  ...treeRoutes,
  ...gitCommitRoutes,
  ...refRoutes,
  ...commitRoutes,
  ...contentRoutes,
  ...pullRoutes,
  ...reviewRoutes,
  ...reviewCommentRoutes,
  ...issueRoutes,
  ...commentRoutes,
  ...labelRoutes,
  ...collaboratorRoutes,
  ...checkRoutes,
};
