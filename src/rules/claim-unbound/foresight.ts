import { recordAt, recordsOf } from '../../kubernetes/objects.ts';
import { podSpecOf, podSpecPath } from '../../kubernetes/workloads.ts';
import type { Foresight } from '../../model/foresight.ts';
import { missingNamed } from '../foreseen-reference.ts';

/** Pods that will wait for a claim that is not there, and claims that will wait for a class. */
export const foresight: Foresight = {
  causes: {
    'claim-missing': 'a template mounts a PersistentVolumeClaim that will not be there',
    'storage-class-missing': 'a claim, or the template of one, names a StorageClass that will not be there',
  },
  foresee(outlook) {
    return outlook.objects.flatMap((object) => {
      const namespace = object.metadata.namespace ?? null;
      const path = podSpecPath(object.kind);
      const volumes = path === null ? [] : recordsOf(podSpecOf(object)?.volumes);
      const claims = volumes.flatMap((volume) =>
        missingNamed(outlook, object, {
          cause: 'claim-missing',
          kind: 'PersistentVolumeClaim',
          field: `${path}.volumes[name=${String(volume['name'])}].persistentVolumeClaim.claimName`,
          namespace,
          name: recordAt(volume, 'persistentVolumeClaim')['claimName'],
        }),
      );
      const classIn = (spec: unknown, field: string) =>
        missingNamed(outlook, object, {
          cause: 'storage-class-missing',
          kind: 'StorageClass',
          field: `${field}.storageClassName`,
          namespace: null,
          name: recordAt(spec)['storageClassName'],
        });
      const own = object.kind === 'PersistentVolumeClaim' ? classIn(object['spec'], 'spec') : [];
      const made = recordsOf(recordAt(object, 'spec')['volumeClaimTemplates']).flatMap((claim, index) =>
        object.kind === 'StatefulSet'
          ? classIn(claim['spec'], `spec.volumeClaimTemplates[${index}].spec`)
          : [],
      );
      return [...claims, ...own, ...made];
    });
  },
};
