import { connect, type ApiAnswer, type KubernetesApi } from '../cluster/kubernetes-api.ts';
import { ask, describeFailure } from '../cluster/ask.ts';
import { SIDE_BY_SIDE } from '../cluster/limits.ts';
import { discover, type Served } from '../cluster/live-discovery.ts';
import { readVersions } from '../cluster/live-versions.ts';
import { inParallel } from '../concurrency/in-parallel.ts';
import type { ApiKind } from '../kubernetes/api-kinds.ts';
import type { ClusterProblem } from '../model/cluster-state.ts';
import { type Check, failed, ok, warning } from './check.ts';

/** Bytes of a list of one item. */
const LONGEST = 16 * 2 ** 20;
const GRANT = 'kubectl apply -f deploy/rbac.yaml';

/** A live cluster: whether it answers, and whether each kind may be listed, found out by listing one item of it. */
export function liveClusterCheck(
  name: string,
  options: { readonly context: string; readonly kubeconfig?: string },
  kinds: readonly ApiKind[],
): Check {
  const what = `cluster ${name}`;
  return {
    what,
    run: async () => {
      const api = await connect({ ...options, timeout: 9_000 });
      try {
        const problems: ClusterProblem[] = [];
        const served = await discover(api, kinds, problems);
        const { kubernetes } = await readVersions(api);
        const version = kubernetes === undefined ? 'version unknown' : `Kubernetes ${kubernetes}`;
        const answers = await inParallel(kinds, SIDE_BY_SIDE, (kind) => mayList(api, kind, served));
        const named = (wanted: Listing['may']): string =>
          answers.flatMap(({ may, resource }) => (may === wanted ? [resource] : [])).join(', ');
        const [nowhere, inside] = [named('nowhere'), named('inside')];
        return [
          ok(what, `${api.server} answers, ${version}`),
          ...problems.map(({ where, message }) => failed(what, `${where}: ${message}`)),
          ...(nowhere === '' ? [] : [failed(what, `may not list ${nowhere}`, GRANT)]),
          ...(inside === ''
            ? []
            : [warning(what, `may list in namespace ${api.namespace} only: ${inside}`, GRANT)]),
          ...answers.flatMap(({ resource, why }) =>
            why === null ? [] : [failed(what, `cannot list ${resource}: ${why}`)],
          ),
        ];
      } finally {
        api.close();
      }
    },
  };
}

interface Listing {
  /** `pods`, `certificates.cert-manager.io` */
  readonly resource: string;
  /** `inside`: in the namespace of the context alone. `unknown`: neither refused nor answered. */
  readonly may: 'everywhere' | 'inside' | 'nowhere' | 'unknown';
  /** What kept it from being known. */
  readonly why: string | null;
}

/** A kind that the server does not serve has no objects to be refused. */
async function mayList(api: KubernetesApi, kind: ApiKind, served: Served): Promise<Listing> {
  const found = served.resource(kind) ?? null;
  if (found === null) return { resource: kind.kind, may: 'everywhere', why: null };
  const { base, plural, namespaced } = found;
  const resource = kind.group === '' ? plural : `${plural}.${kind.group}`;
  const list = (path: string): Promise<ApiAnswer> =>
    ask(api, `${path}/${plural}`, { query: { limit: '1' }, most: LONGEST });
  const answer = await list(base);
  if (answer.status === 200 || answer.status === 404) return { resource, may: 'everywhere', why: null };
  if (answer.status !== 403) return { resource, may: 'unknown', why: describeFailure(answer) };
  if (!namespaced || api.namespace === null) return { resource, may: 'nowhere', why: null };
  const inside = await list(`${base}/namespaces/${encodeURIComponent(api.namespace)}`);
  return { resource, may: inside.status === 200 ? 'inside' : 'nowhere', why: null };
}
