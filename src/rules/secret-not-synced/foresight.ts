import { groupOf } from '../../kubernetes/objects.ts';
import type { Foresight } from '../../model/foresight.ts';
import { missingReferences } from '../foreseen-reference.ts';

/** ExternalSecrets that will have no store to read from. */
export const foresight: Foresight = {
  causes: {
    'store-missing':
      'an ExternalSecret reads from a SecretStore or ClusterSecretStore that will not be there',
  },
  foresee(outlook) {
    return outlook.objects
      .filter(
        ({ kind, apiVersion }) => kind === 'ExternalSecret' && groupOf(apiVersion) === 'external-secrets.io',
      )
      .flatMap((object) => missingReferences(outlook, object, 'store-missing'));
  },
};
