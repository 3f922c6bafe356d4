import type { ObjectChange } from '../../model/object-change.ts';
import type { ItemType } from '../list-pages.ts';
import { followList, type ListStatus } from './follow-list.ts';
import type { Following } from './following.ts';
import { HeldList } from './held-list.ts';

export interface KindListener {
  /** Its status was told. */
  told(list: KindList): void;
  changed(list: KindList, changes: readonly ObjectChange[]): void;
}

/** One list of a kind that is followed: everywhere, or in one namespace. */
export class KindList {
  /** null: everywhere. */
  readonly namespace: string | null;
  readonly path: string;
  readonly held: HeldList;
  readonly #following: Following;
  readonly #stop = new AbortController();
  readonly #listener: KindListener;
  #status: ListStatus = { kind: 'listing' };
  #isSettled = false;
  #listedAt: number | null = null;
  #changedAt: number | null = null;
  #heardAt: number | null = null;
  /** Of {@link Pace.elapsed}. */
  #failingSince: number | null = null;

  constructor(
    place: { readonly namespace: string | null; readonly path: string; readonly type: ItemType },
    following: Following,
    listener: KindListener,
  ) {
    this.namespace = place.namespace;
    this.path = place.path;
    this.#following = following;
    this.#listener = listener;
    this.held = new HeldList(
      place.type,
      place.path,
      following.limits.objectsOfKind,
      following.trim,
      following.shared,
    );
  }

  get status(): ListStatus {
    return this.#status;
  }

  /** It was read once, whatever became of that. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Whether the server has answered, whatever it said. */
  get hasAnswered(): boolean {
    return this.#heardAt !== null;
  }

  /** Whether all objects of it are known, as far as one may rely on that. */
  get isKnown(): boolean {
    if (this.held.isCut) return false;
    const { pace } = this.#following;
    switch (this.#status.kind) {
      case 'missing':
      case 'watching':
      case 'polling':
        return true;
      case 'failing':
        return this.held.wasRead && pace.elapsed() - (this.#failingSince ?? 0) <= pace.away;
      case 'forbidden':
      case 'listing':
        return false;
    }
  }

  get times(): {
    readonly listedAt: number | null;
    readonly changedAt: number | null;
    readonly heardAt: number | null;
  } {
    return { listedAt: this.#listedAt, changedAt: this.#changedAt, heardAt: this.#heardAt };
  }

  start(): void {
    const { api, pace, limits, slot, connected, size, heard } = this.#following;
    const list = {
      path: this.path,
      held: this.held,
      limits,
      others: () => size() - this.held.size,
      slot,
      connected,
      tell: (status: ListStatus) => this.#tell(status),
      heard: () => {
        this.#heardAt = pace.now();
        heard();
      },
      changed: (changes: readonly ObjectChange[]) => {
        if (changes.length === 0) return;
        this.#changedAt = pace.now();
        this.#listener.changed(this, changes);
      },
    };
    void followList(api, list, pace, this.#stop.signal);
  }

  /** Ends its requests. @returns its objects, as removed */
  stop(): readonly ObjectChange[] {
    this.#stop.abort();
    return this.held.relist().end(true);
  }

  #tell(status: ListStatus): void {
    // What was stopped has no say any more.
    if (this.#stop.signal.aborted) return;
    const { pace } = this.#following;
    if (status.kind !== 'failing') this.#failingSince = null;
    else this.#failingSince ??= pace.elapsed();
    // A list that is read again for what was said before still is what it was.
    if (status.kind === 'listing' && this.#isSettled) return;
    const wasFollowed = this.#status.kind === 'watching' || this.#status.kind === 'polling';
    if (status.kind === 'watching' && !wasFollowed) this.#listedAt = pace.now();
    this.#status = status;
    this.#isSettled ||= status.kind !== 'listing';
    this.#listener.told(this);
  }
}
