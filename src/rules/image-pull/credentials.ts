import { referencesIn, referencesOf } from '../../facts/references.ts';
import { describeRef, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import type { Blame, Culprit } from '../../model/finding.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { culpritBehind, describeWriter, writerOf, type Writer } from '../../witnesses/writers.ts';
import type { Pull } from './pull.ts';

/** A pull secret that the pod names, with what is to write it where it does not exist. */
interface PullSecret {
  readonly name: string;
  /** False also where Secrets were not recorded. */
  readonly isMissing: boolean;
  readonly writer: Writer | null;
}

export function pullSecretsOf({ pod, namespace, cluster }: Pull): readonly PullSecret[] {
  const references = referencesIn(podSpecOf(pod) ?? {}, 'spec');
  return references.flatMap(({ via, name }): readonly PullSecret[] => {
    if (via !== 'imagePullSecret') return [];
    const isMissing = cluster.presence('Secret', namespace, name) === 'absent';
    const secret = { apiVersion: 'v1', kind: 'Secret', namespace, name };
    return [{ name, isMissing, writer: isMissing ? writerOf(cluster, secret) : null }];
  });
}

function writersOf(pull: Pull): readonly Writer[] {
  return pullSecretsOf(pull).flatMap(({ writer }) => writer ?? []);
}

export function describeSecrets(pull: Pull): Prose {
  const secrets = pullSecretsOf(pull);
  if (secrets.length === 0)
    return prose`the pod has no imagePullSecrets, so only the node's own credentials are tried`;
  const missing = secrets.filter(({ isMissing }) => isMissing);
  if (missing.length === 0) return prose`its imagePullSecrets are ${namesOf(secrets)}`;
  const [writer] = writersOf(pull);
  return prose`its imagePullSecrets name ${namesOf(missing)}, which ${prose`${missing.length === 1 ? 'does' : 'do'}`} not exist in its namespace${writer ? prose` (${describeWriter(writer)})` : prose``}`;
}

export function secretEvidence(pull: Pull): readonly Evidence[] {
  const secrets = pullSecretsOf(pull);
  const missing = secrets.filter(({ isMissing }) => isMissing);
  const absent = missing.length > 0 ? ` (not in the namespace: ${namesOf(missing)})` : '';
  const text = `imagePullSecrets: ${namesOf(secrets) || 'none'}${absent}`;
  return [quoted('object', pull.pod, pull.cluster.now, text)];
}

/** What is to write a pull secret and has not, or the store or issuer behind it. */
export function secretCulprit(pull: Pull): Culprit | null {
  const [writer] = writersOf(pull);
  return writer ? culpritBehind(writer) : null;
}

/** Where the owner's template names pull secrets that do not exist; service accounts may name others. */
export function secretBlames(pull: Pull, owner: KubernetesObject): readonly Blame[] {
  const missing = pullSecretsOf(pull).filter(({ isMissing }) => isMissing);
  return referencesOf(owner)
    .filter(({ via, name }) => via === 'imagePullSecret' && missing.some((secret) => secret.name === name))
    .map(({ field }) => ({ object: refOf(owner), field }));
}

function namesOf(secrets: readonly PullSecret[]): string {
  return secrets.map(({ name }) => name).join(', ');
}

/** Who has to grant what, by the registry's host. */
const GRANTS: readonly (readonly [RegExp, (pull: Pull) => Prose])[] = [
  [
    /\.dkr\.ecr\.[^.]+\.amazonaws\.com/,
    () =>
      prose`Give the nodes' role AmazonEC2ContainerRegistryPullOnly and run the kubelet's ECR credential provider (tokens last 12 hours, so a copied one expires); for another account, allow it in the policy of the ECR repository.`,
  ],
  [
    /(?:^|\.)gcr\.io$|-docker\.pkg\.dev$/,
    () =>
      prose`Grant roles/artifactregistry.reader on the repository to the service account of the nodes, and check that the nodes have the storage read or cloud-platform scope.`,
  ],
  [
    /\.azurecr\.io$/,
    ({ registry }) =>
      prose`Grant AcrPull on ${registry} to the kubelet's identity ("az aks update --attach-acr"), and check the registry's firewall.`,
  ],
  [
    /^ghcr\.io$/,
    ({ namespace }) =>
      prose`Make the package public, or reference a pull secret in namespace ${namespace} whose token has read:packages.`,
  ],
  [
    /(?:)/,
    ({ registry, namespace }) =>
      prose`Reference a pull secret for ${registry} that exists in namespace ${namespace} (imagePullSecrets of the pod or of its service account), and check that its account may pull.`,
  ],
];

export function credentialAdvice(pull: Pull): readonly Prose[] {
  const [, grant] = GRANTS.find(([host]) => host.test(pull.registry))!;
  return [
    ...writersOf(pull).map(
      ({ object }) => prose`Repair ${describeRef(refOf(object))}, which writes the pull secret.`,
    ),
    grant(pull),
  ];
}
