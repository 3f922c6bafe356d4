import type { ApiKind } from '../kubernetes/api-kinds.ts';
import { sortedApiVersions } from '../kubernetes/cluster-versions.ts';
import type { KubernetesObject, ObjectRef } from '../kubernetes/objects.ts';
import type { ClusterProblem, ClusterSource, ClusterState } from '../model/cluster-state.ts';
import { buildState } from './build-state.ts';
import { inParallel } from '../concurrency/in-parallel.ts';
import { type ApiOptions, connect, type KubernetesApi } from './kubernetes-api.ts';
import { LIMITS, SIDE_BY_SIDE, type ReadingLimits } from './limits.ts';
import { liveAnswers } from './live-answers.ts';
import { discover } from './live-discovery.ts';
import { listingProblems, listKind } from './live-lists.ts';
import { readVersions } from './live-versions.ts';
import type { ListedKinds } from './presence.ts';
import type { PrometheusConnection } from './prometheus-connection.ts';
import { versionsToldBy } from './recorded-versions.ts';

export interface LiveOptions extends ApiOptions {
  /** What is listed, in this order; never Secrets. */
  readonly kinds: readonly ApiKind[];
  /** Base address of a Prometheus; left out: metrics are unknown. */
  readonly prometheus?: string | PrometheusConnection;
  /** The cluster's name; left out: the context's. */
  readonly name?: string;
  /** Milliseconds since the epoch; left out: the time of reading. */
  readonly now?: number;
  /** Left out: {@link LIMITS}. */
  readonly limits?: ReadingLimits;
}

export interface LiveSource extends ClusterSource {
  /** Everything that could not be read so far. */
  problems(): readonly ClusterProblem[];
  /** What the last `read` listed, and what it could not use; null before the first. */
  listed(): ListedKinds | null;
}

/**
 * Opens a live cluster for reading: nothing but GET requests, and none for Secrets, so that those are always unknown.
 * What may not be read becomes a problem and is unknown.
 *
 * @throws {InputError} when the kubeconfig, the context or the Prometheus address is unusable.
 * Its `read` throws {@link ClusterUnreachable} when the server does not answer or refuses the credentials.
 */
export async function openLive(options: LiveOptions): Promise<LiveSource> {
  const problems: ClusterProblem[] = [];
  const report = (where: string, message: string): void => void problems.push({ where, message });
  const api = await connect(options);
  let listed: ListedKinds | null = null;
  return {
    ...liveAnswers(api, options.prometheus, report),
    read: async () => {
      const read = await readState(api, options, problems);
      listed = read.listed;
      return read.state;
    },
    listed: () => listed,
    problems: () => [...problems],
  };
}

async function readState(
  api: KubernetesApi,
  options: LiveOptions,
  problems: ClusterProblem[],
): Promise<{ readonly state: ClusterState; readonly listed: ListedKinds }> {
  const { kinds } = options;
  const served = await discover(api, kinds, problems);
  const spent = { limits: options.limits ?? LIMITS, began: Date.now(), objects: 0, bytes: 0 };
  const versions = await readVersions(api);
  const lists = await inParallel(kinds, SIDE_BY_SIDE, (kind) => listKind(api, kind, served, spent));
  problems.push(...listingProblems(api, lists));
  const recorded: Record<string, readonly string[] | 'all'> = {};
  const incomplete = new Set(['Secret']);
  const objects: KubernetesObject[] = [];
  const setAside: ObjectRef[] = [];
  for (const [index, { kind }] of kinds.entries()) {
    const list = lists[index]!;
    for (const object of list.objects) objects.push(object);
    setAside.push(...(list.setAside ?? []));
    if (list.recorded !== null) recorded[kind] = list.recorded;
    if (list.recorded !== 'all') incomplete.add(kind);
  }
  const listed = { recorded, incomplete, setAside };
  const state = buildState({
    name: options.name ?? api.context,
    now: options.now ?? Date.now(),
    objects,
    problems,
    ...listed,
    versions: {
      ...versions,
      api: sortedApiVersions([...(versions.api ?? []), ...versionsToldBy(objects).api]),
    },
  });
  return { state, listed };
}
