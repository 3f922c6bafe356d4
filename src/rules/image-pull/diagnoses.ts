import type { ClusterState } from '../../model/cluster-state.ts';
import { recordAt, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import type { Culprit } from '../../model/finding.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import type { Cause } from './causes.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import { repositoryOf } from './messages.ts';

/** What a cause means for one image on one node, in words. */
export interface Diagnosis {
  /** What is wrong, as the end of a sentence: `the registry ghcr.io limits how often it may be asked`. */
  readonly says: Prose;
  /** Why no manifest is changed. */
  readonly reason: Prose;
  /** What a person can do, most useful first. */
  readonly advice: readonly Prose[];
  /** What the sentence says beyond the kubelet's words. */
  readonly evidence: readonly Evidence[];
  /** How sure the words of the kubelet make it, 0 to 1. */
  readonly certainty: number;
  /** What is at fault where it is not the workload. */
  readonly culprit?: Culprit;
}

/** Puts a cause into words. `pod` is a pod that shows it. */
export function diagnose(
  cause: Cause,
  image: string,
  pod: KubernetesObject,
  cluster: ClusterState,
): Diagnosis {
  return { evidence: [], ...inWords(cause, image, pod, cluster) };
}

type Words = Omit<Diagnosis, 'evidence'> & Partial<Pick<Diagnosis, 'evidence'>>;

function inWords(cause: Cause, image: string, pod: KubernetesObject, cluster: ClusterState): Words {
  const repository = repositoryOf(image);
  const registry = repository.slice(0, repository.indexOf('/'));
  const node = podSpecOf(pod)?.nodeName ?? 'unknown';
  const namespace = refOf(pod).namespace ?? 'default';
  switch (cause) {
    case 'tag-not-found':
      return {
        says: prose`the registry has no such tag`,
        reason: prose`the tag does not exist`,
        advice: [
          prose`Push ${image}, or name a tag that exists: the registry's tag list of ${repository} tells which do.`,
        ],
        certainty: 0.99,
      };
    case 'digest-not-found':
      return {
        says: prose`the registry has nothing with this digest`,
        reason: prose`the digest does not exist`,
        advice: [
          prose`Look whether the image was deleted from ${repository} by a retention rule, or was pushed to another repository; then push it again or name a digest that exists.`,
        ],
        certainty: 0.99,
      };
    case 'repository-not-found':
      return {
        says: prose`the registry ${registry} has no repository ${repository}`,
        reason: prose`the repository itself is missing, and no other repository is known to hold this image`,
        advice: [
          prose`Check the repository's name in ${image} for a typing error, and that it was created and pushed to in ${registry}.`,
          prose`If it is private, check the credentials too: some registries answer so to those who may not see it.`,
        ],
        certainty: 0.95,
      };
    case 'content-missing':
      return {
        says: prose`the registry ${registry} knows ${image} but has lost a part of it`,
        reason: prose`the reference is right; the registry's content is damaged`,
        advice: [
          prose`Push ${image} again, or repair the registry's storage (a garbage collection may have removed a layer in use).`,
        ],
        culprit: { kind: 'Registry', namespace: null, name: registry },
        certainty: 0.9,
      };
    case 'platform-mismatch': {
      const { here, others } = architectures(node, cluster);
      return {
        says: prose`the image exists, but has no variant for the node's platform${here === null ? prose`` : prose` (node ${node} is ${here})`}`,
        reason: prose`the tag exists; what is missing is a build for the node's architecture, so another tag would be a guess`,
        advice: [
          here === null
            ? prose`Build and push ${image} for the architecture of node ${node}.`
            : prose`Build and push ${image} for ${here} (a multi-platform build), or use a release that has it.`,
          others.length === 0
            ? prose`No node of another architecture is known in this cluster, so a nodeSelector on kubernetes.io/arch cannot help.`
            : prose`Or keep the pods on nodes that it was built for with a nodeSelector on kubernetes.io/arch; this cluster also has ${others.join(', ')}.`,
        ],
        evidence:
          here === null ? [] : [quoted('object', `Node ${node}`, cluster.now, `architecture: ${here}`)],
        certainty: 0.98,
      };
    }
    case 'unauthorized': {
      const secrets = describeSecrets(pod, cluster);
      return {
        says: prose`the registry ${registry} does not let the node pull ${repository}, or hides that it does not exist; ${secrets.says}`,
        reason: prose`credentials for ${registry} are missing or refused, and credentials are not kept in manifests`,
        advice: [
          credentialAdvice(registry, namespace),
          prose`Check that ${repository} exists: registries answer the same for a repository that is not there.`,
        ],
        evidence: secrets.evidence,
        certainty: 0.95,
      };
    }
    case 'rate-limited':
      return {
        says: prose`${registry} (or the kubelet's own limit) refuses more pulls for now`,
        reason: prose`a pull limit passes by itself or with credentials; the reference is not at fault`,
        advice: [
          prose`Pull with credentials (an imagePullSecret for ${registry} in namespace ${namespace}), which raises the limit.`,
          prose`Pull through a cache in front of ${registry}, so that nodes do not each ask for the same image.`,
        ],
        culprit: { kind: 'Registry', namespace: null, name: registry },
        certainty: 0.98,
      };
    case 'dns':
      return {
        says: prose`node ${node} cannot resolve the name of the registry ${registry} or of its token server`,
        reason: prose`name resolution on the node fails; the manifest is not at fault`,
        advice: [
          prose`Check the resolver that node ${node} uses (/etc/resolv.conf of the node, not the cluster's DNS) and whether it resolves the name in the message.`,
          prose`If the host name in ${image} is misspelt, correct it: "no such host" is also what a registry that never existed gets.`,
        ],
        certainty: 0.97,
      };
    case 'tls':
      return {
        says: prose`node ${node} and the registry ${registry} do not agree on TLS`,
        reason: prose`the node's trust or the registry's certificate is at fault, neither of which the manifest decides`,
        advice: [
          prose`For an unknown authority: give the node's container runtime the registry's CA (containerd: certs.d/${registry}/hosts.toml). For an expired certificate: renew it at the registry.`,
          prose`For a registry that speaks plain HTTP: declare it so in the runtime's configuration, or put TLS in front of it.`,
        ],
        culprit: { kind: 'Registry', namespace: null, name: registry },
        certainty: 0.97,
      };
    case 'timeout':
      return {
        says: prose`the registry ${registry} (or its token server) did not answer node ${node} in time`,
        reason: prose`the network or the registry is slow or blocked; the reference is not at fault`,
        advice: [
          prose`Check egress from node ${node} to ${registry} on port 443: firewall, proxy settings of the container runtime, NAT.`,
          prose`For very large images, raise the runtime's pull timeout or make the image smaller.`,
        ],
        culprit: { kind: 'Registry', namespace: null, name: registry },
        certainty: 0.95,
      };
    case 'registry-unavailable':
      return {
        says: prose`the registry ${registry} cannot be reached or answers with an error of its own`,
        reason: prose`the registry is down or out of reach; the reference is not at fault`,
        advice: [
          prose`Check the state of ${registry} and the path from node ${node} to it; the kubelet tries again by itself.`,
        ],
        culprit: { kind: 'Registry', namespace: null, name: registry },
        certainty: 0.95,
      };
    case 'invalid-name':
      return {
        says: prose`${image} is no valid image reference`,
        reason: prose`what was meant cannot be told from an invalid reference without guessing`,
        advice: [
          prose`Correct the reference: lower-case repository, at most one tag, no spaces or scheme (no "https://"), and every variable substituted.`,
        ],
        certainty: 0.99,
      };
    case 'short-name':
      return {
        says: prose`${image} does not say which registry it is in, and the node's runtime refuses to choose`,
        reason: prose`which registry was meant is not written anywhere`,
        advice: [
          prose`Write the registry out, for example docker.io/${image} if Docker Hub is meant (CRI-O enforces this since 1.34).`,
        ],
        certainty: 0.98,
      };
    case 'never-pull':
      return {
        says: prose`${image} is not on node ${node}, and imagePullPolicy Never (ErrImageNeverPull) forbids to fetch it`,
        reason: prose`the image is expected on the node and nothing shows that a registry has it, so another pull policy would only fail in another way`,
        advice: [
          prose`Load ${image} onto node ${node} (such as "kind load docker-image", "minikube image load", "ctr -n k8s.io images import").`,
          prose`Or push it to a registry, name it with that registry, and only then use imagePullPolicy IfNotPresent.`,
        ],
        certainty: 0.99,
      };
    case 'signature-rejected':
      return {
        says: prose`node ${node} does not accept the signature of ${image}, or it has none`,
        reason: prose`the node's signature policy decides, and must not be worked around`,
        advice: [
          prose`Sign ${image} with a key that the nodes trust, or have the policy's owners allow the repository.`,
        ],
        certainty: 0.97,
      };
    case 'node-storage':
      return {
        says: prose`node ${node} fetched ${image} but cannot unpack it`,
        reason: prose`the node's storage is at fault`,
        advice: [
          prose`Check disk space and health of the image file system on node ${node}; drain it if it does not recover.`,
        ],
        culprit: { kind: 'Node', namespace: null, name: node },
        certainty: 0.95,
      };
    case 'unknown':
      return {
        says: prose`no recorded message says why`,
        reason: prose`without the registry's answer nothing may be changed`,
        advice: [
          prose`Delete one failing pod (its owner makes a new one) and read the first Failed event, which quotes the registry: the back-off messages do not.`,
        ],
        certainty: 0.5,
      };
  }
}

/** The architecture of a node, and the others that the cluster has, each null or empty when not recorded. */
function architectures(
  node: string,
  cluster: ClusterState,
): { here: string | null; others: readonly string[] } {
  const here = architectureOf(cluster.get('Node', null, node));
  const all = new Set(cluster.list('Node').map(architectureOf));
  return { here, others: [...all].filter((other) => other !== null).filter((other) => other !== here) };
}

function architectureOf(node: KubernetesObject | undefined): string | null {
  const told = recordAt(node, 'status', 'nodeInfo')['architecture'];
  return typeof told === 'string' ? told : (node?.metadata.labels?.['kubernetes.io/arch'] ?? null);
}

/** Which pull secrets the pod has, and which of them are known not to exist. */
function describeSecrets(pod: KubernetesObject, cluster: ClusterState): Pick<Diagnosis, 'says' | 'evidence'> {
  const names = (podSpecOf(pod)?.imagePullSecrets ?? []).flatMap(({ name }) => name ?? []);
  const { namespace } = refOf(pod);
  const missing = names.filter((name) => cluster.presence('Secret', namespace, name) === 'absent');
  const listed = `imagePullSecrets: ${names.join(', ') || 'none'}${missing.length > 0 ? ` (not in the namespace: ${missing.join(', ')})` : ''}`;
  return {
    says: secretsInWords(names, missing),
    evidence: [quoted('object', pod, cluster.now, listed)],
  };
}

function secretsInWords(names: readonly string[], missing: readonly string[]): Prose {
  if (names.length === 0)
    return prose`the pod has no imagePullSecrets, so only the node's own credentials are tried`;
  if (missing.length > 0)
    return prose`its imagePullSecrets name ${missing.join(', ')}, which does not exist in its namespace`;
  return prose`its imagePullSecrets are ${names.join(', ')}`;
}

function credentialAdvice(registry: string, namespace: string): Prose {
  if (/\.dkr\.ecr\.[^.]+\.amazonaws\.com/.test(registry)) {
    return prose`Give the nodes' role AmazonEC2ContainerRegistryPullOnly and run the kubelet's ECR credential provider (tokens last 12 hours, so a copied one expires); for another account, allow it in the policy of the ECR repository.`;
  }
  if (/(?:^|\.)gcr\.io$|-docker\.pkg\.dev$/.test(registry)) {
    return prose`Grant roles/artifactregistry.reader on the repository to the service account of the nodes, and check that the nodes have the storage read or cloud-platform scope.`;
  }
  if (registry.endsWith('.azurecr.io')) {
    return prose`Grant AcrPull on ${registry} to the kubelet's identity ("az aks update --attach-acr"), and check the registry's firewall.`;
  }
  if (registry === 'ghcr.io') {
    return prose`Make the package public, or reference a pull secret in namespace ${namespace} whose token has read:packages.`;
  }
  return prose`Reference a pull secret for ${registry} that exists in namespace ${namespace} (imagePullSecrets of the pod or of its service account), and check that its account may pull.`;
}

const BITNAMI_REMOVAL = Date.parse('2025-08-28T00:00:00Z');

/**
 * What is known of a catalogue that its publisher emptied; null for every other repository, and before it happened.
 * Source: https://github.com/bitnami/containers/issues/83267
 */
export function removedCatalogue(
  image: string,
  now: number,
): { readonly says: Prose; readonly advice: Prose } | null {
  if (!repositoryOf(image).startsWith('docker.io/bitnami/') || now < BITNAMI_REMOVAL) return null;
  return {
    says: prose`Bitnami no longer keeps versioned images in docker.io/bitnami (removed from August 2025 on; what still runs from there is cached)`,
    advice: prose`The same tag may lie in docker.io/bitnamilegacy, which gets no updates: a stop-gap until the workload moves to a maintained image (https://github.com/bitnami/containers/issues/83267).`,
  };
}
