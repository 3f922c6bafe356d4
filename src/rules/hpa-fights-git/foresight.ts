import { anywhere } from '../../facts/anywhere.ts';
import { syncsWithoutReplicas } from '../../facts/scaled-by-others.ts';
import { describeRef, recordAt, refOf, type ObjectRef } from '../../kubernetes/objects.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import type { Foreseen, Foresight, Outlook } from '../../model/foresight.ts';
import { prose } from '../../untrusted/prose.ts';

const SCALERS = ['HorizontalPodAutoscaler', 'ScaledObject'];

/** A number of replicas in git under an autoscaler: each sync sets the one, the autoscaler the other. */
export const foresight: Foresight = {
  causes: {
    'replicas-in-git': 'git sets `spec.replicas` of a workload that an autoscaler scales',
  },
  foresee(outlook) {
    return outlook.objects.flatMap((object): readonly Foreseen[] => {
      const { replicas } = recordAt(object, 'spec');
      if (!['Deployment', 'StatefulSet'].includes(object.kind) || typeof replicas !== 'number') return [];
      const scaler = scalerOf(outlook, object);
      // Zero switches the autoscaler off: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#implicit-maintenance-mode-deactivation
      if (!scaler || replicas === 0) return [];
      const ref = refOf(object);
      if (isLeftAlone(outlook, object, ref)) return [];
      return [
        {
          cause: 'replicas-in-git',
          object: ref,
          field: 'spec.replicas',
          level: 'warning',
          because: prose`Git sets ${replicas} replicas of ${describeRef(ref)}, which ${describeRef(refOf(scaler))} scales: each sync sets the number back.`,
        },
      ];
    });
  },
};

/** Whatever applies it was told to leave the number to others. */
function isLeftAlone(outlook: Outlook, workload: ClusterObject, ref: ObjectRef): boolean {
  const { annotations = {} } = workload.metadata;
  // https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources
  if (/^(?:IfNotPresent|Ignore)$/.test(annotations['kustomize.toolkit.fluxcd.io/ssa'] ?? '')) return true;
  return anywhere(outlook, ['Application', 'ApplicationSet']).some((one) => syncsWithoutReplicas(one, ref));
}

function scalerOf({ objects, cluster }: Outlook, workload: ClusterObject): ClusterObject | undefined {
  const namespace = workload.metadata.namespace ?? null;
  const live = SCALERS.flatMap((kind) => (namespace === null ? [] : (cluster?.list(kind, namespace) ?? [])));
  // A ScaledObject has a HorizontalPodAutoscaler of its own in the cluster.
  return [...objects, ...live].find((one) => {
    const { kind = 'Deployment', name } = recordAt(one, 'spec', 'scaleTargetRef');
    const isHere = (one.metadata.namespace ?? null) === namespace;
    return SCALERS.includes(one.kind) && isHere && kind === workload.kind && name === workload.metadata.name;
  });
}
