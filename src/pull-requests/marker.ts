import { createHash } from 'node:crypto';
import type { ObjectRef } from '../kubernetes/objects.ts';
import { printOptional, readOptional } from './marker-fields.ts';
import type { Proposal } from '../model/proposal.ts';
import type { ValueSet } from '../model/change.ts';

/**
 * What a pull request of ours says about itself to a later run. It is all that a run needs which has lost its database; what
 * is optional is missing from descriptions that no pull request was made of yet, and from those of older versions.
 */
export interface Marker extends MarkerDetails {
  readonly version: 1;
  /** Fingerprints of all incidents it is for. */
  readonly fingerprints: readonly string[];
  readonly key: string;
  /** Hash of the values before, to notice that somebody changed them meanwhile. */
  readonly before: string;
}

/** Times are milliseconds since the epoch, kept to the second. */
export interface MarkerDetails {
  /** Of the incidents: by their subjects they are known again when a cause becomes clearer. */
  readonly subjects?: readonly KnownSubject[];
  /** What sort of evidence there has been so far: `tag-not-found:event`. */
  readonly kinds?: readonly string[];
  /** The clusters of the incidents, the first leading. */
  readonly clusters?: readonly string[];
  /** The commit of the base that the edit was proven on when the branch was written. */
  readonly proven?: string;
  /** Our commit at the head of the branch. */
  readonly head?: string;
  /** Hash of the files that it writes. */
  readonly edit?: string;
  /** Hash of title and description as we wrote them, to notice that a person did. */
  readonly text?: string;
  /** Hash of what is worth an edit when it changes. */
  readonly material?: string;
  /** When title and description were last written. */
  readonly written?: number;
  /** When the failure began, and when it was first proposed to change something about it. */
  readonly since?: number;
  readonly detected?: number;
  /** How long the failure must stay away after the merge, in milliseconds, kept to the minute. */
  readonly quiet?: number;
  /** Every object that the proof says will change, those of `watch` first, and those that failed. */
  readonly objects?: readonly ObjectRef[];
  /** Indices in `objects`: what failed. */
  readonly failing?: readonly number[];
  readonly watch?: readonly WatchedField[];
  /**
   * Values that somebody asked for with `/rca set`, in place of those that the finding wants. For readers only: what binds is the
   * command itself, in the store or in its comment.
   */
  readonly set?: readonly ValueSet[];
  /** The number of the pull request that this one takes back. */
  readonly reverts?: number;
  /** Why Faultline itself closed it. */
  readonly closed?: ClosedBecause;
  /** The newest record of the audit log when this was written. */
  readonly audit?: { readonly sequence: number; readonly hash: string };
}

export interface KnownSubject {
  readonly subject: string;
  readonly fingerprint: string;
}

export type ClosedBecause = 'already-so' | 'other-value';

/** A field of the change, with hashes of its values (see `watched.ts`): enough to recognise them, nothing to read. */
export interface WatchedField {
  /** Index in `objects`. */
  readonly object: number;
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

/** The last line of a description, invisible on GitHub. */
export function markerLine(proposal: Proposal): string {
  return printMarker(markerOf(proposal));
}

/** What every description says. */
export function markerOf(proposal: Proposal): Marker {
  return {
    version: 1,
    fingerprints: [...new Set(proposal.incidents.map(({ fingerprint }) => fingerprint))],
    key: proposal.key,
    before: beforeHash(proposal),
  };
}

export function printMarker(marker: Marker): string {
  const { fingerprints, key, before } = marker;
  const details = printOptional(marker);
  return `<!-- faultline:1 fingerprint=${fingerprints.join(',')} key=${key} before=${before}${details} -->`;
}

/** Hash of all values before, 12 hexadecimal digits. */
export function beforeHash({ located }: Pick<Proposal, 'located'>): string {
  return createHash('sha256')
    .update(JSON.stringify(located.changes.map(({ before }) => before)))
    .digest('hex')
    .slice(0, 12);
}

const MARKER =
  /^<!-- faultline:1 fingerprint=([0-9a-f]{16}(?:,[0-9a-f]{16})*) key=([0-9a-f]{16}) before=([0-9a-f]{12})((?: [a-z]+=[^\s<>]+)*) -->$/;

/**
 * Reads the marker of a description. It counts only as the very last line: what stands anywhere else may be quoted from a
 * log. null when the last line is none. Who opened the pull request is for the caller to check.
 */
export function parseMarker(body: string): Marker | null {
  const match = MARKER.exec(splitMarker(body).last);
  const details = match && readOptional(match[4]!);
  if (!details) return null;
  return {
    version: 1,
    fingerprints: match[1]!.split(','),
    key: match[2]!,
    before: match[3]!,
    ...details,
  };
}

/** The description with another marker, or with one more line where it has none. */
export function withMarker(body: string, marker: Marker): string {
  const { text } = splitMarker(body);
  return `${text}${text === '' ? '' : '\n\n'}${printMarker(marker)}`;
}

/** The description without its marker, as it reads whatever a browser made of its line endings. */
export function withoutMarker(body: string): string {
  return splitMarker(body).text;
}

/** The last line of a description as it stands there; empty where the last line is no marker of ours, whole or broken. */
export function markerLineOf(body: string): string {
  return splitMarker(body).last;
}

function splitMarker(body: string): { readonly text: string; readonly last: string } {
  const text = body.replaceAll('\r\n', '\n').trimEnd();
  const last = text.slice(text.lastIndexOf('\n') + 1);
  return last.startsWith('<!-- faultline:')
    ? { text: text.slice(0, text.length - last.length).trimEnd(), last }
    : { text, last: '' };
}
