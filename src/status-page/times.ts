import { MINUTE } from '../kubernetes/durations.ts';
import { span, utc } from '../kubernetes/times.ts';
import { markup, type Html } from '../untrusted/html.ts';

/** A moment, for people and for programs. */
export function timeOf(at: number): Html {
  return markup`<time datetime="${isoOf(at)}">${utc(at)}</time>`;
}

/** `31 minutes ago`, with the moment where a pointer rests on it. */
export function agoOf(at: number, now: number): Html {
  return markup`<time datetime="${isoOf(at)}" title="${utc(at)}">${now - at < MINUTE ? 'less than a minute' : span(now - at)} ago</time>`;
}

/** `31 minutes`, likewise. */
export function sinceOf(at: number, now: number): Html {
  return markup`<time datetime="${isoOf(at)}" title="${utc(at)}">${span(now - at)}</time>`;
}

function isoOf(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}
