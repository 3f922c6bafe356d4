import { differences } from '../../kubernetes/differences.ts';
import { fieldAt, readablePath } from '../../kubernetes/field-path.ts';
import { isImmutable } from '../../kubernetes/immutable-fields.ts';
import { describeRef, recordAt, refOf, type Json } from '../../kubernetes/objects.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { prose } from '../../untrusted/prose.ts';

/** Changes that the API server refuses on an object that is there: it has to be deleted and recreated. */
export const immutableFields: Foresight = {
  causes: { 'immutable-field': 'a field changes that the API server does not change on a live object' },
  foresee(outlook) {
    return outlook.objects.flatMap((object): readonly Foreseen[] => {
      const before = outlook.before(object);
      if (!before || isReplaced(object) || deletesItself(before)) return [];
      const ref = refOf(object);
      const changed = differences(before as unknown as Json, object as unknown as Json).find(
        ({ path, before: was, after: is }) => isImmutableHere(object, fieldAt(path).text, was, is),
      );
      if (!changed) return [];
      const there = changed.after === undefined ? before : object;
      const field = fieldAt(readablePath(there, changed.path)).text;
      return [
        {
          cause: 'immutable-field',
          object: ref,
          field,
          level: 'error',
          because: prose`${field} of ${describeRef(ref)} changes, and the API server refuses to change it on an object that exists: it has to be deleted and recreated.`,
        },
      ];
    });
  },
};

function isImmutableHere(
  object: Parameters<typeof refOf>[0],
  field: string,
  was: Json | undefined,
  is: Json | undefined,
): boolean {
  if (isImmutable(object.kind, field))
    return (
      !(was === undefined || is === undefined) ||
      !/\.(?:template|volumeClaimTemplates)/.test(field) ||
      was !== is
    );
  if (object.kind === 'Service') return field === 'spec.clusterIP' && was !== undefined && is !== undefined;
  const isSealed = recordAt(object)['immutable'] === true;
  return (
    isSealed &&
    (object.kind === 'ConfigMap' || object.kind === 'Secret') &&
    /^(?:data|binaryData|stringData)\b/.test(field)
  );
}

/** A Job that is gone some time after it finished: the next one is made anew. */
function deletesItself(object: Parameters<typeof refOf>[0]): boolean {
  return object.kind === 'Job' && typeof recordAt(object, 'spec')['ttlSecondsAfterFinished'] === 'number';
}

/** Argo CD and Helm hooks that are deleted before they are created again, and what is replaced as a whole. */
function isReplaced({ metadata }: Parameters<typeof refOf>[0]): boolean {
  const { annotations = {} } = metadata;
  const isHook =
    annotations['argocd.argoproj.io/hook'] !== undefined || annotations['helm.sh/hook'] !== undefined;
  return (
    isHook ||
    /Replace=true|Force=true/.test(String(annotations['argocd.argoproj.io/sync-options'] ?? '')) ||
    annotations['kustomize.toolkit.fluxcd.io/force'] === 'enabled'
  );
}
