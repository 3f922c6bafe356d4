import {
  kubernetesVersion,
  laterVersion,
  sortedApiVersions,
  type ClusterVersions,
} from '../kubernetes/cluster-versions.ts';
import { recordAt, recordsOf, type KubernetesObject } from '../kubernetes/objects.ts';

/**
 * What objects tell of the cluster that they are from: it runs at least the version of its newest kubelet, and serves the API
 * versions of its objects and of its CustomResourceDefinitions.
 */
export function versionsToldBy(objects: readonly KubernetesObject[]): ClusterVersions {
  const kubelets = objects
    .filter(({ kind }) => kind === 'Node')
    .map((node) => kubernetesVersion(recordAt(node, 'status', 'nodeInfo')['kubeletVersion']));
  return {
    kubernetes: kubelets.reduce(laterVersion, null),
    api: sortedApiVersions(objects.flatMap((object) => [...withKind(object), ...definedBy(object)])),
  };
}

function withKind({ apiVersion, kind }: KubernetesObject): readonly string[] {
  return [apiVersion, `${apiVersion}/${kind}`];
}

function definedBy(object: KubernetesObject): readonly string[] {
  if (object.kind !== 'CustomResourceDefinition') return [];
  const spec = recordAt(object, 'spec');
  const kind = String(recordAt(spec, 'names')['kind']);
  return recordsOf(spec['versions'])
    .filter(({ served }) => served !== false)
    .flatMap(({ name }) =>
      withKind({ ...object, apiVersion: `${String(spec['group'])}/${String(name)}`, kind }),
    );
}
