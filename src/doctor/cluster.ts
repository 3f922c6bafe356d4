import { connect, type ApiAnswer, type KubernetesApi } from '../cluster/kubernetes-api.ts';
import { ask, describeFailure } from '../cluster/ask.ts';
import { SIDE_BY_SIDE } from '../cluster/limits.ts';
import { discover, type Served } from '../cluster/live-discovery.ts';
import { readVersions } from '../cluster/live-versions.ts';
import { inParallel } from '../concurrency/in-parallel.ts';
import { OutOfTime, withinTime } from '../concurrency/time-limit.ts';
import { resourceOf, type ApiKind } from '../kubernetes/api-kinds.ts';
import type { ClusterProblem } from '../model/cluster-state.ts';
import { type Check, failed, type Finding, ok, warning } from './check.ts';

/** Bytes of a list of one item. */
const LONGEST = 16 * 2 ** 20;
/** Milliseconds for everything that is asked of one cluster; the check itself may take a little longer. */
const TIME = 9_000;
const GRANT = 'kubectl apply -f deploy/rbac.yaml';

/** A live cluster: whether it answers, and whether each kind may be listed, found out by listing one item of it. */
export function liveClusterCheck(
  name: string,
  options: { readonly context: string; readonly kubeconfig?: string },
  kinds: readonly ApiKind[],
  time = TIME,
): Check {
  const what = `cluster ${name}`;
  return {
    what,
    run: async () => {
      const until = Date.now() + time;
      const api = await connect({ ...options, timeout: time });
      try {
        const problems: ClusterProblem[] = [];
        const resources = await discover(api, kinds, problems);
        const { kubernetes, api: served } = await readVersions(api);
        const version = kubernetes === undefined ? 'version unknown' : `Kubernetes ${kubernetes}`;
        const answers = await inParallel(kinds, SIDE_BY_SIDE, (kind) =>
          mayListBy(until, api, kind, resources),
        );
        const named = (wanted: Listing['may']): string =>
          answers.flatMap(({ may, resource }) => (may === wanted ? [resource] : [])).join(', ');
        const logs = await withinTime(
          logsFindings(what, api),
          Math.max(1, until - Date.now()),
          'a log',
        ).catch(() => []);
        const late = answers.flatMap(({ resource, isLate }) => (isLate ? [resource] : []));
        const [nowhere, inside] = [named('nowhere'), named('inside')];
        return [
          ok(what, `${api.server} answers, ${version}`),
          ...problems.map(({ where, message }) => failed(what, `${where}: ${message}`)),
          ...(nowhere === '' ? [] : [failed(what, `may not list ${nowhere}`, GRANT)]),
          ...(inside === ''
            ? []
            : [warning(what, `may list in namespace ${api.namespace} only: ${inside}`, GRANT)]),
          ...(late.length === 0
            ? []
            : [failed(what, `not known whether it lists ${late.join(', ')}: ${SLOW}`, RETRY)]),
          ...logs,
          ...usageFindings(what, served ?? null),
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

const SLOW = 'the API server answered too slowly';
const RETRY = 'kubectl get --raw /readyz?verbose';

/** Whether logs may be read is decided before the pod is looked up, so one that does not exist tells. */
async function logsFindings(what: string, api: KubernetesApi): Promise<readonly Finding[]> {
  const namespace = encodeURIComponent(api.namespace ?? 'default');
  const { status } = await ask(api, `/api/v1/namespaces/${namespace}/pods/faultline-doctor/log`, {
    query: { tailLines: '1' },
    most: LONGEST,
  });
  return status === 403
    ? [warning(what, `may not get pods/log: what failing containers print is unknown`, GRANT)]
    : [];
}

/** Usage of pods now, which is all that Faultline knows of it without a Prometheus. */
function usageFindings(what: string, served: readonly string[] | null): readonly Finding[] {
  if (served === null) return [];
  const isServed = served.some((version) => version.startsWith('metrics.k8s.io/'));
  return isServed
    ? [ok(what, 'metrics-server is installed')]
    : [ok(what, 'no metrics-server: without a Prometheus, the usage of containers is unknown')];
}

interface Listing {
  /** `pods`, `certificates.cert-manager.io` */
  readonly resource: string;
  /** `inside`: in the namespace of the context alone. `unknown`: neither refused nor answered. */
  readonly may: 'everywhere' | 'inside' | 'nowhere' | 'unknown';
  /** What kept it from being known. */
  readonly why: string | null;
  /** Whether there was no time left to find out. */
  readonly isLate?: true;
}

/** What is not known in time is late, and hides nothing that is known. */
async function mayListBy(until: number, api: KubernetesApi, kind: ApiKind, served: Served): Promise<Listing> {
  const late = { resource: resourceOf(kind), may: 'unknown', why: null, isLate: true } as const;
  const left = until - Date.now();
  if (left <= 0) return late;
  return withinTime(mayList(api, kind, served), left, 'a list').catch((error: unknown) => {
    if (error instanceof OutOfTime) return late;
    throw error;
  });
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
