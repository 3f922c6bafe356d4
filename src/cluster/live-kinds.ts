/** A kind that some rule or locator reads from a live cluster. Secrets are not among them, and never will be. */
export interface LiveKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** The version whose fields are read; left out: the one that the server prefers. */
  readonly version?: string;
}

/** Pods and events come last: what they name is never newer than they are. */
export const LIVE_KINDS: readonly LiveKind[] = [
  ...kinds('', 'v1', [
    'Namespace',
    'Node',
    'ConfigMap',
    'Service',
    'ResourceQuota',
    'LimitRange',
    'ServiceAccount',
  ]),
  ...kinds('', 'v1', ['PersistentVolume', 'PersistentVolumeClaim']),
  ...kinds('apps', 'v1', ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ControllerRevision']),
  ...kinds('batch', 'v1', ['Job', 'CronJob']),
  ...kinds('autoscaling', 'v2', ['HorizontalPodAutoscaler']),
  ...kinds('networking.k8s.io', 'v1', ['Ingress', 'NetworkPolicy']),
  ...kinds('discovery.k8s.io', 'v1', ['EndpointSlice']),
  ...kinds('policy', 'v1', ['PodDisruptionBudget']),
  ...kinds('storage.k8s.io', 'v1', ['StorageClass']),
  ...kinds('autoscaling.k8s.io', 'v1', ['VerticalPodAutoscaler']),
  ...kinds('karpenter.sh', undefined, ['NodePool']),
  ...kinds('keda.sh', 'v1alpha1', ['ScaledObject']),
  ...kinds('argoproj.io', 'v1alpha1', ['Application', 'Rollout']),
  ...kinds('kustomize.toolkit.fluxcd.io', undefined, ['Kustomization']),
  ...kinds('helm.toolkit.fluxcd.io', undefined, ['HelmRelease']),
  ...kinds('source.toolkit.fluxcd.io', undefined, ['GitRepository', 'OCIRepository']),
  ...kinds('kyverno.io', undefined, ['ClusterPolicy', 'Policy']),
  ...kinds('constraints.gatekeeper.sh', undefined, ['K8sContainerLimits']),
  ...kinds('external-secrets.io', undefined, ['ExternalSecret']),
  ...kinds('bitnami.com', undefined, ['SealedSecret']),
  ...kinds('cert-manager.io', undefined, ['Certificate']),
  ...kinds('', 'v1', ['Pod', 'Event']),
];

function kinds(group: string, version: string | undefined, names: readonly string[]): readonly LiveKind[] {
  return names.map((kind) => ({ group, kind, ...(version === undefined ? {} : { version }) }));
}
