import { keysNeeded, type Broken } from '../../facts/broken-references.ts';
import { MINUTE } from '../../kubernetes/durations.ts';
import { withoutHash } from '../../kubernetes/generated-name.ts';
import { describeRef, refOf } from '../../kubernetes/objects.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import { quoted } from '../../model/evidence.ts';
import { listed, ownText, prose } from '../../untrusted/prose.ts';
import { describeLine, generatorLines } from '../../witnesses/generators.ts';
import type { Relation } from '../../witnesses/near-name.ts';
import { successionOf } from '../../witnesses/renames.ts';
import {
  generatedSiblings,
  neighboursOf,
  presentEvidence,
  relatedTo,
  renderedEvidence,
  targetEvidence,
  type Neighbours,
  type Related,
} from '../../witnesses/successors.ts';
import {
  chainBehind,
  culpritBehind,
  describeWriter,
  writerEvidence,
  writerOf,
  type Writer,
} from '../../witnesses/writers.ts';
import { succeeded } from './renamed.ts';
import { culpritOf, fieldsOf, nameOf, renameTo, resolution, type Resolution } from './resolution.ts';

/** A controller that has not delivered for this long will not do so without a change. */
const OVERDUE = 10 * MINUTE;

/** Works out what became of an object that a reference names and that is not there. The most certain explanation wins. */
export function* resolveMissingObject(broken: Broken, cluster: ClusterState, ask: Ask): Asking<Resolution> {
  const { kind, namespace, name } = broken.missing;
  const writer = writerOf(cluster, broken.missing);
  if (writer) return pending(broken, writer, cluster);

  const neighbours = neighboursOf(broken, cluster, yield* ask.renderedKind(kind, namespace));
  const { rendered } = neighbours;
  const itself = rendered?.find(({ ref }) => ref.name === name);
  if (itself) return notSynced(broken, itself.root);
  const siblings = generatedSiblings(broken, neighbours);
  if (siblings.length > 0) return yield* generatedName(broken, siblings, neighbours, ask);

  const succession = yield* successionOf(broken, ask, neighbours);
  const found = succession
    ? succeeded(broken, succession, cluster)
    : (byKeysAndName(broken, neighbours) ?? elsewhere(broken, cluster) ?? nowhere(broken, neighbours));
  if (rendered === null) return found;
  const waits = {
    what: prose`a sync that is still to come`,
    because: prose`the repository does not render ${nameOf(broken)}`,
  };
  return { ...found, ruledOut: [waits, ...found.ruledOut] };
}

function pending(broken: Broken, writer: Writer, cluster: ClusterState): Resolution {
  const { object, since } = writer;
  const isOverdue = since === null || cluster.reached(since + OVERDUE + 1);
  const culprit = culpritBehind(writer);
  return resolution('object-pending', {
    ...(isOverdue ? {} : { verdict: 'monitor' }),
    culprit,
    explainedBy: chainBehind(writer).filter(
      ({ name, kind }) => name !== culprit.name || kind !== culprit.kind,
    ),
    explanation: prose`${describeWriter(writer)}.`,
    reason: prose`${nameOf(broken)} is written by ${describeRef(refOf(object))}: the reference is right, its source has to deliver.`,
    evidence: writerEvidence(writer),
    advice: [
      isOverdue
        ? prose`Repair ${describeRef(culprit)}; the pods start once ${nameOf(broken)} exists.`
        : prose`Wait for ${describeRef(refOf(object))}; the pods start once ${nameOf(broken)} exists.`,
    ],
  });
}

function notSynced(broken: Broken, root: string): Resolution {
  return resolution('object-not-synced', {
    culprit: culpritOf(broken.missing),
    explanation: prose`The repository does render it (root ${root}), so it was not applied yet, or it was deleted in the cluster.`,
    reason: prose`Git already has ${nameOf(broken)}: it waits for a sync, not for a change.`,
    evidence: [renderedEvidence({ ref: broken.missing, root, keys: [] })],
    advice: [prose`Check what applies ${root}: an error, a paused sync or a missing namespace.`],
  });
}

/**
 * Names with a hash are made by generators, which rewrite the references too. A reference that names another hash, or none, was
 * rendered at another time or in another place: no name that could be written into git would stay right.
 */
function* generatedName(
  broken: Broken,
  siblings: readonly string[],
  { rendered }: Neighbours,
  ask: Ask,
): Asking<Resolution> {
  const { name } = broken.missing;
  const evidence = siblings.map((other) =>
    quoted('object', { ...broken.missing, name: other }, null, 'generated under this name'),
  );
  if (withoutHash(name) !== name) {
    return resolution('generated-name', {
      explanation: prose`Its name ends in a hash of its content, and now the generator makes ${listed(siblings)} instead: the workload was rendered before, or the old object was pruned too early.`,
      reason: prose`Generated names are not written into git: the next sync of the workload brings the reference.`,
      evidence,
      advice: [prose`Sync the workload, and prune generated objects only after it.`],
    });
  }
  const roots = (rendered ?? []).filter(({ ref }) => siblings.includes(ref.name)).map(({ root }) => root);
  const lines = yield* generatorLines(name, [...new Set(roots)], ask);
  const places = lines.map(describeLine);
  const at = lines.length === 0 ? ownText('') : prose` at ${listed(places)}`;
  return resolution('generated-name', {
    explanation: prose`A generator${at} makes it under the name ${listed(siblings)}; this reference was not rewritten, so it is rendered apart from its generator.`,
    reason: prose`The reference and the generator have to be in one kustomization; no name with a hash would stay right.`,
    evidence: [...evidence, ...lines.map((line) => quoted('git', describeLine(line), null, line.text))],
    advice: [
      prose`Generate ${name} in the kustomization that has the workload, or set options.disableNameSuffixHash of the generator${at}.`,
    ],
  });
}

