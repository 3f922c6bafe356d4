import { SCALED_KINDS } from '../../facts/autoscaler.ts';
import { recordAt } from '../../kubernetes/objects.ts';
import type { Foresight } from '../../model/foresight.ts';
import { missingNamed } from '../foreseen-reference.ts';

/** Autoscalers that will have nothing to scale. */
export const foresight: Foresight = {
  causes: {
    'target-missing': 'a HorizontalPodAutoscaler or ScaledObject scales a workload that will not be there',
  },
  foresee(outlook) {
    return outlook.objects.flatMap((object) => {
      if (object.kind !== 'HorizontalPodAutoscaler' && object.kind !== 'ScaledObject') return [];
      const { kind = 'Deployment', name } = recordAt(object, 'spec', 'scaleTargetRef');
      if (!SCALED_KINDS.some((one) => one === kind)) return [];
      return missingNamed(outlook, object, {
        cause: 'target-missing',
        kind: String(kind),
        field: 'spec.scaleTargetRef.name',
        namespace: object.metadata.namespace ?? null,
        name,
      });
    });
  },
};
