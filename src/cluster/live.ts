import type { ApiKind } from '../kubernetes/api-kinds.ts';
import { sortedApiVersions } from '../kubernetes/cluster-versions.ts';
import { isRecord, recordsOf, type KubernetesObject, type ObjectRef } from '../kubernetes/objects.ts';
import { ask, describeFailure, parseRecord } from './ask.ts';
import { buildState } from './build-state.ts';
import { isName } from './checked-object.ts';
import {
  ClusterUnreachable,
  connect,
  type ApiAnswer,
  type ApiOptions,
  type KubernetesApi,
} from './kubernetes-api.ts';
import { LIMITS, type ReadingLimits } from './limits.ts';
import { listPages, type Spent } from './list-pages.ts';
import { maskedLogTail, type MaskedText } from '../untrusted/masked.ts';
import { readDefinition } from './live-definition.ts';
import { readVersions } from './live-versions.ts';
import { versionsToldBy } from './recorded-versions.ts';
import { openPrometheus, type Prometheus } from './prometheus.ts';
import type { ClusterProblem, ClusterSource, ClusterState, LogRequest } from '../model/cluster-state.ts';

export interface LiveOptions extends ApiOptions {
  /** What is listed, in this order; never Secrets. */
  readonly kinds: readonly ApiKind[];
  /** Base address of a Prometheus; left out: metrics are unknown. */
  readonly prometheus?: string;
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
  const prometheus: Prometheus | null =
    options.prometheus === undefined ? null : openPrometheus(options.prometheus, report);
  const api = await connect(options);
  return {
    isRecorded: false,
    read: () => readState(api, options, problems),
    log: (request) => readLog(api, request),
    definition: (apiVersion, kind) => readDefinition(api, apiVersion, kind),
    metric: async (request, now) => (prometheus === null ? null : prometheus.query(request, now)),
    problems: () => [...problems],
  };
}

const SIDE_BY_SIDE = 4;

async function readState(
  api: KubernetesApi,
  options: LiveOptions,
  problems: ClusterProblem[],
): Promise<ClusterState> {
  const { kinds } = options;
  const served = await discover(api, kinds, problems);
  const spent = { limits: options.limits ?? LIMITS, began: Date.now(), objects: 0, bytes: 0 };
  const versions = await readVersions(api);
  const lists = await inTurns(kinds, SIDE_BY_SIDE, (kind) => listKind(api, kind, served, spent));
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
  return buildState({
    name: options.name ?? api.context,
    now: options.now ?? Date.now(),
    objects,
    problems,
    setAside,
    recorded,
    incomplete,
    versions: {
      ...versions,
      api: sortedApiVersions([...(versions.api ?? []), ...versionsToldBy(objects).api]),
    },
  });
}

/** In the order of the kinds. Where none at all may be listed, one line says so instead of one for each. */
function listingProblems({ server }: KubernetesApi, lists: readonly Listed[]): readonly ClusterProblem[] {
  const asked = lists.filter((list) => list !== UNKNOWN && list !== NONE);
  const problems = asked.flatMap(({ problems: own = [] }) => own);
  if (asked.length === 0 || !asked.every(({ isForbidden }) => isForbidden)) return problems;
  const message = `may list none of the ${asked.length} kinds that Faultline reads; whether anything fails is unknown`;
  return [{ where: server, message }];
}

/** What the server serves of the kinds we want: the path of each list, null for what it does not have. */
interface Served {
  /** undefined: could not be found out. */
  resource(kind: ApiKind): Resource | null | undefined;
}

interface Resource {
  /** `/apis/apps/v1` */
  readonly base: string;
  readonly apiVersion: string;
  /** `deployments` */
  readonly plural: string;
  readonly namespaced: boolean;
}

/** Bytes: discovery documents of the largest clusters have one or two MiB. */
const LONGEST_DISCOVERY = 16 * 2 ** 20;

/** Versions and resources come from outside and become part of a path. */
const PATH_NAME = /^[a-z0-9][a-z0-9.-]*$/;

/** A group that is not served has no objects: that much absence is certain. */
async function discover(
  api: KubernetesApi,
  kinds: readonly ApiKind[],
  problems: ClusterProblem[],
): Promise<Served> {
  const answer = await api.get('/apis', {}, LONGEST_DISCOVERY);
  if (answer.status === 401)
    throw new ClusterUnreachable(api.context, api.server, 'the credentials are refused (401)');
  if (answer.status >= 300 && answer.status < 400)
    throw new ClusterUnreachable(api.context, api.server, describeFailure(answer));
  const groups = groupVersions(answer);
  if (groups === null)
    problems.push({ where: '/apis', message: `discovery failed: ${describeFailure(answer)}` });

  const versions = new Map<string, string | null>();
  for (const { group, version } of kinds) {
    const offered = groups?.get(group);
    if (group === '') versions.set(group, 'v1');
    else if (groups !== null && offered === undefined) versions.set(group, null);
    else if (offered === undefined) versions.set(group, version ?? null);
    else versions.set(group, version !== undefined && offered.includes(version) ? version : offered[0]!);
  }

  const resources = new Map<string, Map<string, Resource> | undefined>();
  await inTurns([...versions], SIDE_BY_SIDE, async ([group, version]) => {
    if (version === null) return;
    const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const listed = await ask(api, base, { most: LONGEST_DISCOVERY });
    const found = readResources(listed, base, group === '' ? version : `${group}/${version}`);
    if (found === null)
      problems.push({ where: base, message: `discovery failed: ${describeFailure(listed)}` });
    resources.set(group, found ?? undefined);
  });

  return {
    resource: ({ group, kind }) => {
      if (versions.get(group) === null) return groups === null ? undefined : null;
      const found = resources.get(group);
      return found === undefined ? undefined : (found.get(kind) ?? null);
    },
  };
}

