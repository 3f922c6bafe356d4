import { isKubernetesObject, isRecord, recordsOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { buildState } from './build-state.ts';
import { keepEssentials } from './essentials.ts';
import {
  ClusterUnreachable,
  connect,
  type ApiAnswer,
  type ApiOptions,
  type KubernetesApi,
} from './kubernetes-api.ts';
import { maskedLogTail, type MaskedText } from '../untrusted/masked.ts';
import { shortened } from '../untrusted/shorten.ts';
import { LIVE_KINDS, type LiveKind } from './live-kinds.ts';
import { openPrometheus, type Prometheus } from './prometheus.ts';
import type { ClusterProblem, ClusterSource, ClusterState, LogRequest } from './state.ts';

export interface LiveOptions extends ApiOptions {
  /** Base address of a Prometheus; left out: metrics are unknown. */
  readonly prometheus?: string;
  /** The cluster's name; left out: the context's. */
  readonly name?: string;
  /** Milliseconds since the epoch; left out: the time of reading. */
  readonly now?: number;
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
    metric: async (request, now) => (prometheus === null ? null : prometheus.query(request, now)),
    problems: () => [...problems],
  };
}

const PAGE = '500';
const SIDE_BY_SIDE = 4;
const RESTARTS = 3;
const RETRIES = 3;
const LONGEST_WAIT = 10;

async function readState(
  api: KubernetesApi,
  options: LiveOptions,
  problems: ClusterProblem[],
): Promise<ClusterState> {
  const served = await discover(api, problems);
  const lists = await inTurns(LIVE_KINDS, SIDE_BY_SIDE, (kind) => listKind(api, kind, served));
  problems.push(...listingProblems(api, lists));
  const recorded: Record<string, readonly string[] | 'all'> = {};
  const incomplete = new Set(['Secret']);
  const objects: KubernetesObject[] = [];
  for (const [index, { kind }] of LIVE_KINDS.entries()) {
    const list = lists[index]!;
    for (const object of list.objects) objects.push(object);
    if (list.recorded !== null) recorded[kind] = list.recorded;
    if (list.recorded !== 'all') incomplete.add(kind);
  }
  return buildState({
    name: options.name ?? api.context,
    now: options.now ?? Date.now(),
    objects,
    problems,
    recorded,
    incomplete,
  });
}

/** In the order of the kinds. Where none at all may be listed, one line says so instead of one for each. */
function listingProblems({ server }: KubernetesApi, lists: readonly Listed[]): readonly ClusterProblem[] {
  const asked = lists.filter((list) => list !== UNKNOWN && list !== NONE);
  const problems = asked.flatMap(({ problem }) => problem ?? []);
  if (asked.length === 0 || !asked.every(({ isForbidden }) => isForbidden)) return problems;
  const message = `may list none of the ${asked.length} kinds that are looked at; whether anything fails is unknown`;
  return [{ where: server, message }];
}

/** What the server serves of the kinds we want: the path of each list, null for what it does not have. */
interface Served {
  /** undefined: could not be found out. */
  resource(kind: LiveKind): Resource | null | undefined;
}

interface Resource {
  /** `/apis/apps/v1` */
  readonly base: string;
  readonly apiVersion: string;
  /** `deployments` */
  readonly plural: string;
  readonly namespaced: boolean;
}

/** A group that is not served has no objects: that much absence is certain. */
async function discover(api: KubernetesApi, problems: ClusterProblem[]): Promise<Served> {
  const answer = await api.get('/apis');
  if (answer.status === 401)
    throw new ClusterUnreachable(api.context, api.server, 'the credentials are refused (401)');
  const groups = groupVersions(answer);
  if (groups === null)
    problems.push({ where: '/apis', message: `discovery failed: ${describeFailure(answer)}` });

  const versions = new Map<string, string | null>();
  for (const { group, version } of LIVE_KINDS) {
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
    const listed = await get(api, base);
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
    const versions = recordsOf(group['versions']).map(({ version }) => String(version));
    const preferred = isRecord(group['preferredVersion'])
      ? String(group['preferredVersion']['version'])
      : versions[0];
    if (preferred !== undefined)
      groups.set(String(group['name']), [preferred, ...versions.filter((version) => version !== preferred)]);
  }
  return groups;
}

