import type { Action } from '../model/decision.ts';
import type { Marker } from '../pull-requests/marker.ts';
import type { Event, RebuildReason } from './status.ts';

/** What is to be done with the branch and the description of an open pull request that is still wanted. */
export type OpenPlan =
  | { readonly do: 'leave'; readonly why: 'description-edited' | 'others-pushed' }
  | { readonly do: 'rebuild'; readonly because: RebuildReason }
  | { readonly do: 'describe'; readonly events: readonly Event[] }
  | { readonly do: 'nothing'; readonly why: 'up-to-date' | 'soon' };

export interface OpenSituation {
  readonly marker: Marker | null;
  /** What GitHub says the branch points to. */
  readonly head: string;
  /** Whether every commit on the branch is ours. */
  readonly isOurs: boolean;
  /** What the proposal would be now. */
  readonly proposal: {
    readonly commit: string;
    readonly edit: string;
    readonly material: string;
    readonly action: Action;
    readonly fingerprints: readonly string[];
    readonly clusters: readonly string[];
    readonly kinds: readonly string[];
  };
  /** Somebody has just asked for another value. */
  readonly isAsked: boolean;
  /** Somebody asked for the branch to be rebuilt, whether that is needed or not. */
  readonly isRebuildAsked: boolean;
  /** The last line of the description is none that Faultline wrote: it is restored. */
  readonly isMarkerEdited: boolean;
  readonly now: number;
}

/** Milliseconds between two edits of one description. */
const EDIT_INTERVAL = 5 * 60 * 1000;

/**
 * The branch is rebuilt only when its files would change. While only the base moves, git merges them as they are, and the proof of this run
 * is of that result. A change that auto-merges is the exception: its checks must have run on the commit that it is merged into.
 */
export function planOpen(situation: OpenSituation): OpenPlan {
  const { marker, head, isOurs, proposal, isAsked, isRebuildAsked, isMarkerEdited, now } = situation;
  if (marker === null) return { do: 'leave', why: 'description-edited' };
  if (!isOurs) return { do: 'leave', why: 'others-pushed' };
  const isInterrupted = marker.head !== head;
  const isSoon =
    now - (marker.written ?? 0) < EDIT_INTERVAL &&
    !(isInterrupted || isAsked || isRebuildAsked || isMarkerEdited);
  const rebuild =
    rebuildReason(marker, proposal, isAsked) ??
    (isInterrupted ? 'edit-changed' : isRebuildAsked && marker.proven !== proposal.commit ? 'asked' : null);
  if (rebuild) return isSoon ? { do: 'nothing', why: 'soon' } : { do: 'rebuild', because: rebuild };
  const events = news(marker, proposal);
  const isNew =
    events.length > 0 ||
    isMarkerEdited ||
    isAsked ||
    isRebuildAsked ||
    marker.material !== proposal.material ||
    proposal.clusters.some((cluster) => !(marker.clusters ?? []).includes(cluster));
  if (!isNew) return { do: 'nothing', why: 'up-to-date' };
  return isSoon ? { do: 'nothing', why: 'soon' } : { do: 'describe', events };
}

function rebuildReason(
  marker: Marker,
  proposal: OpenSituation['proposal'],
  isAsked: boolean,
): RebuildReason | null {
  const isMoved = marker.proven !== proposal.commit;
  if (marker.edit !== proposal.edit && isAsked) return 'asked';
  if (marker.edit !== proposal.edit) return isMoved ? 'base-changed' : 'edit-changed';
  return isMoved && proposal.action === 'auto-fix' ? 'base-moved' : null;
}

function news(marker: Marker, { kinds, fingerprints }: OpenSituation['proposal']): readonly Event[] {
  const evidence = kinds.filter((kind) => !(marker.kinds ?? []).includes(kind));
  const joined = fingerprints.filter((fingerprint) => !marker.fingerprints.includes(fingerprint));
  const events: Event[] = [];
  if (evidence.length > 0) events.push({ kind: 'evidence', evidence });
  if (joined.length > 0)
    events.push({
      kind: 'incidents',
      count: joined.length,
      total: marker.fingerprints.length + joined.length,
    });
  return events;
}
