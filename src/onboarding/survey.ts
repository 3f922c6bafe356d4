import type { Config } from '../config/schema.ts';
import type { Declaration } from '../sources/declaration.ts';
import type { FileProblem } from '../renderers/rendering.ts';
import type { Revision } from '../sources/revision.ts';
import type { Root } from '../sources/roots.ts';
import { environmentsOf, type Environment } from './environments.ts';

/** What a repository holds, as far as its files tell. */
export interface Survey {
  /** Paths by kind, sorted. */
  readonly roots: Readonly<Record<Root['kind'], readonly string[]>>;
  readonly environments: readonly Environment[];
  readonly clusters: readonly ClusterFound[];
  /** Argo CD and Flux objects that say what is applied, and how many of them cannot be followed. */
  readonly declarations: { readonly all: number; readonly notFollowed: number };
  /** Paths of roots that such an object applies; of the others it is not known where they are deployed. */
  readonly declared: readonly string[];
  readonly problems: readonly FileProblem[];
}

export interface ClusterFound {
  readonly name: string;
  readonly by: 'configuration' | 'Argo CD' | 'folder';
}

export async function surveyOf(
  revision: Revision,
  config: Config,
  problems: readonly FileProblem[],
): Promise<Survey> {
  const roots = await revision.allRoots();
  const declarations = await revision.declarations();
  const paths = (kind: Root['kind']): readonly string[] =>
    unique(roots.filter((root) => root.kind === kind).map(({ path }) => path));
  return {
    roots: { kustomize: paths('kustomize'), helm: paths('helm'), plain: paths('plain') },
    environments: environmentsOf(unique(roots.map(({ path }) => path))),
    clusters: clustersIn(config, declarations, roots),
    declarations: {
      all: declarations.length,
      notFollowed: declarations.filter(({ obstacle }) => obstacle !== null).length,
    },
    declared: unique(declarations.flatMap((declaration) => declaration.roots.map(({ path }) => path))),
    problems,
  };
}

/** How Argo CD calls the cluster that it runs in. */
const OWN_CLUSTER = /^(?:in-cluster|https:\/\/kubernetes\.default\.svc.*)$/;

/** `clusters/prod-eu/…`, where Flux keeps what belongs to a cluster. Source: https://fluxcd.io/flux/guides/repository-structure/ */
const CLUSTER_FOLDER = /(?:^|\/)clusters\/([^/]+)(?:\/|$)/;

function clustersIn(
  config: Config,
  declarations: readonly Declaration[],
  roots: readonly Root[],
): readonly ClusterFound[] {
  const found = new Map<string, ClusterFound>();
  const note = (name: string, by: ClusterFound['by']): void => {
    if (!found.has(name)) found.set(name, { name, by });
  };
  for (const name of Object.keys(config.clusters)) note(name, 'configuration');
  for (const { plan } of declarations) {
    const cluster = 'cluster' in plan ? plan.cluster : null;
    if (cluster !== null && !OWN_CLUSTER.test(cluster)) note(cluster, 'Argo CD');
  }
  for (const { path } of roots) {
    const name = CLUSTER_FOLDER.exec(path)?.[1];
    if (name !== undefined) note(name, 'folder');
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function unique(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].sort();
}
