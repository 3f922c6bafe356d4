import { createHash } from 'node:crypto';
import { withTicks } from '../pull-requests/boxes.ts';
import type { Dashboard } from './dashboard.ts';

/** What the dashboard issue says about itself to a later run. */
export interface DashboardMarker {
  /** False once it was switched off. */
  readonly isOn: boolean;
  /** Hash of what it showed, without counts and times. */
  readonly content: string;
  /** When it was written, seconds since the epoch. */
  readonly at: number;
  /** Hash of the text as it was written, to notice that a person edited it; null where it is not known. */
  readonly text: string | null;
}

const MARKER =
  /^<!-- faultline:dashboard state=(on|off) content=([0-9a-f]{16}) at=(\d{1,12})(?: text=([0-9a-f]{16}))? -->$/;

/** The last line of the issue, invisible on GitHub. */
export function dashboardMarker({ isOn, content, at, text }: DashboardMarker): string {
  const written = text === null ? '' : ` text=${text}`;
  return `<!-- faultline:dashboard state=${isOn ? 'on' : 'off'} content=${content} at=${at}${written} -->`;
}

/** Null where the last line is none. Who opened the issue is for the caller to check. */
export function parseDashboardMarker(body: string): DashboardMarker | null {
  const text = body.trimEnd();
  const match = MARKER.exec(text.slice(text.lastIndexOf('\n') + 1));
  return (
    match && { isOn: match[1] === 'on', content: match[2]!, at: Number(match[3]), text: match[4] ?? null }
  );
}

/** Names the text above the marker, whichever boxes are ticked. */
export function textHash(body: string): string {
  const lines = withTicks(body, [], 'dashboard')
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
  const text = MARKER.test(lines.at(-1) ?? '') ? lines.slice(0, -1) : lines;
  return createHash('sha256').update(text.join('\n').trimEnd()).digest('hex').slice(0, 16);
}

/**
 * Hash of what readers would miss: which incident is in which section. Counts and times within sentences change with every scan, and
 * are brought up to date along with the rest.
 */
export function contentHash({
  entries,
  configErrors,
  clusters,
  unread,
  notices = [],
  alerts = [],
}: Dashboard): string {
  const content = [
    entries.map(({ fingerprint, cause, decision, place }) => [
      fingerprint,
      cause,
      decision?.action ?? null,
      place.kind,
      'pullRequest' in place ? place.pullRequest : null,
      'head' in place ? place.head : null,
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
    ...(alerts.length > 0
      ? [
          alerts.map(({ source, cluster, title, about, why }) => [
            source,
            cluster,
            title,
            about,
            why === null,
          ]),
        ]
      : []),
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16);
}
