import type { ApiKind } from '../../kubernetes/api-kinds.ts';
import type { ObjectRef } from '../../kubernetes/objects.ts';
import type { ClusterObject, ClusterProblem } from '../../model/cluster-state.ts';
import type { ObjectChange } from '../../model/object-change.ts';
import type { Resource } from '../live-discovery.ts';
import type { ListStatus } from './follow-list.ts';
import type { Following } from './following.ts';
import { isUnchanged } from './held-list.ts';
import { KindList } from './kind-list.ts';
import { kindProblems } from './kind-problems.ts';

export interface KindHealth {
  /** `deployments.apps` */
  readonly resource: string;
  /** null: everywhere. */
  readonly namespace: string | null;
  readonly status: ListStatus['kind'];
  readonly objects: number;
  /** Milliseconds since the epoch; null: not yet. */
  readonly listedAt: number | null;
  readonly lastEventAt: number | null;
  /** Milliseconds since the server last said anything about it, bookmarks included; null: never. */
  readonly lag: number | null;
}

/** One kind of a cluster, followed everywhere; where that is forbidden, in the namespaces that are named or known. */
export class FollowedKind {
  readonly kind: ApiKind;
  readonly resource: Resource;
  readonly #following: Following;
  /** The first is the one of everything. */
  readonly #lists: KindList[] = [];

  constructor(kind: ApiKind, resource: Resource, following: Following) {
    this.kind = kind;
    this.resource = resource;
    this.#following = following;
    this.#follow(null);
  }

  get size(): number {
    return this.#lists.reduce((sum, { held }) => sum + held.size, 0);
  }

  get isSettled(): boolean {
    return this.#lists.every(({ isSettled }) => isSettled);
  }

  get hasAnswered(): boolean {
    return this.#lists.some(({ hasAnswered }) => hasAnswered);
  }

  *objects(): Iterable<ClusterObject> {
    for (const { held } of this.#lists) yield* held.objects();
  }

  setAside(): readonly ObjectRef[] {
    return this.#lists.flatMap(({ held }) => held.setAside());
  }

  /** Where all objects are known; null where nothing is known to be absent. */
  recorded(): readonly string[] | 'all' | null {
    const known = this.#lists.filter(({ isKnown }) => isKnown);
    if (known.some(({ namespace }) => namespace === null)) return 'all';
    const namespaces = known.flatMap(({ namespace }) => namespace ?? []);
    return namespaces.length === 0 ? null : namespaces;
  }

  isForbidden(): boolean {
    return this.#lists.every(({ status }) => status.kind === 'forbidden');
  }

  problems(): readonly ClusterProblem[] {
    return kindProblems(this.what, this.#lists, this.#following.namespaces().found);
  }

  health(): readonly KindHealth[] {
    const now = this.#following.pace.now();
    return this.#lists.map(({ namespace, status, held, times: { listedAt, changedAt, heardAt } }) => ({
      resource: this.what,
      namespace,
      status: status.kind,
      objects: held.size,
      listedAt,
      lastEventAt: changedAt,
      lag: heardAt === null ? null : now - heardAt,
    }));
  }

  /** Follows the namespaces that are wanted now, where not everything may be followed, and leaves the others. */
  followNamespaces(): void {
    if (!this.resource.namespaced || this.#lists[0]?.status.kind !== 'forbidden') return;
    const { named, found } = this.#following.namespaces();
    const wanted = new Set([...named, ...found]);
    const left = this.#lists.flatMap(({ namespace }) =>
      namespace === null || wanted.delete(namespace) ? [] : [namespace],
    );
    for (const namespace of left) this.#leave(namespace);
    for (const namespace of wanted) this.#follow(namespace);
  }

  /** Ends its requests. @returns its objects, as removed */
  stop(): readonly ObjectChange[] {
    return this.#lists.splice(0).flatMap((list) => list.stop());
  }

  /** `deployments.apps` */
  get what(): string {
    const { plural } = this.resource;
    return this.kind.group === '' ? plural : `${plural}.${this.kind.group}`;
  }

  #follow(namespace: string | null): void {
    const { base, plural, apiVersion } = this.resource;
    const path =
      namespace === null
        ? `${base}/${plural}`
        : `${base}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
    const place = { namespace, path, type: { apiVersion, kind: this.kind.kind } };
    const list = new KindList(place, this.#following, {
      told: (told) => this.#told(told),
      changed: (of, changes) =>
        this.#following.changed(of.namespace === null ? this.#asKnown(of, changes) : changes),
    });
    this.#lists.push(list);
    list.start();
  }

  #told(list: KindList): void {
    if (list.namespace === null && list.status.kind === 'forbidden') this.followNamespaces();
    if (list.namespace === null && list.status.kind === 'watching') this.#takeOver(list);
    this.#following.settled();
  }

  /** Changes of the list of everything, where lists of namespaces have told some of it before. */
  #asKnown(everything: KindList, changes: readonly ObjectChange[]): readonly ObjectChange[] {
    const inside = new Map(
      this.#lists.flatMap(({ namespace, held }) => (namespace === null ? [] : [[namespace, held]])),
    );
    if (inside.size === 0) return changes;
    return changes.flatMap((change) => {
      const known = inside.get(change.ref.namespace ?? '')?.get(change.ref);
      if (known === undefined || change.before !== null) return [change];
      if (change.after === null || !isUnchanged(known, change.after)) return [{ ...change, before: known }];
      everything.held.adopt(known);
      return [];
    });
  }

  /** Everything may be followed now: what only lists of namespaces have is gone. */
  #takeOver(everything: KindList): void {
    for (const list of this.#lists.splice(1)) {
      const gone = list.stop().filter(({ ref }) => everything.held.get(ref) === undefined);
      if (gone.length > 0) this.#following.changed(gone);
    }
  }

  #leave(left: string): void {
    for (const list of this.#lists.filter(({ namespace }) => namespace === left)) {
      this.#lists.splice(this.#lists.indexOf(list), 1);
      const gone = list.stop();
      if (gone.length > 0) this.#following.changed(gone);
    }
  }
}
