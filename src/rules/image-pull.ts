import type { ClusterState } from '../cluster/state.ts';
import { describeRef, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { podSpecOf } from '../kubernetes/workloads.ts';
import { joinProse, prose, untrusted, type Prose } from '../untrusted/prose.ts';
import { diagnose, removedCatalogue, type Diagnosis } from './image-pull/diagnoses.ts';
import { isTransient, PULL_CAUSES } from './image-pull/messages.ts';
import {
  lastDeployedReference,
  lastReadyReference,
  readyWith,
  repositoryOf,
  witnessOf,
  type KnownReference,
  type Witness,
} from './image-pull/references.ts';
import { failingPulls, weigh, type FailingPull, type Report, type Judgement } from './image-pull/reports.ts';
import { originOf, type ImageOrigin } from './image-pull/template.ts';
import type {
  Commit,
  ConfidencePart,
  Evidence,
  FieldVersion,
  Finding,
  Guard,
  Investigation,
  Need,
  Rule,
  Symptom,
  View,
} from './rule.ts';

/**
 * A container waits because its image cannot be pulled.
 *
 * What Kubernetes does, and this rule relies on:
 * - The kubelet reports a failed pull as waiting reason `ErrImagePull`, and while it backs off (10 s doubling up to 5 min) as
 *   `ImagePullBackOff`. Kubelets before 1.31 drop the registry's answer from the message while they back off: it then
 *   survives only in `Failed` events, for an hour.
 *   https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff
 * - `ErrImageNeverPull` and `InvalidImageName` fail before any registry is asked.
 *   https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy
 * - A Deployment's rollout keeps old pods until new ones are Ready, so an old ReplicaSet with ready pods holds what worked last.
 *   https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#failed-deployment
 * - A StatefulSet does not replace a broken pod when its template is corrected: the pod has to be deleted.
 *   https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
 * - A registry may answer "not found" for what the caller may not see.
 *   https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 *
 * Only a tag or digest that does not exist is repaired, and only with a reference that this very container had before.
 */
export const imagePull: Rule = {
  id: 'image-pull',
  title: 'An image cannot be pulled',
  causes: PULL_CAUSES,
  detect,
  investigate,
};

const MINUTE = 60_000;

/** A build may still be pushing the tag that its pipeline committed. */
const BUILD_TIME = 15 * MINUTE;

function detect(cluster: ClusterState): readonly Symptom[] {
  const groups = new Map<string, FailingPull[]>();
  for (const pod of cluster.list('Pod')) {
    for (const pull of failingPulls(pod, cluster)) {
      const origin = originOf(pod, pull.placed, cluster);
      if (origin.kind === 'outdated' && origin.owner.kind !== 'StatefulSet') continue;
      const key = `${describeRef(cluster.ownerOf(pod).ref)} ${pull.placed.container.name}`;
      groups.set(key, [...(groups.get(key) ?? []), pull]);
    }
  }
  return [...groups.values()].map((pulls) => symptomOf(pulls, cluster));
}

function symptomOf(pulls: readonly FailingPull[], cluster: ClusterState): Symptom {
  const worstFirst = pulls.toSorted((a, b) => b.attempts - a.attempts);
  const { pod, placed } = worstFirst[0]!;
  return {
    rule: 'image-pull',
    object: cluster.ownerOf(pod).ref,
    container: placed.container.name,
    seenOn: worstFirst.map((pull) => refOf(pull.pod)),
    firstSeen: Math.min(...pulls.map(({ firstSeen }) => firstSeen)),
    lastSeen: Math.max(...pulls.map(({ lastSeen }) => lastSeen)),
    occurrences: pulls.reduce((sum, { attempts }) => sum + attempts, 0),
  };
}

/** One symptom with all that the cluster state says about it. */
interface Failure {
  readonly symptom: Symptom;
  readonly cluster: ClusterState;
  /** The pod that shows it most. */
  readonly worst: FailingPull;
  readonly reports: readonly Report[];
  readonly judgement: Judgement;
  readonly origin: ImageOrigin;
  readonly diagnosis: Diagnosis;
}

function investigate(symptom: Symptom, view: View): Investigation {
  const failure = readFailure(symptom, view.cluster);
  if (failure === null) return { kind: 'does-not-apply' };
  const { origin, judgement } = failure;
  const missing = judgement.cause === 'tag-not-found' || judgement.cause === 'digest-not-found';
  if (!missing || origin.kind !== 'template') return conclude(failure, decline(failure));

  const need: Need = { kind: 'field-history', object: refOf(origin.owner), field: origin.field };
  if (view.missing([need]).length > 0) return { kind: 'needs', needs: [need] };
  return conclude(failure, repair(failure, origin, view.answer(need)));
}

function readFailure(symptom: Symptom, cluster: ClusterState): Failure | null {
  const pulls = symptom.seenOn.flatMap(({ kind, namespace, name }) => {
    const pod = cluster.get(kind, namespace, name);
    return pod
      ? failingPulls(pod, cluster).filter(({ placed }) => placed.container.name === symptom.container)
      : [];
  });
  const worst = pulls[0];
  if (worst === undefined) return null;
  const own = pulls.filter(({ image }) => image === worst.image).flatMap(({ reports }) => reports);
  const silent = own.every(({ cause }) => cause === 'unknown');
  const reports = silent ? [...own, ...neighboursReports(worst, symptom, cluster)] : own;
  const judgement = weigh(reports);
  if (judgement === null) return null;
  return {
    symptom,
    cluster,
    worst,
    reports,
    judgement,
    origin: originOf(worst.pod, worst.placed, cluster),
    diagnosis: diagnose(judgement.cause, worst.image, worst.pod, cluster),
  };
}

/** What was said to other pods of the namespace about the same image, for when only back-off messages are left here. */
function neighboursReports(
  { image }: FailingPull,
  { object, seenOn }: Symptom,
  cluster: ClusterState,
): readonly Report[] {
  const known = new Set(seenOn.map(({ name }) => name));
  return cluster
    .list('Pod', object.namespace)
    .filter((pod) => !known.has(pod.metadata.name))
    .flatMap((pod) => failingPulls(pod, cluster))
    .filter((pull) => pull.image === image)
    .flatMap(({ reports }) => reports)
    .filter(({ cause }) => cause !== 'unknown');
}

/** The part of a finding that depends on what can be done. */
type Conclusion = Pick<Finding, 'verdict' | 'reason'> &
  Partial<Pick<Finding, 'wanted' | 'guards' | 'advice' | 'confidence'>> & {
    /** Sentences for the root cause, after what the kubelet said. */
    readonly because?: readonly Prose[];
    readonly evidence?: readonly Evidence[];
  };

function conclude(failure: Failure, conclusion: Conclusion): Investigation {
  const { symptom, worst, judgement, diagnosis, cluster } = failure;
  const container = worst.placed.container.name;
  const told = toldOf(failure);
  const finding: Finding = {
    rule: 'image-pull',
    cause: judgement.cause,
    object: symptom.object,
    container,
    summary: prose`Container ${container} of ${describeRef(symptom.object)} cannot pull ${worst.image}: ${diagnosis.says}.`,
    rootCause: joinProse([told, ...(conclusion.because ?? [])], ' '),
    evidence: [
      ...reportEvidence(failure),
      ...diagnosis.evidence,
      ...secretProblems(worst.pod, cluster),
      ...originEvidence(failure),
      ...(conclusion.evidence ?? []),
    ],
    confidence: conclusion.confidence ?? [certainty(failure)],
    verdict: conclusion.verdict,
    reason: conclusion.reason,
    wanted: conclusion.wanted ?? [],
    guards: conclusion.guards ?? [],
    advice: conclusion.advice ?? diagnosis.advice,
    chart: null,
    firstSeen: symptom.firstSeen,
    lastSeen: symptom.lastSeen,
    occurrences: symptom.occurrences,
  };
  return { kind: 'finding', finding };
}

function toldOf({ symptom, worst, judgement, diagnosis }: Failure): Prose {
  const node = podSpecOf(worst.pod)?.nodeName ?? 'its node';
  const attempts = symptom.occurrences === 1 ? prose`once` : prose`at least ${symptom.occurrences} times`;
  const report = describeRef(refOf(judgement.report.pod));
  const pods = symptom.seenOn.length === 1 ? prose`` : prose` (one of ${symptom.seenOn.length} such pods)`;
  return prose`Since ${moment(symptom.firstSeen)} pulling ${worst.image} has failed ${attempts}; ${report}${pods} on node ${node} shows why: ${diagnosis.says}.`;
}

function certainty({ judgement, diagnosis }: Failure): ConfidencePart {
  return judgement.cause === 'unknown'
    ? {
        factor: diagnosis.certainty,
        reason: prose`only back-off messages are left, which do not quote the registry`,
      }
    : { factor: diagnosis.certainty, reason: prose`the kubelet quotes the answer (${judgement.cause})` };
}

/** Everything but a missing tag or digest, and those too where the manifest does not decide on the image. */
function decline(failure: Failure): Conclusion {
  const { origin, diagnosis, worst, judgement, symptom, cluster } = failure;
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
        reason: prose`not fixable in git: the template of ${owner} has no container ${symptom.container ?? ''}; admission added it`,
        because: [
          prose`The container is not in the template of ${owner}: an admission webhook added it to the pod.`,
        ],
        advice: [
          prose`Correct the image in the configuration of the injector that adds ${symptom.container ?? ''}.`,
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
function stillReady(ready: KnownReference | null): readonly Prose[] {
  return ready ? [prose`Meanwhile ${ready.says}.`] : [];
}

type TemplateOrigin = Extract<ImageOrigin, { kind: 'template' }>;

/**
 * What to do about a tag or digest that the registry says it does not have. Each step before the last is a way in which
 * changing the reference would be wrong or too early.
 */
function repair(
  failure: Failure,
  origin: TemplateOrigin,
  history: readonly FieldVersion[] | null,
): Conclusion {
  const { cluster, symptom, worst, judgement, diagnosis } = failure;
  const { owner, field, image } = origin;
  const container = worst.placed.container.name;
  const repository = repositoryOf(image);
  const introduced = history?.[0]?.value === image ? history[0].commit : null;
  const because = introduced ? [prose`${commitSaid(introduced)} set ${field} to ${image}.`] : [];
  const evidence = introduced ? [commitEvidence(introduced, field, image)] : [];
  const found = { because, evidence };

  if (introduced && Math.abs(cluster.now - introduced.at) < BUILD_TIME) {
    return {
      ...found,
      verdict: 'monitor',
      reason: prose`the tag was committed at ${moment(introduced.at)}, less than 15 minutes ago: its build may still be pushing it`,
      advice: [prose`Wait for the build that pushes ${image}, or look whether it failed.`],
    };
  }
  if (symptom.occurrences < 2) {
    return {
      ...found,
      verdict: 'monitor',
      reason: prose`the pull has failed only once so far; one "not found" may be a push in progress`,
    };
  }
  if (judgement.contradictions.length > 0) {
    const others = [...new Set(judgement.contradictions.map(({ cause }) => cause))].join(', ');
    return {
      ...found,
      verdict: 'escalate',
      reason: prose`the registry contradicts itself: "not found" now, but also ${others} for the same image, so credentials may be the cause`,
    };
  }

  const removed = readyWith(image, cluster);
  if (removed) {
    return {
      because: [...because, prose`${removed.says}, so it existed and has been removed since.`],
      evidence: [...evidence, removed.evidence],
      verdict: 'escalate',
      reason: prose`the image was removed from ${repository} while it is in use, and which one should take its place is a decision, not a lookup`,
      advice: [
        prose`Push ${image} again from a node that still has it, before that node drops it from its cache.`,
        ...diagnosis.advice,
      ],
    };
  }
  const catalogue = removedCatalogue(image, cluster.now);
  if (catalogue) {
    return {
      ...found,
      verdict: 'escalate',
      reason: prose`${catalogue.says}, so an older reference of it would fail too, and which image should take its place is a decision`,
      advice: [catalogue.advice],
    };
  }

  const ready = lastReadyReference(owner, container, image, cluster);
  const ofSameRepository = ready !== null && repositoryOf(ready.image) === repository;
  const witness: Witness | null = ofSameRepository
    ? { ...ready, sameNamespace: true }
    : witnessOf(image, owner, cluster);
  if (witness === null) {
    return {
      because: [...because, ...stillReady(ready)],
      evidence: [...evidence, ...(ready ? [ready.evidence] : [])],
      verdict: 'escalate',
      reason: prose`nothing shows that ${repository} can be pulled from here: no other image of it is Ready in this cluster, so "not found" may as well hide a missing repository or permission`,
      advice: [
        prose`Check that ${repository} exists and may be pulled with the pod's credentials.`,
        ...diagnosis.advice,
      ],
    };
  }
  const served = prose`${witness.says}: the repository exists and may be pulled, only this reference is missing.`;
  const reference =
    ready ?? lastDeployedReference(owner, container, image, cluster) ?? lastCommitted(history, image);
  if (reference === null) {
    return {
      because: [...because, served],
      evidence: [...evidence, witness.evidence],
      verdict: 'escalate',
      reason: prose`no reference that this container had before is known, and another version would be a guess`,
    };
  }
  return {
    verdict: 'fix',
    reason:
      reference.standing === 'ready'
        ? prose`${reference.image} is the last reference that was Ready, restored whole`
        : prose`${reference.image} is what this container had before, restored whole`,
    because: [...because, served, ...(ofSameRepository ? [] : [prose`${reference.says}.`])],
    evidence: [...evidence, witness.evidence, ...(ofSameRepository ? [] : [reference.evidence])],
    confidence: [
      certainty(failure),
      referenceConfidence(reference),
      witnessConfidence(witness),
      ...secretConfidence(failure),
    ],
    wanted: [{ object: refOf(owner), field, before: image, after: reference.image }],
    guards: guardsOf(failure, owner, reference, history),
    advice: [prose`If ${image} was meant, push it instead of merging this; the kubelet goes on trying.`],
  };
}

/** The value that git had before, where nothing in the cluster tells. */
function lastCommitted(history: readonly FieldVersion[] | null, failing: string): KnownReference | null {
  for (const { value, commit } of history?.slice(1) ?? []) {
    if (typeof value !== 'string' || value === failing || repositoryOf(value) !== repositoryOf(failing))
      continue;
    const says = prose`${commitSaid(commit)} had set ${value}, but nothing recorded shows it Ready`;
    return { image: value, standing: 'committed', says, evidence: commitEvidence(commit, 'image', value) };
  }
  return null;
}

function guardsOf(
  failure: Failure,
  owner: KubernetesObject,
  reference: KnownReference,
  history: readonly FieldVersion[] | null,
): readonly Guard[] {
  const { symptom, worst, cluster } = failure;
  const reasons: Prose[] = [];
  if (reference.standing !== 'ready')
    reasons.push(prose`${reference.image} was deployed before, but nothing shows that it was ever Ready`);
  if (secretProblems(worst.pod, cluster).length > 0)
    reasons.push(prose`a pull secret of the pod could not be read, which can turn into "not found"`);
  if (history === null && cluster.now - symptom.firstSeen < BUILD_TIME) {
    reasons.push(prose`git does not tell when the tag was committed, so its build may still be running`);
  }
  if (owner.kind === 'Job') {
    reasons.push(prose`the template of a Job is immutable: the Job must be deleted and created again`);
  }
  return reasons.map((reason) => ({ kind: 'no-auto-merge', reason }));
}

function referenceConfidence({ standing, image }: KnownReference): ConfidencePart {
  switch (standing) {
    case 'ready':
      return { factor: 0.99, reason: prose`${image} is Ready in this container's own workload` };
    case 'deployed':
      return { factor: 0.65, reason: prose`${image} was deployed, but is not Ready in this workload now` };
    case 'committed':
      return { factor: 0.55, reason: prose`${image} is known from git only` };
  }
}

function witnessConfidence({ sameNamespace }: Witness): ConfidencePart {
  if (sameNamespace) {
    return { factor: 1, reason: prose`the same repository serves another image in this namespace` };
  }
  return {
    factor: 0.9,
    reason: prose`the same repository serves another image, but only in another namespace, perhaps with other credentials`,
  };
}

function secretConfidence({ worst, cluster }: Failure): readonly ConfidencePart[] {
  if (secretProblems(worst.pod, cluster).length === 0) return [];
  return [{ factor: 0.85, reason: prose`the kubelet could not read a pull secret` }];
}

const QUOTED_REPORTS = 5;

/** Each different message once, the one that decides first. `Error: ErrImagePull` says nothing that the others do not. */
function reportEvidence({ reports, judgement }: Failure): readonly Evidence[] {
  const newestFirst = reports
    .toSorted((a, b) => b.lastSeen - a.lastSeen)
    .filter(({ message }) => !/^Error: \w+$/.test(message));
  const different = new Map<string, Report>();
  for (const report of [judgement.report, ...newestFirst]) {
    const key = `${report.source} ${report.reason} ${report.message}`;
    if (!different.has(key)) different.set(key, report);
  }
  return [...different.values()]
    .slice(0, QUOTED_REPORTS)
    .map(({ source, pod, reason, message, lastSeen, count }) => ({
      source,
      ref: describeRef(refOf(pod)),
      at: lastSeen,
      text: untrusted(
        `${reason}${count > 1 ? ` (${count} times)` : ''}${message === '' ? '' : `: ${message}`}`,
      ),
    }));
}

/** Where the image is written in the cluster. */
function originEvidence({ origin, cluster }: Failure): readonly Evidence[] {
  if (!('image' in origin) || origin.image === '') return [];
  const text = untrusted(
    `${origin.kind === 'template' ? origin.field : 'the template’s image'}: ${origin.image}`,
  );
  return [{ source: 'object', ref: describeRef(refOf(origin.owner)), at: cluster.now, text }];
}

/** The kubelet pulls without a secret that it cannot read, and says so in an event. */
function secretProblems(pod: KubernetesObject, cluster: ClusterState): readonly Evidence[] {
  return cluster
    .eventsOf(pod)
    .filter(({ reason }) => reason === 'FailedToRetrieveImagePullSecret')
    .slice(-1)
    .map(({ message, lastSeen }) => ({
      source: 'event',
      ref: describeRef(refOf(pod)),
      at: lastSeen,
      text: untrusted(message),
    }));
}

function commitSaid({ sha, author, at, subject }: Commit): Prose {
  return prose`Commit ${sha.slice(0, 12)} by ${author} (${moment(at)}, "${subject}")`;
}

function commitEvidence({ sha, author, at, subject }: Commit, field: string, value: string): Evidence {
  return {
    source: 'git',
    ref: sha.slice(0, 12),
    at,
    text: untrusted(`${author}: ${subject} (${field} became ${value})`),
  };
}

/** `2026-10-14 09:18 UTC` */
function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
