/** Kubernetes' own kinds, and those of Argo CD and Flux, with the short names that kubectl takes. */
const SHORT_NAMES: Readonly<Record<string, readonly string[]>> = {
  Application: ['app'],
  ApplicationSet: ['appset'],
  ConfigMap: ['cm'],
  CronJob: ['cj'],
  CustomResourceDefinition: ['crd', 'crds'],
  DaemonSet: ['ds'],
  Deployment: ['deploy'],
  HelmRelease: ['hr'],
  HorizontalPodAutoscaler: ['hpa'],
  Ingress: ['ing'],
  Job: [],
  Kustomization: ['ks'],
  LimitRange: ['limits'],
  Namespace: ['ns'],
  NetworkPolicy: ['netpol'],
  PersistentVolume: ['pv'],
  PersistentVolumeClaim: ['pvc'],
  Pod: ['po'],
  PodDisruptionBudget: ['pdb'],
  PriorityClass: ['pc'],
  ReplicaSet: ['rs'],
  ReplicationController: ['rc'],
  ResourceQuota: ['quota'],
  Role: [],
  RoleBinding: [],
  ScaledObject: ['so'],
  Secret: [],
  Service: ['svc'],
  ServiceAccount: ['sa'],
  StatefulSet: ['sts'],
  StorageClass: ['sc'],
};

/** The kind that a text means, taken as kubectl takes it: in any case, in the plural, by its short name. Others stay as they are. */
export function kindNamed(text: string): string {
  const written = text.toLowerCase();
  const found = Object.entries(SHORT_NAMES).find(([kind, short]) => {
    const singular = kind.toLowerCase();
    return [singular, pluralOf(singular), ...short].includes(written);
  });
  return found?.[0] ?? text;
}

/** `ingresses` of `ingress`, as the API names resources; `endpoints` is its own plural. */
export function pluralOf(word: string): string {
  if (word.endsWith('ss')) return `${word}es`;
  if (word.endsWith('s')) return word;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}
