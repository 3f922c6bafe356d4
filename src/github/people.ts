import type { Context } from './context.ts';
import { isRefused, orNull } from './errors.ts';
import type { Host } from './host.ts';

type People = Pick<Host, 'permission' | 'loginOf'>;

const PERMISSIONS = ['admin', 'write', 'read'] as const;

export function peopleOf({ rest, calls, at }: Context): People {
  return {
    permission: async (login) => {
      const found = await orNull(
        calls.read(() => rest.repos.getCollaboratorPermissionLevel({ ...at, username: login })),
      );
      // Roles in between are told as the lesser of the four.
      return PERMISSIONS.find((permission) => permission === found?.permission) ?? 'none';
    },

    loginOf: async (sha) => {
      try {
        const found = await orNull(calls.read(() => rest.repos.getCommit({ ...at, ref: sha })));
        return found?.author?.login ?? null;
      } catch (error) {
        // GitHub's words for a commit that is not there.
        if (isRefused(error, 422)) return null;
        throw error;
      }
    },
  };
}
