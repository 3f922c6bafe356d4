/**
 * What a GitOps controller says about where a live object comes from.
 *
 * Flux labels what it applies with the name and namespace of the Kustomization
 * (https://fluxcd.io/flux/components/kustomize/kustomizations/#labels-and-annotations). Argo CD tracks by the annotation
 * `argocd.argoproj.io/tracking-id`, `<application>:<group>/<kind>:<namespace>/<name>`, which counts only when it names this
 * very object, or by the label `app.kubernetes.io/instance`, which is also Helm's
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/).
 */
import type { ClusterState } from '../cluster/state.ts';
import type { Repository } from '../git/repository.ts';
import { parseRemote } from '../git/remote.ts';
import { getField, parseFieldPath } from '../kubernetes/field-path.ts';
import { groupOf, isRecord, type KubernetesObject } from '../kubernetes/objects.ts';
import { declined } from '../locate/declined.ts';
import type { Declined } from '../locate/located.ts';
import { isKustomizationPath } from '../renderers/kustomization.ts';
import { isManifestPath } from '../renderers/manifests.ts';
import type { Revision } from './revision.ts';
import type { Root } from './roots.ts';

/** The root that a controller applies the object from, why it cannot be edited here, or null when no controller says anything. */
export type Ownership =
  { readonly kind: 'owned'; readonly root: Root; readonly by: string } | Declined | null;

export function ownershipOf(
  object: KubernetesObject,
  cluster: ClusterState,
  revision: Revision,
  repository: Repository,
): Ownership {
  return (
    ownedByFlux(object, cluster, revision, repository) ?? ownedByArgo(object, cluster, revision, repository)
  );
}

const FLUX = 'kustomize.toolkit.fluxcd.io';

function ownedByFlux(
  object: KubernetesObject,
  cluster: ClusterState,
  revision: Revision,
  repository: Repository,
): Ownership {
  const labels = object.metadata.labels ?? {};
  const [name, namespace] = [labels[`${FLUX}/name`], labels[`${FLUX}/namespace`]];
  if (name === undefined || namespace === undefined) return null;
  const kustomization = find(cluster, 'Kustomization', FLUX, namespace, name);
  if (!kustomization) return null;
  const by = `Flux Kustomization ${namespace}/${name}`;
  const overriding = ['patches', 'patchesStrategicMerge', 'patchesJson6902', 'images', 'components'].filter(
    (key) => notEmpty(field(kustomization, `spec.${key}`)),
  );
  if (overriding.length > 0) return unrendered(by, `spec.${overriding[0]}`);
  const reference = field(kustomization, 'spec.sourceRef');
  const {
    kind: sourceKind,
    name: sourceName,
    namespace: sourceNamespace,
  } = isRecord(reference) ? reference : {};
  const source =
    typeof sourceName === 'string' && sourceKind === 'GitRepository'
      ? find(
          cluster,
          'GitRepository',
          'source.toolkit.fluxcd.io',
          String(sourceNamespace ?? namespace),
          sourceName,
        )
      : undefined;
  const obstacle =
    source &&
    (otherRepository(by, field(source, 'spec.url'), repository) ??
      otherRevision(by, fluxRevision(source), repository));
  if (obstacle) return obstacle;
  return rootAt(by, field(kustomization, 'spec.path') ?? '.', true, revision);
}

/** What a GitRepository follows: a branch, or something that a pull request cannot move. */
function fluxRevision(source: KubernetesObject): Followed {
  const [tag, semver, commit, branch] = ['tag', 'semver', 'commit', 'branch'].map((key) =>
    field(source, `spec.ref.${key}`),
  );
  const pin = commit ?? semver ?? tag;
  return typeof pin === 'string' ? { pin } : { branch: typeof branch === 'string' ? branch : 'master' };
}

const ARGO = 'argoproj.io';

function ownedByArgo(
  object: KubernetesObject,
  cluster: ClusterState,
  revision: Revision,
  repository: Repository,
): Ownership {
  const application = applicationOf(object, cluster);
  if (!application) return null;
  const by = `Argo CD Application ${application.metadata.name}`;
  const sources = [field(application, 'spec.source'), field(application, 'spec.sources')]
    .flat()
    .filter(isRecord);
  const source = sources.find(({ path }) => typeof path === 'string');
  if (!source || sources.length > 1)
    return unrendered(by, sources.length > 1 ? 'spec.sources' : 'spec.source.chart');
  const option = ['helm', 'kustomize', 'plugin'].find((key) => notEmpty(source[key]));
  if (option !== undefined) return unrendered(by, `spec.source.${option}`);
  const target = source['targetRevision'];
  const followed =
    typeof target === 'string' && target !== '' && target !== 'HEAD' ? argoRevision(target) : {};
  const obstacle =
    otherRepository(by, source['repoURL'], repository) ?? otherRevision(by, followed, repository);
  if (obstacle) return obstacle;
  const recurse = isRecord(source['directory']) && source['directory']['recurse'] === true;
  return rootAt(by, source['path'], recurse, revision);
}

