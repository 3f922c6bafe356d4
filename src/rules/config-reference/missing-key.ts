import { printFieldPath } from '../../kubernetes/field-path.ts';
import { refOf, type ObjectRef } from '../../kubernetes/objects.ts';
import { ownText, prose } from '../../untrusted/prose.ts';
import { quoted } from '../../model/evidence.ts';
import type { Commit } from '../../model/commit.ts';
import type { FieldVersion } from '../../model/need.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import type { WantedChange } from '../../model/finding.ts';
import type { Broken } from '../../facts/broken-references.ts';
import { keysOf } from '../../kubernetes/config-objects.ts';
import {
  commitEvidence,
  culpritOf,
  describeCommit,
  listOf,
  nameOf,
  objectEvidence,
  resolution,
  type Resolution,
} from './resolution.ts';

/** Keys of one object whose history is looked at; more would say little and cost much. */
const MAX_KEYS = 12;
/** Longer values are files that a person should restore with git itself. */
const MAX_VALUE = 16_384;

/**
 * Works out what became of a key that a reference names and that the object does not have. Only git's history tells: the commit that
 * removed it, and whether the same commit added its value under another key. No value is made up, and Secrets' values are not looked at.
 */
export function* resolveMissingKey(broken: Broken, cluster: ClusterState, ask: Ask): Asking<Resolution> {
  const { kind, namespace, name } = broken.missing;
  const object = cluster.get(kind, namespace, name);
  const present = object ? keysOf(object) : null;
  const keys = broken.keys ?? [];
  const rendered = yield* ask.renderedKind(kind, namespace);
  const source = rendered?.find(
    ({ ref }) => ref.name === name && (ref.namespace === null || ref.namespace === namespace),
  );
  if (source && keys.every((key) => source.keys.includes(key))) return notSynced(broken, source.root);
  if (keys.length !== 1 || kind === 'Secret' || present === null) return unexplained(broken, present);

  const key = keys[0]!;
  const ref: ObjectRef = object ? refOf(object) : broken.missing;
  const others = [...present].sort().slice(0, MAX_KEYS);
  const [own, ...histories] = yield* ask.each(
    [key, ...others].map((each) => ask.history(ref, printFieldPath(['data', each]))),
  );
  const removal = removalOf(own ?? null);
  if (!removal) return unexplained(broken, present);
  const heirs = others.filter((_, index) => cameWith(histories[index] ?? null, removal));
  return heirs.length === 1
    ? keyRenamed(broken, key, heirs[0]!, removal)
    : keyRemoved(broken, ref, key, removal);
}

interface Removal {
  readonly commit: Commit;
  /** The value before the commit that removed it. */
  readonly value: string;
}

function removalOf(versions: readonly FieldVersion[] | null): Removal | null {
  const [last, before] = versions ?? [];
  return last && last.value === undefined && typeof before?.value === 'string'
    ? { commit: last.commit, value: before.value }
    : null;
}

/** True when the commit of the removal brought this key, with the value that was removed. */
function cameWith(versions: readonly FieldVersion[] | null, removal: Removal): boolean {
  const came = (versions ?? []).find(({ commit }) => commit.sha === removal.commit.sha);
  const earlier = (versions ?? []).slice((versions ?? []).indexOf(came!) + 1);
  return came?.value === removal.value && earlier.every(({ value }) => value === undefined);
}

function notSynced(broken: Broken, root: string): Resolution {
  return resolution('key-not-synced', 'decline', {
    culprit: culpritOf(broken.missing),
    explanation: prose`The repository renders ${nameOf(broken)} with ${listOf(broken.keys ?? [])} (root ${root}); the cluster has an older one.`,
    reason: prose`Git already has the key: it waits for a sync, not for a change.`,
    evidence: [
      quoted('git', root, null, `renders ${broken.missing.name} with ${(broken.keys ?? []).join(', ')}`),
    ],
    confidence: [{ factor: 0.95, reason: prose`the repository renders the very key` }],
    advice: [prose`Look at what applies ${root}: an error or a paused sync.`],
  });
}

