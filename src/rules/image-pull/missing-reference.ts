import { DAY, describeTime, MINUTE } from '../../kubernetes/durations.ts';
import { refOf } from '../../kubernetes/objects.ts';
import { repositoryOf } from '../../kubernetes/images.ts';
import type { Commit } from '../../model/commit.ts';
import type { ConfidencePart, Guard, RuledOut } from '../../model/finding.ts';
import { quoted } from '../../model/evidence.ts';
import type { FieldVersion } from '../../model/need.ts';
import type { RegistryImage } from '../../model/registry-image.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import { ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { BASES } from './bases.ts';
import { adviceOn, emptiedCatalogue, movedReference } from '../../witnesses/emptied-catalogues.ts';
import {
  formerReference,
  lastReadyReference,
  readyWithIt,
  servedReference,
  type Basis,
  type FailingReference,
  type KnownReference,
} from '../../witnesses/image-references.ts';
import { isGone, sameTagOtherwiseWritten, withoutReference } from '../../witnesses/registry-tags.ts';
import { CAUSES } from './causes.ts';
import { secretProblems } from './evidence.ts';
import { goingBack } from './going-back.ts';
import type { Pull, Remedy, Template } from './pull.ts';
import { pushedSince } from './registry-says.ts';
import { changeOf } from '../../model/change.ts';

/** What worked last, for people to compare with where nothing is changed. */
export function stillReady(ready: KnownReference | null): Remedy {
  if (!ready) return {};
  const says = ready.wasReadyAt === undefined ? prose`Meanwhile ${ready.says}.` : prose`${ready.says}.`;
  return { because: [says], evidence: [ready.evidence] };
}

/** A reference that the registry does not have, and where it comes from. */
interface Missing extends FailingReference {
  readonly pull: Pull;
  readonly origin: Template;
  /** What git knows of the field, null when it could not be asked. */
  readonly history: readonly FieldVersion[] | null;
  /** The commit that set the reference, where git tells. */
  readonly introducedBy: Commit | null;
  /** What the registry says; null where it was not asked, or does not answer. */
  readonly registry: RegistryImage | null;
  /** What it says of the same tag where the publisher moved its images to. */
  readonly moved: RegistryImage | null;
}

/** What to do about it. Each step before the last is a way in which changing the reference would be too early or wrong. */
export function repairMissing(
  pull: Pull,
  origin: Template,
  { history, registry, moved }: Pick<Missing, 'history' | 'registry' | 'moved'>,
): Remedy {
  const introducedBy = history?.[0]?.value === origin.image ? history[0].commit : null;
  const { container, cluster } = pull;
  const { owner, image } = origin;
  const missing: Missing = {
    pull,
    origin,
    owner,
    container,
    image,
    cluster,
    history,
    introducedBy,
    registry,
    moved,
  };
  const remedy =
    pushedSince(pull, registry) ??
    tooEarly(missing) ??
    contradicted(missing) ??
    removed(missing) ??
    rewritten(missing) ??
    restored(missing);
  return withCommit(missing, remedy);
}

function withCommit({ introducedBy, origin, image }: Missing, remedy: Remedy): Remedy {
  const blames = [{ object: refOf(origin.owner), field: origin.field }];
  if (introducedBy === null) return { blames, ...remedy };
  return {
    blames,
    ...remedy,
    because: [
      prose`The image became ${image} in ${describeCommit(introducedBy)}.`,
      ...(remedy.because ?? []),
    ],
    evidence: [commitEvidence(introducedBy, `${origin.field} became ${image}`), ...(remedy.evidence ?? [])],
  };
}

/** A build may still be pushing the tag that its pipeline committed. */
const BUILD_TIME = 15 * MINUTE;

