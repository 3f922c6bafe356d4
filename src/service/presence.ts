import type { Installed } from '../github/installations.ts';
import type { Store } from '../store/store.ts';

/** What GitHub lets us do in a repository now. */
export interface Presence {
  /** Why nothing is asked or written for now; null where something is. */
  readonly paused: string | null;
  readonly hasIssues: boolean;
  readonly hasPullRequests: boolean;
  /** Whether check runs may be written. */
  readonly hasChecks: boolean;
  /** What people should know about it, one sentence each. */
  readonly notices: readonly string[];
}

export const PRESENT: Presence = {
  paused: null,
  hasIssues: true,
  hasPullRequests: true,
  hasChecks: true,
  notices: [],
};

/** What GitHub lets us do in a repository, from what it lists. @param broken why its installation cannot be used now; null when it can */
export function presenceOf(found: Installed, broken: string | null): Presence {
  const paused =
    broken !== null
      ? `GitHub says: ${broken}`
      : found.state === 'archived'
        ? 'The repository is archived, so nothing is written to it.'
        : found.state === 'disabled'
          ? 'GitHub has disabled the repository, so nothing is written to it.'
          : null;
  const notices = [
    ...(found.hasIssues ? [] : ['Issues are disabled, so there is no dashboard, no greeting and no report.']),
    ...(found.hasPullRequests ? [] : ['Pull requests are disabled, so nothing is proposed.']),
    ...(found.missing.length === 0
      ? []
      : [`The installation lacks ${found.missing.join(' and ')}: an owner has to grant that to the App.`]),
    ...(found.hasChecks
      ? []
      : [
          'The installation lacks checks: write, so pull requests get no checks: an owner has to grant that to the App.',
        ]),
  ];
  const { hasIssues, hasPullRequests, hasChecks } = found;
  return { paused, hasIssues, hasPullRequests, hasChecks, notices };
}

/**
 * Records belong to a repository, not to its name: after a rename or a transfer they follow it, and a repository that was deleted and created
 * again under the same name starts without any.
 */
export function noteIdentity(store: Store, { id, owner, repo }: Installed): Promise<void> {
  const name = `${owner}/${repo}`;
  const key = name.toLowerCase();
  return store.transaction(async (part) => {
    const before = await part.cursors.get(`name of ${id}`);
    const namesake = await part.cursors.get(`repository ${key}`);
    if (namesake !== null && namesake !== String(id))
      await part.renameRepository(name, `${name}#${namesake}`);
    if (before !== null && before.toLowerCase() !== key) {
      await part.renameRepository(before, name);
      await part.cursors.remove(`repository ${before.toLowerCase()}`);
    }
    await part.cursors.set(`name of ${id}`, name);
    await part.cursors.set(`repository ${key}`, String(id));
  });
}