function readResources(answer: ApiAnswer, base: string, apiVersion: string): Map<string, Resource> | null {
  const body = answer.status === 200 ? parseRecord(answer.text) : null;
  if (body === null || !Array.isArray(body['resources'])) return null;
  const listable = recordsOf(body['resources']).filter(
    ({ name, verbs }) => !String(name).includes('/') && Array.isArray(verbs) && verbs.includes('list'),
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
  /** null: nothing can be said about what is not among the objects. */
  readonly recorded: readonly string[] | 'all' | null;
  /** Why not everything is known. */
  readonly problem?: ClusterProblem;
  /** Nothing may be listed, in no namespace. */
  readonly isForbidden?: boolean;
}

const UNKNOWN: Listed = { objects: [], recorded: null };
const NONE: Listed = { objects: [], recorded: 'all' };

async function listKind(api: KubernetesApi, kind: LiveKind, served: Served): Promise<Listed> {
  const resource = served.resource(kind);
  if (resource === undefined) return UNKNOWN;
  if (resource === null) return NONE;
  const everywhere = await listPath(api, `${resource.base}/${resource.plural}`, kind, resource.apiVersion);
  if (everywhere.kind === 'listed') return { objects: everywhere.objects, recorded: 'all' };
  const { answer } = everywhere;
  if (answer.status === 404) return NONE;

  const where = `${resource.base}/${resource.plural}`;
  const what = kind.group === '' ? resource.plural : `${resource.plural}.${kind.group}`;
  if (answer.status === 403 && resource.namespaced && api.namespace !== null) {
    const inside = await listPath(
      api,
      `${resource.base}/namespaces/${encodeURIComponent(api.namespace)}/${resource.plural}`,
      kind,
      resource.apiVersion,
    );
    if (inside.kind === 'listed') {
      const message = `may list ${what} in namespace ${api.namespace} only; unknown elsewhere`;
      return { objects: inside.objects, recorded: [api.namespace], problem: { where, message } };
    }
  }
  const isForbidden = answer.status === 403;
  const reason = isForbidden ? `may not list ${what}` : `cannot list ${what}: ${describeFailure(answer)}`;
  const problem = { where, message: `${reason}; whether there are any is unknown` };
  return { objects: everywhere.objects, recorded: null, problem, isForbidden };
}

type ListOutcome =
  | { readonly kind: 'listed'; readonly objects: readonly KubernetesObject[] }
  | { readonly kind: 'failed'; readonly objects: readonly KubernetesObject[]; readonly answer: ApiAnswer };

/**
 * All pages of a list. A continue token expires after some minutes: the list then starts again.
 * Source: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
async function listPath(
  api: KubernetesApi,
  path: string,
  { kind }: LiveKind,
  apiVersion: string,
): Promise<ListOutcome> {
  let objects: KubernetesObject[] = [];
  let token = '';
  let restarts = 0;
  for (;;) {
    const answer = await get(api, path, { limit: PAGE, ...(token === '' ? {} : { continue: token }) });
    const page = answer.status === 200 ? parseRecord(answer.text) : null;
    if (answer.status === 410 && token !== '' && restarts < RESTARTS) {
      restarts += 1;
      objects = [];
      token = '';
      continue;
    }
    if (page === null || !Array.isArray(page['items'])) return { kind: 'failed', objects, answer };
    for (const item of recordsOf(page['items'])) {
      const object: unknown = { apiVersion, kind, ...item };
      if (isKubernetesObject(object)) objects.push(keepEssentials(object));
    }
    token =
      isRecord(page['metadata']) && typeof page['metadata']['continue'] === 'string'
        ? page['metadata']['continue']
        : '';
    if (token === '') return { kind: 'listed', objects };
  }
}

/** Asks again, as politely as told, when the server is busy. A connection that breaks later on is an answer like a failure. */
async function get(
  api: KubernetesApi,
  path: string,
  query: Readonly<Record<string, string>> = {},
): Promise<ApiAnswer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await api.get(path, query).catch(unanswered);
    const isBusy = answer.status === 429 || answer.status === 503;
    if (!isBusy || attempt === RETRIES) return answer;
    await new Promise((resolve) => setTimeout(resolve, Math.min(answer.retryAfter, LONGEST_WAIT) * 1000));
  }
}

function unanswered(error: unknown): ApiAnswer {
  if (error instanceof ClusterUnreachable)
    return { status: 0, text: JSON.stringify({ message: error.message }), retryAfter: 0 };
  throw error;
}

function describeFailure({ status, text }: ApiAnswer): string {
  const message = parseRecord(text)?.['message'];
  const reason = typeof message === 'string' ? message : shortened(text, 200);
  return status === 0 ? reason : `${status} ${reason}`.trimEnd();
}

const LONGEST_ANSWER = 4 * 2 ** 20;

/**
 * The last lines of a container. `limitBytes` cuts at the end, where the failure is, so it only guards against huge lines:
 * if it was reached, fewer lines are asked for.
 */
async function readLog(api: KubernetesApi, request: LogRequest): Promise<MaskedText | null> {
  const [namespace, pod] = [request.namespace, request.pod].map(encodeURIComponent);
  for (const tailLines of ['2000', '100', '10']) {
    const answer = await get(api, `/api/v1/namespaces/${namespace}/pods/${pod}/log`, {
      container: request.container,
      previous: String(request.previous),
      tailLines,
      limitBytes: String(LONGEST_ANSWER),
    });
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

function parseRecord(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}
