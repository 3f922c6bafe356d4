import type { ObjectRef } from '../kubernetes/objects.ts';
import type { Read } from '../model/tracking.ts';
import { refKey } from './object-index.ts';

/*
 * The names of all that can be read of a state. Reading and changing a thing have to use the same name; nobody else looks into it.
 */

export function objectRead(kind: string, namespace: string | null, name: string): Read {
  return `${kind} ${namespace ?? ''}/${name}`;
}

/** The objects of a kind in one namespace: a name is never empty, so this is not an object's. */
export function namespaceRead(kind: string, namespace: string | null): Read {
  return `${kind} ${namespace ?? ''}/`;
}

/** All objects of a kind. */
export function kindRead(kind: string): Read {
  return kind;
}

/** The namespaces that have objects of a kind. */
export function namespacesRead(kind: string): Read {
  return `namespaces ${kind}`;
}

export function uidRead(uid: string): Read {
  return `uid ${uid}`;
}

export function eventsRead(about: string): Read {
  return `events ${about}`;
}

export function podsRead(owner: ObjectRef): Read {
  return podsOfRead(refKey(owner));
}

export function podsOfRead(owner: string): Read {
  return `pods ${owner}`;
}

/** Whether objects that are not there are absent: that depends on the namespace, and on whether any others have objects of the kind. */
export function listedReads(kind: string, namespace: string | null): readonly [Read, Read] {
  return [listedRead(kind, namespace), listedAnywhereRead(kind)];
}

export function listedRead(kind: string, namespace: string | null): Read {
  return `listed ${kind} ${namespace ?? ''}`;
}

export function listedAnywhereRead(kind: string): Read {
  return `listed ${kind}`;
}

export const KINDS_READ: Read = 'kinds';
export const VERSIONS_READ: Read = 'versions';
export const PROBLEMS_READ: Read = 'problems';
