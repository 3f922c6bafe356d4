import { createHash } from 'node:crypto';
import type { MarkerDetails } from './marker-details.ts';
import { printOptional, readOptional } from './marker-fields.ts';
import type { Proposal } from '../model/proposal.ts';

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
 * Reads the marker of a description. It counts only as the very last line: anything else may be quoted from a
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

/** The last line of a description, unparsed; empty where it is no marker of ours, whole or broken. */
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