/** Versions by group, the preferred one first. */
function groupVersions(answer: ApiAnswer): Map<string, readonly string[]> | null {
  const body = answer.status === 200 ? parseRecord(answer.text) : null;
  if (body === null || !Array.isArray(body['groups'])) return null;
  const groups = new Map<string, readonly string[]>();
  for (const group of body['groups'].filter(isRecord)) {
    const versions = recordsOf(group['versions'])
      .map(({ version }) => String(version))
      .filter((version) => PATH_NAME.test(version));
    const preferred = isRecord(group['preferredVersion'])
      ? String(group['preferredVersion']['version'])
      : versions[0];
    if (preferred !== undefined && PATH_NAME.test(preferred))
      groups.set(String(group['name']), [preferred, ...versions.filter((version) => version !== preferred)]);
  }
  return groups;
}

function readResources(answer: ApiAnswer, base: string, apiVersion: string): Map<string, Resource> | null {
  const body = answer.status === 200 ? parseRecord(answer.text) : null;
  if (body === null || !Array.isArray(body['resources'])) return null;
  const listable = recordsOf(body['resources']).filter(
    ({ name, verbs }) =>
      PATH_NAME.test(String(name)) && name !== 'secrets' && Array.isArray(verbs) && verbs.includes('list'),
  );
  return new Map(
    listable.map(({ kind, name, namespaced }) => [
      String(kind),
      { base, apiVersion, plural: String(name), namespaced: namespaced === true },
    ]),
  );
}

interface Listed {
  readonly objects: readonly KubernetesObject[];
  readonly setAside?: readonly ObjectRef[];
  /** null: nothing can be said about what is not among the objects. */
  readonly recorded: readonly string[] | 'all' | null;
  /** Why not everything is known. */
  readonly problems?: readonly ClusterProblem[];
  /** Nothing may be listed, in no namespace. */
  readonly isForbidden?: boolean;
}

const UNKNOWN: Listed = { objects: [], recorded: null };
const NONE: Listed = { objects: [], recorded: 'all' };

async function listKind(api: KubernetesApi, kind: ApiKind, served: Served, spent: Spent): Promise<Listed> {
  const resource = served.resource(kind);
  if (resource === undefined) return UNKNOWN;
  if (resource === null) return NONE;
  const { base, plural, apiVersion } = resource;
  const where = `${base}/${plural}`;
  const type = { apiVersion, kind: kind.kind };
  const what = kind.group === '' ? plural : `${plural}.${kind.group}`;
  const { end, ...everywhere } = await listPages(api, where, type, spent);
  if (end.kind === 'all') return { ...everywhere, recorded: 'all' };
  if (end.kind === 'cut') return cutList(everywhere, where, what, end.why);
  const { answer } = end;
  if (answer.status === 404) return NONE;

  if (answer.status === 403 && resource.namespaced && api.namespace !== null) {
    const path = `${base}/namespaces/${encodeURIComponent(api.namespace)}/${plural}`;
    const { end: endInside, ...inside } = await listPages(api, path, type, spent);
    if (endInside.kind === 'cut') return cutList(inside, path, what, endInside.why);
    if (endInside.kind === 'all') {
      const message = `may list ${what} in namespace ${api.namespace} only; unknown elsewhere`;
      return {
        ...inside,
        recorded: [api.namespace],
        problems: [...inside.problems, { where, message }],
      };
    }
  }
  const isForbidden = answer.status === 403;
  const reason = isForbidden ? `may not list ${what}` : `cannot list ${what}: ${describeFailure(answer)}`;
  const problem = { where, message: `${reason}; whether there are any is unknown` };
  return { ...everywhere, recorded: null, problems: [...everywhere.problems, problem], isForbidden };
}

/** What was read counts; whether there is more is unknown, so nothing of the kind is known to be absent. */
function cutList(
  {
    problems,
    ...read
  }: { readonly objects: readonly KubernetesObject[] } & {
    readonly problems: readonly ClusterProblem[];
  },
  where: string,
  what: string,
  why: string,
): Listed {
  const message = `the list of ${what} was cut after ${read.objects.length} objects: ${why}; what is missing is unknown`;
  return { ...read, recorded: null, problems: [...problems, { where, message }] };
}

const LONGEST_ANSWER = 4 * 2 ** 20;

/**
 * The last lines of a container. `limitBytes` cuts at the end, where the failure is, so it only guards against huge lines:
 * if it was reached, fewer lines are asked for.
 */
async function readLog(api: KubernetesApi, request: LogRequest): Promise<MaskedText | null> {
  if (![request.namespace, request.pod].every(isName)) return null;
  const [namespace, pod] = [request.namespace, request.pod].map(encodeURIComponent);
  for (const tailLines of ['2000', '100', '10']) {
    const answer = await ask(api, `/api/v1/namespaces/${namespace}/pods/${pod}/log`, {
      query: {
        container: request.container,
        previous: String(request.previous),
        tailLines,
        limitBytes: String(LONGEST_ANSWER),
      },
      // The server may cut at a line's end.
      most: 2 * LONGEST_ANSWER,
    });
    if (answer.isTooLong) continue;
    if (answer.status !== 200) return null;
    const bytes = Buffer.from(answer.text);
    if (bytes.length >= LONGEST_ANSWER && tailLines !== '10') continue;
    return maskedLogTail(bytes, true);
  }
  return null;
}

/** Maps with so many at a time; results keep the order of the items. */
async function inTurns<T, R>(
  items: readonly T[],
  width: number,
  run: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await run(items[index]!);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
