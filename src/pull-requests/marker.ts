import { createHash } from 'node:crypto';
import type { Proposal } from './proposal.ts';

/** What a pull request of ours says about itself to a later run. */
export interface Marker {
  readonly version: 1;
  /** Fingerprints of all incidents it is for. */
  readonly fingerprints: readonly string[];
  readonly key: string;
  /** Hash of the values before, to notice that somebody changed them meanwhile. */
  readonly before: string;
}

/** The last line of a description, invisible on GitHub. */
export function markerLine(proposal: Proposal): string {
  const fingerprints = [...new Set(proposal.incidents.map(({ fingerprint }) => fingerprint))].join(',');
  return `<!-- faultline:1 fingerprint=${fingerprints} key=${proposal.key} before=${beforeHash(proposal)} -->`;
}

/** Hash of all values before, 12 hexadecimal digits. */
export function beforeHash({ located }: Pick<Proposal, 'located'>): string {
  return createHash('sha256')
    .update(JSON.stringify(located.changes.map(({ before }) => before)))
    .digest('hex')
    .slice(0, 12);
}

const MARKER =
  /^<!-- faultline:1 fingerprint=([0-9a-f]{16}(?:,[0-9a-f]{16})*) key=([0-9a-f]{16}) before=([0-9a-f]{12}) -->$/;

/**
 * Reads the marker of a description. It counts only as the very last line: what stands anywhere else may be quoted from a
 * log. null when the last line is none. Who opened the pull request is for the caller to check.
 */
export function parseMarker(body: string): Marker | null {
  const text = body.trimEnd();
  const match = MARKER.exec(text.slice(text.lastIndexOf('\n') + 1));
  return match && { version: 1, fingerprints: match[1]!.split(','), key: match[2]!, before: match[3]! };
}