/** "Not found" may be a push in progress. */
function tooEarly({ pull, cluster, image, introducedBy }: Missing): Remedy | null {
  const isNew =
    introducedBy !== null &&
    cluster.reached(introducedBy.at - BUILD_TIME + 1) &&
    !cluster.reached(introducedBy.at + BUILD_TIME);
  if (isNew) {
    return {
      verdict: 'monitor',
      reason: prose`the tag was committed at ${describeTime(introducedBy.at)}, less than 15 minutes ago: its build may still be pushing it`,
      advice: [prose`Wait for the build that pushes ${image}, or check whether it failed.`],
    };
  }
  if (pull.attempts >= 2) return null;
  return {
    verdict: 'monitor',
    reason: prose`no pod has tried more than once so far, and one "not found" may be a push in progress`,
  };
}

/** A registry that also said "unauthorized" may say "not found" for the same reason. */
function contradicted({ pull: { judgement }, registry }: Missing): Remedy | null {
  if (judgement.contradictions.length === 0 || registry?.reference === 'missing') return null;
  const others = [...new Set(judgement.contradictions.map(({ cause }) => cause))].join(', ');
  return {
    verdict: 'escalate',
    reason: prose`the registry contradicts itself: "not found" now, but also ${others} for the same image, so credentials may be the cause`,
  };
}

/** What was there and is gone was taken away by somebody: going back would undo more than a wrong tag. */
function removed(missing: Missing): Remedy | null {
  const { pull, image, cluster, moved } = missing;
  const inUse = readyWithIt(missing);
  if (inUse) {
    return {
      verdict: 'escalate',
      reason: prose`the image ${ownText(inUse.wasReadyAt === undefined ? 'is' : 'was')} in use but cannot be pulled any more, and which one should take its place is a decision, not a lookup`,
      because: [
        prose`${inUse.says}, so it existed; it was removed since, or node ${pull.node} asks another mirror.`,
      ],
      evidence: [inUse.evidence],
      advice: [
        prose`Push ${image} again from a node that still has it, before that node drops it from its cache.`,
        ...CAUSES['tag-not-found'].toDo(pull),
      ],
    };
  }
  const catalogue = emptiedCatalogue(pull.repository, cluster.now);
  return (
    catalogue && {
      verdict: 'escalate',
      reason: prose`${catalogue.says}, so an older reference of it would fail too, and which image should take its place is a decision`,
      advice: [adviceOn(catalogue, movedReference(image, cluster.now) ?? image, moved)],
    }
  );
}

/** The registry has the very tag, written in another way. What is Ready under another one is safer than what was meant. */
function rewritten(missing: Missing): Remedy | null {
  const { pull, origin, image, registry, cluster } = missing;
  const registrySays = withoutReference(image, registry, cluster.now);
  const alike = sameTagOtherwiseWritten(image, registry);
  if (alike === null || registrySays === null || lastReadyReference(missing)) return null;
  return {
    verdict: 'fix',
    reason: prose`${alike} is the only tag of ${pull.repository} that differs from it in nothing but case, separators or a leading v`,
    because: [prose`${registrySays.says}; ${alike} is.`],
    evidence: [registrySays.evidence, quoted('registry', pull.repository, cluster.now, `tag ${alike}`)],
    ruledOut: ruledOut(missing, registrySays),
    confidence: [{ factor: 0.85, reason: prose`only its likeness suggests the tag` }],
    changes: [changeOf(refOf(origin.owner), origin.field, image, alike)],
    guards: [{ kind: 'no-auto-merge', reason: prose`nothing shows that ${alike} was ever Ready` }],
  };
}

