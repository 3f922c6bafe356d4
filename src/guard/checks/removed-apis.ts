import { removedApiOf } from '../../facts/removed-apis.ts';
import { laterVersion } from '../../kubernetes/cluster-versions.ts';
import { describeRef, refOf } from '../../kubernetes/objects.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { ownText, prose } from '../../untrusted/prose.ts';

/** Objects in an API version that the cluster does not serve. Source: https://kubernetes.io/docs/reference/using-api/deprecation-guide/ */
export const removedApis: Foresight = {
  causes: {
    'version-not-served':
      'an object is written in an API version that the Kubernetes of the cluster has removed',
  },
  foresee({ objects, cluster }) {
    const runs = cluster?.versions.kubernetes ?? null;
    if (runs === null) return [];
    return objects.flatMap((object): readonly Foreseen[] => {
      const removed = removedApiOf(object.kind, object.apiVersion);
      if (!removed || laterVersion(runs, `v${removed.removedIn}`) !== runs) return [];
      const { instead, differs, removedIn } = removed;
      return [
        {
          cause: 'version-not-served',
          object: refOf(object),
          field: 'apiVersion',
          level: 'error',
          because: prose`${describeRef(refOf(object))} is written in ${object.apiVersion}, which Kubernetes ${removedIn} removed; the cluster runs ${runs}.${instead === null ? ownText('') : prose` ${instead} took its place${differs === null ? ownText('') : prose`: ${differs}`}.`}`,
        },
      ];
    });
  },
};
