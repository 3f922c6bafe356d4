import { connect } from '../cluster/kubernetes-api.ts';
import { ask, describeFailure } from '../cluster/ask.ts';
import { SIDE_BY_SIDE } from '../cluster/limits.ts';
import { discover } from '../cluster/live-discovery.ts';
import { readVersions } from '../cluster/live-versions.ts';
import { inParallel } from '../concurrency/in-parallel.ts';
import type { ApiKind } from '../kubernetes/api-kinds.ts';
import type { ClusterProblem } from '../model/cluster-state.ts';
import { type Check, failed, type Finding, ok } from './check.ts';

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
        const lists = await inParallel(kinds, SIDE_BY_SIDE, async (kind): Promise<Finding | null> => {
          const resource = served.resource(kind) ?? null;
          if (resource === null) return null;
          const { base, plural } = resource;
          const answer = await ask(api, `${base}/${plural}`, { query: { limit: '1' }, most: LONGEST });
          const resourceName = kind.group === '' ? plural : `${plural}.${kind.group}`;
          if (answer.status === 403) return failed(what, `may not list ${resourceName}`, GRANT);
          if (answer.status === 200 || answer.status === 404) return null;
          return failed(what, `cannot list ${resourceName}: ${describeFailure(answer)}`);
        });
        return [
          ok(what, `${api.server} answers, ${version}`),
          ...problems.map(({ where, message }) => failed(what, `${where}: ${message}`)),
          ...lists.filter((finding) => finding !== null),
        ];
      } finally {
        api.close();
      }
    },
  };
}