/** Back to what this container had before, if the repository is known to serve this cluster. */
function restored(missing: Missing): Remedy {
  const { pull, origin, owner, image, history, registry, cluster } = missing;
  const ready = lastReadyReference(missing);
  const isWitness =
    ready !== null && repositoryOf(ready.image) === pull.repository && isRecent(ready, cluster);
  const served = isWitness ? { ...ready, sameNamespace: true } : servedReference(missing);
  const registrySays = withoutReference(image, registry, cluster.now);
  const witness = served ?? registrySays;
  if (witness === null) {
    const back = goingBack(pull, origin, history);
    if (back) return back;
    return {
      ...stillReady(ready),
      verdict: 'escalate',
      reason: prose`nothing shows that ${pull.repository} can be pulled from here: no other image of it is Ready in this cluster, so "not found" may as well hide a missing repository or permission`,
      advice: [
        prose`Check that ${pull.repository} exists and may be pulled with the pod's credentials.`,
        ...CAUSES[pull.judgement.cause].toDo(pull),
      ],
    };
  }
  const serves = prose`${witness.says}: the repository exists and may be pulled, only this reference is missing.`;
  const former = formerReference(missing, history);
  if (former === null || isGone(former.image, registry)) {
    return {
      verdict: 'escalate',
      reason: former
        ? prose`${former.image}, which this container had before, is gone from the registry too, and another version would be a guess`
        : prose`no reference that this container had before is known, and another version would be a guess`,
      because: [serves],
      evidence: [witness.evidence],
    };
  }
  const { image: after, basis } = former;
  return {
    verdict: 'fix',
    reason: prose`${after} ${BASES[basis].restores}, restored whole`,
    because: isWitness ? [serves] : [serves, prose`${former.says}.`],
    evidence: isWitness ? [witness.evidence] : [witness.evidence, former.evidence],
    ruledOut: ruledOut(missing, witness),
    confidence: confidenceIn(missing, former, served?.sameNamespace === true || registrySays !== null),
    changes: [changeOf(refOf(owner), origin.field, image, after)],
    guards: guardsOf(missing, former),
    advice: [
      prose`If ${image} was meant, push it to the registry: the kubelet keeps trying, and nothing in git has to change.`,
    ],
  };
}

/** What was Ready longer ago says nothing about what the registry serves now. */
function isRecent({ wasReadyAt }: KnownReference, { now }: ClusterState): boolean {
  return wasReadyAt === undefined || wasReadyAt >= now - DAY;
}

function ruledOut(
  { pull, cluster, introducedBy }: Missing,
  served: Pick<KnownReference, 'says'>,
): readonly RuledOut[] {
  const access: RuledOut = {
    what: prose`a missing repository or permission`,
    because: served.says,
  };
  if (introducedBy === null || introducedBy.at > cluster.now) return [access];
  const committed = describeTime(introducedBy.at);
  return [
    access,
    {
      what: prose`a build that is still pushing ${pull.image}`,
      because: prose`the reference was committed at ${committed}, more than 15 minutes ago`,
    },
  ];
}

function guardsOf(
  { pull, origin, cluster, history, owner }: Missing,
  { image, basis }: KnownReference & { readonly basis: Basis },
): readonly Guard[] {
  const reasons: Prose[] = [];
  if (basis === 'deployed' || basis === 'committed')
    reasons.push(prose`nothing shows that ${image} was ever Ready`);
  if (secretProblems(pull).length > 0)
    reasons.push(prose`a pull secret of the pod could not be read, which can turn into "not found"`);
  if (history === null && !cluster.reached(pull.firstSeen + BUILD_TIME))
    reasons.push(prose`git does not tell when the tag was committed, so its build may still be running`);
  if (owner.kind === 'Job')
    reasons.push(prose`the template of a Job is immutable: the Job must be deleted and created again`);
  if (origin.matched)
    reasons.push(prose`only its equal text suggests that ${origin.field} is the image of this container`);
  return reasons.map((reason) => ({ kind: 'no-auto-merge', reason }));
}

function confidenceIn(
  { pull, origin }: Missing,
  { image, basis }: KnownReference & { readonly basis: Basis },
  isServed: boolean,
): readonly ConfidencePart[] {
  return [
    { factor: BASES[basis].factor, reason: prose`${image} ${BASES[basis].shown}` },
    isServed
      ? { factor: 1, reason: prose`the same repository can be pulled, and lacks this reference` }
      : {
          factor: 0.9,
          reason: prose`the same repository serves another image, but only in another namespace, perhaps with other credentials`,
        },
    ...(origin.matched
      ? [{ factor: 0.85, reason: prose`${origin.field} is the only field with this very image` }]
      : []),
    ...(secretProblems(pull).length > 0
      ? [{ factor: 0.85, reason: prose`the kubelet could not read a pull secret` }]
      : []),
  ];
}
