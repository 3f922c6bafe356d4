import type { KubernetesObject, ObjectRef } from '../kubernetes/objects.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import type { Read } from '../model/tracking.ts';
import { Clock } from './clock.ts';
import { Dependents, type Reader } from './dependents.ts';
import { isSameValue } from './same-value.ts';

/** What was read while something was worked out. */
export interface Reading {
  readonly reads: Set<Read>;
  readonly clock: Clock;
}

export function newReading(): Reading {
  return { reads: new Set(), clock: new Clock() };
}

/**
 * A cluster that moves from one state to the next. Rules see it and keep it: it always answers as of the newest state. It knows what was
 * read by whom, tells readers what was touched, and keeps values that are derived from the cluster while what they were derived from is the
 * same.
 */
export class FollowedCluster implements ClusterState {
  #state: ClusterState;
  /** The state as it is read: with notes where it can tell of changes. */
  #noted: ClusterState;
  #mark: unknown;
  #reading: Reading | null = null;
  readonly #dependents = new Dependents();
  readonly #derived = new Map<string, Derived>();
  readonly #stale = new Set<Derived>();

  readonly #isFollowed: boolean;

  /** @param isFollowed false: only this state will be seen, so nothing is noted */
  constructor(state: ClusterState, { isFollowed = true } = {}) {
    this.#isFollowed = isFollowed;
    this.#state = state;
    this.#noted = state;
    this.#follow(state);
  }

  /** @returns false: nothing is known of what has changed, and all readers are forgotten */
  moveTo(state: ClusterState): boolean {
    const before = this.#state;
    const changed = state.now < before.now ? null : (state.tracking?.since(this.#mark) ?? null);
    this.#follow(state);
    if (changed === null) {
      this.#dependents.clear();
      this.#derived.clear();
      this.#stale.clear();
      return false;
    }
    for (const read of changed) this.#dependents.touch(read);
    for (const one of this.#derived.values())
      if (one.clock.isOver(before.now, state.now)) this.#stale.add(one);
    this.#refresh();
    return true;
  }

  /** What is read during the work is noted. */
  during<Result>(reading: Reading, work: () => Result): Result {
    const outer = this.#reading;
    this.#reading = reading;
    try {
      return work();
    } finally {
      this.#reading = outer;
    }
  }

  /** The reader is told when one of these reads is touched, and of no others any more. */
  follow(reader: Reader, reads: ReadonlySet<Read>): void {
    if (this.#isFollowed) this.#dependents.track(reader, reads);
  }

  followAlso(reader: Reader, reads: ReadonlySet<Read>): void {
    if (this.#isFollowed) this.#dependents.trackAlso(reader, reads);
  }

  forget(reader: Reader): void {
    this.#dependents.forget(reader);
  }

  /** When a derived value may be another one by the time alone, in milliseconds since the epoch. */
  nextAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { clock } of this.#derived.values()) next = Math.min(next, clock.until);
    return next;
  }

  derived<Value>(name: string, work: (cluster: ClusterState) => Value): Value {
    this.#reading?.reads.add(readOf(name));
    let one = this.#derived.get(name);
    if (one === undefined) {
      one = new Derived(name, work, this.#stale);
      this.#derived.set(name, one);
      this.#work(one);
    } else if (this.#stale.has(one)) this.#work(one);
    return one.value as Value;
  }

  #follow(state: ClusterState): void {
    this.#state = state;
    this.#mark = state.tracking?.mark;
    const notes = {
      read: (what: Read) => void this.#reading?.reads.add(what),
      now: () => {
        if (this.#reading) this.#reading.clock.tellsTime = true;
      },
      until: (time: number) => this.#reading?.clock.note(time),
    };
    this.#noted = (this.#isFollowed && state.tracking?.noting(notes)) || state;
  }

  #refresh(): void {
    for (const one of this.#stale) {
      if (this.#dependents.isRead(readOf(one.name))) this.#tryWork(one);
      else this.#drop(one);
    }
  }

  #drop(one: Derived): void {
    this.#stale.delete(one);
    this.#derived.delete(one.name);
    this.#dependents.forget(one);
  }

  /** What breaks is dropped: then whoever reads it breaks on it. */
  #tryWork(one: Derived): void {
    try {
      this.#work(one);
    } catch {
      this.#drop(one);
      this.#dependents.touch(readOf(one.name));
    }
  }

  #work(one: Derived): void {
    const reading = newReading();
    const isNew = one.value === undefined;
    try {
      const value = this.during(reading, () => one.work(this));
      this.#stale.delete(one);
      if (!isNew && isSameValue(one.value, value)) return;
      one.value = value;
      if (!isNew) this.#dependents.touch(readOf(one.name));
    } catch (error) {
      this.#stale.add(one);
      throw error;
    } finally {
      one.clock = reading.clock;
      this.follow(one, reading.reads);
    }
  }

  get name(): string {
    return this.#noted.name;
  }

  get now(): number {
    return this.#noted.now;
  }

  get problems(): ClusterState['problems'] {
    return this.#noted.problems;
  }

  get versions(): ClusterState['versions'] {
    return this.#noted.versions;
  }

  reached(time: number): boolean {
    return this.#noted.reached(time);
  }

  kinds(): readonly string[] {
    return this.#noted.kinds();
  }

  namespacesOf(kind: string): readonly (string | null)[] {
    return this.#noted.namespacesOf(kind);
  }

  list(kind: string, namespace?: string | null): ReturnType<ClusterState['list']> {
    return this.#noted.list(kind, namespace);
  }

  get(kind: string, namespace: string | null, name: string): ReturnType<ClusterState['get']> {
    return this.#noted.get(kind, namespace, name);
  }

  byUid(uid: string): ReturnType<ClusterState['byUid']> {
    return this.#noted.byUid(uid);
  }

  presence(kind: string, namespace: string | null, name: string): ReturnType<ClusterState['presence']> {
    return this.#noted.presence(kind, namespace, name);
  }

  isRecorded(kind: string, namespace: string | null): boolean {
    return this.#noted.isRecorded(kind, namespace);
  }

  eventsOf(object: KubernetesObject): ReturnType<ClusterState['eventsOf']> {
    return this.#noted.eventsOf(object);
  }

  ownerOf(object: KubernetesObject): ReturnType<ClusterState['ownerOf']> {
    return this.#noted.ownerOf(object);
  }

  podsOf(owner: ObjectRef): ReturnType<ClusterState['podsOf']> {
    return this.#noted.podsOf(owner);
  }

  get remembered(): ClusterState['remembered'] {
    return this.#noted.remembered;
  }
}

class Derived implements Reader {
  readonly name: string;
  readonly work: (cluster: ClusterState) => unknown;
  value: unknown;
  clock = new Clock();
  readonly #stale: Set<Derived>;

  constructor(name: string, work: (cluster: ClusterState) => unknown, stale: Set<Derived>) {
    this.name = name;
    this.work = work;
    this.#stale = stale;
  }

  touched(): void {
    this.#stale.add(this);
  }
}

function readOf(derived: string): Read {
  return `derived ${derived}`;
}
