import { namedBy } from '../facts/named-objects.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import type { Foreseen, Outlook } from '../model/foresight.ts';
import { ownText, prose } from '../untrusted/prose.ts';
import { isOneSlip, relationOf } from '../witnesses/near-name.ts';

/** A field that names another object. */
export interface NamedInField {
  readonly cause: string;
  readonly field: string;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: unknown;
}

/** What is wrong with references such as `secretStoreRef: {kind, name}` of a custom resource. */
export function missingReferences(outlook: Outlook, from: ClusterObject, cause: string): readonly Foreseen[] {
  return namedBy(from).flatMap(({ kind, namespace, name, field }) =>
    missingNamed(outlook, from, { cause, kind, namespace, name, field: `${field}.name` }),
  );
}

/** What is wrong with a field that names an object which will not be there, with the one near name; nothing where it is, or nobody knows. */
export function missingNamed(
  outlook: Outlook,
  from: ClusterObject,
  { cause, field, kind, namespace, name }: NamedInField,
): readonly Foreseen[] {
  if (typeof name !== 'string' || name === '') return [];
  const found = outlook.lookUp(kind, namespace, name);
  if (found.is !== 'dropped' && found.is !== 'absent') return [];
  const near = outlook
    .list(kind, namespace)
    .objects.map(({ metadata }) => metadata.name)
    .filter((other) => isOneSlip(name, other) || relationOf(name, other, [from.metadata.name]) !== null);
  const [instead] = new Set(near).size === 1 ? near : [];
  const ref = refOf(from);
  return [
    {
      cause,
      object: ref,
      field,
      level: 'error',
      because: prose`${describeRef(ref)} names ${describeRef({ kind, namespace, name })}, which ${found.is === 'dropped' ? ownText('this change takes away') : ownText('neither git nor the cluster has')}${instead === undefined ? ownText('') : prose`; ${instead} is there`}.`,
      ...(instead === undefined ? {} : { instead }),
    },
  ];
}
