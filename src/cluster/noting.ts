import type { KubernetesObject } from '../kubernetes/objects.ts';
import { refOf } from '../kubernetes/objects.ts';
import type { ClusterState, Owner } from '../model/cluster-state.ts';
import type { Read, ReadNotes } from '../model/tracking.ts';
import { refKey } from './object-index.ts';
import { climb, type Known } from './owner-chain.ts';
import * as reads from './reads.ts';
import { maskedObject } from '../untrusted/masked.ts';

interface Climbed {
  readonly owner: Owner;
  readonly read: ReadonlySet<Read>;
}

/** Notes what is read of states of one moment; each object is climbed from once, for all who note. */
export function notingOf(state: ClusterState): (notes: ReadNotes) => ClusterState {
  const climbed = new Map<KubernetesObject, Climbed>();
  const climbOnce = (object: KubernetesObject): Climbed => {
    const known = climbed.get(object);
    if (known) return known;
    const read = new Set<Read>();
    const owner = climb(
      maskedObject(object),
      knownTo(state, (one) => read.add(one)),
    );
    const found = { owner, read };
    climbed.set(object, found);
    return found;
  };
  return (notes) => noting(state, notes, climbOnce);
}

/** What a climb reads, noted. */
export function knownTo(state: Known, note: (read: Read) => void): Known {
  return {
    get: (kind, namespace, name) => {
      note(reads.objectRead(kind, namespace, name));
      return state.get(kind, namespace, name);
    },
    byUid: (uid) => {
      note(reads.uidRead(uid));
      return state.byUid(uid);
    },
    presence: (kind, namespace, name) => {
      note(reads.objectRead(kind, namespace, name));
      for (const read of reads.listedReads(kind, namespace)) note(read);
      return state.presence(kind, namespace, name);
    },
  };
}

function noting(
  state: ClusterState,
  notes: ReadNotes,
  climbOnce: (object: KubernetesObject) => Climbed,
): ClusterState {
  const note = (read: Read): void => notes.read(read);
  const { get, byUid, presence } = knownTo(state, note);
  return {
    name: state.name,
    get now() {
      notes.now();
      return state.now;
    },
    reached: (time) => {
      const has = state.reached(time);
      if (!has) notes.until(time);
      return has;
    },
    get problems() {
      note(reads.PROBLEMS_READ);
      notes.now();
      return state.problems;
    },
    get versions() {
      note(reads.VERSIONS_READ);
      return state.versions;
    },
    kinds: () => {
      note(reads.KINDS_READ);
      return state.kinds();
    },
    namespacesOf: (kind) => {
      note(reads.namespacesRead(kind));
      return state.namespacesOf(kind);
    },
    list: (kind, namespace) => {
      note(namespace === undefined ? reads.kindRead(kind) : reads.namespaceRead(kind, namespace));
      return state.list(kind, namespace);
    },
    get,
    byUid,
    presence,
    isRecorded: (kind, namespace) => {
      for (const read of reads.listedReads(kind, namespace)) note(read);
      return state.isRecorded(kind, namespace);
    },
    eventsOf: (object) => {
      note(reads.eventsRead(refKey(refOf(object))));
      const events = state.eventsOf(object);
      // An event that is ahead of the clock is told as of now.
      if (events.at(-1)?.lastSeen === state.now) notes.now();
      return events;
    },
    ownerOf: (object) => {
      const { owner, read } = climbOnce(object);
      for (const one of read) note(one);
      return owner;
    },
    podsOf: (owner) => {
      note(reads.podsRead(owner));
      return state.podsOf(owner);
    },
  };
}
