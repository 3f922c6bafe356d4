import type { Asking } from '../git/asked-once.ts';
import { IDENTITY } from '../git/write-branch.ts';
import type { Placed } from './place-fixes.ts';
import type { Commit } from '../model/commit.ts';
import type { Finding } from '../model/finding.ts';
import type { RepositoryKnowledge } from '../sources/knowledge.ts';

/** Who set the values that are replaced. */
export interface Origin {
  readonly introducedBy: Commit | null;
  /** The number of the pull request that it came with. */
  readonly introducedIn: number | null;
  /** When Faultline itself last changed one of them; null when it never did, as far as is known. */
  readonly lastAutomaticChange: number | null;
}

export async function originOf(
  finding: Finding,
  { located, repository, revision }: Placed,
  knowledge: RepositoryKnowledge,
  asking: Asking,
  isOwn: (commit: Commit) => boolean = isOwnCommit,
): Promise<Origin> {
  const { head } = repository;
  const changes = located?.kind === 'located' ? located.changes : [];
  const commits = (
    await Promise.all(
      changes.map((change) => {
        const { file, document, path } = change.site;
        return asking.once(
          ['set', repository.path, file, document, path, change.object, change.field.text],
          () => knowledge.setBy(change, { repository, revision }),
        );
      }),
    )
  ).filter((commit) => commit !== null);
  const own = commits.filter(isOwn).map(({ at }) => at);
  const introducedBy = finding.introducedBy ?? commits[0] ?? null;
  return {
    introducedBy,
    introducedIn:
      introducedBy && head
        ? await asking.once(['pull request', repository.path, introducedBy.sha, head.sha], () =>
            repository.pullRequestOf(introducedBy, head.sha),
          )
        : null,
    lastAutomaticChange: own.length === 0 ? null : Math.max(...own),
  };
}

function isOwnCommit({ email }: Commit): boolean {
  return email === IDENTITY.email;
}
