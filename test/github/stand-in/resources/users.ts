import { anyRoute, notFound, ok, Refusal, type Routes } from '../http/route.ts';
import { profileJson } from '../shapes/users.ts';

export const userRoutes: Routes = {
  'GET /user': anyRoute(({ github, actor }) => {
    if (actor.kind !== 'token') throw new Refusal(401, 'Requires authentication');
    // An installation is nobody.
    if (actor.token.kind !== 'personal') throw new Refusal(403, 'Resource not accessible by integration');
    return ok(profileJson(github, actor.token.login));
  }),

  'GET /users/{username}': anyRoute(({ github, params }) => {
    const profile = profileJson(github, params['username'] ?? '');
    if (profile === null) throw notFound();
    return ok(profile);
  }),
};
