import type { ApiKind } from '../kubernetes/api-kinds.ts';
import type { KubernetesObject, ObjectRef } from '../kubernetes/objects.ts';
import type { ClusterProblem } from '../model/cluster-state.ts';
import { describeFailure } from './ask.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { listPages, type Spent } from './list-pages.ts';
import type { Served } from './live-discovery.ts';

/** In the order of the kinds. Where none at all may be listed, one line says so instead of one for each. */
export function listingProblems(
  { server }: KubernetesApi,
  lists: readonly Listed[],
): readonly ClusterProblem[] {
  const asked = lists.filter((list) => list !== UNKNOWN && list !== NONE);
  const problems = asked.flatMap(({ problems: own = [] }) => own);
  if (asked.length === 0 || !asked.every(({ isForbidden }) => isForbidden)) return problems;
  const message = `may list none of the ${asked.length} kinds that Faultline reads; whether anything fails is unknown`;
  return [{ where: server, message }];
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

export async function listKind(
  api: KubernetesApi,
  kind: ApiKind,
  served: Served,
  spent: Spent,
): Promise<Listed> {
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
