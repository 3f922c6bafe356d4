import type { HostComment } from '../github/host.ts';
import type { Marker } from '../pull-requests/marker.ts';
import { readStatus } from './read-status.ts';
import { NOTHING_YET, type Status } from './status.ts';

const LINE = /^<!-- faultline:status:1 ([A-Za-z0-9_-]*)(?: audit=\d+:[0-9a-f]+)? -->$/;

export function statusLine(status: Status, audit: Marker['audit'] | null): string {
  const state = Buffer.from(JSON.stringify(status)).toString('base64url');
  return `<!-- faultline:status:1 ${state}${audit ? ` audit=${audit.sequence}:${audit.hash}` : ''} -->`;
}

/** Our status comment among the comments of a pull request: written by us, with the line at its end. The first one, should there be two. */
export function findStatus(
  comments: readonly HostComment[],
  login: string,
): { readonly id: number; readonly body: string; readonly status: Status } | null {
  for (const { id, author, body } of comments) {
    const match = author === login ? LINE.exec(lastLine(body)) : null;
    if (match) return { id, body, status: parseStatus(match[1]!) };
  }
  return null;
}

function lastLine(body: string): string {
  const text = body.trimEnd();
  return text.slice(text.lastIndexOf('\n') + 1).trim();
}

/** A status that cannot be read starts empty, since people can edit comments: it stays our comment. */
function parseStatus(encoded: string): Status {
  try {
    const value: unknown = JSON.parse(Buffer.from(encoded, 'base64url').toString());
    return readStatus(value) ?? NOTHING_YET;
  } catch (error) {
    if (error instanceof SyntaxError) return NOTHING_YET;
    throw error;
  }
}
