/** An API version that Kubernetes no longer serves. */
export interface RemovedApi {
  readonly kind: string;
  /** `policy/v1beta1` */
  readonly apiVersion: string;
  /** `1.25` */
  readonly removedIn: string;
  /** Null where nothing takes its place. */
  readonly instead: string | null;
  /** Whether a manifest is right under the new version as it stands; else what differs. */
  readonly differs: string | null;
}

type Row = readonly [
  removedIn: string,
  apiVersion: string,
  kinds: string,
  instead: string | null,
  differs?: string,
];

const SELECTOR = 'spec.selector is required and cannot be changed, and defaults differ';

/** https://kubernetes.io/docs/reference/using-api/deprecation-guide/ */
const ROWS: readonly Row[] = [
  ['1.16', 'extensions/v1beta1', 'DaemonSet Deployment ReplicaSet', 'apps/v1', SELECTOR],
  ['1.16', 'apps/v1beta1', 'Deployment StatefulSet', 'apps/v1', SELECTOR],
  ['1.16', 'apps/v1beta2', 'DaemonSet Deployment ReplicaSet StatefulSet', 'apps/v1', SELECTOR],
  [
    '1.16',
    'extensions/v1beta1',
    'NetworkPolicy',
    'networking.k8s.io/v1',
    'NetworkPolicies are never edited here',
  ],
  [
    '1.22',
    'extensions/v1beta1',
    'Ingress',
    'networking.k8s.io/v1',
    'backends are written service.name and service.port, and pathType is required',
  ],
  [
    '1.22',
    'networking.k8s.io/v1beta1',
    'Ingress',
    'networking.k8s.io/v1',
    'backends are written service.name and service.port, and pathType is required',
  ],
  ['1.22', 'networking.k8s.io/v1beta1', 'IngressClass', 'networking.k8s.io/v1'],
  [
    '1.22',
    'admissionregistration.k8s.io/v1beta1',
    'MutatingWebhookConfiguration ValidatingWebhookConfiguration',
    'admissionregistration.k8s.io/v1',
    'sideEffects and admissionReviewVersions are required, and defaults differ',
  ],
  [
    '1.22',
    'apiextensions.k8s.io/v1beta1',
    'CustomResourceDefinition',
    'apiextensions.k8s.io/v1',
    'each version needs a structural schema',
  ],
  ['1.22', 'apiregistration.k8s.io/v1beta1', 'APIService', 'apiregistration.k8s.io/v1'],
  [
    '1.22',
    'certificates.k8s.io/v1beta1',
    'CertificateSigningRequest',
    'certificates.k8s.io/v1',
    'spec.signerName and spec.usages are required',
  ],
  ['1.22', 'coordination.k8s.io/v1beta1', 'Lease', 'coordination.k8s.io/v1'],
  [
    '1.22',
    'rbac.authorization.k8s.io/v1beta1',
    'ClusterRole ClusterRoleBinding Role RoleBinding',
    'rbac.authorization.k8s.io/v1',
    'RBAC is never edited here; its fields are the same',
  ],
  ['1.22', 'scheduling.k8s.io/v1beta1', 'PriorityClass', 'scheduling.k8s.io/v1'],
  ['1.22', 'storage.k8s.io/v1beta1', 'CSIDriver CSINode StorageClass VolumeAttachment', 'storage.k8s.io/v1'],
  ['1.25', 'batch/v1beta1', 'CronJob', 'batch/v1'],
  ['1.25', 'policy/v1beta1', 'PodDisruptionBudget', 'policy/v1'],
  ['1.25', 'policy/v1beta1', 'PodSecurityPolicy', null],
  ['1.25', 'node.k8s.io/v1beta1', 'RuntimeClass', 'node.k8s.io/v1'],
  [
    '1.25',
    'discovery.k8s.io/v1beta1',
    'EndpointSlice',
    'discovery.k8s.io/v1',
    'topology became nodeName and zone',
  ],
  ['1.25', 'events.k8s.io/v1beta1', 'Event', 'events.k8s.io/v1', 'several fields are required'],
  [
    '1.25',
    'autoscaling/v2beta1',
    'HorizontalPodAutoscaler',
    'autoscaling/v2',
    'targetAverageUtilization became target.averageUtilization with target.type',
  ],
  ['1.26', 'autoscaling/v2beta2', 'HorizontalPodAutoscaler', 'autoscaling/v2'],
  [
    '1.26',
    'flowcontrol.apiserver.k8s.io/v1beta1',
    'FlowSchema PriorityLevelConfiguration',
    'flowcontrol.apiserver.k8s.io/v1',
    'assuredConcurrencyShares became nominalConcurrencyShares',
  ],
  ['1.27', 'storage.k8s.io/v1beta1', 'CSIStorageCapacity', 'storage.k8s.io/v1'],
  [
    '1.29',
    'flowcontrol.apiserver.k8s.io/v1beta2',
    'FlowSchema PriorityLevelConfiguration',
    'flowcontrol.apiserver.k8s.io/v1',
    'assuredConcurrencyShares became nominalConcurrencyShares',
  ],
  [
    '1.32',
    'flowcontrol.apiserver.k8s.io/v1beta3',
    'FlowSchema PriorityLevelConfiguration',
    'flowcontrol.apiserver.k8s.io/v1',
    'a share of 0 means 0, not 30',
  ],
];

const REMOVED: readonly RemovedApi[] = ROWS.flatMap(
  ([removedIn, apiVersion, kinds, instead, differs = null]) =>
    kinds.split(' ').map((kind) => ({ kind, apiVersion, removedIn, instead, differs })),
);

/** The removed version that a message is about: `no matches for kind "X" in version "Y"`, or Argo CD's `could not find version "v" of g/X`. */
export function removedApiIn(message: string): RemovedApi | null {
  const [, kind, apiVersion] = /no matches for kind "([^"]+)" in version "([^"]+)"/.exec(message) ?? [];
  const [, version, group, other] =
    /could not find version "([^"]+)" of ([\w.-]+)\/(\w+)/.exec(message) ?? [];
  const [wanted, of] = kind === undefined ? [`${group}/${version}`, other] : [apiVersion, kind];
  return REMOVED.find((one) => one.kind === of && one.apiVersion === wanted) ?? null;
}

/** What became of the version that an object is written in; null for one that no Kubernetes has removed. */
export function removedApiOf(kind: string, apiVersion: string): RemovedApi | null {
  return REMOVED.find((one) => one.kind === kind && one.apiVersion === apiVersion) ?? null;
}
