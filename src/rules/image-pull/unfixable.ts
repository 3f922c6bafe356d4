import { describeRef, refOf } from '../../kubernetes/objects.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import type { Failure } from './failure.ts';
import type { Remedy } from './finding.ts';
import { isTransient } from './messages.ts';
import { lastReadyReference, type KnownReference } from './references.ts';

/** Everything but a missing tag or digest, and those too where the manifest does not decide on the image. */
export function decline(failure: Failure): Remedy {
  const { origin, diagnosis, worst, judgement, cluster } = failure;
  const owner = describeRef(origin.kind === 'not-recorded' ? origin.owner : refOf(origin.owner));
  switch (origin.kind) {
    case 'outdated':
      return {
        verdict: 'decline',
        reason: prose`not fixable in git: the template of ${owner} no longer asks for ${worst.image}, and a StatefulSet does not replace a broken pod`,
        because: [
          prose`The template of ${owner} has been changed since, to ${origin.image}; the pod still has what came before.`,
        ],
        advice: [
          prose`Delete ${describeRef(refOf(worst.pod))}: it is made again from the corrected template.`,
        ],
      };
    case 'rewritten':
      return {
        verdict: 'decline',
        reason: prose`not fixable in git: an admission webhook wrote ${worst.image} into the pod, the template has ${origin.image}`,
        because: [
          prose`The template of ${owner} asks for ${origin.image}; admission changed it to ${worst.image} in the pod.`,
        ],
        advice: [
          prose`Check whether the mirror that the webhook points to has the image.`,
          ...diagnosis.advice,
        ],
      };
    case 'injected':
      return {
        verdict: 'decline',
        reason: prose`not fixable in git: the template of ${owner} has no container ${worst.placed.container.name}; admission added it`,
        because: [
          prose`The container is not in the template of ${owner}: an admission webhook added it to the pod.`,
        ],
        advice: [
          prose`Correct the image in the configuration of the injector that adds ${worst.placed.container.name}.`,
          ...diagnosis.advice,
        ],
      };
    case 'generated':
      return {
        verdict: 'decline',
        reason: prose`${owner} is turned into pods by its controller, and which of its fields holds the image is not known`,
        because: [prose`The pods are made from ${owner} by its controller.`],
      };
    case 'not-recorded':
      return {
        verdict: 'decline',
        reason: prose`${owner}, which owns the pods, was not recorded, so its template is unknown`,
      };
    case 'template': {
      const passing = isTransient(judgement.cause) && judgement.cause !== 'unknown';
      const ready = passing
        ? null
        : lastReadyReference(origin.owner, worst.placed.container.name, worst.image, cluster);
      return {
        verdict: 'decline',
        reason: prose`not fixable in git, because ${diagnosis.reason}`,
        because: passing
          ? [prose`The kubelet goes on trying, so this may pass by itself.`]
          : stillReady(ready),
        evidence: ready ? [ready.evidence] : [],
      };
    }
  }
}

/** What worked last, for people to compare with where nothing is changed. */
export function stillReady(ready: KnownReference | null): readonly Prose[] {
  return ready ? [prose`Meanwhile ${ready.says}.`] : [];
}
