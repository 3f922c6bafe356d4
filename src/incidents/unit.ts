import type { Read } from '../model/tracking.ts';
import type { Rule } from '../rules/define-rule.ts';
import { detectOn, type Seen, type SubjectsOf, type Target } from './breaking.ts';
import type { Reader } from './dependents.ts';
import { newReading, type FollowedCluster } from './followed-cluster.ts';
import type { Clock } from './clock.ts';

/** A rule for one sort of subjects. */
export interface Asked {
  readonly rule: Rule;
  /** The place of the rule among all, then of what it is asked about. */
  readonly place: readonly [rule: number, on: number];
  readonly subjectsOf: SubjectsOf;
}

/** What one rule saw when it ran last, and how long that holds if nothing changes. */
interface Outcome {
  readonly asked: Asked;
  readonly seen: Seen;
  readonly clock: Clock;
  readonly at: number;
}

/** A workload, an object or the cluster, with what all rules that are asked about it see. */
export class Unit implements Reader {
  target: Target;
  /** Its place among those of its sort. */
  order = 0;
  /** Only what is worth keeping: what was seen, and what time alone can change. */
  readonly #outcomes = new Map<Asked, Outcome>();
  readonly #asked: readonly Asked[];
  readonly #stale: Set<Unit>;

  constructor(target: Target, asked: readonly Asked[], stale: Set<Unit>) {
    this.target = target;
    this.#asked = asked;
    this.#stale = stale;
    stale.add(this);
  }

  touched(): void {
    this.#stale.add(this);
  }

  get outcomes(): Iterable<Outcome> {
    return this.#outcomes.values();
  }

  /** Runs all its rules. */
  run(cluster: FollowedCluster, now: number): void {
    const reads = new Set<Read>();
    for (const asked of this.#asked) this.#ask(asked, reads, cluster, now);
    cluster.follow(this, reads);
    this.#stale.delete(this);
  }

  /** Runs the rules that see something else by now although nothing has changed. */
  runOver(cluster: FollowedCluster, now: number): void {
    const over: Outcome[] = [];
    for (const one of this.#outcomes.values()) if (one.clock.isOver(one.at, now)) over.push(one);
    if (over.length === 0) return;
    const reads = new Set<Read>();
    for (const { asked } of over) this.#ask(asked, reads, cluster, now);
    cluster.followAlso(this, reads);
  }

  #ask(asked: Asked, reads: Set<Read>, cluster: FollowedCluster, now: number): void {
    const reading = { ...newReading(), reads };
    const { clock } = reading;
    const seen = cluster.during(reading, () =>
      detectOn(asked.rule, this.target, asked.subjectsOf, (work) => cluster.during(newReading(), work)),
    );
    const isWorthKeeping =
      seen.detected.length + seen.failures.length > 0 || clock.tellsTime || Number.isFinite(clock.until);
    // What it broke on may be given up: it is asked again.
    if (seen.failures.length > 0) clock.tellsTime = true;
    if (isWorthKeeping) this.#outcomes.set(asked, { asked, seen, clock, at: now });
    else this.#outcomes.delete(asked);
  }
}
