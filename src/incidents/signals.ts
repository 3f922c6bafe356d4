import { objectKey, type ObjectRef } from '../kubernetes/objects.ts';
import { containerStatuses } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Symptom } from '../model/finding.ts';
import type { Detected, Rule } from '../rules/define-rule.ts';
import type { Reader } from './dependents.ts';
import { FinderMemory } from './finder-memory.ts';
import { newReading, type FollowedCluster } from './followed-cluster.ts';

/** Of the objects that show a symptom, so many are compared, the worst. */
const MOST_COMPARED = 3;
/** A symptom that goes on saying something else says nothing new with it. */
const MOST_SAID = 100;

/**
 * What a cluster shows, without times: told apart are symptoms, what the objects say that show them, and how often, doubled each time. It
 * tells whether working out the causes again could come to anything else.
 */
export class Signals {
  readonly #rules: readonly Rule[];
  #memory: FinderMemory | null = null;
  /** All that was said of each symptom since it is there. A container that fails and waits in turn says both again and again. */
  #said = new Map<string, ReadonlySet<string>>();
  #told = new Map<Detected, Told>();

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /** When a rule may see something else by the time alone, in milliseconds since the epoch; null: never. */
  nextAt(): number | null {
    const next = this.#memory?.nextAt() ?? Number.POSITIVE_INFINITY;
    return Number.isFinite(next) ? next : null;
  }

  /** Whether a symptom came or went since the last time, or one is told by something that was not said of it yet. */
  changed(cluster: ClusterState): boolean {
    const before = this.#said;
    const now = new Map<string, ReadonlySet<string>>();
    let isNew = false;
    const told = new Map<Detected, Told>();
    const memory = (this.#memory ??= new FinderMemory(this.#rules, cluster));
    for (const detected of memory.moveTo(cluster).detected) {
      const tells = this.#told.get(detected) ?? new Told(detected.symptom);
      told.set(detected, tells);
      const { key } = tells;
      const known = now.get(key) ?? before.get(key) ?? new Set();
      const said = tells.in(memory.cluster).filter((one) => !known.has(one));
      const hasSaid = said.length > 0 && known.size < MOST_SAID;
      isNew ||= hasSaid || !before.has(key);
      now.set(key, hasSaid ? new Set([...known, ...said]) : known);
    }
    for (const [detected, one] of this.#told) if (!told.has(detected)) memory.cluster.forget(one);
    this.#told = told;
    this.#said = now;
    return isNew || [...before.keys()].some((key) => !now.has(key));
  }
}

/** What is said by a symptom. It is put together again when something that it was read from has changed. */
class Told implements Reader {
  /** Of the symptom, whatever it says. */
  readonly key: string;
  readonly #symptom: Symptom;
  #said: readonly string[] | null = null;

  constructor(symptom: Symptom) {
    this.#symptom = symptom;
    this.key = JSON.stringify([symptom.rule, objectKey(symptom.object), symptom.container]);
  }

  touched(): void {
    this.#said = null;
  }

  in(cluster: FollowedCluster): readonly string[] {
    if (this.#said !== null) return this.#said;
    const reading = newReading();
    this.#said = cluster.during(reading, () => saidBy(this.#symptom, cluster));
    cluster.follow(this, reading.reads);
    return this.#said;
  }
}

function saidBy({ object, seenOn }: Symptom, cluster: ClusterState): readonly string[] {
  const shown = [object, ...seenOn.slice(0, MOST_COMPARED)];
  return [
    `generation ${find(object, cluster)?.metadata.generation ?? ''}`,
    ...shown.flatMap((one) => saidOf(one, cluster)),
  ];
}

/** The states of its containers, and its events. */
function saidOf(ref: ObjectRef, cluster: ClusterState): readonly string[] {
  const object = find(ref, cluster);
  if (!object) return [];
  const states = object.kind === 'Pod' ? containerStatuses(object) : [];
  return [
    ...states.map(({ name, state, lastState, restartCount }) =>
      JSON.stringify([
        name,
        doublings(restartCount ?? 0),
        state?.waiting?.reason,
        state?.terminated?.reason,
        state?.terminated?.exitCode,
        lastState?.terminated?.reason,
        lastState?.terminated?.exitCode,
      ]),
    ),
    ...cluster
      .eventsOf(object)
      .map(({ reason, message, count }) => `${reason} ${doublings(count)} ${withoutNumbers(message)}`),
  ];
}

/** How often a count has doubled since the first time. */
export function doublings(count: number): number {
  return Math.floor(Math.log2(Math.max(1, count)));
}

function find({ kind, namespace, name }: ObjectRef, cluster: ClusterState) {
  return cluster.get(kind, namespace, name);
}

/** Numbers, hashes and generated names differ where the same is said. */
function withoutNumbers(message: string): string {
  return message.replace(/[\w-]*\d[\w-]*/g, '#');
}
