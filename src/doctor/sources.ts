import { ask, describeFailure, parseRecord } from '../cluster/ask.ts';
import { connect, type KubernetesApi } from '../cluster/kubernetes-api.ts';
import { discover } from '../cluster/live-discovery.ts';
import { parseRemote } from '../git/remote.ts';
import type { ApiKind } from '../kubernetes/api-kinds.ts';
import { recordAt, recordsOf } from '../kubernetes/objects.ts';
import type { ClusterProblem } from '../model/cluster-state.ts';
import { type Check, failed, type Finding, ok, warning } from './check.ts';

export interface MappedCluster {
  readonly name: string;
  readonly context: string;
  readonly kubeconfig?: string;
  /** Those that the settings name for it; null for all that the App is installed in. */
  readonly repositories: readonly string[] | null;
}

export interface MappedGitHub {
  /** `github.com` */
  readonly host: string;
  /** Repositories that the App is installed in; null where GitHub does not say. */
  installed(): Promise<readonly string[] | null>;
}

/** One object that says where a cluster is deployed from. */
interface Source {
  /** `Application argocd/cart` */
  readonly object: string;
  readonly url: string;
}

const KINDS: readonly ApiKind[] = [
  { group: 'argoproj.io', kind: 'Application' },
  { group: 'source.toolkit.fluxcd.io', kind: 'GitRepository' },
];
const LONGEST = 64 * 2 ** 20;
/** Objects that are named as examples. */
const MOST = 3;

/** Which repositories the Argo CD and Flux objects of a cluster name, and which of these Faultline does not serve. */
export function sourcesCheck(cluster: MappedCluster, github: MappedGitHub): Check {
  const what = `sources of ${cluster.name}`;
  return {
    what,
    run: async () => {
      const installed = await github.installed();
      const notInstalled = (cluster.repositories ?? [])
        .filter((name) => installed !== null && !has(installed, name))
        .map((name) => failed(what, `the App is not installed in ${name}`, `install it in ${name}`));
      const api = await connect({ ...cluster, timeout: 9_000 });
      try {
        const problems: ClusterProblem[] = [];
        const sources = await sourcesIn(api, problems);
        return [
          ...notInstalled,
          ...problems.map(({ where, message }) => warning(what, `${where}: ${message}`)),
          ...(sources.length === 0
            ? [ok(what, NONE)]
            : mapped(what, sources, cluster, github.host, installed)),
        ];
      } finally {
        api.close();
      }
    },
  };
}

const NONE = 'no Argo CD or Flux object names a repository: objects are mapped to what repositories render';

function mapped(
  what: string,
  sources: readonly Source[],
  { name, repositories }: MappedCluster,
  host: string,
  installed: readonly string[] | null,
): readonly Finding[] {
  const byPlace = Map.groupBy(sources, ({ url }) => placeOf(url, host).text.toLowerCase());
  return [...byPlace.values()].map((ones) => {
    const place = placeOf(ones[0]!.url, host);
    const examples = ones.slice(0, MOST).map(({ object }) => object);
    const rest = ones.length > MOST ? ` and ${ones.length - MOST} more` : '';
    const says = `${examples.join(', ')}${rest} ${ones.length === 1 ? 'deploys' : 'deploy'} from ${place.text}`;
    if (place.repository === null) return warning(what, `${says}, which is not on ${host}`);
    if (repositories !== null && !has(repositories, place.repository))
      return warning(
        what,
        `${says}, which the settings leave out`,
        `add it to clusters.${name}.repositories`,
      );
    if (installed !== null && !has(installed, place.repository))
      return warning(what, `${says}, where the App is not installed`, `install it in ${place.repository}`);
    return ok(what, says);
  });
}

interface Place {
  readonly text: string;
  /** null where it is not on the GitHub that the App is of. */
  readonly repository: string | null;
}

function placeOf(url: string, host: string): Place {
  const remote = parseRemote(url);
  if (remote === null) return { text: withoutCredentials(url), repository: null };
  const isThere = new URL(remote.url).host === host;
  return isThere ? { text: remote.slug, repository: remote.slug } : { text: remote.url, repository: null };
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/]*@/, '//');
}

function has(names: readonly string[], wanted: string): boolean {
  return names.some((name) => name.toLowerCase() === wanted.toLowerCase());
}

async function sourcesIn(api: KubernetesApi, problems: ClusterProblem[]): Promise<readonly Source[]> {
  const served = await discover(api, KINDS, problems);
  const lists = await Promise.all(
    KINDS.map(async (kind) => {
      const found = served.resource(kind);
      if (!found) return [];
      const path = `${found.base}/${found.plural}`;
      const answer = await ask(api, path, { query: { limit: '2000' }, most: LONGEST });
      if (answer.status === 200)
        return recordsOf(parseRecord(answer.text)?.['items']).flatMap((item) => namedBy(kind.kind, item));
      problems.push({ where: path, message: describeFailure(answer) });
      return [];
    }),
  );
  return lists.flat();
}

function namedBy(kind: string, item: Readonly<Record<string, unknown>>): readonly Source[] {
  const { namespace, name } = recordAt(item, 'metadata');
  const spec = recordAt(item, 'spec');
  const object = `${kind} ${String(namespace)}/${String(name)}`;
  const urls =
    kind === 'GitRepository'
      ? [spec['url']]
      : [recordAt(spec, 'source'), ...recordsOf(spec['sources'])]
          // A chart is in a registry, not in a repository.
          .filter((source) => source['chart'] === undefined)
          .map((source) => source['repoURL']);
  return [...new Set(urls)].flatMap((url) => (typeof url === 'string' ? { object, url } : []));
}
