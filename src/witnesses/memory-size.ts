import { MEBIBYTE, printBytes } from '../kubernetes/quantities.ts';

/** All sizes are bytes. */
export interface MemoryNeed {
  readonly limit: number;
  /** null: the template has none, and Kubernetes takes the limit for it. */
  readonly request: number | null;
  /** What 99 % of the samples of a week stay below; null when it was not measured. */
  readonly p99: number | null;
  /** The request that a VerticalPodAutoscaler recommends; null without one. */
  readonly recommendedRequest: number | null;
  /** What the program's own code is known to take; null where none of it says. */
  readonly named?: number | null;
}

export interface MemorySize {
  readonly limit: number;
  readonly request: number | null;
}

const STEP = 128 * MEBIBYTE;
/** Requests are finer, so that rounding does not bend the ratio. */
const REQUEST_STEP = 16 * MEBIBYTE;
const HEADROOM = 1.3;

/**
 * The next size: `max(1.3 × max(P99, limit), limit + 128Mi)`, rounded up to 128Mi.
 *
 * A container never uses more than the limit it is killed at, so a P99 near the limit is a censored reading and not the
 * need: the limit itself is the least that is known to be too little. A P99 above the limit was measured under another
 * limit and counts in full; so does a size that the program's own code names. A recommended request counts with the limit that has the present ratio to it.
 *
 * The request keeps its ratio to the limit, never falls, and equals the limit where it did (that pod is Guaranteed and
 * has to stay so).
 */
export function sizeMemory({ limit, request, p99, recommendedRequest, named }: MemoryNeed): MemorySize {
  const ratio = (request ?? limit) / limit;
  const recommended = recommendedRequest === null ? 0 : recommendedRequest / Math.min(ratio, 1);
  const least = Math.max(
    HEADROOM * Math.max(p99 ?? 0, limit, named ?? 0),
    limit + STEP,
    ratio > 0 ? recommended : 0,
  );
  const sized = roundUp(least, STEP);
  if (request === null) return { limit: sized, request: null };
  return {
    limit: sized,
    request: request === limit ? sized : followingRequest(sized * ratio, request, sized),
  };
}

function followingRequest(exact: number, before: number, limit: number): number {
  return Math.min(limit, Math.max(before, roundUp(exact, REQUEST_STEP)));
}

function roundUp(bytes: number, step: number): number {
  // A hair of floating point above a whole step is that step.
  return Math.ceil(bytes / step - 1e-9) * step;
}

/**
 * Writes a size as manifests usually have it: in Mi, or in Gi where that is whole and the value before was in Gi.
 * `2Gi` becomes `2688Mi`, `4Gi` with 6 GiB becomes `6Gi`, `1000M` becomes `1408Mi`.
 */
export function printLike(before: unknown, bytes: number): string {
  const wasLarge = typeof before === 'string' && /(Gi|Ti|Pi|Ei)$/.test(before.trim());
  return wasLarge || bytes % MEBIBYTE !== 0 ? printBytes(bytes) : `${bytes / MEBIBYTE}Mi`;
}
