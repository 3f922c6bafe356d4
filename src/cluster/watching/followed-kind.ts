import type { ApiKind } from '../../kubernetes/api-kinds.ts';
import type { KubernetesObject, ObjectRef } from '../../kubernetes/objects.ts';
import type { ClusterObject, ClusterProblem } from '../../model/cluster-state.ts';
import type { ObjectChange } from '../../model/object-change.ts';
import type { KubernetesApi } from '../kubernetes-api.ts';
import type { ReadingLimits } from '../limits.ts';
import type { Resource } from '../live-discovery.ts';
import { followList, type ListStatus } from './follow-list.ts';
import { HeldList } from './held-list.ts';
import type { Pace } from './pace.ts';

/** What all kinds of a cluster share. */
export interface Following {
  readonly api: KubernetesApi;
  readonly pace: Pace;
  readonly limits: ReadingLimits;
  /** Where a kind is read that may not be read everywhere. */
  readonly namespaces: () => readonly string[];
  readonly trim: (object: KubernetesObject) => KubernetesObject;
  readonly slot: <T>(work: () => Promise<T>) => Promise<T>;
  /** Objects of all kinds. */
  readonly size: () => number;
  readonly heard: () => void;
  readonly changed: (changes: readonly ObjectChange[]) => void;
  /** Whether a kind is known may have changed. */
  readonly settled: () => void;
}

/** One list of the kind: everywhere, or in one namespace. */
interface Followed {
  readonly namespace: string | null;
  readonly path: string;
  readonly held: HeldList;
  status: ListStatus;
  /** It was read once, whatever became of that. */
  isSettled: boolean;
  /** Milliseconds since the epoch; null: not yet. */
  listedAt: number | null;
  changedAt: number | null;
  heardAt: number | null;
  failingSince: number | null;
  readonly stop: AbortController;
}

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

