import { anywhere } from '../../facts/anywhere.ts';
import { describeRef, recordAt, refOf } from '../../kubernetes/objects.ts';
import { mayHaveNamespace } from '../../kubernetes/scope.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Foreseen, Foresight, Outlook } from '../../model/foresight.ts';
import { ownText, prose } from '../../untrusted/prose.ts';

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/#initial-namespaces */
const OWN: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public', 'kube-node-lease']);

/** Objects that go to a namespace which will not be there: told once for each namespace, at the first of them. */
export const namespaces: Foresight = {
  causes: { 'namespace-missing': 'objects go to a namespace that will not be there' },
  foresee(outlook) {
    const first = new Map<string, ClusterObject>();
    for (const object of outlook.objects) {
      const { namespace } = object.metadata;
      if (namespace === undefined || OWN.has(namespace) || !mayHaveNamespace(object.kind)) continue;
      // Other custom resources may have a namespace that a renderer gave them and their kind does not.
      if (
        object.apiVersion.includes('.') &&
        !/\.k8s\.io\/|\.fluxcd\.io\/|^(?:apps|batch|policy|autoscaling)\//.test(object.apiVersion)
      )
        continue;
      if (!first.has(namespace)) first.set(namespace, object);
    }
    return [...first].flatMap(([namespace, object]): readonly Foreseen[] => {
      const found = outlook.lookUp('Namespace', null, namespace);
      if ((found.is !== 'dropped' && found.is !== 'absent') || isMadeByApplier(outlook, namespace)) return [];
      return [
        {
          cause: 'namespace-missing',
          object: refOf(object),
          field: 'metadata.namespace',
          level: 'error',
          because: prose`${describeRef(refOf(object))} goes to namespace ${namespace}, which ${found.is === 'dropped' ? ownText('this change takes away') : ownText('neither git nor the cluster has')}.`,
        },
      ];
    });
  },
};

/** Argo CD makes the namespace of an Application that asks for it; Flux that of a HelmRelease; OpenShift that of a Project. */
function isMadeByApplier(outlook: Outlook, namespace: string): boolean {
  const { objects, list } = outlook;
  if (list('Project', null).objects.some(({ metadata }) => metadata.name === namespace)) return true;
  const applying = [...objects, ...anywhere(outlook, ['Application', 'HelmRelease'])];
  return applying.some((one) => {
    const spec = recordAt(one, 'spec');
    const options = recordAt(spec, 'syncPolicy')['syncOptions'];
    return (
      (Array.isArray(options) && options.includes('CreateNamespace=true')) ||
      (recordAt(spec, 'install')['createNamespace'] === true && spec['targetNamespace'] === namespace)
    );
  });
}
