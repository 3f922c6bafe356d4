/**
 * What a live object itself says about where it comes from: the labels and annotations of Flux and Argo CD (declarer.ts), and those
 * that Helm writes on everything that a release has, `meta.helm.sh/release-name` and `-namespace`
 * (https://helm.sh/docs/helm/helm_install/, `--take-ownership`). Its name says nothing: `cart-worker` need not be of release `cart`.
 */
import type { KubernetesObject } from '../kubernetes/objects.ts';
import { HELMFILE_RELEASE } from './declarations/helmfile-release.ts';
import { isPublishedChart } from './declarations/plan.ts';
import { declarerOf, isBy } from './declarer.ts';
import type { Revision } from './revision.ts';
import type { HelmRoot, Root } from './roots.ts';

/** The roots that the object says it is made by; none where it says nothing, or where nothing here is called so. */
export async function ownersOf(revision: Revision, live: KubernetesObject): Promise<readonly Root[]> {
  const declarer = declarerOf(live);
  const declared = (await revision.ownDeclarations())
    .filter(({ plan }) => isPublishedChart(plan) || plan.from.revision.pin === undefined)
    .filter(({ plan }) => declarer !== null && isBy(declarer, plan))
    .flatMap(({ roots }) => roots);
  const installed = (await revision.declaredRoots()).filter(
    (root) => root.kind === 'helm' && releaseOf(live) !== null,
  );
  const owners = [...declared, ...installed].filter((root) => isOfItsRelease(root, live));
  return [...new Map(owners.map((root) => [root.id, root])).values()];
}

/** False for a release that is not the one that Helm wrote on the object. */
export function isOfItsRelease(root: Root, live: KubernetesObject | null): boolean {
  const written = live && releaseOf(live);
  if (root.kind !== 'helm' || !written) return true;
  return root.release.name === written.name && root.release.namespace === written.namespace;
}

/** Argo CD applies what a chart renders; Flux and helmfile let Helm install it. */
export function isInstalledByHelm({ kind, declared }: Root): boolean {
  return kind === 'helm' && ['HelmRelease', HELMFILE_RELEASE].includes(declared?.plan.ref.kind ?? '');
}

/** False for a release of Flux or helmfile where Helm wrote nothing on the live object, or another release: Helm writes on all that it installs. */
export function mayBeOf(root: Root, live: KubernetesObject | null): boolean {
  if (live === null || !isInstalledByHelm(root)) return true;
  return releaseOf(live) !== null && isOfItsRelease(root, live);
}

/** The Helm release that an object belongs to; null where Helm wrote none on it. */
export function releaseOf({ metadata }: KubernetesObject): HelmRoot['release'] | null {
  const name = metadata.annotations?.['meta.helm.sh/release-name'];
  const namespace = metadata.annotations?.['meta.helm.sh/release-namespace'] ?? metadata.namespace;
  return name === undefined || namespace === undefined ? null : { name, namespace };
}

/** Two live objects that say the same of where they come from. */
export function sharesOwner(one: KubernetesObject, other: KubernetesObject): boolean {
  const [a, b] = [one, other].map((each) => ({ declarer: declarerOf(each), release: releaseOf(each) }));
  return (a!.declarer !== null || a!.release !== null) && JSON.stringify(a) === JSON.stringify(b);
}
