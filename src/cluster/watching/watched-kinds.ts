import type { ApiKind } from '../../kubernetes/api-kinds.ts';
import type { ClusterVersions } from '../../kubernetes/cluster-versions.ts';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../errors/error-message.ts';
import type { ObjectRef } from '../../kubernetes/objects.ts';
import type { ClusterProblem, ClusterState } from '../../model/cluster-state.ts';
import type { ObjectChange } from '../../model/object-change.ts';
import { ChangingState, type StateDescription } from '../changing-state.ts';
import { ClusterUnreachable, type KubernetesApi } from '../kubernetes-api.ts';
import { keepEssentials } from '../essentials.ts';
import type { ReadingLimits } from '../limits.ts';
import { discover, type Served } from '../live-discovery.ts';
import { readVersions } from '../live-versions.ts';
import { withoutWeight } from './event-weight.ts';
import { FollowedKind, type KindHealth } from './followed-kind.ts';
import type { Following } from './following.ts';
import { backOff, type Pace } from './pace.ts';
import { SharedValues } from './shared-values.ts';
import { Connected } from './silence.ts';
import { slots } from './slots.ts';

export interface WatchedKindsOptions {
  readonly api: KubernetesApi;
  readonly name: string;
  readonly kinds: readonly ApiKind[];
  readonly namespaces: readonly string[];
  readonly limits: ReadingLimits;
  readonly pace: Pace;
  readonly changed: (changes: readonly ObjectChange[]) => void;
}

/** Lists of one cluster at a time: more would only hold more pages at once. */
const LISTS_AT_A_TIME = 2;
/** Namespaces of a cluster that are tried one by one where a kind may not be read everywhere. */
const MOST_NAMESPACES = 20;

/** All kinds of one cluster that are watched: found by discovery, again and again, and followed as long as the server has them. */
export class WatchedKinds {
  readonly #options: WatchedKindsOptions;
  readonly #following: Following;
  readonly #stop = new AbortController();
  /** By group and kind; null: the server has no such kind; undefined: not known whether. */
  readonly #followed = new Map<ApiKind, FollowedKind | null>();
  readonly #waiting = new Set<() => void>();
  #versions: Partial<ClusterVersions> = {};
  #discovery: readonly ClusterProblem[] = [];
  #unreachable: ClusterUnreachable | null = null;
  readonly #state: ChangingState;
  #description: StateDescription = {};
  #isDiscovered = false;
  /** Milliseconds since the epoch. */
  #heardAt: number;
  /** The same moment of {@link Pace.elapsed}. */
  #heardSince: number;
  readonly #begun: number;
  #isReady = false;

