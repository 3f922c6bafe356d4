import { describeRef, recordAt, refOf } from '../../kubernetes/objects.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Foreseen, Foresight } from '../../model/foresight.ts';
import { prose } from '../../untrusted/prose.ts';

/** Maxima that take pods away which run now. */
export const foresight: Foresight = {
  causes: {
    'maximum-below-running': 'the new `maxReplicas` is below what the autoscaler runs now',
    'maximum-below-minimum': '`maxReplicas` is below `minReplicas`, which the API server refuses',
  },
  foresee({ objects, cluster, before }) {
    return objects.flatMap((object): readonly Foreseen[] => {
      if (object.kind !== 'HorizontalPodAutoscaler') return [];
      const { maxReplicas, minReplicas } = recordAt(object, 'spec');
      const ref = refOf(object);
      if (typeof maxReplicas !== 'number') return [];
      const common = { object: ref, field: 'spec.maxReplicas', level: 'error' as const };
      if (typeof minReplicas === 'number' && minReplicas > maxReplicas)
        return [
          {
            ...common,
            // The one that the change wrote is the one at fault.
            field: isAsBefore(before(object), maxReplicas) ? 'spec.minReplicas' : common.field,
            cause: 'maximum-below-minimum',
            because: prose`The API server refuses ${describeRef(ref)}: maxReplicas ${maxReplicas} is below minReplicas ${minReplicas}.`,
          },
        ];
      const live = cluster?.get(ref.kind, ref.namespace, ref.name);
      const running = recordAt(live, 'status')['currentReplicas'];
      if (typeof running !== 'number' || running <= maxReplicas) return [];
      return [
        {
          ...common,
          cause: 'maximum-below-running',
          because: prose`${describeRef(ref)} runs ${running} replicas now, and maxReplicas would be ${maxReplicas}: the rollout takes ${running - maxReplicas} of them away.`,
        },
      ];
    });
  },
};

function isAsBefore(was: ClusterObject | null, maxReplicas: number): boolean {
  return recordAt(was ?? undefined, 'spec')['maxReplicas'] === maxReplicas;
}
