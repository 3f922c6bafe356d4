import type { ClusterObject } from '../../model/cluster-state.ts';
import { referencesOf, type Reference } from '../../facts/references.ts';
import { isSystemObject, keysOf } from '../../kubernetes/config-objects.ts';
import { describeRef, refOf } from '../../kubernetes/objects.ts';
import { podSpecPath } from '../../kubernetes/workloads.ts';
import type { Foreseen, Foresight, LookedUp, Outlook } from '../../model/foresight.ts';
import { ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { relationOf } from '../../witnesses/near-name.ts';
import { isWritten } from '../../witnesses/writers.ts';

/** Templates that name a ConfigMap, a Secret or a key of one that will not be there. */
export const foresight: Foresight = {
  causes: {
    'object-missing':
      'a template names a ConfigMap or Secret that neither git nor the cluster has, or that the change takes away',
    'key-missing': 'a template names a key that the ConfigMap or Secret will not have',
  },
  foresee(outlook) {
    return outlook.objects
      .filter(({ kind }) => podSpecPath(kind) !== null)
      .flatMap((object) => referencesOf(object).flatMap((reference) => brokenBy(reference, object, outlook)));
  },
};

function brokenBy(reference: Reference, object: ClusterObject, outlook: Outlook): readonly Foreseen[] {
  const reader = refOf(object);
  const { kind, name, field, keys } = reference;
  const namespace = reader.namespace;
  // A pull secret that is missing is no failure of its own: the node may have credentials.
  if (reference.via === 'imagePullSecret') return [];
  if (isSystemObject({ apiVersion: 'v1', kind, metadata: { name } })) return [];
  const found = outlook.lookUp(kind, namespace, name);
  const wanted = describeRef({ kind, namespace, name });
  if (found.is === 'dropped' || found.is === 'absent') {
    if (
      isWritten(outlook.objects, kind, name) ||
      isWritten(outlook.list('ExternalSecret', namespace).objects, kind, name)
    )
      return [];
    const near = nearName(reference, object, outlook, found);
    return [
      {
        cause: 'object-missing',
        object: reader,
        field,
        level: 'error',
        because: prose`${describeRef(reader)} needs ${wanted}, which ${found.is === 'dropped' ? ownText('this change takes away') : ownText('neither git nor the cluster has')}${near === null ? ownText('') : prose`; ${near} is there`}.`,
        ...(near === null ? {} : { instead: near }),
      },
    ];
  }
  if (found.is === 'unknown') return [];
  const has = keysOf(found.object);
  if (has === null) return [];
  return keys
    .filter(({ key, because }) => because !== 'path' && !has.has(key))
    .map(({ key, field: at }): Foreseen => ({
      cause: 'key-missing',
      object: reader,
      field: at ?? field,
      level: 'error',
      because: prose`${describeRef(reader)} needs the key ${key} of ${wanted}, which ${hasNot(found)}.`,
    }));
}

function hasNot({ is }: LookedUp): Prose {
  return is === 'planned' ? ownText('will not have it') : ownText('does not have it in the cluster');
}

/** The one object of the kind with a related name that has the keys; null without, and with several. */
function nearName(
  { kind, name, keys }: Reference,
  object: ClusterObject,
  outlook: Outlook,
  found: LookedUp,
): string | null {
  const namespace = object.metadata.namespace ?? null;
  const needed = 'object' in found ? (keysOf(found.object) ?? []) : keys.map(({ key }) => key);
  const related = outlook
    .list(kind, namespace)
    .objects.filter(
      ({ metadata }) => relationOf(name, metadata.name, [object.metadata.name, namespace ?? '']) !== null,
    )
    .filter((one) => [...needed].every((key) => keysOf(one)?.has(key) === true));
  const names = new Set(related.map(({ metadata }) => metadata.name));
  return names.size === 1 ? [...names][0]! : null;
}
