import { commitsBetween, isAncestor, mergeBase, mergedTree } from '../git/graph.ts';
import type { GitHub } from '../github.ts';
import type { MergeableState, Protection } from '../interface.ts';
import type { Pull, Repository } from '../state.ts';
import { mayAtLeast, permissionOf } from './people.ts';
import { branchHead } from './branches.ts';

/*
 * What stands between a pull request and its merge.
 */

export interface Mergeability {
  /** Null: not worked out yet. */
  readonly mergeable: boolean | null;
  readonly state: MergeableState;
}

export interface Obstacle {
  /** As `mergeable_state` names it. */
  readonly state: 'draft' | 'dirty' | 'behind' | 'blocked';
  /** As the merge endpoint says it. */
  readonly message: string;
  /** An administrator may merge nevertheless, where the protection does not bind them. */
  readonly adminsMayPass: boolean;
}

/** The commit that the pull request's changes are compared with. */
export function forkPoint(repository: Repository, pull: Pull): string {
  return mergeBase(repository.folder, pull.baseSha, pull.headSha) ?? pull.baseSha;
}

/** Where the base is now: `baseSha` is where it was when head or base last changed. */
export function baseNow(repository: Repository, pull: Pull): string {
  return branchHead(repository, pull.base) ?? pull.baseSha;
}

/** Like `mergeability`, but GitHub starts to work it out only when it is asked, and answers this first question with null. */
export function askedMergeability(github: GitHub, repository: Repository, pull: Pull): Mergeability {
  if (repository.issues.get(pull.number)?.state === 'closed') return { mergeable: null, state: 'unknown' };
  const of = `${baseNow(repository, pull)}..${pull.headSha}`;
  const known = pull.mergeabilityOf === of;
  pull.mergeabilityOf = of;
  return known || !github.lateMergeability
    ? mergeability(github, repository, pull)
    : { mergeable: null, state: 'unknown' };
}

export function mergeability(github: GitHub, repository: Repository, pull: Pull): Mergeability {
  if (repository.issues.get(pull.number)?.state === 'closed') return { mergeable: null, state: 'unknown' };
  const [first] = obstacles(github, repository, pull);
  const mergeable = first?.state !== 'dirty';
  if (first !== undefined) return { mergeable, state: first.state };
  const results = [...checksOf(repository, pull.headSha).values()];
  return { mergeable, state: results.every((result) => result === 'success') ? 'clean' : 'unstable' };
}

export function obstacles(github: GitHub, repository: Repository, pull: Pull): readonly Obstacle[] {
  const base = baseNow(repository, pull);
  const protection = repository.protections.get(pull.base) ?? {};
  const adminsMayPass = protection.enforceAdmins === false;
  const found: Obstacle[] = [];
  if (pull.draft)
    found.push({ state: 'draft', message: 'Pull Request is still a draft', adminsMayPass: false });
  if (
    !isAncestor(repository.folder, base, pull.headSha) &&
    mergedTree(repository.folder, base, pull.headSha) === null
  ) {
    found.push({ state: 'dirty', message: 'Pull Request is not mergeable', adminsMayPass: false });
  }
  for (const message of unmet(github, repository, pull, protection))
    found.push({ state: 'blocked', message, adminsMayPass });
  if (protection.strict === true && !isAncestor(repository.folder, base, pull.headSha)) {
    const message = 'Head branch is out of date. Review and try the merge again.';
    found.push({ state: 'behind', message, adminsMayPass });
  }
  return found;
}

function unmet(
  github: GitHub,
  repository: Repository,
  pull: Pull,
  protection: Protection,
): readonly string[] {
  const messages: string[] = [];
  const results = checksOf(repository, pull.headSha);
  const required = [
    ...(protection.checks ?? []),
    ...(protection.workflows ?? []),
    ...(protection.codeScanning ?? []),
    ...(protection.deployments ?? []),
  ];
  const missing = required.filter((name) => results.get(name) !== 'success');
  if (missing.length === 1)
    messages.push(`Required status check "${missing[0]}" is ${worded(results.get(missing[0] ?? ''))}.`);
  if (missing.length > 1) {
    messages.push(`${missing.length} of ${required.length} required status checks are expected.`);
  }
  const needed = protection.approvals ?? 0;
  const approvals = approvalsOf(github, repository, pull);
  if (approvals === 'changes requested') messages.push('Changes have been requested.');
  else if (approvals < needed) {
    messages.push(
      `At least ${needed} approving review${needed === 1 ? ' is' : 's are'} required by reviewers with write access.`,
    );
  }
  return protection.through === 'ruleset'
    ? messages.map((message) => `Repository rule violations found\n\n${message}\n\n`)
    : messages;
}

function worded(result: CheckResult | undefined): string {
  if (result === undefined) return 'expected';
  return result === 'pending' ? 'in progress' : 'failing';
}

/** Approvals by people with write access; the last review of each counts. */
export function approvalsOf(
  github: GitHub,
  repository: Repository,
  pull: Pull,
): number | 'changes requested' {
  const last = new Map<string, string>();
  for (const review of pull.reviews) {
    if (review.state === 'COMMENTED') continue;
    if (!mayAtLeast(permissionOf(github, repository, review.author), 'write')) continue;
    last.set(review.author.toLowerCase(), review.state);
  }
  const states = [...last.values()];
  if (states.includes('CHANGES_REQUESTED')) return 'changes requested';
  return states.filter((state) => state === 'APPROVED').length;
}

export type CheckResult = 'success' | 'failure' | 'pending';

/** Results by name: the newest check run and the newest status of each name. */
export function checksOf(repository: Repository, sha: string): ReadonlyMap<string, CheckResult> {
  const results = new Map<string, CheckResult>();
  for (const status of repository.statuses) {
    if (status.sha === sha) results.set(status.context, status.state === 'error' ? 'failure' : status.state);
  }
  for (const run of repository.checkRuns) {
    if (run.sha !== sha) continue;
    const good = ['success', 'neutral', 'skipped'].includes(run.conclusion ?? '');
    results.set(run.name, run.conclusion === null ? 'pending' : good ? 'success' : 'failure');
  }
  return results;
}

export function commitsOf(repository: Repository, pull: Pull): readonly string[] {
  return [...commitsBetween(repository.folder, forkPoint(repository, pull), pull.headSha)].reverse();
}
