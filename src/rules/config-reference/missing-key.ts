import type { Broken } from '../../facts/broken-references.ts';
import { keysOf } from '../../kubernetes/config-objects.ts';
import { refOf, type ObjectRef } from '../../kubernetes/objects.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import { quoted } from '../../model/evidence.ts';
import { type Change, changeOf } from '../../model/change.ts';
import { listed, ownText, prose } from '../../untrusted/prose.ts';
import { commitEvidence, describeCommit } from '../../witnesses/commits.ts';
import { keyField, removalOf, type KeyRemoval } from '../../witnesses/key-history.ts';
import { culpritOf, nameOf, resolution, type Resolution } from './resolution.ts';

/** Longer values are files that a person should restore with git itself. */
const MAX_VALUE = 16_384;

/**
 * Works out what became of a key that a reference names and that the object does not have. Only git's history tells: the commit that
 * removed it, and whether the same commit added its value under another key. No value is made up, and Secrets' values are not read.
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
  const removal = yield* removalOf(ask, ref, key, present);
  if (!removal) return unexplained(broken, present);
  const [heir, ...others] = removal.heirs;
  return heir !== undefined && others.length === 0
    ? keyRenamed(broken, key, heir, removal)
    : keyRemoved(broken, ref, key, removal);
}

function notSynced(broken: Broken, root: string): Resolution {
  const keys = broken.keys ?? [];
  return resolution('key-not-synced', {
    culprit: culpritOf(broken.missing),
    explanation: prose`The repository renders ${nameOf(broken)} with ${listed(keys)} (root ${root}); the cluster has an older one.`,
    reason: prose`Git already has the key: it waits for a sync, not for a change.`,
    evidence: [quoted('git', root, null, `renders ${broken.missing.name} with ${keys.join(', ')}`)],
    advice: [prose`Check what applies ${root}: an error or a paused sync.`],
  });
}

function keyRenamed(broken: Broken, key: string, heir: string, { commit }: KeyRemoval): Resolution {
  const fields = broken.references.flatMap(({ keys }) => keys.filter((use) => use.key === key));
  const changes: readonly Change[] = fields.flatMap(({ field }) =>
    field === null ? [] : [changeOf(broken.owner.ref, field, key, heir)],
  );
  const found = {
    explanation: prose`The key ${key} was renamed to ${heir} in ${describeCommit(commit)}, and this reference kept the old one.`,
    evidence: [commitEvidence(commit, `data key ${key} became ${heir} with the same value`)],
  };
  if (changes.length === 0 || changes.length < fields.length) {
    return resolution('key-renamed', {
      ...found,
      verdict: 'escalate',
      reason: prose`The program itself names the file ${key}: whether it or the key should change is for a person to say.`,
      confidence: [{ factor: 0.9, reason: prose`history proves that the key was renamed` }],
      advice: [
        prose`Project ${heir} under the old name: items: [{key: ${heir}, path: ${key}}].`,
        prose`Or let the program read ${heir}.`,
      ],
    });
  }
  return resolution('key-renamed', {
    ...found,
    reason: prose`History proves the new key: ${describeCommit(commit)}.`,
    changes,
    confidence: [{ factor: 0.97, reason: prose`one commit moved the very value from ${key} to ${heir}` }],
  });
}

function keyRemoved(broken: Broken, ref: ObjectRef, key: string, { commit, value }: KeyRemoval): Resolution {
  const found = {
    culprit: culpritOf(broken.missing),
    explanation: prose`The key ${key} was removed from ${nameOf(broken)} in ${describeCommit(commit)}, although it is still needed here.`,
    evidence: [commitEvidence(commit, `data key ${key} was removed`)],
  };
  if (value.length > MAX_VALUE) {
    return resolution('key-removed', {
      ...found,
      verdict: 'escalate',
      reason: prose`The removed value is a large file: a person restores it from the commit before.`,
      advice: [prose`Take ${key} back from the parent of ${commit.sha.slice(0, 8)}.`],
    });
  }
  return resolution('key-removed', {
    ...found,
    reason: prose`The value that the key had before ${describeCommit(commit)} is restored as it was.`,
    changes: [changeOf(ref, keyField(key), null, value)],
    advice: [prose`If the key is gone for good, remove what reads it.`],
  });
}

function unexplained(broken: Broken, present: ReadonlySet<string> | null): Resolution {
  const keys = listed(broken.keys ?? []);
  const has = [...(present ?? [])].sort();
  const found = {
    culprit: culpritOf(broken.missing),
    reason: prose`Nothing proves what ${keys} was or which key replaced it, and Faultline makes up no value.`,
    advice: [prose`Add ${keys} to ${nameOf(broken)}, or name one of the keys that it has.`],
  };
  if (present === null) {
    return resolution('key-missing', {
      ...found,
      explanation: prose`Which keys it has cannot be seen.`,
      confidence: [{ factor: 0.85, reason: prose`only the kubelet says that the key is missing` }],
    });
  }
  return resolution('key-missing', {
    ...found,
    explanation: prose`It has ${has.length > 0 ? listed(has) : ownText('no keys')}.`,
    evidence: [quoted('object', broken.missing, null, `keys: ${has.join(', ') || 'none'}`)],
    confidence: [{ factor: 0.95, reason: prose`the object is there without the key` }],
  });
}