/** The weaker proof: one object that is live and rendered, has all keys and a related name. */
function byKeysAndName(broken: Broken, neighbours: Neighbours): Resolution | null {
  const [one, ...others] = relatedTo(broken, neighbours);
  if (one === undefined) return null;
  if (others.length > 0) return ambiguous(broken, [one, ...others]);
  return one.isKept ? misnamed(broken, one, neighbours) : unproven(broken, one, neighbours);
}

const RELATIONS: Readonly<Record<Relation, string>> = {
  version: 'differs only in its version',
  spelling: 'is the same name spelt differently',
  'extra-word': 'differs in one word',
};

function ambiguous(broken: Broken, related: readonly Related[]): Resolution {
  const names = related.map(({ name }) => name);
  return resolution('object-ambiguous', {
    explanation: prose`${listed(names)} are all there, have related names and every key that is used.`,
    reason: prose`${listed(names)} fit equally well, so a person has to choose.`,
    evidence: related.map(({ live }) => presentEvidence(live)),
    advice: names.map((name) => prose`If ${name} is meant, write it at ${fieldsOf(broken)}.`),
  });
}

function misnamed(broken: Broken, one: Related, { rendered }: Neighbours): Resolution {
  const keys = keysNeeded(broken);
  const kind = ownText(broken.missing.kind);
  const relation = ownText(RELATIONS[one.relation]);
  const hasKeys = keys.length > 0 ? prose` and has ${listed(keys)}` : ownText('');
  const vouched =
    one.rendered || rendered === null
      ? []
      : [
          {
            factor: 0.9,
            reason: prose`the repository renders no Secrets in this namespace, so only the cluster vouches for it`,
          },
        ];
  return resolution('object-misnamed', {
    explanation: prose`${kind} ${one.name} ${relation}, exists in the same namespace${hasKeys}; nothing else fits.`,
    reason: prose`${one.name} is the only ${kind} that fits by keys and name; a person has to confirm that it is meant.`,
    changes: renameTo(broken, one.name),
    evidence: targetEvidence(one),
    confidence: [
      { factor: 0.85, reason: prose`one candidate, whose name ${relation}` },
      keys.length > 0
        ? { factor: 1, reason: prose`it has every key that is used: ${listed(keys)}` }
        : { factor: 0.9, reason: prose`the reference names no key that could confirm it` },
      ...vouched,
    ],
  });
}

function unproven(broken: Broken, { name, live, relation }: Related, { rendered }: Neighbours): Resolution {
  const doubt =
    rendered === null
      ? ownText('what the repository renders could not be found out')
      : ownText('the repository does not render it');
  return resolution('object-misnamed', {
    verdict: 'escalate',
    explanation: prose`${ownText(broken.missing.kind)} ${name} exists and its name ${ownText(RELATIONS[relation])}, but ${doubt}.`,
    reason: prose`${name} may be meant, but nothing in git vouches for it.`,
    evidence: [presentEvidence(live)],
    confidence: [{ factor: 0.6, reason: prose`a related name in the cluster alone` }],
    advice: [
      prose`If ${name} is meant, write it at ${fieldsOf(broken)}.`,
      prose`Otherwise add ${nameOf(broken)} to git, or whatever creates it.`,
    ],
  });
}

function elsewhere(broken: Broken, cluster: ClusterState): Resolution | null {
  const { kind, namespace, name } = broken.missing;
  const others = cluster
    .list(kind)
    .filter((object) => object.metadata.name === name && (object.metadata.namespace ?? null) !== namespace);
  if (others.length === 0) return null;
  const namespaces = listed(others.map((object) => object.metadata.namespace ?? ''));
  return resolution('object-in-other-namespace', {
    explanation: prose`One of that name exists in namespace ${namespaces}, where pods of ${namespace ?? ''} cannot read it.`,
    reason: prose`A pod reads only its own namespace: the object has to be created there, which no change of the reference does.`,
    evidence: others.map(presentEvidence),
    advice: [
      prose`Create ${nameOf(broken)} in namespace ${namespace ?? ''} from what creates it in ${namespaces}.`,
    ],
  });
}

function nowhere(broken: Broken, { live, rendered }: Neighbours): Resolution {
  const { kind, namespace } = broken.missing;
  const others = live.map(({ metadata }) => metadata.name);
  const keys = keysNeeded(broken);
  const searched =
    rendered === null
      ? ownText('What the repository renders could not be found out')
      : ownText('The repository does not render it');
  const there =
    others.length > 0 ? prose`; of that kind there are ${listed(others)}, none of which fits` : ownText('');
  return resolution('object-missing', {
    culprit: culpritOf(broken.missing),
    explanation: prose`${searched}, and no commit is known that renamed it${there}.`,
    reason: prose`Nothing shows which ${ownText(kind)} was meant, and Faultline does not guess.`,
    evidence:
      others.length > 0 ? [quoted('object', { kind, namespace, name: '*' }, null, others.join(', '))] : [],
    advice: [
      prose`Add ${nameOf(broken)} to git${keys.length > 0 ? prose` with ${listed(keys)}` : ownText('')}, or whatever is meant to create it.`,
      prose`If the workload can do without it, mark the reference optional.`,
    ],
  });
}
