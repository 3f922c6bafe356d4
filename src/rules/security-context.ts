/**
 * Rule `security-context`: the kubelet refuses to create a container because it would run as root, or as a user that it cannot check.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - With `runAsNonRoot` the kubelet checks the user before it starts a container, and can check numbers only: a name in the image is refused.
 *   https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
 * - A field of the container wins over the pod's: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#security-context
 * - The texts: verifyRunAsNonRoot in pkg/kubelet/kuberuntime/security_context.go of k8s.io/kubernetes.
 */
import { failuresOf } from '../facts/container-failures.ts';
import { quoteFields } from '../facts/observations.ts';
import type { ContainerFacts } from '../facts/subjects.ts';
import { describeRef, recordAt, refOf } from '../kubernetes/objects.ts';
import { parseTime, podSpecOf, podSpecPath } from '../kubernetes/workloads.ts';
import type { Blame } from '../model/finding.ts';
import { prose, saying, type Prose } from '../untrusted/prose.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

const PLAIN = { fix: 'none', outcome: 'declined, naming the field' } as const;

export const securityContext = defineRule({
  id: 'security-context',
  title: 'A container would run as root although runAsNonRoot forbids it',
  phase: 'configuration',
  semantics: ['https://kubernetes.io/docs/tasks/configure-pod-container/security-context/'],
  reads: ['Pod', 'Event'],
  on: 'container',
  causes: {
    'runs-as-root': { means: 'the image runs as root: `image will run as root`', ...PLAIN },
    'user-is-root': { means: '`runAsUser: 0` contradicts `runAsNonRoot`', ...PLAIN },
    'non-numeric-user': {
      means: 'the image names its user in words: `image has non-numeric user`',
      ...PLAIN,
    },
  },

  detect(container) {
    const failures = failuresOf(container).filter(({ kind }) => kind === 'user');
    const [worst] = failures;
    if (!worst) return null;
    return {
      worst,
      seenOn: failures.map(({ pod }) => refOf(pod)),
      firstSeen: parseTime(worst.pod.metadata.creationTimestamp) ?? container.cluster.now,
      lastSeen: container.cluster.now,
      occurrences: failures.length,
    };
  },

  investigate(container, _ask, { worst }) {
    const { pod, message, evidence } = worst;
    const cause = causeOf(message);
    const own = container.instances.find((one) => one.pod === pod)?.placed.container ?? {};
    return diagnosis({
      cause,
      summary: prose`${describeRef(container.workload.ref)}: the kubelet refuses container ${container.name}${saying(message)}`,
      evidence: [
        ...evidence,
        ...quoteFields(pod, own, ['image', 'securityContext'], `container ${container.name}: `),
        ...quoteFields(pod, podSpecOf(pod) ?? {}, ['securityContext']),
      ],
      certainty: [0.95, prose`the kubelet says why it refuses the container`],
      reason: prose`Which user the image is made for cannot be read from the cluster, so nothing is changed without a person.`,
      blames: [...settingOf(container, 'runAsUser'), ...settingOf(container, 'runAsNonRoot')],
      advice: [adviceFor(cause, message)],
    });
  },
});

function causeOf(message: string): string {
  if (/runAsNonRoot and image has non-numeric user/.test(message)) return 'non-numeric-user';
  return message.includes('runAsUser breaks non-root policy') ? 'user-is-root' : 'runs-as-root';
}

/** Where the template has a setting: the container's own first. */
function settingOf(container: ContainerFacts, field: string): readonly Blame[] {
  const { object, ref } = container.workload;
  if (recordAt(container.placed?.container, 'securityContext')[field] !== undefined)
    return container.field(`securityContext.${field}`);
  const path = podSpecPath(ref.kind);
  const isSet = object && recordAt(podSpecOf(object), 'securityContext')[field] !== undefined;
  return isSet && path !== null ? [{ object: ref, field: `${path}.securityContext.${field}` }] : [];
}

function adviceFor(cause: string, message: string): Prose {
  const [, user] = /non-numeric user \(([^)]+)\)/.exec(message) ?? [];
  if (cause === 'non-numeric-user')
    return user === undefined
      ? prose`Set securityContext.runAsUser to the number of the image's user, or write it as a number in the image (USER 1000).`
      : prose`Set securityContext.runAsUser to the number that ${user} has in the image, or write it as a number there (USER 1000).`;
  if (cause === 'user-is-root') return prose`Set securityContext.runAsUser to a number other than 0.`;
  return prose`Set securityContext.runAsUser to a user that the image supports, or use an image that does not run as root.`;
}
