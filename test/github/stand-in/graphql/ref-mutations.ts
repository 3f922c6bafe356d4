import { moveBranch } from '../events/branches.ts';
import { protectionRefusal } from '../events/protection.ts';
import { isAncestor } from '../git/graph.ts';
import { isObject } from '../git/objects.ts';
import { refAt } from '../git/refs.ts';
import type { Doer, GitHub } from '../github.ts';
import type { Repository } from '../state.ts';
import { allowedDoer, UnknownInput, type Mutation } from './mutation.ts';
import { GraphQLProblem, repositoryById } from './things.ts';

interface RefUpdate {
  readonly name: string;
  readonly afterOid: string;
  readonly beforeOid?: string | null;
  readonly force?: boolean;
}

/** No commit: to make a reference (before) or to delete it (after). */
const nothing = '0'.repeat(40);
const keys = ['name', 'afterOid', 'beforeOid', 'force'];

export const refMutations: Readonly<Record<string, Mutation>> = {
  /** Compares and swaps: all of the updates, or none. */
  updateRefs: {
    input: ['repositoryId', 'refUpdates'],
    required: ['repositoryId', 'refUpdates'],
    run(call, input) {
      const repository = repositoryById(call, String(input['repositoryId']));
      const doer = allowedDoer(call, repository, ['contents:write']);
      const updates = input['refUpdates'] as readonly RefUpdate[];
      const unknown = updates.flatMap((update) => Object.keys(update)).find((key) => !keys.includes(key));
      if (unknown !== undefined)
        throw new UnknownInput(`InputObject 'RefUpdate' doesn't accept argument '${unknown}'`);
      for (const update of updates) check(call.github, repository, doer, update);
      for (const { name, afterOid } of updates) {
        const branch = name.replace('refs/heads/', '');
        moveBranch(
          call.github,
          repository,
          doer,
          branch,
          refAt(repository.folder, name),
          commitOrNull(afterOid),
        );
      }
      return {};
    },
  },
};

function check(github: GitHub, repository: Repository, doer: Doer, update: RefUpdate): void {
  const { name, afterOid, beforeOid, force = false } = update;
  const { folder } = repository;
  const refuse = (message: string): GraphQLProblem => new GraphQLProblem('UNPROCESSABLE', message);
  if (!/^refs\/heads\/./.test(name)) throw refuse(`${name} is not a qualified branch name`);
  const now = refAt(folder, name);
  if (beforeOid !== undefined && beforeOid !== null && commitOrNull(beforeOid) !== now) {
    throw refuse(`Reference "${name}" is at ${now ?? nothing} but expected ${beforeOid}`);
  }
  const after = commitOrNull(afterOid);
  if (after !== null && !isObject(folder, after, 'commit')) throw refuse('Object does not exist');
  if (after !== null && now !== null && !force && !isAncestor(folder, now, after))
    throw refuse('Update is not a fast forward');
  const refusal = protectionRefusal(github, repository, doer, name);
  if (refusal !== null) throw refuse(refusal);
}

function commitOrNull(oid: string): string | null {
  return oid === nothing ? null : oid;
}
