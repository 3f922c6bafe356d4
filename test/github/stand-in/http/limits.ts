import type { StandInOptions } from '../interface.ts';
import { limitKey, type Actor } from './authenticate.ts';
import { Refusal } from './route.ts';

/*
 * How much a caller may ask. REST and GraphQL are counted apart, each for an hour that starts with the first request.
 */

export type Resource = 'core' | 'graphql';

export interface Rate {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Seconds since the epoch. */
  readonly reset: number;
}

export interface Limits {
  rate(actor: Actor, resource: Resource): Rate;
  /** Throws when nothing is left. */
  check(actor: Actor, resource: Resource): void;
  count(actor: Actor, resource: Resource): void;
  /** Nothing is left for so many seconds. */
  exhaust(actor: Actor, resource: Resource, seconds: number): void;
  /** Throws the secondary limit when too much was written. */
  countWrite(actor: Actor): void;
}

const hour = 60 * 60 * 1000;

export function newLimits(options: StandInOptions, now: () => number): Limits {
  const limit = options.rateLimit ?? 5000;
  const windows = new Map<string, { used: number; resetAt: number }>();
  const writes = new Map<string, number[]>();

  const windowOf = (actor: Actor, resource: Resource): { used: number; resetAt: number } => {
    const key = `${resource} ${limitKey(actor)}`;
    const known = windows.get(key);
    if (known !== undefined && known.resetAt > now()) return known;
    const fresh = { used: 0, resetAt: now() + hour };
    windows.set(key, fresh);
    return fresh;
  };
  const rate = (actor: Actor, resource: Resource): Rate => {
    const { used, resetAt } = windowOf(actor, resource);
    return { limit, used, remaining: Math.max(0, limit - used), reset: Math.floor(resetAt / 1000) };
  };
  return {
    rate,
    check(actor, resource) {
      if (rate(actor, resource).remaining > 0) return;
      throw new Refusal(403, `API rate limit exceeded for ${limitKey(actor)}.`);
    },
    count(actor, resource) {
      windowOf(actor, resource).used += 1;
    },
    exhaust(actor, resource, seconds) {
      Object.assign(windowOf(actor, resource), { used: limit, resetAt: now() + seconds * 1000 });
    },
    countWrite(actor) {
      const allowed = options.contentWrites;
      if (allowed === undefined) return;
      const key = limitKey(actor);
      const recent = (writes.get(key) ?? []).filter((at) => at > now() - hour);
      writes.set(key, recent);
      const inMinute = recent.filter((at) => at > now() - 60_000).length;
      if (inMinute >= allowed.perMinute || recent.length >= allowed.perHour) throw secondaryLimit(403, 60);
      recent.push(now());
    },
  };
}

export function secondaryLimit(status: 403 | 429, retryAfter: number | null): Refusal {
  return new Refusal(
    status,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    {},
    retryAfter === null ? {} : { 'retry-after': String(retryAfter) },
  );
}
