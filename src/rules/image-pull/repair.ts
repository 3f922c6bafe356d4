import { describeTime, MINUTE } from '../../kubernetes/durations.ts';
import { refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import type { Commit } from '../../model/commit.ts';
import type { ConfidencePart, Guard } from '../../model/finding.ts';
import type { FieldVersion } from '../../model/need.ts';
import { removedCatalogue } from './diagnoses.ts';
import type { Failure } from './failure.ts';
import { certainty, secretProblems, type Remedy } from './finding.ts';
import { repositoryOf } from './messages.ts';
import {
  lastDeployedReference,
  lastReadyReference,
  readyWith,
  witnessOf,
  type KnownReference,
  type Witness,
} from './references.ts';
import type { ImageOrigin } from './template.ts';
import { stillReady } from './unfixable.ts';

/** A build may still be pushing the tag that its pipeline committed. */
const BUILD_TIME = 15 * MINUTE;

type TemplateOrigin = Extract<ImageOrigin, { kind: 'template' }>;

/** A reference that the registry does not have, and where it comes from. */
interface Missing {
  readonly failure: Failure;
  readonly origin: TemplateOrigin;
  readonly history: readonly FieldVersion[] | null;
  /** The commit that set the reference, where git tells. */
  readonly introduced: Commit | null;
}

/**
 * What to do about a tag or digest that the registry says it does not have. Each step before the last is a way in which
 * changing the reference would be too early or wrong.
 *
 * `history` is what git knows of the field, null when it could not be asked.
 */
export function repair(
  failure: Failure,
  origin: TemplateOrigin,
  history: readonly FieldVersion[] | null,
): Remedy {
  const introduced = history?.[0]?.value === origin.image ? history[0].commit : null;
  const missing: Missing = { failure, origin, history, introduced };
  const conclusion = tooEarly(missing) ?? contradicted(missing) ?? removed(missing) ?? restored(missing);
  if (introduced === null) return conclusion;
  const { field, image } = origin;
  return {
    ...conclusion,
    because: [prose`${commitSaid(introduced)} set the image to ${image}.`, ...(conclusion.because ?? [])],
    evidence: [commitEvidence(introduced, field, image), ...(conclusion.evidence ?? [])],
  };
}

/** "Not found" may be a push in progress. */
function tooEarly({ failure: { cluster, worst }, origin: { image }, introduced }: Missing): Remedy | null {
  if (introduced && Math.abs(cluster.now - introduced.at) < BUILD_TIME) {
    return {
      verdict: 'monitor',
      reason: prose`the tag was committed at ${describeTime(introduced.at)}, less than 15 minutes ago: its build may still be pushing it`,
      advice: [prose`Wait for the build that pushes ${image}, or look whether it failed.`],
    };
  }
  if (worst.attempts >= 2) return null;
  return {
    verdict: 'monitor',
    reason: prose`no pod has tried more than once so far, and one "not found" may be a push in progress`,
  };
}

/** A registry that also said "unauthorized" may say "not found" for the same reason. */
function contradicted({ failure: { judgement } }: Missing): Remedy | null {
  if (judgement.contradictions.length === 0) return null;
  const others = [...new Set(judgement.contradictions.map(({ cause }) => cause))].join(', ');
  return {
    verdict: 'escalate',
    reason: prose`the registry contradicts itself: "not found" now, but also ${others} for the same image, so credentials may be the cause`,
  };
}

/** What was there and is gone was taken away by somebody: going back would undo more than a wrong tag. */
function removed({
  failure: { cluster, diagnosis, worst },
  origin: { owner, image },
}: Missing): Remedy | null {
  const inUse = readyWith(image, owner, worst.placed.container.name, cluster);
  if (inUse) {
    return {
      because: [
        prose`${inUse.says}, so it existed; it was removed since, or ${describeNode(worst.pod)} asks another mirror.`,
      ],
      evidence: [inUse.evidence],
      verdict: 'escalate',
      reason: prose`the image is in use but cannot be pulled any more, and which one should take its place is a decision, not a lookup`,
      advice: [
        prose`Push ${image} again from a node that still has it, before that node drops it from its cache.`,
        ...diagnosis.advice,
      ],
    };
  }
  const catalogue = removedCatalogue(image, cluster.now);
  if (catalogue === null) return null;
  return {
    verdict: 'escalate',
    reason: prose`${catalogue.says}, so an older reference of it would fail too, and which image should take its place is a decision`,
    advice: [catalogue.advice],
  };
}

/** Back to what this container had before, if the repository is known to serve this cluster. */
function restored({ failure, origin, history }: Missing): Remedy {
  const { cluster, worst, diagnosis } = failure;
  const { owner, field, image } = origin;
  const container = worst.placed.container.name;
  const repository = repositoryOf(image);
  const ready = lastReadyReference(owner, container, image, cluster);
  const isWitness = ready !== null && repositoryOf(ready.image) === repository;
  const witness: Witness | null = isWitness
    ? { ...ready, sameNamespace: true }
    : witnessOf(image, owner, cluster);
  if (witness === null) {
    return {
      because: stillReady(ready),
      evidence: ready ? [ready.evidence] : [],
      verdict: 'escalate',
      reason: prose`nothing shows that ${repository} can be pulled from here: no other image of it is Ready in this cluster, so "not found" may as well hide a missing repository or permission`,
      advice: [
        prose`Check that ${repository} exists and may be pulled with the pod's credentials.`,
        ...diagnosis.advice,
      ],
    };
  }
  const served = prose`${witness.says}: the repository exists and may be pulled, only this reference is missing.`;
  // A registry's own tag list would be asked here, for the one tag that differs in prefix, case or separators only.
  const reference =
    ready ?? lastDeployedReference(owner, container, image, cluster) ?? lastCommitted(history, image);
  if (reference === null) {
    return {
      because: [served],
      evidence: [witness.evidence],
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
    because: isWitness ? [served] : [served, prose`${reference.says}.`],
    evidence: isWitness ? [witness.evidence] : [witness.evidence, reference.evidence],
    confidence: [
      certainty(failure),
      referenceConfidence(reference),
      witnessConfidence(witness),
      ...originConfidence(origin),
      ...secretConfidence(failure),
    ],
    wanted: [{ object: refOf(owner), field, before: image, after: reference.image }],
    guards: guardsOf(failure, origin, reference, history),
    advice: [
      prose`If ${image} was meant, push it to the registry: the kubelet keeps trying, and nothing in git has to change.`,
    ],
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
  origin: TemplateOrigin,
  reference: KnownReference,
  history: readonly FieldVersion[] | null,
): readonly Guard[] {
  const { seen, worst, cluster } = failure;
  const { owner } = origin;
  const reasons: Prose[] = [];
  if (reference.standing !== 'ready') {
    reasons.push(prose`${reference.image} was deployed before, but nothing shows that it was ever Ready`);
  }
  if (secretProblems(worst.pod, cluster).length > 0) {
    reasons.push(prose`a pull secret of the pod could not be read, which can turn into "not found"`);
  }
  if (history === null && cluster.now - seen.firstSeen < BUILD_TIME) {
    reasons.push(prose`git does not tell when the tag was committed, so its build may still be running`);
  }
  if (owner.kind === 'Job') {
    reasons.push(prose`the template of a Job is immutable: the Job must be deleted and created again`);
  }
  if (origin.matched) {
    reasons.push(prose`that ${origin.field} is the image of this container is told by its equal text only`);
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

function originConfidence({ matched, field }: TemplateOrigin): readonly ConfidencePart[] {
  return matched ? [{ factor: 0.85, reason: prose`${field} is the only field with this very image` }] : [];
}

function commitSaid({ sha, author, at, subject }: Commit): Prose {
  return prose`Commit ${sha.slice(0, 8)} by ${author} (${describeTime(at)}, "${subject}")`;
}

function commitEvidence({ sha, author, at, subject }: Commit, field: string, value: string): Evidence {
  return quoted('git', sha.slice(0, 8), at, `${author}: ${subject} (${field} became ${value})`);
}

function describeNode(pod: KubernetesObject): Prose {
  return prose`node ${podSpecOf(pod)?.nodeName ?? 'unknown'}`;
}
