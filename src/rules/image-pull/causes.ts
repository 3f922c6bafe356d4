import type { PullError } from '../../facts/pull-errors.ts';
import { architecturesOf, runtimeOf } from '../../facts/node-platform.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import type { Culprit } from '../../model/finding.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import type { CauseSpec } from '../causes.ts';
import { isUnknownHost, type Pull } from './pull.ts';
import { credentialAdvice, describeSecrets, secretCulprit, secretEvidence } from './credentials.ts';

/** A cause with what can be said of it wherever the image comes from. */
export interface PullCause extends CauseSpec {
  /** What is wrong, as the end of a sentence: `the registry ghcr.io limits how often it may be asked`. */
  says(pull: Pull): Prose;
  /** What a person can do, most useful first. */
  toDo(pull: Pull): readonly Prose[];
  /** How sure the words of the kubelet make it, 0 to 1. */
  readonly certainty: number;
  /** What the sentences say beyond the kubelet's words. */
  evidence?(pull: Pull): readonly Evidence[];
  /** What is at fault where it is not the workload. */
  culprit?(pull: Pull): Culprit | null;
}

const declined = { fix: 'none', outcome: 'declined', verdict: 'decline' } as const;

/** Declined, unless git had another reference right before. */
const goesBack = {
  fix: 'draft',
  outcome: 'declined, or a [draft that goes back](#going-back)',
  verdict: 'decline',
} as const;

