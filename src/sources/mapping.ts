import { isNamed } from '../git/remote.ts';
import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { matchesAny } from '../config/glob.ts';
import type { Config } from '../config/schema.ts';
import type { Repository } from '../git/repository.ts';
import { declined, type Declined } from '../model/declined.ts';
import { isPublishedChart, type ValuesInput } from './declarations/plan.ts';
import type { Revision } from './revision.ts';
import { UNNAMED_RELEASE, type MappedRelease, type Root } from './roots.ts';

type Source = Config['clusters'][string]['sources'][number];

/** Which roots a namespace of the cluster is deployed from; null when nothing says so and all roots are searched. */
export type Mapped =
  | { readonly kind: 'roots'; readonly roots: readonly Root[] | null; readonly areNamed: boolean }
  | { readonly kind: 'on-branch'; readonly branch: string }
  | Declined;

/**
 * The mapping of `clusters.<name>.sources` in the configuration. Where it says nothing of a namespace, the roots that it gives to
 * other clusters alone are left out.
 */
export async function mappedTo(
  namespace: string | null,
  revision: Revision,
  config: Config,
  cluster: string,
  repository: Pick<Repository, 'remote' | 'branch'>,
): Promise<Mapped> {
  const meant = sourcesOf(config, cluster).filter((source) => isFor(source, namespace));
  const here = meant.filter((source) => isHere(source, repository));
  const [elsewhere] = meant;
  if (elsewhere && here.length === 0)
    return declined(
      'other-repository',
      `the configuration says that ${namespace ?? 'it'} is deployed from ${elsewhere.repository}`,
      [String(elsewhere.repository)],
    );
  const branches = new Set(here.map(({ branch }) => branch));
  const [branch] = branches;
  if (
    branch !== undefined &&
    branches.size === 1 &&
    repository.branch !== null &&
    branch !== repository.branch
  )
    return { kind: 'on-branch', branch };
  const roots = await withDeclared(
    revision,
    here.flatMap((source) => rootsOf(revision, source)),
  );
  if (roots.length > 0) return { kind: 'roots', roots, areNamed: true };
  const all = await revision.allRoots();
  const isForeign = await ofOtherClusters(revision, config, cluster, repository);
  const isOthers = isOfOtherCluster(all, config, cluster);
  const own = all.filter((root) => !isForeign(root) && !isOthers(root));
  return { kind: 'roots', roots: own.length < all.length ? own : null, areNamed: false };
}

/** With what the objects that these roots render apply from this repository, and what is applied by that. */
async function withDeclared(revision: Revision, roots: readonly Root[]): Promise<readonly Root[]> {
  const found = new Map(roots.map((root) => [root.id, root]));
  const declarations = await revision.ownDeclarations();
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const { parent, plan, roots: applied } of declarations)
      if (parent && found.has(parent.id) && (isPublishedChart(plan) || plan.from.revision.pin === undefined))
        for (const root of applied) found.set(root.id, root);
  }
  return [...found.values()];
}

/** An Application that names its cluster is another one's, where this one is named too, by it or by the configuration. */
function isOfOtherCluster(roots: readonly Root[], config: Config, cluster: string): (root: Root) => boolean {
  const named = new Set(roots.flatMap(({ declared }) => declared?.plan.cluster ?? []));
  const known = new Set([...(named.has(cluster) ? named : []), ...Object.keys(config.clusters)]);
  return ({ declared }) => {
    const destination = declared?.plan.cluster ?? null;
    return destination !== null && destination !== cluster && known.has(destination);
  };
}

function sourcesOf(config: Config, cluster: string): readonly Source[] {
  return config.clusters[cluster]?.sources ?? [];
}

function isFor({ namespaces }: Source, namespace: string | null): boolean {
  return namespaces === undefined || (namespace !== null && matchesAny(namespaces, namespace));
}

function isHere({ repository }: Source, { remote }: Pick<Repository, 'remote'>): boolean {
  return repository === undefined || remote === null || isNamed(remote, repository);
}

function rootsOf(revision: Revision, source: Source): readonly Root[] {
  const release = releaseIn(source);
  const mapped = revision
    .mappedReleases()
    .filter(
      (root) =>
        release !== null &&
        isDeepStrictEqual(
          [root.path, root.release, root.values],
          [release.path, release.release, release.values],
        ),
    );
  return mapped.length > 0 ? mapped : [revision.roots.at(source.path)].filter((root) => root !== null);
}

/** Roots that the configuration gives to other clusters alone: the folders that it names, and what is applied from there. */
async function ofOtherClusters(
  revision: Revision,
  config: Config,
  cluster: string,
  repository: Pick<Repository, 'remote'>,
): Promise<(root: Root) => boolean> {
  const mappedIn = (name: string): readonly Root[] =>
    sourcesOf(config, name)
      .filter((source) => isHere(source, repository))
      .flatMap((source) => rootsOf(revision, source));
  const others = Object.keys(config.clusters)
    .filter((name) => name !== cluster)
    .flatMap(mappedIn);
  const own = mappedIn(cluster);
  const [ownIds, otherIds] = (
    await Promise.all([own, others].map((roots) => withDeclared(revision, roots)))
  ).map((roots) => new Set(roots.map(({ id }) => id)));
  const [ownPaths, otherPaths] = [own, others].map((roots) => new Set(roots.map(({ path }) => path)));
  return ({ id, path }) =>
    (otherIds!.has(id) && !ownIds!.has(id)) || (otherPaths!.has(path) && !ownPaths!.has(path));
}

/** Ids of the roots that the configuration gives to any cluster, for a namespace if that is known. */
export async function mappedRoots(
  revision: Revision,
  config: Config,
  repository: Pick<Repository, 'remote'>,
  namespace: string | undefined,
): Promise<ReadonlySet<string>> {
  const sources = Object.keys(config.clusters)
    .flatMap((cluster) => sourcesOf(config, cluster))
    .filter((source) => isHere(source, repository) && (namespace === undefined || isFor(source, namespace)));
  if (sources.length === 0) return new Set();
  const roots = await withDeclared(
    revision,
    sources.flatMap((source) => rootsOf(revision, source)),
  );
  return new Set(roots.map(({ id }) => id));
}

/** Every chart that the configuration says how it is installed, in whichever cluster: what one edit changes, it may change in all. */
export function mappedReleases(
  config: Config,
  repository: Pick<Repository, 'remote'>,
): readonly MappedRelease[] {
  return Object.values(config.clusters)
    .flatMap(({ sources }) => sources)
    .filter((source) => isHere(source, repository))
    .flatMap((source) => releaseIn(source) ?? []);
}

function releaseIn({ path, namespaces, helm }: Source): MappedRelease | null {
  if (!helm) return null;
  const namespace = namespaces?.find((name) => !/[*?]/.test(name)) ?? UNNAMED_RELEASE.namespace;
  const values: readonly ValuesInput[] = [
    ...helm.values.map((file) => ({ kind: 'file' as const, path: posix.normalize(file) })),
    ...Object.entries(helm.set).map(([name, value]) => ({
      kind: 'set' as const,
      name,
      value: String(value),
      asString: typeof value === 'string',
      at: null,
    })),
  ];
  return {
    path: posix.normalize(path).replace(/\/$/, ''),
    release: { name: helm.release, namespace },
    values,
  };
}