  constructor(options: WatchedKindsOptions) {
    this.#options = options;
    this.#state = new ChangingState(options.name);
    const { api, pace, limits } = options;
    this.#heardAt = pace.now();
    this.#begun = this.#heardSince = pace.elapsed();
    this.#following = {
      api,
      pace,
      limits,
      namespaces: () => ({
        named: [...new Set([...(api.namespace === null ? [] : [api.namespace]), ...options.namespaces])],
        found: options.namespaces.length > 0 ? [] : this.#namespacesFound(),
      }),
      trim: (object) => keepEssentials(withoutWeight(object)),
      shared: new SharedValues(),
      slot: slots(LISTS_AT_A_TIME),
      connected: new Connected(),
      size: () => this.#kinds().reduce((sum, { size }) => sum + size, 0),
      heard: () => {
        this.#heardAt = pace.now();
        this.#heardSince = pace.elapsed();
        this.#unreachable = null;
      },
      changed: (changes) => this.#change(changes),
      settled: () => this.#settle(),
    };
    void this.#run();
  }

  /** Whether every kind was read once, or found unreadable by a server that answers; or as much of it as could be read in time. */
  get isReady(): boolean {
    if (this.#isReady) return true;
    const kinds = this.#kinds();
    const { pace } = this.#options;
    const isInTime = pace.elapsed() - this.#begun < pace.firstLists;
    this.#isReady =
      this.#isDiscovered &&
      (!isInTime || kinds.every(({ isSettled }) => isSettled)) &&
      (kinds.length === 0 || kinds.some(({ hasAnswered }) => hasAnswered));
    return this.#isReady;
  }

  isAway(): boolean {
    const { pace } = this.#options;
    return pace.elapsed() - this.#heardSince > pace.away;
  }

  /** @throws {ClusterUnreachable} when the server does not answer, or refuses the credentials */
  async read(): Promise<ClusterState> {
    while (!this.isReady && this.#unreachable === null && !this.#stop.signal.aborted) await this.#something();
    const state = this.isAway() ? null : this.state();
    if (state !== null) return state;
    throw this.#unreachable ?? this.#awayError();
  }

  state(): ClusterState | null {
    if (!this.isReady) return null;
    const description = this.#describe();
    // Telling it anew has its price, so only what differs is told.
    if (!isDeepStrictEqual(description, this.#description)) this.#state.describe(description);
    this.#description = description;
    // Time that nobody watched proves nothing.
    return this.#state.state(this.isAway() ? this.#heardAt : this.#options.pace.now());
  }

  #describe(): StateDescription {
    const setAside: ObjectRef[] = [];
    const recorded: Record<string, readonly string[] | 'all'> = {};
    const incomplete = new Set(['Secret']);
    for (const kind of this.#options.kinds) {
      const followed = this.#followed.get(kind);
      setAside.push(...(followed?.setAside() ?? []));
      const places = followed === null ? 'all' : (followed?.recorded() ?? null);
      if (places !== null) recorded[kind.kind] = places;
      if (places !== 'all') incomplete.add(kind.kind);
    }
    return { problems: this.problems(), setAside, recorded, incomplete, versions: this.#versions };
  }

  #change(changes: readonly ObjectChange[]): void {
    this.#state.apply(changes);
    this.#options.changed(changes);
    const isOfNamespaces = changes.some(
      ({ ref, before, after }) => ref.kind === 'Namespace' && (before === null || after === null),
    );
    if (isOfNamespaces) for (const kind of this.#kinds()) kind.followNamespaces();
  }

  problems(): readonly ClusterProblem[] {
    const kinds = this.#kinds();
    const { server } = this.#options.api;
    const away = this.isAway() ? [{ where: server, message: this.#awayError().message }] : [];
    if (kinds.length > 0 && kinds.every((kind) => kind.isForbidden())) {
      const message = `may list none of the ${kinds.length} kinds that Faultline reads; whether anything fails is unknown`;
      return [...away, { where: server, message }];
    }
    return [...away, ...this.#discovery, ...this.#unread(), ...kinds.flatMap((kind) => kind.problems())];
  }

  health(): readonly KindHealth[] {
    return this.#kinds().flatMap((kind) => kind.health());
  }

  close(): void {
    this.#stop.abort();
    for (const kind of this.#kinds()) kind.stop();
    this.#settle();
  }

  /** Waits until something is settled, at most until the first lists have had their time. */
  async #something(): Promise<void> {
    const { pace } = this.#options;
    const left = pace.firstLists - (pace.elapsed() - this.#begun);
    const settled = new Promise<void>((resolve) => this.#waiting.add(resolve));
    const ended = new AbortController();
    await Promise.race(left > 0 ? [settled, pace.pause(left + 1, ended.signal)] : [settled]);
    ended.abort();
  }

  /** What the first lists have not come to, once they have had their time. */
  #unread(): readonly ClusterProblem[] {
    const unread = this.#kinds().filter(({ isSettled }) => !isSettled);
    if (!this.#isReady || unread.length === 0) return [];
    const names = unread.map(({ what }) => what).join(', ');
    const message = `not listed yet: ${names}; whether there are any is unknown`;
    return [{ where: this.#options.api.server, message }];
  }

  /** Where the cluster has few, what may be read in them is found by trying. */
  #namespacesFound(): readonly string[] {
    const kind = this.#kinds().find((one) => one.kind.kind === 'Namespace' && one.kind.group === '');
    if (kind === undefined || kind.size > MOST_NAMESPACES) return [];
    return [...kind.objects()].map(({ metadata }) => metadata.name);
  }

  #kinds(): readonly FollowedKind[] {
    return [...this.#followed.values()].filter((kind) => kind !== null);
  }

  #settle(): void {
    if (!this.isReady && this.#unreachable === null && !this.#stop.signal.aborted) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  async #run(): Promise<void> {
    const { pace } = this.#options;
    const { signal } = this.#stop;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.#discover();
        failures = 0;
        await pace.pause(pace.discovery * (0.9 + pace.random() / 5), signal);
      } catch (error) {
        failures += 1;
        this.#following.connected.foundDead();
        this.#unreachable =
          error instanceof ClusterUnreachable
            ? error
            : this.#error(`discovery failed: ${messageOf(error)}`, error);
        this.#settle();
        await pace.pause(backOff(failures, pace.random()), signal);
      }
    }
  }

  async #discover(): Promise<void> {
    const { api, kinds } = this.#options;
    const problems: ClusterProblem[] = [];
    const served = await discover(api, kinds, problems);
    const versions = await readVersions(api);
    if (this.#stop.signal.aborted) return;
    this.#following.heard();
    this.#discovery = problems;
    this.#versions = { ...this.#versions, ...versions };
    for (const kind of kinds) this.#update(kind, served);
    this.#isDiscovered = true;
    this.#settle();
  }

  #update(kind: ApiKind, served: Served): void {
    const resource = served.resource(kind);
    const known = this.#followed.get(kind);
    if (resource === undefined) return;
    if (resource === null) {
      const gone = known?.stop() ?? [];
      this.#followed.set(kind, null);
      if (gone.length > 0) this.#change(gone);
    } else if (known?.resource.base !== resource.base || known.resource.plural !== resource.plural) {
      const gone = known?.stop() ?? [];
      this.#followed.set(kind, new FollowedKind(kind, resource, this.#following));
      if (gone.length > 0) this.#change(gone);
    }
  }

  #awayError(): ClusterUnreachable {
    const since = new Date(this.#heardAt).toISOString();
    return this.#error(`it has not answered since ${since}`);
  }

  #error(reason: string, cause?: unknown): ClusterUnreachable {
    const { context, server } = this.#options.api;
    return new ClusterUnreachable(context, server, reason, { cause });
  }
}
