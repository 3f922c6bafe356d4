import { pluralOf } from '../../kubernetes/kind-names.ts';
import { describeRef, groupOf, recordAt, recordsOf, refOf } from '../../kubernetes/objects.ts';
import type { ClusterVersions } from '../../kubernetes/cluster-versions.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Foreseen, Foresight, Outlook } from '../../model/foresight.ts';
import { listed, prose, type Prose } from '../../untrusted/prose.ts';

/**
 * Custom resources in an API version that is not served. The API server serves the versions of a CustomResourceDefinition whose `served`
 * is true and knows no other.
 * Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/
 */
export const customVersions: Foresight = {
  causes: {
    'version-not-defined':
      'a custom resource is written in an API version that its CustomResourceDefinition, in git or in the cluster, does not serve',
  },
  foresee(outlook) {
    return outlook.objects.flatMap((object): readonly Foreseen[] => {
      if (!isCustom(object) || !isConcerned(object, outlook)) return [];
      const found = notServed(object, outlook);
      if (!found) return [];
      const because = prose`${describeRef(refOf(object))} is written in ${object.apiVersion}, ${found.because}.`;
      return [
        {
          cause: 'version-not-defined',
          object: refOf(object),
          field: 'apiVersion',
          level: found.level,
          because,
        },
      ];
    });
  },
};

/** A group of somebody's own has a domain that is not Kubernetes'; those below `x-k8s.io` are definitions as well. */
function isCustom({ apiVersion }: ClusterObject): boolean {
  const group = groupOf(apiVersion);
  return group.includes('.') && (!group.endsWith('.k8s.io') || group === 'gateway.networking.k8s.io');
}

/** Written anew, or beside its definition: of all others nothing changes. */
function isConcerned(object: ClusterObject, { objects, before }: Outlook): boolean {
  return (
    before(object)?.apiVersion !== object.apiVersion ||
    objects.some((one) => one.kind === 'CustomResourceDefinition' && defines(one, object))
  );
}

function notServed(
  object: ClusterObject,
  { lookUp, cluster }: Outlook,
): { readonly level: Foreseen['level']; readonly because: Prose } | null {
  const { apiVersion, kind } = object;
  const name = `${pluralOf(kind.toLowerCase())}.${groupOf(apiVersion)}`;
  const definition = lookUp('CustomResourceDefinition', null, name);
  if (definition.is === 'planned' || definition.is === 'live') {
    if (!defines(definition.object, object)) return null;
    const served = servedBy(definition.object);
    if (served.length === 0 || served.includes(versionOf(apiVersion))) return null;
    // What the cluster has may be replaced by what git does not show, such as a newer chart.
    return definition.is === 'planned'
      ? { level: 'error', because: prose`but CustomResourceDefinition ${name} serves ${listed(served)}` }
      : {
          level: 'warning',
          because: prose`but the cluster's CustomResourceDefinition ${name} serves ${listed(served)}`,
        };
  }
  const served = cluster && definition.is !== 'dropped' ? servedIn(cluster.versions, object) : [];
  return served.length === 0
    ? null
    : {
        level: 'warning',
        because: prose`but the cluster serves ${listed(served)} of ${groupOf(apiVersion)}`,
      };
}

function defines(definition: ClusterObject, { apiVersion, kind }: ClusterObject): boolean {
  const spec = recordAt(definition, 'spec');
  return spec['group'] === groupOf(apiVersion) && recordAt(spec, 'names')['kind'] === kind;
}

function servedBy(definition: ClusterObject): readonly string[] {
  return recordsOf(recordAt(definition, 'spec')['versions'])
    .filter(({ served }) => served === true)
    .map((version) => String(version['name']));
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}

/** The versions of the group that a cluster serves, where this is not among them and all are known; else none. */
function servedIn({ api, isWhole }: ClusterVersions, { apiVersion }: ClusterObject): readonly string[] {
  if (isWhole !== true || api.includes(apiVersion)) return [];
  const group = `${groupOf(apiVersion)}/`;
  return api
    .filter((one) => one.startsWith(group) && one.split('/').length === 2)
    .map((one) => one.slice(group.length));
}
