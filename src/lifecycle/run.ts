import type { ClusterState } from '../model/cluster-state.ts';
import type { Config } from '../config/schema.ts';
import type { Host, ParentTree } from '../github/host.ts';
import type { Declined } from '../model/declined.ts';
import type { Lessons } from '../model/lessons.ts';
import type { Located } from '../model/located.ts';
import type { Json, ObjectRef } from '../kubernetes/objects.ts';
import type { Report } from '../model/report.ts';
import type { Marker } from '../pull-requests/marker.ts';
import type { Prose } from '../untrusted/prose.ts';
import type { Store } from '../store/store.ts';
import type { Own } from './own.ts';
import type { KeptStatus } from './status.ts';

/** One scan of a cluster, and all that is needed to bring GitHub in line with it. */
export interface LifecycleInput {
  readonly host: Host;
  /** A cache and a record: with an empty one the same happens, but for markers that people edited, which are believed then. */
  readonly store: Pick<
    Store,
    | 'incidents'
    | 'proposals'
    | 'verifications'
    | 'snoozes'
    | 'ignores'
    | 'markers'
    | 'audit'
    | 'cursors'
    | 'judgements'
    | 'handled'
    | 'transaction'
  >;
  readonly report: Report;
  /** The state that the report was made from. */
  readonly cluster: ClusterState;
  readonly config: Config;
  readonly repository: RepositoryFacts;
  /** Milliseconds since the epoch, by GitHub's clock rather than the cluster's. */
  readonly now: number;
  /** The pull request that somebody asked to rebuild on its base, whether that is needed or not. */
  readonly rebuild?: number;
  /** Whether descriptions have boxes: only `serve` sees ticks. */
  readonly hasBoxes?: boolean;
  /** Why nothing new is opened at all; open pull requests are kept all the same. */
  readonly opensNothing?: Prose;
}

/** What only the repository's content tells: answered from a mirror, by rendering, and by git. */
export interface RepositoryFacts {
  /** Whether the mirror has a branch of this name: what GitHub had when it was fetched last. */
  hasBranch(branch: string): Promise<boolean>;
  /** What a commit on top of another one has to know of it; null where the mirror does not have that one. */
  parentTree(commit: string, paths: readonly string[]): Promise<ParentTree | null>;
  /** The first of these files that a branch has; null without one. */
  firstFile(base: string, paths: readonly string[]): Promise<string | null>;
  /** What the head of a branch renders for a field now, `value` undefined where it renders none; null where that cannot be told. */
  rendered(
    base: string,
    object: ObjectRef,
    field: string,
  ): Promise<{ readonly value: Json | undefined } | null>;
  /** Whether a revision contains a commit; null where one of them is not known. */
  contains(revision: string, commit: string): Promise<boolean | null>;
  /** The edit that takes a merged change back, located and proven on the head of its base. */
  revert(merged: MergedChange): Promise<Inverse | Declined>;
}

export interface Inverse {
  readonly kind: 'inverse';
  readonly located: Located;
  /** The commit that it was proven on. */
  readonly commit: string;
  /** The expectations that go with it. */
  readonly lessons?: Lessons | null;
}

export interface MergedChange {
  readonly number: number;
  readonly base: string;
  readonly mergeCommit: string | null;
  readonly fields: readonly { readonly object: ObjectRef; readonly field: string }[];
}

/** One run, with what it has found on GitHub and done there so far. */
export interface Run extends LifecycleInput {
  /** All our pull requests, newest first, with those of this run. */
  readonly own: Own[];
  /** Numbers of those that auto-merge, or were auto-merged and are not verified. */
  readonly underWay: Set<number>;
  /** Status comments that were read, by pull request. */
  readonly statuses: Map<number, KeptStatus>;
}

/** The newest record of the audit log, for a place on GitHub where nobody can change it unseen. */
export async function anchorOf({ store }: Run): Promise<NonNullable<Marker['audit']> | null> {
  const head = await store.audit.head();
  return head && { sequence: head.sequence, hash: head.hash.slice(0, 16) };
}

/** Notes that the anchor was written down. */
export async function noteAnchor(
  { store, host }: Run,
  number: number,
  anchor: Marker['audit'] | null,
): Promise<void> {
  if (anchor) await store.audit.noteAnchor(`${host.repository}#${number}`, anchor);
}

/** Notes the last line of a description before it is written; `own` is how the pull request is now. */
export function noteMarker(
  { store, host }: Run,
  own: Pick<Own, 'pull' | 'line'>,
  line: string,
): Promise<void> {
  return store.markers.note(host.repository, own.pull.number, line, own.line);
}
