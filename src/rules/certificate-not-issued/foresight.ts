import { groupOf } from '../../kubernetes/objects.ts';
import type { Foresight } from '../../model/foresight.ts';
import { missingReferences } from '../foreseen-reference.ts';

/** Certificates that nobody will issue. */
export const foresight: Foresight = {
  causes: { 'issuer-missing': 'a Certificate names an Issuer or ClusterIssuer that will not be there' },
  foresee(outlook) {
    return outlook.objects
      .filter(({ kind, apiVersion }) => kind === 'Certificate' && groupOf(apiVersion) === 'cert-manager.io')
      .flatMap((object) => missingReferences(outlook, object, 'issuer-missing'));
  },
};
