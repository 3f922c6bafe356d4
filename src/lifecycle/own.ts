import type { Host, PullRequest } from '../github/host.ts';
import type { Store } from '../store/store.ts';
import { markerLineOf, parseMarker, type Marker } from '../pull-requests/marker.ts';

/** A pull request of ours, as the host lists them: opened by us, on a branch of ours. */
export interface Own {
  readonly pull: PullRequest;
  /** Null where the last line is none, or one that does not belong to this branch: somebody edited the description. */
  readonly marker: Marker | null;
  /** The first digits of the proposal key, as the branch has them. */
  readonly digits: string;
  /** The number of the pull request that this one takes back. */
  readonly reverts: number | null;
  /** The last line that `marker` was read from; null where there is none. */
  readonly line: string | null;
  /** The last line on GitHub is none that Faultline wrote: `marker` is the one that it wrote last. */
  readonly isEdited: boolean;
}

/** The last lines that Faultline wrote, by pull request, the newest first. */
export type Written = ReadonlyMap<number, readonly string[]>;

/** Those of the host's pull requests that are proposals, by what the store knows of their last lines. */
export async function ownAmong(
  pulls: readonly PullRequest[],
  { host, store }: OwnParts,
): Promise<readonly Own[]> {
  const numbers = pulls.map(({ number }) => number);
  return ownFrom(pulls, await store.markers.of(host.repository, numbers));
}

export interface OwnParts {
  readonly host: Host;
  readonly store: Pick<Store, 'markers'>;
}

/** `…-1a2b3c4d`, `…-1a2b3c4d-after-12` where number 12 ended without us, `…-1a2b3c4d-of-12` for what takes number 12 back. */
const BRANCH = /^faultline\/[a-z-]+\/[a-z0-9-]+?-([0-9a-f]{8})(?:-after-\d{1,9}|-of-(\d{1,9}))?$/;

/**
 * Those of the host's pull requests that are proposals. Branch and marker must agree: a marker counts only on the branch
 * that was made for its key, so one that was copied from elsewhere says nothing. Where it is known what Faultline wrote, a
 * marker that a person made of it says nothing either.
 */
export function ownFrom(pulls: readonly PullRequest[], written: Written): readonly Own[] {
  return pulls.flatMap((pull) => {
    const match = BRANCH.exec(pull.branch);
    if (!match) return [];
    const digits = match[1]!;
    const reverts = match[2] === undefined ? null : Number(match[2]);
    const there = markerLineOf(pull.body);
    const known = written.get(pull.number) ?? [];
    const isEdited = there !== '' && known.length > 0 && !known.includes(there);
    const line = isEdited ? known[0]! : there;
    const marker = parseMarker(line);
    const agrees = marker?.key.startsWith(digits) === true && (marker.reverts ?? null) === reverts;
    return [
      { pull, marker: agrees ? marker : null, digits, reverts, line: line === '' ? null : line, isEdited },
    ];
  });
}

/** The pull request of this number, where it is a proposal of ours. */
export async function ownPullRequest(number: number, parts: OwnParts): Promise<Own | null> {
  const { host } = parts;
  const pull = await host.pullRequest(number);
  if (!pull) return null;
  // A list of ours has only what we opened from branches of this very repository.
  const ours = await host.pullRequestsFrom(pull.branch);
  return (await ownAmong(ours, parts)).find((own) => own.pull.number === number) ?? null;
}

/** The proposals for a key, newest first, whatever became of them. Reverts are none: they have the key of what they revert. */
export function ownFor(key: string, own: readonly Own[]): readonly Own[] {
  return own
    .filter(
      ({ marker, digits, reverts }) =>
        reverts === null && (marker === null ? key.startsWith(digits) : marker.key === key),
    )
    .sort((a, b) => b.pull.number - a.pull.number);
}

/** Branch of the next proposal for a key whose last one, of this number, ended without us. */
export function branchAfter(branch: string, number: number): string {
  return `${branch}-after-${number}`;
}

/** Branch of the one revert of a pull request: `faultline/revert/cart-1a2b3c4d-of-12`. */
export function revertBranch({ pull, digits }: Own): string {
  const workload = /^faultline\/[a-z-]+\/([a-z0-9-]+?)-[0-9a-f]{8}(?:-after-\d+)?$/.exec(pull.branch)?.[1];
  return `faultline/revert/${workload ?? 'workload'}-${digits}-of-${pull.number}`;
}
