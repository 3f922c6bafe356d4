import type { Context } from './context.ts';
import { isRefused, orNull } from './errors.ts';
import { HostError } from './host-error.ts';
import type { Host } from './host.ts';

type Branches = Pick<Host, 'branchHead' | 'createBranch' | 'moveBranch' | 'deleteBranch'>;

/** Git's name for no commit: a branch is deleted by moving it there. */
const NOTHING = '0'.repeat(40);

/*
 * Moves and deletes name the commit that is expected, and GitHub compares and swaps: whatever somebody pushed between our last
 * look and the move stays. The REST call for this cannot (`force` overwrites whatever is there); GraphQL's updateRefs can
 * (docs.github.com/graphql/reference/git#updaterefs).
 */
const UPDATE_REFS = 'mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }';

export function branchesOf(context: Context): Branches {
  const { rest, calls, at } = context;
  let repositoryId: string | null = null;

  async function swap(branch: string, before: string, after: string): Promise<'moved' | 'moved-on' | 'gone'> {
    repositoryId ??= (await calls.read(() => rest.repos.get(at))).node_id;
    const update = { name: `refs/heads/${branch}`, beforeOid: before, afterOid: after, force: true };
    try {
      await calls.graphql('write', UPDATE_REFS, { input: { repositoryId, refUpdates: [update] } });
      return 'moved';
    } catch (error) {
      if (!isRefused(error, 200)) throw error;
      // GitHub's words differ with the reason, the branch does not.
      const head = await pointedTo(context, branch).catch((failure: unknown) => {
        throw isRefused(failure, 409) ? error : failure;
      });
      if (head === (after === NOTHING ? null : after)) return 'moved';
      if (head === before) throw error;
      return head === null ? 'gone' : 'moved-on';
    }
  }

  return {
    branchHead: (branch) => branchHead(context, branch),
    createBranch: (branch, sha) => calls.locked(() => createBranch(context, branch, sha)),
    moveBranch: (branch, from, to) =>
      calls.locked(async () => {
        mustBeOurs(branch);
        return swap(branch, from, to);
      }),

    deleteBranch: (branch, commit) =>
      calls.locked(async () => {
        mustBeOurs(branch);
        if (commit !== undefined) {
          await swap(branch, commit, NOTHING);
          return;
        }
        try {
          await calls.write(() => rest.git.deleteRef({ ...at, ref: `heads/${branch}` }));
        } catch (error) {
          if (!isRefused(error, 404) && !isRefused(error, 422, /does not exist/i)) throw error;
        }
      }),
  };
}

async function branchHead(context: Context, branch: string): Promise<string | null> {
  try {
    return await pointedTo(context, branch);
  } catch (error) {
    // A repository without a commit.
    if (isRefused(error, 409)) return null;
    throw error;
  }
}

/** @throws {HostError} also where the repository has no commit, or says so: where there was a branch, that tells nothing of it */
async function pointedTo({ rest, calls, at }: Context, branch: string): Promise<string | null> {
  const found = await orNull(calls.read(() => rest.git.getRef({ ...at, ref: `heads/${branch}` })));
  return found?.object.sha ?? null;
}

async function createBranch(context: Context, branch: string, sha: string): Promise<'created' | 'exists'> {
  const { rest, calls, at } = context;
  mustBeOurs(branch);
  const isThere = async (): Promise<'created' | null> =>
    (await branchHead(context, branch)) === sha ? 'created' : null;
  try {
    return await calls.create(
      () => rest.git.createRef({ ...at, ref: `refs/heads/${branch}`, sha }),
      () => 'created' as const,
      isThere,
    );
  } catch (error) {
    if (!isRefused(error, 422, /already exists/i)) throw error;
    // It may be the one that an earlier attempt made after we had looked for it.
    return (await isThere()) ?? 'exists';
  }
}

/** Whatever asks for it, and whatever name it was led to: no other branch is ever made, moved or deleted. */
function mustBeOurs(branch: string): void {
  if (/^faultline\/[^/]/.test(branch)) return;
  throw new HostError(`the branch ${branch} is none of Faultline's`, { status: null, transient: false });
}
