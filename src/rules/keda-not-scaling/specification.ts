import { quote } from '../../facts/observations.ts';
import { describeRef, recordAt, refOf } from '../../kubernetes/objects.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { prose, saying } from '../../untrusted/prose.ts';
import type { Conclusion } from '../define-rule.ts';
import { ofCause } from '../diagnosis.ts';
import type { Scaling } from './scaling.ts';

/** KEDA cannot use the specification: its counts, another autoscaler on the target, or what it says otherwise. */
export function notUsable(scaling: Scaling): Conclusion {
  return (
    contradiction(scaling) ??
    otherAutoscaler(scaling) ??
    ofCause({
      cause: 'not-ready',
      summary: prose`${describeRef(scaling.ref)} is not ready, so KEDA scales nothing by it${saying(scaling.message)}`,
      evidence: scaling.evidence,
      certainty: [0.6, prose`KEDA says so`],
      blames: [{ object: scaling.ref, field: 'spec.scaleTargetRef.name' }],
      advice: [
        prose`Read what the operator says: kubectl logs -n keda deploy/keda-operator --since=1h, for ${scaling.ref.name}.`,
      ],
    })
  );
}

/** `MinReplicaCount=5 must be less than MaxReplicaCount=3` */
function contradiction({ object, ref, evidence, message }: Scaling): Conclusion | null {
  const {
    minReplicaCount: min = 0,
    maxReplicaCount: max = 100,
    idleReplicaCount: idle,
  } = recordAt(object, 'spec');
  const isAbove = Number(min) > Number(max);
  const isIdle = idle !== undefined && Number(idle) >= Number(min);
  if (!isAbove && !isIdle) return null;
  const [low, high] = isAbove
    ? (['minReplicaCount', 'maxReplicaCount'] as const)
    : (['idleReplicaCount', 'minReplicaCount'] as const);
  const values = { minReplicaCount: min, maxReplicaCount: max, idleReplicaCount: idle };
  return ofCause({
    cause: 'counts-contradict',
    summary: prose`${describeRef(ref)} scales nothing: its ${low} of ${String(values[low])} has to be ${isAbove ? 'no more than' : 'less than'} its ${high} of ${String(values[high])}`,
    evidence: [
      ...evidence,
      quote(
        'object',
        object,
        null,
        `spec.${low}: ${String(values[low])}, spec.${high}: ${String(values[high])}`,
      ),
    ],
    certainty: [/Replica Count/i.test(message) ? 0.95 : 0.8, prose`the numbers are in the specification`],
    blames: [low, high]
      .filter((key) => recordAt(object, 'spec')[key] !== undefined)
      .map((key) => ({ object: ref, field: `spec.${key}` })),
    advice: [prose`Set ${low} below ${high} in ${describeRef(ref)}, or raise ${high}.`],
  });
}

function otherAutoscaler({ cluster, object, ref, evidence, message }: Scaling): Conclusion | null {
  const { kind = 'Deployment', name } = recordAt(object, 'spec', 'scaleTargetRef');
  const [, named] = /already managed by the hpa '([^']+)'/.exec(message) ?? [];
  const other = cluster
    .list('HorizontalPodAutoscaler', ref.namespace)
    .find(
      (hpa) => hpa.metadata.name === named || (scales(hpa, String(kind), String(name)) && !isOfKeda(hpa)),
    );
  if (!other) return null;
  const autoscaler = refOf(other);
  return ofCause({
    cause: 'other-autoscaler',
    summary: prose`${describeRef(ref)} is not ready: ${describeRef(autoscaler)} scales ${String(kind)} ${String(name)} already`,
    evidence: [
      ...evidence,
      quote('object', other, null, `spec.scaleTargetRef: ${String(kind)} ${String(name)}`),
    ],
    certainty: [0.9, prose`both name the same workload`],
    blames: [
      { object: autoscaler, field: 'spec.scaleTargetRef.name' },
      { object: ref, field: 'spec.scaleTargetRef.name' },
    ],
    advice: [
      prose`Take ${describeRef(autoscaler)} out of git; or let KEDA take it over: annotation scaledobject.keda.sh/transfer-hpa-ownership: "true" and spec.advanced.horizontalPodAutoscalerConfig.name ${autoscaler.name} in ${describeRef(ref)}.`,
    ],
  });
}

function scales(hpa: ClusterObject, kind: string, name: string): boolean {
  const target = recordAt(hpa, 'spec', 'scaleTargetRef');
  return target['kind'] === kind && target['name'] === name;
}

function isOfKeda({ metadata }: ClusterObject): boolean {
  return metadata.ownerReferences?.some(({ kind }) => kind === 'ScaledObject') === true;
}
