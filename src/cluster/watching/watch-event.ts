import { isRecord, recordAt } from '../../kubernetes/objects.ts';
import { parseRecord } from '../ask.ts';
import type { WatchLine } from './watch-lines.ts';

/** One line of a watch, decoded. `version` is where a watch can go on after it. */
export type WatchEvent =
  | { readonly kind: 'put' | 'removed'; readonly object: unknown; readonly version: string }
  | { readonly kind: 'bookmark'; readonly version: string }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  /** Too long, or no event: what it said is unknown. */
  | { readonly kind: 'unreadable' };

/** Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes */
export function readWatchEvent(line: WatchLine): WatchEvent | null {
  if (line === null) return { kind: 'unreadable' };
  if (line.trim() === '') return null;
  const { type, object } = parseRecord(line) ?? {};
  if (!isRecord(object)) return { kind: 'unreadable' };
  const version = versionOf(object);
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'put', object, version };
    case 'DELETED':
      return { kind: 'removed', object, version };
    case 'BOOKMARK':
      return { kind: 'bookmark', version };
    case 'ERROR':
      return { kind: 'error', code: Number(object['code']) || 0, message: messageOf(object) };
    default:
      return { kind: 'unreadable' };
  }
}

/** What a resource version may be: opaque, and part of the next request. */
export function versionOf(object: unknown): string {
  const { resourceVersion } = recordAt(object, 'metadata');
  return typeof resourceVersion === 'string' && /^[\w.-]{1,200}$/.test(resourceVersion)
    ? resourceVersion
    : '';
}

function messageOf({ message, reason }: Readonly<Record<string, unknown>>): string {
  return (typeof message === 'string' ? message : String(reason ?? '')).slice(0, 1000).toWellFormed();
}
