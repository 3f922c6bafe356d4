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
import type { Ask, Asking } from '../model/ask.ts';
import { changeOf } from '../model/change.ts';
import type { Evidence } from '../model/evidence.ts';
import type { Blame } from '../model/finding.ts';
import { prose, saying, type Prose } from '../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../witnesses/commits.ts';
import { formerValue } from '../witnesses/former-value.ts';
import { userOfImage } from '../witnesses/user-of-image.ts';
import { defineRule, type Conclusion } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

const PLAIN = {
  fix: 'propose',
  outcome:
    'the number before the last commit comes back; a draft with the one number as which the image runs elsewhere; else declined',
} as const;

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
      occurrences: failures.length,
    };
  },

  *investigate(container, ask, { worst }) {
    const { pod, message, evidence } = worst;
    const cause = causeOf(message);
    const own = container.instances.find((one) => one.pod === pod)?.placed.container ?? {};
    const known = (yield* userBefore(container, ask)) ?? userElsewhere(container);
    return diagnosis({
      cause,
      summary: prose`${describeRef(container.workload.ref)}: the kubelet refuses container ${container.name}${saying(withoutPlace(message))}`,
      evidence: [
        ...evidence,
        ...quoteFields(pod, own, ['image', 'securityContext'], `container ${container.name}: `),
        ...quoteFields(pod, podSpecOf(pod) ?? {}, ['securityContext']),
        ...(known?.evidence ?? []),
      ],
      certainty: [0.95, prose`the kubelet says why it refuses the container`],
      reason: prose`Which user the image is made for cannot be read from the cluster, so a person has to decide.`,
      ...known?.remedy,
      blames: [...settingOf(container, 'runAsUser'), ...settingOf(container, 'runAsNonRoot')],
      advice: [adviceFor(cause, message)],
    });
  },
});

interface KnownUser {
  readonly evidence: readonly Evidence[];
  readonly remedy: Pick<Conclusion, 'verdict' | 'reason' | 'changes' | 'guards' | 'introducedBy'> & {
    readonly because: readonly Prose[];
  };
}

/** The number that the last commit took out, or made 0. */
function* userBefore(container: ContainerFacts, ask: Ask): Asking<KnownUser | null> {
  const { ref } = container.workload;
  const path = podSpecPath(ref.kind);
  const fields = [
    ...container.field('securityContext.runAsUser').map(({ field }) => field),
    ...(path === null ? [] : [`${path}.securityContext.runAsUser`]),
  ];
  const histories = yield* ask.each(fields.map((field) => ask.history(ref, field)));
  for (const [index, field] of fields.entries()) {
    const former = formerValue(histories[index] ?? null);
    const isGone = former && (former.now === undefined || former.now === 0);
    if (!isGone || typeof former.before !== 'number' || former.before === 0) continue;
    const { before, now, commit } = former;
    const what =
      now === undefined ? prose`removed runAsUser ${before}` : prose`made runAsUser 0, which was ${before}`;
    return {
      evidence: [commitEvidence(commit, `${field}: ${before} became ${now ?? 'nothing'}`)],
      remedy: {
        because: [prose`${describeCommit(commit)} ${what}.`],
        verdict: 'fix',
        reason: prose`The container ran as user ${before} until ${describeCommit(commit)}.`,
        changes: [changeOf(ref, field, now ?? null, before)],
        guards: [{ kind: 'no-auto-merge', reason: prose`a person took the number away` }],
        introducedBy: commit,
      },
    };
  }
  return null;
}

/** The one number as which pods that are Ready run the same image. */
function userElsewhere(container: ContainerFacts): KnownUser | null {
  const image = container.value('image');
  const elsewhere = typeof image === 'string' ? userOfImage(container.cluster, image) : null;
  if (!elsewhere) return null;
  const { user, workload, evidence } = elsewhere;
  return {
    evidence: [evidence],
    remedy: {
      because: [prose`${workload} runs this image as user ${user}, and is Ready.`],
      verdict: 'fix',
      reason: prose`${user} is the one number as which this image runs in the cluster.`,
      changes: container.change('securityContext.runAsUser', user),
      guards: [
        {
          kind: 'draft',
          reason: prose`whether this workload's files belong to user ${user} too is for a person to say`,
        },
      ],
    },
  };
}

/** The kubelet names pod and container again at the end. */
function withoutPlace(message: string): string {
  return message.replace(/ \(pod: "[^"]*", container: [^)]*\)/, '');
}

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
