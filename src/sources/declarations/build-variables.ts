/**
 * Argo CD's build environment: `$ARGOCD_APP_NAME` and its like in some options
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/build-environment/).
 */
import { recordAt, type KubernetesObject } from '../../kubernetes/objects.ts';
import type { Obstacles } from './fields.ts';

export type BuildVariables = ReadonlyMap<string, string>;

/** Namespaces that Argo CD is usually installed in; the name of an Application elsewhere may stand with its namespace before it. */
const USUAL = new Set(['argocd', 'argo-cd', 'openshift-gitops']);

export function buildVariables(
  application: KubernetesObject,
  { fields }: { readonly fields: Readonly<Record<string, unknown>> },
  namespace: string | null,
): BuildVariables {
  const own = application.metadata.namespace;
  const { project } = recordAt(application, 'spec');
  const known: readonly (readonly [string, unknown])[] = [
    ['ARGOCD_APP_NAME', own === undefined || USUAL.has(own) ? application.metadata.name : undefined],
    ['ARGOCD_APP_NAMESPACE', namespace ?? ''],
    ['ARGOCD_APP_PROJECT_NAME', project ?? 'default'],
    ['ARGOCD_APP_SOURCE_REPO_URL', fields['repoURL']],
    ['ARGOCD_APP_SOURCE_PATH', fields['path'] ?? ''],
    ['ARGOCD_APP_SOURCE_TARGET_REVISION', fields['targetRevision'] ?? ''],
  ];
  return new Map(known.filter((pair): pair is readonly [string, string] => typeof pair[1] === 'string'));
}

/** The text with its variables filled in; one that is not known stands in the way. `$$` is a dollar sign. */
export function expanded(text: string, variables: BuildVariables, at: string, obstacles: Obstacles): string {
  return text.replace(/\$(?:(\$)|\{([^}]*)\}|(\w+)|[*#@!?-])/g, (written, dollar, braced, plain) => {
    if (dollar !== undefined) return '$';
    const value = variables.get(String(braced ?? plain));
    if (value === undefined) obstacles.push(`${written} in ${at}`);
    return value ?? written;
  });
}
