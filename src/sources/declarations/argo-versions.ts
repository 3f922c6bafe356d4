import type { ClusterVersions } from '../../kubernetes/cluster-versions.ts';
import { apiVersionProblem, kubeVersionProblem } from '../../renderers/names.ts';
import { textOf, textsOf } from './fields.ts';

/**
 * `kubeVersion` and `apiVersions` of an Argo CD source: what its charts see of the cluster, in place of what the cluster is
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#helm-version).
 */
export function versionsOf(
  options: Readonly<Record<string, unknown>>,
  at: string,
  obstacles: string[],
): { readonly versions?: ClusterVersions } {
  const kubernetes = textOf(options['kubeVersion'], `${at}.kubeVersion`, obstacles);
  const api = textsOf(options['apiVersions'], `${at}.apiVersions`, obstacles);
  if (kubernetes !== null && kubeVersionProblem(kubernetes) !== null) obstacles.push(`${at}.kubeVersion`);
  if (api.some((version) => apiVersionProblem(version) !== null)) obstacles.push(`${at}.apiVersions`);
  return kubernetes === null && api.length === 0 ? {} : { versions: { kubernetes, api } };
}