function applicationOf(object: KubernetesObject, cluster: ClusterState): KubernetesObject | undefined {
  const tracking = object.metadata.annotations?.['argocd.argoproj.io/tracking-id'];
  const { kind, metadata, apiVersion } = object;
  const own = `:${groupOf(apiVersion)}/${kind}:${metadata.namespace ?? ''}/${metadata.name}`;
  const tracked = tracking?.endsWith(own) ? tracking.slice(0, -own.length) : undefined;
  const helm = metadata.labels?.['app.kubernetes.io/managed-by'] === 'Helm';
  const name =
    tracked ??
    (tracking === undefined && !helm ? metadata.labels?.['app.kubernetes.io/instance'] : undefined);
  if (name === undefined) return undefined;
  // `<namespace>_<name>` where Applications live in other namespaces than Argo CD's own.
  const plain = name.includes('_') ? name.slice(name.indexOf('_') + 1) : name;
  const found = cluster
    .list('Application')
    .filter((one) => groupOf(one.apiVersion) === ARGO && one.metadata.name === plain);
  return found.length === 1 ? found[0] : undefined;
}

function argoRevision(target: string): Followed {
  return /^[0-9a-f]{7,40}$/.test(target) || /^v?\d+(\.\d+)*([-+].*)?$/.test(target) || /[*^~<>=]/.test(target)
    ? { pin: target }
    : { branch: target };
}

interface Followed {
  readonly branch?: string;
  readonly pin?: string;
}

function otherRevision(by: string, { branch, pin }: Followed, repository: Repository): Declined | null {
  if (pin !== undefined)
    return declined('other-revision', `${by} is pinned to ${pin}: a change of a branch does not reach it`);
  if (branch === undefined || repository.branch === null || branch === repository.branch) return null;
  return declined(
    'other-revision',
    `${by} deploys branch ${branch}, and this is branch ${repository.branch}`,
  );
}

function otherRepository(by: string, url: unknown, repository: Repository): Declined | null {
  const remote = typeof url === 'string' ? parseRemote(url) : null;
  if (!remote || !repository.remote || remote.slug.toLowerCase() === repository.remote.slug.toLowerCase())
    return null;
  return declined(
    'other-repository',
    `${by} deploys it from ${remote.slug}, and this is ${repository.remote.slug}`,
    [remote.slug],
  );
}

/** Without a kustomization, Flux takes the manifests of a folder and of all below it; Argo CD does so when it is told to. */
function rootAt(by: string, path: unknown, recursive: boolean, revision: Revision): Ownership {
  const folder =
    String(path)
      .replace(/^(\.?\/)+/, '')
      .replace(/\/+$/, '') || '.';
  const root = revision.roots.at(folder);
  if (root?.kind === 'kustomize') return { kind: 'owned', root, by };
  const files = revision.tree
    .paths()
    .filter((file) => isManifestPath(file) && (folder === '.' || file.startsWith(`${folder}/`)));
  if (files.some(isKustomizationPath)) return unrendered(by, `the kustomizations below ${folder}`);
  if (recursive && files.length > 0)
    return { kind: 'owned', root: { kind: 'plain', path: folder, files }, by };
  return root
    ? { kind: 'owned', root, by }
    : declined('object-not-found', `${by} deploys it from ${folder}, which this repository does not have`);
}

function unrendered(by: string, option: string): Declined {
  return declined('render-failed', `${by} changes what it applies with ${option}, which is not rendered yet`);
}

function find(
  cluster: ClusterState,
  kind: string,
  group: string,
  namespace: string,
  name: string,
): KubernetesObject | undefined {
  return cluster
    .list(kind, namespace)
    .find((one) => one.metadata.name === name && groupOf(one.apiVersion) === group);
}

function field(object: KubernetesObject, path: string): unknown {
  return getField(object, parseFieldPath(path));
}

function notEmpty(value: unknown): boolean {
  return isRecord(value)
    ? Object.keys(value).length > 0
    : Array.isArray(value)
      ? value.length > 0
      : value !== undefined && value !== null;
}
