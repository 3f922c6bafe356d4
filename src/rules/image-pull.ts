import { originOf, type ImageOrigin } from '../facts/image-origin.ts';
import { failingPullOf, type FailingPull } from '../facts/image-pulls.ts';
import { isTransient } from '../facts/pull-errors.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import type { ConfidencePart } from '../model/finding.ts';
import { joinProse, prose } from '../untrusted/prose.ts';
import { movedReference } from '../witnesses/emptied-catalogues.ts';
import { formerTemplate } from '../witnesses/former-template.ts';
import { lastReadyReference } from '../witnesses/image-references.ts';
import { WRITER_KINDS } from '../witnesses/writers.ts';
import { defineRule, type Conclusion, type Seen } from './define-rule.ts';
import { CAUSES, type PullCause } from './image-pull/causes.ts';
import { secretBlames } from './image-pull/credentials.ts';
import { droppedSecret, fieldOfDropped, offeredBack } from './image-pull/dropped-secret.ts';
import { goingBack, isOfTheReference } from './image-pull/going-back.ts';
import { originEvidence, reportEvidence, secretProblems, toldOf } from './image-pull/evidence.ts';
import { otherSecret } from './image-pull/missing-secret.ts';
import { repairMissing, stillReady } from './image-pull/missing-reference.ts';
import { asTheRegistrySays } from './image-pull/registry-says.ts';
import { asRefusedByMirror, readPull, type Pull, type Remedy, type Template } from './image-pull/pull.ts';
import { foresight } from './image-pull/foresight.ts';

/** Below the template. */
const SECRETS = /^spec\.imagePullSecrets\b/;

/**
 * A container waits because its image cannot be pulled.
 *
 * Only a tag or digest that does not exist is repaired, and only with a reference that this very container had before.
 */
export const imagePull = defineRule({
  id: 'image-pull',
  title: 'An image cannot be pulled',
  phase: 'image',
  semantics: [
    // A failed pull is waiting reason `ErrImagePull`, and `ImagePullBackOff` while the kubelet backs off (10 s doubling up to 5 min). Kubelets before
    // 1.31 drop the registry's answer from the message while they back off: it then survives only in `Failed` events, for an hour.
    'https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff',
    // `ErrImageNeverPull` and `InvalidImageName` fail before any registry is asked.
    'https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy',
    // A rollout keeps old pods until new ones are Ready, so an old ReplicaSet with ready pods holds what worked last.
    'https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment',
    // A StatefulSet does not replace a broken pod when its template is corrected: the pod has to be deleted.
    'https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback',
    // A registry may answer "not found" for what the caller may not see.
    'https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes',
  ],
  reads: [
    'Pod',
    'Event',
    'Node',
    'Secret',
    'ControllerRevision',
    'ReplicaSet',
    'ServiceAccount',
    ...WRITER_KINDS,
  ],
  on: 'container',
  causes: CAUSES,
  foresight,

  detect({ cluster, instances }) {
    const pulls = instances
      .flatMap((instance) => failingPullOf(instance, cluster) ?? [])
      .filter(({ pod, placed }) => {
        const { kind, owner } = originOf(pod, placed, cluster);
        return kind !== 'outdated' || owner.kind === 'StatefulSet';
      });
    return pulls.length === 0 ? null : seenIn(pulls);
  },

  *investigate(subject, ask, seen) {
    const { cluster, workload } = subject;
    const pull = readPull(workload.ref, seen.pulls, cluster);
    const { origin, judgement } = pull;
    if (origin.kind !== 'template') return conclude(pull, seen, notTheTemplate(pull, origin));
    const other = judgement.cause === 'unauthorized' ? yield* otherSecret(pull, origin.owner, ask) : null;
    if (other) return conclude(pull, seen, other);
    const dropped = judgement.cause === 'unauthorized' ? droppedSecret(pull, origin.owner) : null;
    if (dropped) {
      const history = yield* ask.history(refOf(origin.owner), fieldOfDropped(dropped));
      return conclude(pull, seen, offeredBack(pull, dropped, history));
    }
    if (!isOfTheReference(pull)) return conclude(pull, seen, notTheReference(pull, origin));
    const known = yield* ask.all({
      history: ask.history(refOf(origin.owner), origin.field),
      registry: ask.image(pull.image),
      moved: ask.image(movedReference(pull.image, cluster.now) ?? pull.image),
    });
    const told = asRefusedByMirror(asTheRegistrySays(pull, known.registry), known.history?.[1]?.value);
    const isMissing = told.judgement.cause === 'tag-not-found' || told.judgement.cause === 'digest-not-found';
    if (isMissing) return conclude(told, seen, repairMissing(told, origin, known));
    const secrets =
      judgement.cause === 'unauthorized'
        ? yield* formerTemplate(subject.workload, ask, (field) => SECRETS.test(field), seen.firstSeen)
        : null;
    return conclude(
      pull,
      seen,
      goingBack(pull, origin, known.history, secrets) ?? notTheReference(pull, origin),
    );
  },
});

