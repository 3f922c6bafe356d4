import type { ObjectRef } from '../kubernetes/objects.ts';
import type { RuleId } from './finding.ts';

/** `critical`: something fails now. `warning`: nothing fails yet. */
export type Severity = 'critical' | 'warning';

/** How far an incident has come. */
export type StoryOutcome =
  /** Decided: a pull request is to come, nothing is written yet, no edit in git would help, a person must think. */
  | 'found'
  | 'monitored'
  | 'declined'
  | 'escalated'
  /** A change is proposed; merged; closed unmerged. */
  | 'proposed'
  | 'merged'
  | 'closed'
  /** After the merge: gone for its quiet time; not gone, or something else fails, or nothing applied it. */
  | 'resolved'
  | 'failed'
  /** It went away without a merged change. */
  | 'recovered';

/** What happened with one incident so far, as far as people are told of it. Times are milliseconds since the epoch, texts masked. */
export interface Story {
  readonly fingerprint: string;
  /** Tells it from an earlier incident with this fingerprint, which is over. */
  readonly episode: number;
  readonly cluster: string;
  readonly rule: RuleId;
  readonly cause: string;
  readonly object: Named;
  readonly culprit: Named;
  readonly severity: Severity;
  /** One sentence, as `markedText` writes it. */
  readonly summary: string;
  readonly firstSeen: number;
  readonly outcome: StoryOutcome;
  /** Why it was decided so, or what became of it, as a clause or sentence; null where nothing is to be said. */
  readonly reason: string | null;
  /** The line in git, with the commit that it stands in; null where none is known. */
  readonly site: StorySite | null;
  readonly pullRequest: StoryThread | null;
  /** The issue about an escalation. */
  readonly issue: StoryThread | null;
  /** Since when no scan sees it; null while one does. */
  readonly goneSince: number | null;
  /** How often it went away. */
  readonly swings: number;
}

/** One incident, told from earlier ones with its fingerprint. */
export function storyKey({ fingerprint, episode }: Pick<Story, 'fingerprint' | 'episode'>): string {
  return `${fingerprint}:${episode}`;
}

export type Named = Pick<ObjectRef, 'kind' | 'namespace' | 'name'>;

export interface StorySite {
  readonly repository: string;
  readonly file: string;
  readonly line: number;
}

export interface StoryThread {
  readonly repository: string;
  readonly number: number;
  /** Null where it is not known. */
  readonly url: string | null;
  readonly title: string;
}