function keyRenamed(broken: Broken, key: string, heir: string, { commit }: Removal): Resolution {
  const fields = broken.references.flatMap(({ keys }) => keys.filter((use) => use.key === key));
  const explanation = prose`In ${describeCommit(commit)} the key ${key} was renamed to ${heir}, and this reference kept the old one.`;
  const evidence = [commitEvidence(commit, `data key ${key} became ${heir} with the same value`)];
  const wanted: readonly WantedChange[] = fields.flatMap(({ field }) =>
    field === null ? [] : [{ object: broken.owner.ref, field, before: key, after: heir }],
  );
  if (wanted.length === 0 || wanted.length < fields.length) {
    return resolution('key-renamed', 'escalate', {
      explanation,
      reason: prose`The program itself names the file ${key}: whether it or the key should change is for a person to say.`,
      evidence,
      confidence: [{ factor: 0.9, reason: prose`history proves that the key was renamed` }],
      advice: [
        prose`Project ${heir} under the old name: items: [{key: ${heir}, path: ${key}}].`,
        prose`Or let the program read ${heir}.`,
      ],
    });
  }
  return resolution('key-renamed', 'fix', {
    explanation,
    reason: prose`History proves the new key: ${describeCommit(commit)}.`,
    wanted,
    evidence,
    confidence: [{ factor: 0.97, reason: prose`one commit moved the very value from ${key} to ${heir}` }],
  });
}

function keyRemoved(broken: Broken, ref: ObjectRef, key: string, { commit, value }: Removal): Resolution {
  const explanation = prose`In ${describeCommit(commit)} the key ${key} was removed from ${nameOf(broken)}, although it is still needed here.`;
  const evidence = [commitEvidence(commit, `data key ${key} was removed`)];
  if (value.length > MAX_VALUE) {
    return resolution('key-removed', 'escalate', {
      culprit: culpritOf(broken.missing),
      explanation,
      reason: prose`The removed value is a large file: a person restores it from the commit before.`,
      evidence,
      confidence: [{ factor: 0.9, reason: prose`history shows the removal` }],
      advice: [prose`Take ${key} back from the parent of ${commit.sha.slice(0, 8)}.`],
    });
  }
  return resolution('key-removed', 'fix', {
    culprit: culpritOf(broken.missing),
    explanation,
    reason: prose`The value that the key had before ${describeCommit(commit)} is restored as it was.`,
    wanted: [{ object: ref, field: printFieldPath(['data', key]), before: null, after: value }],
    evidence,
    confidence: [{ factor: 0.9, reason: prose`history shows the key and its last value` }],
    guards: [{ kind: 'no-auto-merge', reason: prose`the key was removed by someone, perhaps on purpose` }],
    advice: [prose`If the key is gone for good, remove what reads it.`],
  });
}

function unexplained(broken: Broken, present: ReadonlySet<string> | null): Resolution {
  const keys = listOf(broken.keys ?? []);
  const has = [...(present ?? [])].sort();
  return resolution('key-missing', 'escalate', {
    culprit: culpritOf(broken.missing),
    explanation:
      present === null
        ? prose`Which keys it has cannot be seen.`
        : prose`It has ${has.length > 0 ? listOf(has) : ownText('no keys')}.`,
    reason: prose`Nothing proves what ${keys} was or which key replaced it, and no value is made up.`,
    evidence: present === null ? [] : [objectEvidence(broken.missing, `keys: ${has.join(', ') || 'none'}`)],
    confidence: [
      {
        factor: present === null ? 0.85 : 0.95,
        reason:
          present === null
            ? prose`only the kubelet's word for the missing key`
            : prose`the object is there without the key`,
      },
    ],
    advice: [prose`Add ${keys} to ${nameOf(broken)}, or name one of the keys that it has.`],
  });
}
