import type { Host, HostCommit } from '../github/host.ts';
import { writtenFiles, type Proposal } from '../model/proposal.ts';
import type { RepositoryFacts } from './run.ts';

/** What a commit is made of. */
type Edit = Pick<Proposal, 'commit' | 'located' | 'lessons'>;

interface WriteParts {
  readonly host: Host;
  readonly repository: Pick<RepositoryFacts, 'hasBranch' | 'parentTree'>;
}

/** What became of the attempt to put a proposal's commit on its branch. */
export type Written =
  | { readonly kind: 'written'; readonly head: string }
  /** There is a commit on the branch that is not ours. */
  | { readonly kind: 'others' }
  /** It changed meanwhile: the next run reads it again. */
  | { readonly kind: 'moved-on' };

/**
 * Puts the proposal's one commit on a branch: a new one, or in place of the commits that are there when all of them are ours. A
 * branch that carries this very commit already, because an earlier run got no further, is left as it is.
 *
 * @param current what the branch points to; null where there is none
 */
export async function writeBranch(
  parts: WriteParts,
  branch: string,
  message: string,
  edit: Edit,
  current: string | null,
): Promise<Written> {
  const { host } = parts;
  if (current === null) {
    const head = await commitOf(parts, message, edit);
    const created = await host.createBranch(branch, head);
    return created === 'created' ? { kind: 'written', head } : { kind: 'moved-on' };
  }
  if (!(await isOurs(host, edit.commit, current))) return { kind: 'others' };
  if (await carries(host, edit, current)) return { kind: 'written', head: current };
  const head = await commitOf(parts, message, edit);
  const moved = await host.moveBranch(branch, current, head);
  return moved === 'moved' ? { kind: 'written', head } : { kind: 'moved-on' };
}

/** What a branch of ours points to; null without it. GitHub is asked only where the mirror has the branch: creating it tells of any other. */
export async function knownHead({ host, repository }: WriteParts, branch: string): Promise<string | null> {
  return (await repository.hasBranch(branch)) ? host.branchHead(branch) : null;
}

/** On no branch yet, so that one that is never used is nothing to anybody. */
async function commitOf({ host, repository }: WriteParts, message: string, edit: Edit): Promise<string> {
  const { commit: parent } = edit;
  const files = writtenFiles(edit);
  const parentTree = await repository.parentTree(parent, [...files.keys()]);
  return host.commit({ parent, message, files, ...(parentTree && { parentTree }) });
}

/** True when nobody else has a commit on the branch. What cannot be found out is not ours. */
export async function isOurs(host: Host, base: string, head: string): Promise<boolean> {
  const commits = await host.commitsBetween(base, head);
  return commits !== null && commits.every((commit) => isByUs(commit, host.login));
}

/** GitHub commits in the name of its own account what it signs for an app. */
function isByUs({ author, committer }: HostCommit, login: string): boolean {
  return author === login && (committer === login || committer === 'web-flow');
}

/**
 * True when a pull request changes the files of the edit and no other, to what they are after it, whoever says to have committed
 * it: names can be borrowed, and a description can be edited.
 */
export async function bringsTheEdit(host: Host, number: number, edit: Edit, head: string): Promise<boolean> {
  const files = writtenFiles(edit);
  const touched = new Set(await host.files(number));
  const isSame = touched.size === files.size && [...files.keys()].every((path) => touched.has(path));
  return isSame && hasItsFiles(host, edit, head);
}

/** As above, and on top of the very commit that it was proven on. */
export async function isAsProven(host: Host, number: number, edit: Edit, head: string): Promise<boolean> {
  return (await bringsTheEdit(host, number, edit, head)) && isOnTop(host, edit, head);
}

/** One commit on top of the proposal's, with its files. */
async function carries(host: Host, edit: Edit, head: string): Promise<boolean> {
  return (await isOnTop(host, edit, head)) && hasItsFiles(host, edit, head);
}

async function isOnTop(host: Host, { commit }: Edit, head: string): Promise<boolean> {
  const [ahead, behind] = [await host.commitsBetween(commit, head), await host.commitsBetween(head, commit)];
  return ahead?.length === 1 && behind?.length === 0;
}

async function hasItsFiles(host: Host, edit: Edit, head: string): Promise<boolean> {
  for (const [path, content] of writtenFiles(edit))
    if ((await host.file(path, head)) !== content.toString()) return false;
  return true;
}