/** One kind of a cluster, followed everywhere; where that is forbidden, in the namespaces that are known. */
export class FollowedKind {
  readonly kind: ApiKind;
  readonly resource: Resource;
  readonly #following: Following;
  readonly #lists: Followed[] = [];

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
    return this.#lists.some(({ heardAt }) => heardAt !== null);
  }

  *objects(): Iterable<ClusterObject> {
    for (const { held } of this.#lists) yield* held.objects();
  }

  setAside(): readonly ObjectRef[] {
    return this.#lists.flatMap(({ held }) => held.setAside());
  }

  /** Where all objects are known; null where nothing is known to be absent. */
  recorded(): readonly string[] | 'all' | null {
    const known = this.#lists.filter((list) => this.#isKnown(list));
    if (known.some(({ namespace }) => namespace === null)) return 'all';
    const namespaces = known.flatMap(({ namespace }) => namespace ?? []);
    return namespaces.length === 0 ? null : namespaces;
  }

  isForbidden(): boolean {
    return this.#lists.every(({ status }) => status.kind === 'forbidden');
  }

  problems(): readonly ClusterProblem[] {
    return [...this.#lists.flatMap(({ held }) => held.problems()), ...this.#accessProblems()];
  }

  health(): readonly KindHealth[] {
    const now = this.#following.pace.now();
    return this.#lists.map(({ namespace, status, held, listedAt, changedAt, heardAt }) => ({
      resource: this.#what,
      namespace,
      status: status.kind,
      objects: held.size,
      listedAt,
      lastEventAt: changedAt,
      lag: heardAt === null ? null : now - heardAt,
    }));
  }

  /** Ends its requests. @returns its objects, as removed */
  stop(): readonly ObjectChange[] {
    return this.#lists.splice(0).flatMap(({ held, stop }) => {
      stop.abort();
      return held.relist().end(true);
    });
  }

  get #what(): string {
    const { plural } = this.resource;
    return this.kind.group === '' ? plural : `${plural}.${this.kind.group}`;
  }

  #follow(namespace: string | null): void {
    const { api, pace, limits, trim, slot, size, heard, changed, settled } = this.#following;
    const { base, plural, apiVersion } = this.resource;
    const path =
      namespace === null
        ? `${base}/${plural}`
        : `${base}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
    const type = { apiVersion, kind: this.kind.kind };
    const list: Followed = {
      namespace,
      path,
      held: new HeldList(type, path, limits.objectsOfKind, trim),
      status: { kind: 'listing' },
      isSettled: false,
      listedAt: null,
      changedAt: null,
      heardAt: null,
      failingSince: null,
      stop: new AbortController(),
    };
    this.#lists.push(list);
    const followed = {
      path,
      held: list.held,
      limits,
      others: () => size() - list.held.size,
      slot,
      tell: (status: ListStatus) => {
        this.#tell(list, status);
        settled();
      },
      heard: () => {
        list.heardAt = pace.now();
        heard();
      },
      changed: (changes: readonly ObjectChange[]) => {
        if (changes.length === 0) return;
        list.changedAt = pace.now();
        changed(changes);
      },
    };
    void followList(api, followed, pace, list.stop.signal);
  }

  #tell(list: Followed, status: ListStatus): void {
    if (status.kind !== 'failing') list.failingSince = null;
    else list.failingSince ??= this.#following.pace.now();
    // A list that is read again for what was said before it still is what it was.
    if (status.kind === 'listing' && list.isSettled) return;
    if (status.kind === 'watching' && list.status.kind !== 'watching' && list.status.kind !== 'polling')
      list.listedAt = this.#following.pace.now();
    list.status = status;
    if (status.kind === 'listing') return;
    list.isSettled = true;
    if (list.namespace !== null) return;
    if (status.kind === 'forbidden') this.#followNamespaces();
    else if (status.kind === 'watching') this.#leaveNamespaces();
  }

  #followNamespaces(): void {
    if (!this.resource.namespaced) return;
    for (const namespace of this.#following.namespaces())
      if (!this.#lists.some((list) => list.namespace === namespace)) this.#follow(namespace);
  }

  /** What they held is in the list of everything now. */
  #leaveNamespaces(): void {
    for (const list of this.#lists.filter(({ namespace }) => namespace !== null)) {
      list.stop.abort();
      this.#lists.splice(this.#lists.indexOf(list), 1);
    }
  }

  #isKnown({ status, held, failingSince }: Followed): boolean {
    if (held.isCut) return false;
    if (status.kind === 'missing') return true;
    const { pace } = this.#following;
    const isStale = failingSince !== null && pace.now() - failingSince > pace.away;
    return !isStale && this.#wasRead(status, held);
  }

  #wasRead(status: ListStatus, held: HeldList): boolean {
    return (
      status.kind === 'watching' || status.kind === 'polling' || (status.kind === 'failing' && held.wasRead)
    );
  }

  #accessProblems(): readonly ClusterProblem[] {
    const what = this.#what;
    const inside = this.#lists.filter(
      ({ namespace, status }) => namespace !== null && status.kind !== 'forbidden',
    );
    return this.#lists.flatMap(({ namespace, path: where, status, held }): ClusterProblem | readonly [] => {
      const place = namespace === null ? what : `${what} in namespace ${namespace}`;
      if (status.kind === 'forbidden' && namespace === null && inside.length > 0) {
        const names = inside.map((list) => list.namespace).join(', ');
        const message = `may list ${what} in namespace ${names} only; unknown elsewhere`;
        return { where, message };
      }
      if (status.kind === 'forbidden' && namespace !== null && !this.isForbidden())
        return { where, message: `may not list ${place}; whether there are any is unknown` };
      if (status.kind === 'forbidden')
        return namespace === null
          ? { where, message: `may not list ${place}; whether there are any is unknown` }
          : [];
      if (status.kind === 'polling')
        return { where, message: `may not watch ${place}: ${status.why}; the list is read at an interval` };
      if (status.kind === 'failing')
        return {
          where,
          message: held.wasRead
            ? `cannot watch ${place}: ${status.why}; what is known of them may be out of date`
            : `cannot list ${place}: ${status.why}; whether there are any is unknown`,
        };
      if (held.isCut)
        return {
          where,
          message: `the list of ${place} was cut after ${held.size} objects; what is missing is unknown`,
        };
      return [];
    });
  }
}
