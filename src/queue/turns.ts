/** Whose a task is: tasks of groups take turns, and within a group those of its parts. */
export interface Whose {
  /** Such as an organisation. */
  readonly group: string;
  /** Such as a repository of it. */
  readonly part: string;
}

interface Counted {
  /** Tasks that run and count. */
  running: number;
  /** When one of them began last, as a number that grows. */
  began: number;
}

interface Group extends Counted {
  readonly parts: Map<string, Counted>;
}

/** Of four places at the same time, one is for other groups. */
const SHARE = 4;
const NEVER: Counted = { running: 0, began: 0 };

/**
 * Whose turn is next, of those who have a task that can begin: the group of which the fewest tasks run, and among those the one that waited
 * longest; within a group, its parts in the same way. While there are other groups, one group never has all places. What is nobody's is a group
 * that is not held to a share.
 */
export class Turns {
  readonly #atOnce: number;
  readonly #groups = new Map<string | null, Group>();
  #begun = 0;

  /** @param atOnce places for tasks that run at the same time */
  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** Groups in the order of their turns, without those that have no place free. @param isAlone whether no other group has any task */
  groups<Name extends string | null>(
    names: readonly Name[],
    isAlone: (name: Name) => boolean,
  ): readonly Name[] {
    return names
      .filter((name) => this.#of(name).running < this.#places(name === null || isAlone(name)))
      .sort((one, other) => compare(this.#of(one), this.#of(other)));
  }

  /** Where the one whose turn it is stands among these parts of a group; -1 without any. The first of several, where each has waited as long. */
  part(group: string, parts: readonly string[]): number {
    const counted = this.#groups.get(group)?.parts;
    const of = (index: number): Counted => counted?.get(parts[index]!) ?? NEVER;
    let best = parts.length === 0 ? -1 : 0;
    for (let index = 1; index < parts.length; index += 1) if (compare(of(index), of(best)) < 0) best = index;
    return best;
  }

  begins(whose: Whose | null): void {
    this.#begun += 1;
    for (const one of this.#countedOf(whose)) [one.running, one.began] = [one.running + 1, this.#begun];
  }

  /** One that began has ended, or takes its time and counts no longer. */
  leaves(whose: Whose | null): void {
    for (const one of this.#countedOf(whose)) one.running -= 1;
  }

  /** A group without any task. */
  forget(group: string | null): void {
    this.#groups.delete(group);
  }

  #places(isAlone: boolean): number {
    return isAlone ? this.#atOnce : this.#atOnce - Math.floor(this.#atOnce / SHARE);
  }

  #of(name: string | null): Counted {
    return this.#groups.get(name) ?? NEVER;
  }

  #countedOf(whose: Whose | null): readonly Counted[] {
    const name = whose?.group ?? null;
    const group = this.#groups.get(name) ?? { running: 0, began: 0, parts: new Map<string, Counted>() };
    this.#groups.set(name, group);
    if (whose === null) return [group];
    const part = group.parts.get(whose.part) ?? { running: 0, began: 0 };
    group.parts.set(whose.part, part);
    return [group, part];
  }
}

function compare(one: Counted, other: Counted): number {
  return one.running - other.running || one.began - other.began;
}
