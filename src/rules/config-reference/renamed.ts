import { keysNeeded, type Broken } from '../../facts/broken-references.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import type { Guard } from '../../model/finding.ts';
import type { Rename } from '../../model/need.ts';
import { joinProse, listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { lostKeys, type Succession } from '../../witnesses/renames.ts';
import { presentEvidence, type Target } from '../../witnesses/successors.ts';
import { fieldsOf, nameOf, renameTo, resolution, type Resolution } from './resolution.ts';

/** From this share of equal content on, nobody doubts that it is the same object. */
const SURE_SIMILARITY = 0.8;

type Renamed = Extract<Succession, { kind: 'renamed' }>;

/** What history says became of the object. */
export function succeeded(broken: Broken, succession: Succession, cluster: ClusterState): Resolution {
  switch (succession.kind) {
    case 'renamed':
      return renamed(broken, succession);
    case 'split':
      return split(broken, succession);
    case 'out-of-sight':
      return outOfSight(broken, succession.path, cluster);
  }
}

function renamed(broken: Broken, succession: Renamed): Resolution {
  const { path, target } = succession;
  const { commit } = path.at(-1)!;
  const similarity = Math.min(...path.map((rename) => rename.similarity));
  const explanation = prose`${nameOf(broken)} ${toldOf(succession)}, and this reference kept the old name.`;
  const evidence = [
    ...path.map((rename) =>
      commitEvidence(
        rename.commit,
        `${became(broken, rename)}, ${percent(rename.similarity)} of it unchanged`,
      ),
    ),
    ...(target.live ? [presentEvidence(target.live)] : []),
  ];
  if (target.lacks.length > 0) {
    const lacks = listed(target.lacks);
    return resolution('object-renamed', {
      verdict: 'escalate',
      explanation: prose`${explanation} But ${target.name} lacks ${lacks}, which the workload needs.`,
      reason: prose`With the new name the workload would still miss ${lacks}; a person has to say where it comes from.`,
      evidence,
      confidence: [{ factor: 0.8, reason: prose`history proves the rename, but keys are missing` }],
      advice: [prose`Add ${lacks} to ${target.name} and change the reference in one commit.`],
    });
  }
  return resolution('object-renamed', {
    introducedBy: commit,
    explanation,
    reason: prose`History proves the new name: ${describeCommit(commit)}.`,
    changes: renameTo(broken, target.name),
    evidence,
    confidence: [
      {
        factor: similarity >= SURE_SIMILARITY ? 0.98 : 0.85,
        reason: prose`one commit removed the old name and added the new one with ${percent(similarity)} equal content`,
      },
      target.live
        ? { factor: 1, reason: prose`${target.name} exists in the cluster` }
        : {
            factor: 0.95,
            reason: prose`the repository renders ${target.name}, the cluster does not have it yet`,
          },
      ...(areUnseen(broken, target) ? [{ factor: 0.9, reason: prose`its keys are unknown` }] : []),
    ],
    guards: guardsOf(broken, succession, similarity),
  });
}

function toldOf({ path, target, otherParts }: Renamed): Prose {
  const { commit, mergedWith = [] } = path.at(-1)!;
  if (otherParts.length > 0)
    return prose`was split into ${listed([target, ...otherParts].map(({ name }) => name))} in ${describeCommit(commit)}, of which ${target.name} alone has every key that is used`;
  if (mergedWith.length > 0)
    return prose`was merged with ${listed(mergedWith)} into ${target.name} in ${describeCommit(commit)}`;
  return prose`was renamed to ${target.name} in ${describeCommit(commit)}`;
}

function areUnseen(broken: Broken, { keys }: Target): boolean {
  return keys === null && keysNeeded(broken).length > 0;
}

function guardsOf(
  broken: Broken,
  { path, target, otherParts }: Renamed,
  similarity: number,
): readonly Guard[] {
  const { mergedWith = [] } = path.at(-1)!;
  const lost = lostKeys(broken, target, path[0]!);
  const guards: Guard[] = [];
  const hold = (kind: Guard['kind'], reason: Prose): void => void guards.push({ kind, reason });
  if (otherParts.length > 0) hold('no-auto-merge', prose`the object was split, not only renamed`);
  else if (mergedWith.length > 0)
    hold('no-auto-merge', prose`the object was merged with others, not only renamed`);
  if (lost.length > 0)
    hold(
      'draft',
      prose`${target.name} has no ${listed(lost)}, which the old object gave to this workload as well`,
    );
  if (similarity < SURE_SIMILARITY)
    hold('no-auto-merge', prose`only ${percent(similarity)} of the content stayed the same in the rename`);
  if (areUnseen(broken, target)) hold('no-auto-merge', prose`the keys of ${target.name} cannot be seen`);
  return guards;
}

/** Nothing decides between the parts. */
function split(
  broken: Broken,
  { rename, parts, used, complete }: Extract<Succession, { kind: 'split' }>,
): Resolution {
  const names = parts.map(({ name }) => name);
  const has = parts.map(({ name, keys }) =>
    keys === null
      ? prose`the keys of ${name} cannot be seen`
      : prose`${name} has ${keys.size === 0 ? ownText('no keys') : listed([...keys].sort())}`,
  );
  const needs = used === null || used.length === 0 ? ownText('') : prose` The workload uses ${listed(used)}.`;
  return resolution('object-ambiguous', {
    introducedBy: rename.commit,
    explanation: prose`It went away in ${describeCommit(rename.commit)}, which added ${listed(names)} with content of it: ${joinProse(has, '; ')}.${needs}`,
    reason:
      complete.length > 1
        ? prose`${listed(names)} fit equally well, so a person has to choose.`
        : prose`It was split into ${listed(names)}, and no one of them has all that is used: a person has to choose.`,
    evidence: [
      commitEvidence(rename.commit, `removed ${broken.missing.name}, added ${names.join(', ')}`),
      ...parts.flatMap(({ live }) => (live ? [presentEvidence(live)] : [])),
    ],
    advice: names.map((name) => prose`If ${name} is meant, write it at ${fieldsOf(broken)}.`),
  });
}

/** History knows a new name, but what has that name is neither rendered nor seen in the cluster. */
function outOfSight(broken: Broken, path: readonly Rename[], cluster: ClusterState): Resolution {
  const { commit, to } = path.at(-1)!;
  const isSeen = cluster.isRecorded(broken.missing.kind, broken.missing.namespace);
  return resolution('object-renamed', {
    verdict: 'escalate',
    explanation: prose`It was renamed to ${to} in ${describeCommit(commit)}, but ${isSeen ? prose`${to} does not exist either` : prose`whether ${to} exists cannot be seen`}.`,
    reason: prose`The new name is known, not that it would work.`,
    evidence: path.map((rename) => commitEvidence(rename.commit, became(broken, rename))),
    confidence: [{ factor: 0.7, reason: prose`history shows a rename to something out of sight` }],
    advice: [prose`If ${to} exists, write it at ${fieldsOf(broken)}.`],
  });
}

function became({ missing }: Broken, { from, to }: Rename): string {
  return `${missing.kind} ${from} became ${to}`;
}

/** `83 %` */
function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
