import type { Story, StoryOutcome } from '../model/story.ts';
import type { FixVerdict } from '../model/verdict.ts';

/*
 * What people are told of incidents, and what they made of proposals. Times are milliseconds since the epoch.
 */

/** Stories of incidents, by fingerprint. */
export interface Stories {
  get(fingerprint: string): Promise<Story | null>;
  /** Inserts or replaces. @param at when it changed last */
  save(story: Story, at: number): Promise<void>;
  /** The one that changed last in front. */
  list(): Promise<readonly Story[]>;
}

/** Messages to send, each noted before it is sent. */
export interface Outbox {
  /** Notes a message, unless one with its id is noted. */
  add(message: OutboxRecord): Promise<void>;
  /** Replaces a message that is noted. */
  save(message: OutboxRecord): Promise<void>;
  /** Those of a route that are not over, the one noted first in front. */
  open(route: string): Promise<readonly OutboxRecord[]>;
  /** Whether a route has been told of an incident, or is about to be. */
  has(route: string, incident: string): Promise<boolean>;
}

/**
 * `waiting`: for its time. `sending`: a request is under way, or the process died in the middle of it. `sent`. `given-up`: it could not be
 * sent in time, or was refused. `unknown`: it may have arrived. `dropped`: it is not true any more.
 */
export type OutboxState = 'waiting' | 'sending' | 'sent' | 'given-up' | 'unknown' | 'dropped';

export interface OutboxRecord {
  /** Made of the route and of what the message is about: the same in every attempt, and after a restart. */
  readonly id: string;
  readonly route: string;
  /** As `storyKey` writes it; null for a digest. */
  readonly incident: string | null;
  readonly outcome: StoryOutcome | 'digest';
  /** When it was noted. */
  readonly at: number;
  /** When it may be sent. */
  readonly dueAt: number;
  /** Of requests that failed. */
  readonly attempts: number;
  readonly state: OutboxState;
  /** It was held for quiet hours, or for other messages. */
  readonly held: boolean;
  /** Why the last attempt failed; null where none did. */
  readonly problem: string | null;
  /** When it was over; null while it is not. */
  readonly endedAt: number | null;
}

/** Where a message about an incident stands, where the service can change it. */
export interface Threads {
  get(route: string, incident: string): Promise<ThreadRecord | null>;
  /** Inserts or replaces. */
  save(thread: ThreadRecord): Promise<void>;
}

export interface ThreadRecord {
  readonly route: string;
  readonly incident: string;
  readonly channel: string;
  /** Slack's `ts`. */
  readonly message: string;
  readonly at: number;
}

/** What people and clusters made of each proposal. */
export interface Judgements {
  /** Notes for which workload and rule a pull request is, unless that is noted. */
  note(of: JudgedWorkload, at: number): Promise<void>;
  /** Notes what became of a pull request. One that was reverted stays so. */
  settle(repository: string, pullRequest: number, verdict: FixVerdict, at: number): Promise<void>;
  /** How proposals for these workloads were judged; the newest in front. Those that are open are left out. */
  of(workloads: readonly string[]): Promise<readonly Judgement[]>;
}

export interface JudgedWorkload {
  readonly repository: string;
  readonly pullRequest: number;
  /** `prod-eu Deployment/shop/cart`, as `workloadKey` writes it. */
  readonly workload: string;
  readonly rule: string;
}

export interface Judgement extends JudgedWorkload {
  readonly verdict: FixVerdict;
  /** When that was known. */
  readonly at: number;
}

/** A judgement as its table has it. */
export interface JudgementRecord extends JudgedWorkload {
  readonly verdict: FixVerdict | null;
  readonly at: number;
}
