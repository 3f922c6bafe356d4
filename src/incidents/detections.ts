import { containersIn, workloadsIn, type WorkloadFacts } from '../facts/subjects.ts';
import { objectKey, refOf } from '../kubernetes/objects.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Detected, Rule } from '../rules/define-rule.ts';
import { MOST_HIDDEN, type RuleFailure, type SubjectsOf, type Target } from './breaking.ts';
import type { Reader } from './dependents.ts';
import { FollowedCluster, newReading } from './followed-cluster.ts';
import { Unit, type Asked } from './unit.ts';

/** What all rules see. */
export interface Detection {
  readonly detected: readonly Detected[];
  readonly failures: readonly RuleFailure[];
}

/** Of what the cluster holds, those that rules are asked about, by their keys. */
interface Listing extends Reader {
  readonly asked: readonly Asked[];
  readonly units: Map<string, Unit>;
  isStale: boolean;
  /** In the order in which they are asked about. */
  targets(): readonly Target[];
}

const itself: SubjectsOf = (target) => [target];
const itsContainers: SubjectsOf = (target) => ('pods' in target ? containersIn(target) : []);

/**
 * What all rules see of a cluster, moment by moment. Each workload, each object that a rule is about, and the cluster as a whole is a unit: its
 * rules run again when something that they read has changed, or when the time has come that they wait for.
 */
export class Detections {
  readonly cluster: FollowedCluster;
  readonly #rules: readonly Rule[];
  readonly #stale = new Set<Unit>();
  readonly #listings: readonly Listing[];

  constructor(rules: readonly Rule[], cluster: FollowedCluster) {
    this.#rules = rules;
    this.cluster = cluster;
    const asked = askedBy(rules);
    this.#listings = [...asked].map(([on, all]) => this.#listing(on, all));
  }

  /** @param isKept false: nothing is known of what has changed */
  update(isKept: boolean, now: number): Detection {
    for (const listing of this.#listings) {
      if (!isKept) listing.units.clear();
      if (!isKept || listing.isStale) this.#list(listing);
    }
    if (!isKept) this.#forgetOld();
    for (const { units } of this.#listings)
      for (const unit of units.values()) {
        if (this.#stale.has(unit)) unit.run(this.cluster, now);
        else unit.runOver(this.cluster, now);
      }
    return this.#seen();
  }

  /** When a rule may see something else by the time alone, in milliseconds since the epoch. */
  nextAt(): number {
    let next = this.cluster.nextAt();
    for (const { units } of this.#listings)
      for (const unit of units.values())
        for (const { clock } of unit.outcomes) next = Math.min(next, clock.until);
    return next;
  }

  /** Units that were given up with all others are not to run any more. */
  #forgetOld(): void {
    const alive = new Set(this.#listings.flatMap(({ units }) => [...units.values()]));
    for (const unit of this.#stale) if (!alive.has(unit)) this.#stale.delete(unit);
  }

  #listing(on: string, asked: readonly Asked[]): Listing {
    const listing: Listing = {
      asked,
      units: new Map<string, Unit>(),
      isStale: true,
      touched: () => void (listing.isStale = true),
      targets: () => targetsIn(this.cluster, on),
    };
    return listing;
  }

  #list(listing: Listing): void {
    const { asked, units } = listing;
    const reading = newReading();
    const targets = this.cluster.during(reading, () => listing.targets());
    this.cluster.follow(listing, reading.reads);
    listing.isStale = false;
    const gone = new Set(units.keys());
    for (const [order, target] of targets.entries()) {
      const key = keyOf(target);
      gone.delete(key);
      const unit = units.get(key) ?? new Unit(target, asked, this.#stale);
      if (!isSame(unit.target, target)) {
        unit.target = target;
        unit.touched();
      }
      unit.order = order;
      units.set(key, unit);
    }
    for (const key of gone) {
      const unit = units.get(key)!;
      units.delete(key);
      this.#stale.delete(unit);
      this.cluster.forget(unit);
    }
  }

  #seen(): Detection {
    const all: { readonly asked: Asked; readonly order: number; readonly detected: readonly Detected[] }[] =
      [];
    const failures = new Map<Rule, Map<string, RuleFailure>>();
    for (const { units } of this.#listings)
      for (const unit of units.values())
        for (const { asked, seen } of unit.outcomes) {
          all.push({ asked, order: unit.order, detected: seen.detected });
          for (const failure of seen.failures) note(failures, asked.rule, failure);
        }
    all.sort(
      (a, b) =>
        a.asked.place[0] - b.asked.place[0] || a.asked.place[1] - b.asked.place[1] || a.order - b.order,
    );
    const givenUp = new Set(this.#rules.filter((rule) => (failures.get(rule)?.size ?? 0) > MOST_HIDDEN));
    return {
      detected: all.flatMap(({ asked, detected }) => (givenUp.has(asked.rule) ? [] : detected)),
      failures: this.#rules.flatMap((rule) => told([...(failures.get(rule)?.values() ?? [])])),
    };
  }
}

/** Once for each object that the rule breaks on. */
function note(failures: Map<Rule, Map<string, RuleFailure>>, rule: Rule, failure: RuleFailure): void {
  const known = failures.get(rule) ?? new Map<string, RuleFailure>();
  failures.set(rule, known);
  const key = failure.object === null ? '' : objectKey(failure.object);
  if (!known.has(key)) known.set(key, failure);
}

/** Of a rule that is given up: the first objects that it broke on, and that it is. */
function told(failures: readonly RuleFailure[]): readonly RuleFailure[] {
  if (failures.length <= MOST_HIDDEN) return failures;
  const { rule, message } = failures[MOST_HIDDEN]!;
  return [...failures.slice(0, MOST_HIDDEN), { rule, object: null, message }];
}

/** The rules by what they are asked about. Containers are asked about with their workload. */
function askedBy(rules: readonly Rule[]): ReadonlyMap<string, readonly Asked[]> {
  const found = new Map<string, Asked[]>();
  for (const [index, rule] of rules.entries())
    for (const [nth, on] of rule.on.entries()) {
      const target = on === 'container' ? 'workload' : on;
      const subjectsOf = on === 'container' ? itsContainers : itself;
      const all = found.get(target) ?? [];
      found.set(target, all);
      all.push({ rule, place: [index, nth], subjectsOf });
    }
  return found;
}

function targetsIn(cluster: ClusterState, on: string): readonly Target[] {
  if (on === 'cluster') return [{ cluster }];
  if (on === 'workload') return workloadsIn(cluster);
  return cluster.list(on).map((object) => ({ cluster, object }));
}

function keyOf(target: Target): string {
  if ('pods' in target) return objectKey(target.ref);
  return 'object' in target ? objectKey(refOf(target.object)) : '';
}

function isSame(before: Target, after: Target): boolean {
  if ('pods' in before && 'pods' in after) return isSameWorkload(before, after);
  if ('object' in before && 'object' in after) return before.object === after.object;
  return !('object' in before) && !('object' in after);
}

function isSameWorkload(before: WorkloadFacts, after: WorkloadFacts): boolean {
  return (
    before === after ||
    (before.object === after.object &&
      isSameList(before.makers, after.makers) &&
      isSameList(before.pods, after.pods) &&
      isSameList(before.activePods, after.activePods))
  );
}

function isSameList(before: readonly ClusterObject[], after: readonly ClusterObject[]): boolean {
  return before.length === after.length && before.every((one, index) => one === after[index]);
}
