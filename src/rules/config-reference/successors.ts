import { refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { joinProse, ownText, prose } from '../../untrusted/prose.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Rename, RenderedKeys } from '../../model/need.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import type { Broken } from '../../facts/broken-references.ts';
import { isGeneratedFrom, withoutHash } from '../../kubernetes/generated-name.ts';
import { keysOf } from '../../kubernetes/config-objects.ts';
import {
  commitEvidence,
  describeCommit,
  keysNeeded,
  listOf,
  nameOf,
  objectEvidence,
  renameTo,
  resolution,
  type Resolution,
} from './resolution.ts';

/** Renames are followed this many times: A became B, B became C. */
const MAX_RENAMES = 3;
/** Git's own threshold for calling two files a rename of each other. */
const MIN_SIMILARITY = 0.5;
/** From this share of equal content on, nobody doubts that it is the same object. */
const SURE_SIMILARITY = 0.8;
/** How sure it is that an object has all keys that the references need. */
type Match = 'all' | 'unknown' | 'lacking';

export interface Target {
  readonly name: string;
  readonly live: KubernetesObject | undefined;
  readonly rendered: RenderedKeys | undefined;
  readonly keys: Match;
  readonly lacks: readonly string[];
}

/** What a name stands for, in the cluster and in the repository; undefined where it is in neither. */
export function targetOf(
  broken: Broken,
  name: string,
  live: readonly KubernetesObject[],
  rendered: readonly RenderedKeys[] | null,
): Target | undefined {
  const object =
    live.find(({ metadata }) => metadata.name === name) ??
    live.find(({ metadata }) => isGeneratedFrom(name, metadata.name));
  const source =
    rendered?.find(({ ref }) => ref.name === name) ??
    rendered?.find(({ ref }) => isGeneratedFrom(name, ref.name));
  if (!object && !source) return undefined;
  const keys = (object && keysOf(object)) ?? (source ? new Set(source.keys) : null);
  const lacks = keys === null ? [] : keysNeeded(broken).filter((key) => !keys.has(key));
  return {
    name,
    live: object,
    rendered: source,
    keys: keys === null ? 'unknown' : lacks.length > 0 ? 'lacking' : 'all',
    lacks,
  };
}

interface Successor {
  readonly rename: Rename;
  readonly target: Target;
}

/** History proves a rename: the object went away in the commit in which another with the same content came. */
export function* followRenames(
  broken: Broken,
  cluster: ClusterState,
  ask: Ask,
  live: readonly KubernetesObject[],
  rendered: readonly RenderedKeys[] | null,
): Asking<Resolution | null> {
  const path: Rename[] = [];
  let name = broken.missing.name;
  for (let hop = 0; hop < MAX_RENAMES; hop += 1) {
    const known = yield* ask.renames({ ...broken.missing, name });
    const renames = (known ?? []).filter(({ from }) => baseOf(from) === baseOf(name));
    const latest = renames.filter(
      ({ commit, similarity }) => commit.sha === renames[0]!.commit.sha && similarity > 0,
    );
    const there = latest.flatMap((rename): readonly Successor[] => {
      const target = targetOf(broken, baseOf(rename.to), live, rendered);
      return target ? [{ rename, target }] : [];
    });
    const chosen = chooseSuccessor(broken, path, there);
    if (chosen) return chosen;
    const alike = latest.filter(({ similarity }) => similarity >= MIN_SIMILARITY);
    if (alike.length !== 1 || there.length > 0) break;
    path.push(alike[0]!);
    name = alike[0]!.to;
  }
  return path.length === 0 ? null : renamedOutOfSight(broken, path, cluster);
}

/**
 * All that came from the old object are looked at before how alike they are: where it was split, the keys that are used say
 * which part is meant, and where they do not, all parts are listed.
 */
function chooseSuccessor(
  broken: Broken,
  path: readonly Rename[],
  there: readonly Successor[],
): Resolution | null {
  const [first] = there;
  if (!first) return null;
  if (there.length === 1) {
    return first.rename.similarity >= MIN_SIMILARITY
      ? renamed(broken, [...path, first.rename], first.target)
      : null;
  }
  if (there.every(({ rename }) => rename.similarity < MIN_SIMILARITY) && !isSplit(there)) return null;
  const used = keysUsed(broken, first.rename.fromKeys ?? null);
  const fitting = there.filter(({ target }) => used !== null && hasAll(target, used));
  if (fitting.length === 1 && used !== null && used.length > 0) {
    const { rename, target } = fitting[0]!;
    const others = there.filter((one) => one !== fitting[0]).map((one) => one.target);
    return renamed(broken, [...path, rename], target, others);
  }
  return split(broken, fitting.length > 1 ? fitting : there, first.rename, used);
}

/** Two or more that have keys of the old object are its parts, however small each is. */
function isSplit(there: readonly Successor[]): boolean {
  const parts = there.filter(({ rename, target }) => {
    const keys = keysOfTarget(target);
    return keys !== null && (rename.fromKeys ?? []).some((key) => keys.has(key));
  });
  return parts.length >= 2;
}

/**
 * The keys that the references need: those that they name, and where one takes the object as a whole (envFrom, a volume
 * without items) all that the old object had. Null where these are not known.
 */
function keysUsed(broken: Broken, old: readonly string[] | null): readonly string[] | null {
  const takesAll = broken.references.some(
    ({ via, keys }) =>
      via === 'envFrom' ||
      (via === 'volume' && !keys.some(({ because }) => because === 'item' || because === 'subPath')),
  );
  if (takesAll && old === null) return null;
  return [...new Set([...keysNeeded(broken), ...(takesAll ? old! : [])])];
}

function keysOfTarget({ live, rendered }: Target): ReadonlySet<string> | null {
  return (live && keysOf(live)) ?? (rendered ? new Set(rendered.keys) : null);
}

function hasAll(target: Target, used: readonly string[]): boolean {
  const keys = keysOfTarget(target);
  return keys !== null && used.every((key) => keys.has(key));
}

/** Nothing decides between the parts. */
function split(
  broken: Broken,
  there: readonly Successor[],
  { commit }: Rename,
  used: readonly string[] | null,
): Resolution {
  const targets = there.map(({ target }) => target);
  const names = targets.map(({ name }) => name);
  const parts = targets.map((target) => {
    const keys = keysOfTarget(target);
    return keys === null
      ? prose`the keys of ${target.name} cannot be seen`
      : prose`${target.name} has ${keys.size === 0 ? ownText('no keys') : listOf([...keys].sort())}`;
  });
  const needs = used === null || used.length === 0 ? ownText('') : prose` The workload uses ${listOf(used)}.`;
  const single = targets.filter((target) => used !== null && used.length > 0 && hasAll(target, used));
  return resolution('object-ambiguous', 'escalate', {
    introducedBy: commit,
    explanation: prose`It went away in ${describeCommit(commit)}, which added ${listOf(names)} with content of it: ${joinProse(parts, '; ')}.${needs}`,
    reason:
      single.length > 1
        ? prose`${listOf(names)} fit equally well, so a person has to choose.`
        : prose`It was split into ${listOf(names)}, and no one of them has all that is used: a person has to choose.`,
    evidence: [
      commitEvidence(commit, `removed ${broken.missing.name}, added ${names.join(', ')}`),
      ...targets.flatMap(({ live }) => (live ? [presentEvidence(live)] : [])),
    ],
    confidence: [{ factor: 0.5, reason: prose`${targets.length} candidates fit` }],
    advice: names.map(
      (name) =>
        prose`If ${name} is meant, write it at ${listOf(broken.references.map(({ field }) => field))}.`,
    ),
  });
}

/** History knows a new name, but what has that name is neither rendered nor seen in the cluster. */
function renamedOutOfSight(broken: Broken, path: readonly Rename[], cluster: ClusterState): Resolution {
  const { commit, to } = path.at(-1)!;
  const gone = cluster.isRecorded(broken.missing.kind, broken.missing.namespace);
  return resolution('object-renamed', 'escalate', {
    explanation: prose`It was renamed to ${to} in ${describeCommit(commit)}, but ${gone ? prose`${to} does not exist either` : prose`whether ${to} exists cannot be seen`}.`,
    reason: prose`The new name is known, not that it would work.`,
    evidence: path.map((rename) =>
      commitEvidence(rename.commit, `${broken.missing.kind} ${rename.from} became ${rename.to}`),
    ),
    confidence: [{ factor: 0.7, reason: prose`history shows a rename to something out of sight` }],
    advice: [prose`If ${to} exists, write it at ${listOf(broken.references.map(({ field }) => field))}.`],
  });
}

function baseOf(name: string): string {
  return withoutHash(name);
}

function renamed(
  broken: Broken,
  path: readonly Rename[],
  target: Target,
  otherParts: readonly Target[] = [],
): Resolution {
  const last = path.at(-1)!;
  const similarity = Math.min(...path.map((rename) => rename.similarity));
  const evidence: Evidence[] = path.map(({ commit, from, to, similarity: share }) =>
    commitEvidence(
      commit,
      `${broken.missing.kind} ${from} became ${to}, ${Math.round(share * 100)} % of it unchanged`,
    ),
  );
  if (target.live) evidence.push(presentEvidence(target.live));
  const merged = last.mergedWith ?? [];
  const what =
    otherParts.length > 0
      ? prose`was split into ${listOf([target, ...otherParts].map(({ name }) => name))} in ${describeCommit(last.commit)}, of which ${target.name} alone has every key that is used`
      : merged.length > 0
        ? prose`was merged with ${listOf(merged)} into ${target.name} in ${describeCommit(last.commit)}`
        : prose`was renamed to ${target.name} in ${describeCommit(last.commit)}`;
  const explanation = prose`${nameOf(broken)} ${what}, and this reference kept the old name.`;
  if (target.keys === 'lacking') {
    return resolution('object-renamed', 'escalate', {
      explanation: prose`${explanation} But ${target.name} lacks ${listOf(target.lacks)}, which the workload needs.`,
      reason: prose`With the new name the workload would still miss ${listOf(target.lacks)}; a person has to say where it comes from.`,
      evidence,
      confidence: [{ factor: 0.8, reason: prose`history proves the rename, but keys are missing` }],
      advice: [prose`Add ${listOf(target.lacks)} to ${target.name} and change the reference in one commit.`],
    });
  }
  const unsure = target.keys === 'unknown' && keysNeeded(broken).length > 0;
  const lost = lostKeys(broken, target, path[0]!);
  const guards = [
    ...(otherParts.length > 0 || merged.length > 0
      ? [
          {
            kind: 'no-auto-merge' as const,
            reason: prose`the object was ${ownText(otherParts.length > 0 ? 'split' : 'merged with others')}, not only renamed`,
          },
        ]
      : []),
    ...(lost.length > 0
      ? [
          {
            kind: 'draft' as const,
            reason: prose`${target.name} has no ${listOf(lost)}, which the old object gave to this workload as well`,
          },
        ]
      : []),
    ...(similarity < SURE_SIMILARITY
      ? [
          {
            kind: 'no-auto-merge' as const,
            reason: prose`only ${Math.round(similarity * 100)} % of the content stayed the same in the rename`,
          },
        ]
      : []),
    ...(unsure
      ? [{ kind: 'no-auto-merge' as const, reason: prose`the keys of ${target.name} cannot be seen` }]
      : []),
  ];
  return resolution('object-renamed', 'fix', {
    introducedBy: last.commit,
    explanation,
    reason: prose`History proves the new name: ${describeCommit(last.commit)}.`,
    wanted: renameTo(broken, target.name),
    evidence,
    confidence: [
      {
        factor: similarity >= SURE_SIMILARITY ? 0.98 : 0.85,
        reason: prose`one commit removed the old name and added the new one with ${Math.round(similarity * 100)} % equal content`,
      },
      target.live
        ? { factor: 1, reason: prose`${target.name} exists in the cluster` }
        : {
            factor: 0.95,
            reason: prose`the repository renders ${target.name}, the cluster does not have it yet`,
          },
      ...(unsure ? [{ factor: 0.9, reason: prose`its keys are unknown` }] : []),
    ],
    guards,
  });
}

/** Keys that the old object had and the new one lacks, where a reference takes all of them. */
function lostKeys(broken: Broken, target: Target, first: Rename): readonly string[] {
  const used = keysUsed(broken, first.fromKeys ?? null);
  const keys = keysOfTarget(target);
  return used === null || keys === null ? [] : used.filter((key) => !keys.has(key));
}

export function presentEvidence(object: KubernetesObject): Evidence {
  const keys = keysOf(object);
  return objectEvidence(
    refOf(object),
    keys === null ? 'exists; its keys are unknown' : `exists with the keys ${[...keys].sort().join(', ')}`,
  );
}