export const CAUSES = {
  'tag-not-found': {
    means: '`…: not found`, `manifest unknown`, an expired tag',
    fix: 'propose',
    terms: { settable: { to: 'tag' }, wrongElsewhere: 'image' },
    outcome: '[restored](#a-tag-or-digest-that-does-not-exist), or a reason why not',
    says: ({ mirror, node, repository }) =>
      mirror === null
        ? prose`the registry has no such tag`
        : prose`${mirror}, which node ${node} asks in place of docker.io, refuses it, and ${repository} is public, so its tag is the likely fault`,
    toDo: ({ image, repository }) => [
      prose`Push ${image}, or name a tag that exists: the registry's tag list of ${repository} tells which do.`,
    ],
    certainty: 0.99,
  },
  'digest-not-found': {
    means: 'the same for a reference with a digest',
    fix: 'propose',
    terms: { settable: { to: 'tag' }, wrongElsewhere: 'image' },
    outcome: 'the same',
    says: () => prose`the registry has nothing with this digest`,
    toDo: ({ repository }) => [
      prose`Check whether a retention rule deleted the image from ${repository}, or whether it was pushed to another repository; then push it again or name a digest that exists.`,
    ],
    certainty: 0.99,
  },
  'repository-not-found': {
    ...goesBack,
    means: '`name unknown`, `repository … does not exist`, `project … not found`',
    says: ({ registry, repository }) => prose`the registry ${registry} has no repository ${repository}`,
    reason: prose`no change is proposed, because the repository itself is missing and no other one is known to hold this image`,
    toDo: ({ image, registry }) => [
      prose`Check the repository's name in ${image} for a typo, and that it was created and pushed to in ${registry}.`,
      prose`If it is private, check the credentials too: some registries answer this way to clients that may not see it.`,
    ],
    certainty: 0.95,
  },
  'content-missing': {
    ...declined,
    means: 'the tag is there, a layer or manifest of it is not',
    says: ({ registry, image }) => prose`the registry ${registry} knows ${image} but has lost a part of it`,
    reason: prose`not fixable in git, because the reference is right; the registry's content is damaged`,
    toDo: ({ image }) => [
      prose`Push ${image} again, or repair the registry's storage (a garbage collection may have removed a layer in use).`,
    ],
    certainty: 0.9,
    culprit: registryOf,
  },
  'platform-mismatch': {
    ...declined,
    means: '`no match for platform in manifest: not found` and its relatives',
    outcome: "declined, naming the node's architecture",
    says: (pull) => {
      const { here } = architecturesOf(pull.node, pull.cluster);
      return prose`the image exists, but has no variant for the node's platform${here === null ? prose`` : prose` (node ${pull.node} is ${here})`}`;
    },
    reason: prose`no change is proposed, because the tag exists and only a build for the node's architecture is missing: another tag would be a guess`,
    toDo: (pull) => {
      const { here, others } = architecturesOf(pull.node, pull.cluster);
      return [
        here === null
          ? prose`Build and push ${pull.image} for the architecture of node ${pull.node}.`
          : prose`Build and push ${pull.image} for ${here} (a multi-platform build), or use a release that has it.`,
        others.length === 0
          ? prose`No node of another architecture is known in this cluster, so a nodeSelector on kubernetes.io/arch cannot help.`
          : prose`Or keep the pods on nodes that it was built for with a nodeSelector on kubernetes.io/arch; this cluster also has ${others.join(', ')}.`,
      ];
    },
    certainty: 0.98,
    evidence: (pull) => {
      const { here } = architecturesOf(pull.node, pull.cluster);
      return here === null
        ? []
        : [quoted('object', `Node ${pull.node}`, pull.cluster.now, `architecture: ${here}`)];
    },
  },
  'unsupported-format': {
    ...declined,
    means: '`media type … is no longer supported`, Docker schema 1',
    outcome: "declined, naming the node's runtime",
    says: (pull) => prose`the image has an old manifest format that ${describeRuntime(pull)} no longer reads`,
    reason: prose`no change is proposed, because the tag exists and only its format is too old: another tag would be a guess`,
    toDo: ({ image }) => [
      prose`Build and push ${image} again with a current tool (its manifest becomes Docker schema 2 or OCI), or convert it: "skopeo copy --format v2s2".`,
      prose`Or use a release of it that was pushed in a current format.`,
    ],
    certainty: 0.98,
    evidence: ({ node, cluster }) => {
      const runtime = runtimeOf(node, cluster);
      return runtime === null
        ? []
        : [quoted('object', `Node ${node}`, cluster.now, `containerRuntimeVersion: ${runtime}`)];
    },
  },
  unauthorized: {
    ...goesBack,
    means: '401, 403, `denied`, `no basic auth credentials`, `insufficient_scope`',
    outcome:
      "declined, naming the registry and the pod's pull secrets; a draft puts back the pull secret that the template dropped or had under another name",
    says: (pull) =>
      prose`the registry ${pull.registry} does not let the node pull ${pull.repository}, or hides that it does not exist; ${describeSecrets(pull)}`,
    reason: prose`no change is proposed, because credentials are missing or refused, and manifests do not hold credentials`,
    toDo: (pull) => [
      ...credentialAdvice(pull),
      prose`Check that ${pull.repository} exists: registries answer the same for a repository that is not there.`,
    ],
    certainty: 0.95,
    evidence: secretEvidence,
    culprit: secretCulprit,
  },
  'registry-policy': {
    ...declined,
    means: '412, `cannot be pulled due to configured policy`',
    says: ({ registry, image }) => prose`a policy of the registry ${registry} forbids pulling ${image}`,
    reason: prose`not fixable in git, because the registry's policy decides, and must not be worked around`,
    toDo: ({ image, registry }) => [
      prose`Check in ${registry} which policy forbids ${image} (a scan that found vulnerabilities, a missing signature or scan) and push an image that meets it.`,
    ],
    certainty: 0.97,
    culprit: registryOf,
  },
  'rate-limited': {
    ...declined,
    means: '429, `toomanyrequests`, `pull QPS exceeded`',
    says: ({ registry }) => prose`${registry} (or the kubelet's own limit) refuses more pulls for now`,
    reason: prose`not fixable in git, because the registry limits pulls; the reference is not at fault`,
    toDo: ({ registry, namespace }) => [
      prose`Pull with credentials (an imagePullSecret for ${registry} in namespace ${namespace}), which raises the limit.`,
      prose`Pull through a cache in front of ${registry}, so that nodes do not each ask for the same image.`,
    ],
    certainty: 0.98,
    culprit: registryOf,
  },
  dns: {
    ...goesBack,
    means: '`no such host`, `server misbehaving`, a lookup that timed out',
    says: ({ node, registry }) =>
      prose`node ${node} cannot resolve the name of the registry ${registry} or of its token server`,
    reason: prose`no change is proposed, because the name does not resolve on the node and no other registry is known to hold this image`,
    toDo: (pull) =>
      isUnknownHost(pull)
        ? [
            prose`Check the registry's host name in ${pull.image} for a typo, and whether that registry still exists.`,
            prose`If it does, check the resolver of node ${pull.node} (/etc/resolv.conf of the node, not the cluster's DNS): it answered that there is no such host.`,
          ]
        : [
            prose`Check the resolver that node ${pull.node} uses (/etc/resolv.conf of the node, not the cluster's DNS) and whether it resolves the name in the message.`,
          ],
    certainty: 0.97,
    // A resolver that fails says nothing about the name; one that answers says that there is no such registry.
    culprit: (pull) => (isUnknownHost(pull) ? registryOf(pull) : nodeOf(pull)),
  },
  tls: {
    ...declined,
    means: '`x509: …`, `http: server gave HTTP response to HTTPS client`',
    says: ({ node, registry }) => prose`node ${node} and the registry ${registry} do not agree on TLS`,
    reason: prose`not fixable in git, because the node's trust or the registry's certificate is at fault, neither of which the manifest decides`,
    toDo: ({ registry }) => [
      prose`For an unknown authority: give the node's container runtime the registry's CA (containerd: certs.d/${registry}/hosts.toml). For an expired certificate: renew it at the registry.`,
      prose`For a registry that speaks plain HTTP: declare it so in the runtime's configuration, or put TLS in front of it.`,
    ],
    certainty: 0.97,
    culprit: registryOf,
  },
  timeout: {
    ...declined,
    means: '`i/o timeout`, `context deadline exceeded`, `TLS handshake timeout`',
    says: ({ node, registry }) =>
      prose`the registry ${registry} (or its token server) did not answer node ${node} in time`,
    reason: prose`not fixable in git, because the network or the registry is slow or blocked; the reference is not at fault`,
    toDo: ({ node, registry }) => [
      prose`Check egress from node ${node} to ${registry} on port 443: firewall, proxy settings of the container runtime, NAT.`,
      prose`For very large images, raise the runtime's pull timeout or make the image smaller.`,
    ],
    certainty: 0.95,
    culprit: registryOf,
  },
  'registry-unavailable': {
    ...declined,
    means: 'connection refused or reset, 5xx',
    says: ({ registry }) =>
      prose`the registry ${registry} cannot be reached or answers with an error of its own`,
    reason: prose`not fixable in git, because the registry is down or out of reach; the reference is not at fault`,
    toDo: ({ node, registry }) => [
      prose`Check the state of ${registry} and the path from node ${node} to it.`,
    ],
    certainty: 0.95,
    culprit: registryOf,
  },
  'invalid-name': {
    ...goesBack,
    means: '`InvalidImageName`, `invalid reference format`',
    says: ({ image }) => prose`${image} is not a valid image reference`,
    reason: prose`no change is proposed, because an invalid reference does not say what was meant`,
    toDo: () => [
      prose`Correct the reference: lower-case repository, at most one tag, no spaces or scheme (no "https://"), and every variable substituted.`,
    ],
    certainty: 0.99,
  },
  'short-name': {
    ...goesBack,
    means: 'CRI-O: `short name mode is enforcing`',
    says: ({ image }) =>
      prose`${image} does not say which registry it is in, and the node's runtime refuses to choose`,
    reason: prose`no change is proposed, because nothing says which registry was meant`,
    toDo: ({ image }) => [
      prose`Write the registry out, for example docker.io/${image} if Docker Hub is meant (CRI-O enforces this since 1.34).`,
    ],
    certainty: 0.98,
  },
  'never-pull': {
    ...declined,
    means: '`ErrImageNeverPull`',
    says: ({ image, node }) =>
      prose`${image} is not on node ${node}, and imagePullPolicy Never (ErrImageNeverPull) forbids fetching it`,
    reason: prose`no change is proposed, because nothing shows that a registry has the image: another pull policy would only fail in another way`,
    toDo: ({ image, node }) => [
      prose`Load ${image} onto node ${node} (such as "kind load docker-image", "minikube image load", "ctr -n k8s.io images import").`,
      prose`Or push it to a registry, name it with that registry, and only then use imagePullPolicy IfNotPresent.`,
    ],
    certainty: 0.99,
  },
  'signature-rejected': {
    ...declined,
    means: '`SignatureValidationFailed`, `Source image rejected`',
    says: ({ node, image }) => prose`node ${node} does not accept the signature of ${image}, or it has none`,
    reason: prose`not fixable in git, because the node's signature policy decides, and must not be worked around`,
    toDo: ({ image }) => [
      prose`Sign ${image} with a key that the nodes trust, or have the policy's owners allow the repository.`,
    ],
    certainty: 0.97,
  },
  'node-storage': {
    ...declined,
    means: '`no space left on device`, a layer that cannot be unpacked',
    says: ({ node, image }) => prose`node ${node} fetched ${image} but cannot unpack it`,
    reason: prose`not fixable in git, because the node's storage is at fault`,
    toDo: ({ node }) => [
      prose`Check disk space and health of the image file system on node ${node}; drain it if it does not recover.`,
    ],
    certainty: 0.95,
    culprit: nodeOf,
  },
  unknown: {
    ...declined,
    means: 'only back-off is left, or words that are not understood',
    says: () => prose`no recorded message says why`,
    reason: prose`no change is proposed, because nothing tells what the registry answered`,
    toDo: () => [
      prose`Delete one failing pod (its owner makes a new one) and read the first Failed event, which quotes the registry: the back-off messages do not.`,
    ],
    certainty: 0.5,
  },
} satisfies Readonly<Record<PullError, PullCause>>;

function registryOf({ registry }: Pull): Culprit {
  return { kind: 'Registry', namespace: null, name: registry };
}

function nodeOf({ node }: Pull): Culprit {
  return { kind: 'Node', namespace: null, name: node };
}

function describeRuntime({ node, cluster }: Pull): Prose {
  const runtime = runtimeOf(node, cluster);
  return runtime === null ? prose`the runtime of node ${node}` : prose`node ${node} (${runtime})`;
}
