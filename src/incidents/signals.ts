import { objectKey, type ObjectRef } from '../kubernetes/objects.ts';
import { containerStatuses } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Symptom } from '../model/finding.ts';
import type { Rule } from '../rules/define-rule.ts';
import { FinderMemory } from './finder-memory.ts';

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
    this.#memory ??= new FinderMemory(this.#rules, cluster);
    for (const { symptom } of this.#memory.moveTo(cluster).detected) {
      const key = JSON.stringify([symptom.rule, objectKey(symptom.object), symptom.container]);
      const known = now.get(key) ?? before.get(key) ?? new Set();
      const said = saidBy(symptom, cluster).filter((one) => !known.has(one));
      const hasSaid = said.length > 0 && known.size < MOST_SAID;
      isNew ||= hasSaid || !before.has(key);
      now.set(key, hasSaid ? new Set([...known, ...said]) : known);
    }
    this.#said = now;
    return isNew || [...before.keys()].some((key) => !now.has(key));
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