interface SeenPulls extends Required<Omit<Seen, 'object' | 'container'>> {
  /** The worst first. */
  readonly pulls: readonly FailingPull[];
}

function seenIn(pulls: readonly FailingPull[]): SeenPulls {
  const worstFirst = pulls.toSorted((a, b) => b.attempts - a.attempts);
  return {
    pulls: worstFirst,
    seenOn: worstFirst.map(({ pod }) => refOf(pod)),
    firstSeen: Math.min(...pulls.map(({ firstSeen }) => firstSeen)),
    lastSeen: Math.max(...pulls.map(({ lastSeen }) => lastSeen)),
    occurrences: pulls.reduce((sum, { attempts }) => sum + attempts, 0),
  };
}

/** Joins what the kubelet said with what can be done about it. */
function conclude(pull: Pull, seen: SeenPulls, remedy: Remedy): Conclusion {
  const { cause } = pull.judgement;
  const spec: PullCause = CAUSES[cause];
  const told = toldOf(pull, seen);
  const { because = [], evidence = [], confidence = [], ...rest } = remedy;
  const culprit = spec.culprit?.(pull);
  return {
    cause,
    summary: prose`Container ${pull.container} of ${describeRef(pull.workload)} cannot pull ${pull.image}: ${spec.says(pull)}.`,
    // Where a reference is restored, what was done is the cause; what the kubelet said of it follows.
    rootCause: joinProse(remedy.verdict === 'fix' ? [...because, told] : [told, ...because], ' '),
    evidence: [
      ...reportEvidence(pull),
      ...(spec.evidence?.(pull) ?? []),
      ...secretProblems(pull),
      ...originEvidence(pull),
      ...evidence,
    ],
    confidence: [certainty(pull), ...confidence],
    advice: spec.toDo(pull),
    ...(culprit ? { culprit } : {}),
    ...rest,
  };
}

function certainty({ judgement: { cause }, mirror }: Pull): ConfidencePart {
  if (mirror !== null)
    return {
      factor: 0.7,
      reason: prose`${mirror} refuses the image and does not say that the tag is missing`,
    };
  const reason =
    cause === 'unknown'
      ? prose`no message is left that quotes the registry about this image`
      : prose`the kubelet quotes the answer (${cause})`;
  return { factor: CAUSES[cause].certainty, reason };
}

/** The manifest's template does not decide on the image. */
function notTheTemplate(pull: Pull, origin: Exclude<ImageOrigin, Template>): Remedy {
  const owner = describeRef(origin.kind === 'not-recorded' ? origin.owner : refOf(origin.owner));
  const { image, container, pod, judgement } = pull;
  const toDo = CAUSES[judgement.cause].toDo(pull);
  switch (origin.kind) {
    case 'outdated':
      return {
        verdict: 'decline',
        reason: prose`not fixable in git: the template of ${owner} no longer asks for ${image}, and a StatefulSet does not replace a broken pod`,
        because: [
          prose`The template of ${owner} has been changed since, to ${origin.image}; the pod still has what came before.`,
        ],
        advice: [
          prose`Delete ${describeRef(refOf(pod))}: the controller makes it again from the corrected template.`,
        ],
      };
    case 'rewritten':
      return {
        verdict: 'decline',
        reason: prose`not fixable in git: an admission webhook wrote ${image} into the pod, the template has ${origin.image}`,
        because: [
          prose`The template of ${owner} asks for ${origin.image}; admission changed it to ${image} in the pod.`,
        ],
        advice: [prose`Check whether the mirror that the webhook points to has the image.`, ...toDo],
      };
    case 'injected':
      return {
        verdict: 'decline',
        reason: prose`not fixable in git: the template of ${owner} has no container ${container}; admission added it`,
        because: [
          prose`The container is not in the template of ${owner}: an admission webhook added it to the pod.`,
        ],
        advice: [
          prose`Correct the image in the configuration of the injector that adds ${container}.`,
          ...toDo,
        ],
      };
    case 'generated':
      return {
        verdict: 'decline',
        reason: prose`the controller of ${owner} makes the pods, and which of its fields holds the image is not known`,
        because: [prose`The pods are made from ${owner} by its controller.`],
      };
    case 'not-recorded':
      return {
        verdict: 'decline',
        reason: prose`${owner}, which owns the pods, was not recorded, so its template is unknown`,
      };
  }
}

/** Anything but a missing tag or digest: another reference would not help. */
function notTheReference(pull: Pull, origin: Template): Remedy {
  const { cause } = pull.judgement;
  const image = { object: refOf(origin.owner), field: origin.field };
  const blames = cause === 'unauthorized' ? [...secretBlames(pull, origin.owner), image] : [image];
  if (isTransient(cause) && cause !== 'unknown')
    return { blames, because: [prose`The kubelet keeps trying, so this may pass without a change.`] };
  return { blames, ...stillReady(lastReadyReference({ ...pull, owner: origin.owner })) };
}
