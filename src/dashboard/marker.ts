import { createHash } from 'node:crypto';
import type { Dashboard } from './dashboard.ts';

/** What the dashboard issue says about itself to a later run. */
export interface DashboardMarker {
  /** False once it was switched off. */
  readonly isOn: boolean;
  /** Hash of what it showed, without what changes by itself. */
  readonly content: string;
  /** When it was written, seconds since the epoch. */
  readonly at: number;
}

const MARKER = /^<!-- faultline:dashboard state=(on|off) content=([0-9a-f]{16}) at=(\d{1,12}) -->$/;

/** The last line of the issue, invisible on GitHub. */
export function dashboardMarker({ isOn, content, at }: DashboardMarker): string {
  return `<!-- faultline:dashboard state=${isOn ? 'on' : 'off'} content=${content} at=${at} -->`;
}

/** Null where the last line is none. Who opened the issue is for the caller to check. */
export function parseDashboardMarker(body: string): DashboardMarker | null {
  const text = body.trimEnd();
  const match = MARKER.exec(text.slice(text.lastIndexOf('\n') + 1));
  return match && { isOn: match[1] === 'on', content: match[2]!, at: Number(match[3]) };
}

/**
 * Hash of what readers would miss: which incidents stand where. Counts and times within sentences change with every scan, and
 * are brought up to date along with the rest.
 */
export function contentHash({ entries, configErrors, clusters, unread, notices = [] }: Dashboard): string {
  const content = [
    entries.map(({ fingerprint, cause, decision, place }) => [
      fingerprint,
      cause,
      decision?.action ?? null,
      place.kind,
      'pullRequest' in place ? place.pullRequest : null,
      'outcome' in place ? place.outcome : null,
      'issue' in place ? place.issue : null,
      // Whatever GitHub or a person said, without the times in it.
      ...('why' in place ? [place.why.replace(/\d+/g, '')] : []),
      ...(place.kind === 'closed' ? [place.by] : []),
    ]),
    configErrors,
    clusters.map(({ name, scannedAt, problem }) => [name, scannedAt === null, problem === null]),
    unread,
    ...(notices.length > 0 ? [notices] : []),
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}
