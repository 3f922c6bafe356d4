import { anyRoute, ok, type Routes } from '../http/route.ts';

export const rateLimitRoutes: Routes = {
  'GET /rate_limit': anyRoute(({ limits, actor }) => {
    const core = limits.rate(actor, 'core');
    const search = { limit: 30, used: 0, remaining: 30, reset: core.reset };
    return ok({ resources: { core, search, graphql: limits.rate(actor, 'graphql') }, rate: core });
  }),
};
