import { MINUTE } from '../../kubernetes/durations.ts';
import { describeRef, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { ownText, prose } from '../../untrusted/prose.ts';
import { quoted } from '../../model/evidence.ts';
import type { RenderedKeys } from '../../model/need.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import type { Broken } from '../../facts/broken-references.ts';
import { followRenames, presentEvidence, targetOf, type Target } from './successors.ts';
import { relationOf, type Relation } from '../../witnesses/near-name.ts';
import { isGeneratedFrom, withoutHash } from '../../kubernetes/generated-name.ts';
import { isSystemObject } from '../../kubernetes/config-objects.ts';
import { writerOf, type Writer } from '../../witnesses/writers.ts';
import {
  culpritOf,
  keysNeeded,
  listOf,
  nameOf,
  objectEvidence,
  renameTo,
  resolution,
  type Resolution,
} from './resolution.ts';

/** A controller that has not delivered for this long will not do so by itself. */
const OVERDUE = 10 * MINUTE;

/** Works out what became of an object that a reference names and that is not there. The most certain explanation wins. */
export function* resolveMissingObject(broken: Broken, cluster: ClusterState, ask: Ask): Asking<Resolution> {
  const { kind, namespace, name } = broken.missing;
  const writer = writerOf(cluster, broken.missing);
  if (writer) return pending(broken, writer);

  const rendered = inNamespace(yield* ask.renderedKind(kind, namespace), namespace);
  const itself = rendered?.find(({ ref }) => ref.name === name);
  if (itself) return notSynced(broken, itself);

  const live = cluster.list(kind, namespace).filter((object) => !isSystemObject(object));
  const generated = generatedName(broken, live, rendered);
  if (generated) return generated;

  const renamed = yield* followRenames(broken, cluster, ask, live, rendered);
  return renamed ?? byKeysAndName(broken, cluster, live, rendered);
}

/** Manifests may leave the namespace to whatever applies them. */
function inNamespace(
  rendered: readonly RenderedKeys[] | null,
  namespace: string | null,
): readonly RenderedKeys[] | null {
  return rendered?.filter(({ ref }) => ref.namespace === null || ref.namespace === namespace) ?? null;
}

function pending(broken: Broken, { object, condition, since }: Writer): Resolution {
  const says = condition
    ? prose`its condition ${condition.type} is ${condition.status}${condition.reason ? prose` (${condition.reason})` : ownText('')}${condition.message ? prose`: ${condition.message}` : ownText('')}`
    : prose`it has no Ready condition yet`;
  const overdue = since === null || since > OVERDUE;
  return resolution('object-pending', overdue ? 'decline' : 'monitor', {
    culprit: culpritOf(refOf(object)),
    explanation: prose`${describeRef(refOf(object))} is there to create it, but ${says}.`,
    reason: prose`${nameOf(broken)} is written by ${describeRef(refOf(object))}: the reference is right, its source has to deliver.`,
    evidence: [
      objectEvidence(
        refOf(object),
        condition
          ? `${condition.type}=${condition.status} ${condition.reason ?? ''} ${condition.message ?? ''}`.trim()
          : 'no conditions yet',
      ),
    ],
    confidence: [{ factor: 0.95, reason: prose`an object that writes this very name exists` }],
    advice: [
      prose`Repair ${describeRef(refOf(object))}; the pods start by themselves once ${nameOf(broken)} exists.`,
    ],
  });
}

function notSynced(broken: Broken, { root }: RenderedKeys): Resolution {
  return resolution('object-not-synced', 'decline', {
    culprit: culpritOf(broken.missing),
    explanation: prose`The repository does render it (root ${root}), so it was not applied yet, or it was deleted in the cluster.`,
    reason: prose`Git already has ${nameOf(broken)}: it waits for a sync, not for a change.`,
    evidence: [quoted('git', root, null, `renders ${describeRef(broken.missing)}`)],
    confidence: [{ factor: 0.95, reason: prose`the repository renders the very object` }],
    advice: [prose`Look at what applies ${root}: an error, a paused sync or a missing namespace.`],
  });
}

/**
 * Names with a hash are made by generators, which rewrite the references too. A reference that names another hash, or none, was
 * rendered at another time or in another place: no name that could be written into git would stay right.
 */
function generatedName(
  broken: Broken,
  live: readonly KubernetesObject[],
  rendered: readonly RenderedKeys[] | null,
): Resolution | null {
  const { name } = broken.missing;
  const base = withoutHash(name);
  const candidates = [
    ...live.map((object) => object.metadata.name),
    ...(rendered ?? []).map(({ ref }) => ref.name),
  ];
  const siblings = [...new Set(candidates.filter((other) => isGeneratedFrom(base, other)))];
  const hashed = base !== name;
  if (siblings.length === 0 && !(hashed && candidates.includes(base))) return null;
  const others = listOf(siblings.length > 0 ? siblings : [base]);
  return resolution('generated-name', 'decline', {
    explanation: hashed
      ? prose`Its name ends in a hash of its content, and now the generator makes ${others} instead: the workload was rendered before, or the old object was pruned too early.`
      : prose`A generator makes it under the name ${others}; this reference was not rewritten, so it is rendered apart from its generator.`,
    reason: hashed
      ? prose`Generated names are not written into git: the next sync of the workload brings the reference.`
      : prose`The reference and the generator have to be in one kustomization; no name with a hash would stay right.`,
    evidence: siblings.map((other) =>
      objectEvidence({ ...broken.missing, name: other }, 'generated under this name'),
    ),
    confidence: [{ factor: 0.9, reason: prose`the names differ in the generated hash alone` }],
    advice: hashed
      ? [prose`Sync the workload, and prune generated objects only after it.`]
      : [prose`Generate ${name} in the kustomization that has the workload, or set disableNameSuffixHash.`],
  });
}

function ambiguous(broken: Broken, targets: readonly Target[]): Resolution {
  const names = targets.map(({ name }) => name);
  return resolution('object-ambiguous', 'escalate', {
    explanation: prose`${listOf(names)} are all there, have related names and every key that is used.`,
    reason: prose`${listOf(names)} fit equally well, so a person has to choose.`,
    evidence: targets.flatMap(({ live }) => (live ? [presentEvidence(live)] : [])),
    confidence: [{ factor: 0.5, reason: prose`${targets.length} candidates fit` }],
    advice: names.map(
      (name) =>
        prose`If ${name} is meant, write it at ${listOf(broken.references.map(({ field }) => field))}.`,
    ),
  });
}

interface Candidate extends Target {
  readonly live: KubernetesObject;
  readonly relation: Relation;
}

/** The weaker proof: one object that is live and rendered, has all keys and a related name. */
function byKeysAndName(
  broken: Broken,
  cluster: ClusterState,
  live: readonly KubernetesObject[],
  rendered: readonly RenderedKeys[] | null,
): Resolution {
  const { namespace, name } = broken.missing;
  const context = [broken.owner.ref.name, ...(namespace === null ? [] : [namespace])];
  const related = live
    .filter(
      (object) =>
        withoutHash(object.metadata.name) === object.metadata.name && !isUsedAsAWhole(broken, object),
    )
    .flatMap((object): readonly Candidate[] => {
      const relation = relationOf(name, object.metadata.name, context);
      const target = targetOf(broken, object.metadata.name, live, rendered);
      return relation && target && target.keys === 'all' ? [{ ...target, live: object, relation }] : [];
    });
  const proven = related.filter((candidate) => isKept(broken, candidate, rendered));
  if (proven.length === 1 && related.length === 1) return misnamed(broken, proven[0]!, rendered);
  if (related.length > 1) return ambiguous(broken, related);
  if (related.length === 1) return unproven(broken, related[0]!, rendered);
  return nowhere(broken, cluster, live, rendered);
}

/** Another volume or envFrom of the same template has it already: it plays its own part there. */
function isUsedAsAWhole(broken: Broken, object: KubernetesObject): boolean {
  const template = broken.template.filter(
    ({ kind, name, via }) => kind === object.kind && name === object.metadata.name && via !== 'env',
  );
  return template.length > 0;
}

/**
 * True when the repository keeps the candidate. Secrets are often not in git: where the repository renders none in this namespace, an
 * installer that rotates a versioned name is believed, if the reference names keys and the Secret has them.
 */
function isKept(broken: Broken, candidate: Candidate, rendered: readonly RenderedKeys[] | null): boolean {
  if (candidate.rendered) return true;
  if (broken.missing.kind !== 'Secret' || rendered === null || rendered.length > 0) return false;
  const controlled =
    candidate.live.metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false;
  return candidate.relation === 'version' && !controlled && keysNeeded(broken).length > 0;
}

const RELATIONS: Readonly<Record<Relation, string>> = {
  version: 'differs only in its version',
  spelling: 'is the same name spelt differently',
  'extra-word': 'differs in one word',
};

function misnamed(
  broken: Broken,
  candidate: Candidate,
  rendered: readonly RenderedKeys[] | null,
): Resolution {
  const keys = keysNeeded(broken);
  return resolution('object-misnamed', 'fix', {
    explanation: prose`${ownText(broken.missing.kind)} ${candidate.name} ${ownText(RELATIONS[candidate.relation])}, exists in the same namespace${keys.length > 0 ? prose` and has ${listOf(keys)}` : ownText('')}; nothing else fits.`,
    reason: prose`${candidate.name} is the only ${ownText(broken.missing.kind)} that fits by keys and name; a person has to confirm that it is meant.`,
    wanted: renameTo(broken, candidate.name),
    evidence: [
      presentEvidence(candidate.live),
      ...(candidate.rendered
        ? [quoted('git', candidate.rendered.root, null, `renders ${describeRef(candidate.rendered.ref)}`)]
        : []),
    ],
    confidence: [
      { factor: 0.85, reason: prose`one candidate, whose name ${ownText(RELATIONS[candidate.relation])}` },
      keys.length > 0
        ? { factor: 1, reason: prose`it has every key that is used: ${listOf(keys)}` }
        : { factor: 0.9, reason: prose`the reference names no key that could confirm it` },
      ...(candidate.rendered || rendered === null
        ? []
        : [
            {
              factor: 0.9,
              reason: prose`the repository renders no Secrets in this namespace, so only the cluster vouches for it`,
            },
          ]),
    ],
    guards: [
      { kind: 'no-auto-merge', reason: prose`the new name rests on keys and likeness, not on history` },
    ],
  });
}

function unproven(
  broken: Broken,
  candidate: Candidate,
  rendered: readonly RenderedKeys[] | null,
): Resolution {
  const unknownRendering = rendered === null;
  return resolution('object-misnamed', 'escalate', {
    explanation: prose`${ownText(broken.missing.kind)} ${candidate.name} exists and its name ${ownText(RELATIONS[candidate.relation])}, but ${unknownRendering ? ownText('what the repository renders could not be found out') : ownText('the repository does not render it')}.`,
    reason: prose`${candidate.name} may be meant, but nothing in git vouches for it.`,
    evidence: [presentEvidence(candidate.live)],
    confidence: [{ factor: 0.6, reason: prose`a related name in the cluster alone` }],
    advice: [
      prose`If ${candidate.name} is meant, write it at ${listOf(broken.references.map(({ field }) => field))}.`,
      prose`Otherwise add ${nameOf(broken)} to git, or whatever creates it.`,
    ],
  });
}

function nowhere(
  broken: Broken,
  cluster: ClusterState,
  live: readonly KubernetesObject[],
  rendered: readonly RenderedKeys[] | null,
): Resolution {
  const { kind, namespace, name } = broken.missing;
  const elsewhere = cluster
    .list(kind)
    .filter((object) => object.metadata.name === name && (object.metadata.namespace ?? null) !== namespace);
  const namespaces = elsewhere.map((object) => object.metadata.namespace ?? '');
  if (elsewhere.length > 0) {
    return resolution('object-in-other-namespace', 'decline', {
      explanation: prose`One of that name exists in namespace ${listOf(namespaces)}, where pods of ${namespace ?? ''} cannot read it.`,
      reason: prose`A pod reads only its own namespace: the object has to be created there, which no change of the reference does.`,
      evidence: elsewhere.map((object) => presentEvidence(object)),
      confidence: [{ factor: 0.85, reason: prose`the same name exists elsewhere` }],
      advice: [
        prose`Create ${nameOf(broken)} in namespace ${namespace ?? ''} from what creates it in ${listOf(namespaces)}.`,
      ],
    });
  }
  const others = live.map((object) => object.metadata.name);
  const searched =
    rendered === null
      ? prose`What the repository renders could not be found out`
      : prose`The repository does not render it`;
  return resolution('object-missing', 'decline', {
    culprit: culpritOf(broken.missing),
    explanation: prose`${searched}, and no commit is known that renamed it${others.length > 0 ? prose`; of that kind there are ${listOf(others)}, none of which fits` : ownText('')}.`,
    reason: prose`Nothing shows which ${ownText(kind)} was meant, and none is made up.`,
    evidence: others.length > 0 ? [objectEvidence({ kind, namespace, name: '*' }, others.join(', '))] : [],
    confidence: [{ factor: 0.9, reason: prose`the object is missing; why is unknown` }],
    advice: [
      prose`Add ${nameOf(broken)} to git${keysNeeded(broken).length > 0 ? prose` with ${listOf(keysNeeded(broken))}` : ownText('')}, or whatever is meant to create it.`,
      prose`If the workload can do without it, mark the reference optional.`,
    ],
  });
}
