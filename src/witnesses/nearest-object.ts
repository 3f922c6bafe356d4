import type { NamedObject } from '../facts/named-objects.ts';
import { refOf, type ObjectRef } from '../kubernetes/objects.ts';
import type { Ask, Asking } from '../model/ask.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Commit } from '../model/commit.ts';
import { prose, type Prose } from '../untrusted/prose.ts';
import { relationOf } from './near-name.ts';
import { describeCommit } from './commits.ts';

/** The one object that a reference to a missing one could mean, and what vouches for it. */
export interface NearestObject {
  readonly object: ObjectRef;
  /** What the reference has to say instead: the name, or the kind. */
  readonly part: 'name' | 'kind';
  /** A sentence. */
  readonly because: Prose;
  /** 0 to 1. */
  readonly certainty: number;
  /** The commit that took the reference away from it. */
  readonly introducedBy?: Commit;
}

/** Kinds that say the same in one namespace and for all of them. */
const TWINS: Readonly<Record<string, string>> = {
  SecretStore: 'ClusterSecretStore',
  ClusterSecretStore: 'SecretStore',
  Issuer: 'ClusterIssuer',
  ClusterIssuer: 'Issuer',
};

/**
 * What a reference meant, in this order: what it named before the last commit that changed it, an object of its name and the twin kind, the
 * one object of a similar name. Null where none or several fit.
 *
 * @param field the field that holds the name
 */
export function* nearestObject(
  cluster: ClusterState,
  from: ObjectRef,
  { kind, namespace, name }: NamedObject,
  field: string,
  ask: Ask,
): Asking<NearestObject | null> {
  const [now, before] = (yield* ask.history(from, field)) ?? [];
  const earlier =
    now?.value === name && typeof before?.value === 'string'
      ? cluster.get(kind, namespace, before.value)
      : undefined;
  if (now && earlier)
    return {
      object: refOf(earlier),
      part: 'name',
      because: prose`It named ${earlier.metadata.name}, which exists, until ${describeCommit(now.commit)}.`,
      certainty: 0.95,
      introducedBy: now.commit,
    };
  const twin = twinOf(cluster, from, kind, name);
  if (twin)
    return {
      object: refOf(twin),
      part: 'kind',
      because: prose`${twin.kind} ${name} exists: the reference names the wrong kind.`,
      certainty: 0.9,
    };
  return nearestByName(cluster.list(kind, namespace), from, name);
}

function twinOf(
  cluster: ClusterState,
  from: ObjectRef,
  kind: string,
  name: string,
): ClusterObject | undefined {
  const twin = TWINS[kind];
  return twin === undefined
    ? undefined
    : cluster.get(twin, twin.startsWith('Cluster') ? null : from.namespace, name);
}

function nearestByName(
  others: readonly ClusterObject[],
  from: ObjectRef,
  name: string,
): NearestObject | null {
  const context = [from.name, ...(from.namespace === null ? [] : [from.namespace])];
  const near = others.filter((other) => relationOf(name, other.metadata.name, context) !== null);
  const [only] = near;
  if (only && near.length === 1)
    return {
      object: refOf(only),
      part: 'name',
      because: prose`${only.kind} ${only.metadata.name} is the one with a name like it.`,
      certainty: 0.85,
    };
  const [single] = others;
  // Two issuers of one word sign for different purposes: letsencrypt-staging is not letsencrypt-prod.
  if (!single || single.kind.endsWith('Issuer')) return null;
  if (others.length > 1 || !sharesWord(name, single.metadata.name)) return null;
  return {
    object: refOf(single),
    part: 'name',
    because: prose`${single.kind} ${single.metadata.name} is the only one that it could use.`,
    certainty: 0.7,
  };
}

/** Words of a name that are as long as these say what it is about. */
const WORD = /[a-z]{4,}/g;

function sharesWord(one: string, other: string): boolean {
  const words = new Set(one.toLowerCase().match(WORD));
  return (other.toLowerCase().match(WORD) ?? []).some((word) => words.has(word));
}
