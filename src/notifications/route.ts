import { matchesAny } from '../config/glob.ts';
import { MINUTE } from '../kubernetes/durations.ts';
import type { Severity, Story, StoryOutcome } from '../model/story.ts';
import { nextAt, wallTime } from './wall-clock.ts';

/** Where messages go, and which. A repository has no say in it. */
export interface Route {
  readonly name: string;
  readonly service: 'slack-webhook' | 'slack-bot' | 'teams' | 'webhook';
  /** Globs; null for all, objects without a namespace included. */
  readonly namespaces: readonly string[] | null;
  readonly clusters: readonly string[] | null;
  readonly severities: readonly Severity[];
  readonly outcomes: readonly StoryOutcome[];
  /** Whether an incident gets more than its first message. */
  readonly followUps: boolean;
  readonly quiet: QuietHours | null;
  readonly digest: DigestTime | null;
}

/** From one time of day to another, over midnight where the first is later. Messages of these severities are sent all the same. */
export interface QuietHours {
  /** Minutes since midnight. */
  readonly from: number;
  readonly to: number;
  readonly timezone: string;
  readonly except: readonly Severity[];
}

export interface DigestTime {
  /** Days of the period. */
  readonly days: 1 | 7;
  /** Minutes since midnight. */
  readonly at: number;
  /** 0 is Sunday; null: every day. */
  readonly weekday: number | null;
  readonly timezone: string;
}

export function isFor(route: Route, story: Story, outcome: StoryOutcome): boolean {
  return route.outcomes.includes(outcome) && concerns(route, story);
}

/** Whether it is about what happens there, whatever becomes of it. */
export function concerns(
  { namespaces, clusters, severities }: Route,
  { severity, cluster, object, culprit }: Pick<Story, 'severity' | 'cluster' | 'object' | 'culprit'>,
): boolean {
  if (!severities.includes(severity)) return false;
  if (clusters !== null && !matchesAny(clusters, cluster)) return false;
  if (namespaces === null) return true;
  return [object.namespace, culprit.namespace].some(
    (namespace) => namespace !== null && matchesAny(namespaces, namespace),
  );
}

/** When the quiet hours that are on end, milliseconds since the epoch; null where none are on. */
export function quietUntil(quiet: QuietHours | null, severity: Severity | null, now: number): number | null {
  if (quiet === null || (severity !== null && quiet.except.includes(severity))) return null;
  if (!isQuiet(quiet, now)) return null;
  let until = nextAt(now, quiet.to, quiet.timezone);
  // Clocks that are put forward over the end end them earlier.
  while (until - STEP > now && !isQuiet(quiet, until - STEP)) until -= STEP;
  return until;
}

/** Time zones differ by quarters of an hour, and clocks are put forward and back by no less. */
const STEP = 15 * MINUTE;

function isQuiet({ from, to, timezone }: QuietHours, at: number): boolean {
  const { minute } = wallTime(at, timezone);
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** When the next digest is due after a time. */
export function nextDigest({ at, weekday, timezone }: DigestTime, now: number): number {
  return nextAt(now, at, timezone, weekday);
}

/** `07:30` as minutes since midnight. */
export function minuteOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}

/** How long a first message waits for its pull request, so that one message says both: milliseconds. */
export const SETTLING = MINUTE / 2;
