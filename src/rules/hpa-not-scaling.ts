/**
 * Rule `hpa-not-scaling`: an autoscaler cannot compute or apply a size.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - AbleToScale is False while the scale of the target cannot be read (FailedGetScale) or written (FailedUpdateScale); ScalingActive is False while
 *   no metric gives a size, with the reason and the text of the first metric that failed.
 * - Utilization is use divided by the requests of all containers of the pods that the target's selector fits: one container without a request,
 *   an injected one or one of another workload's pods included, leaves it unknown.
 * - Of several metrics those that are known still add replicas; while one is unknown, none is taken away.
 * - ScalingDisabled means that the target has no replicas, which is how people switch autoscaling off.
 */
import { refOf, type ObjectRef } from '../kubernetes/objects.ts';
import { prose, saying } from '../untrusted/prose.ts';
import { defineRule, type Conclusion } from './define-rule.ts';
import { ofCause } from './diagnosis.ts';
import { CAUSES } from './hpa-not-scaling/causes.ts';
import { failureOf, type Failure } from './hpa-not-scaling/failure.ts';
import { withoutMetrics } from './hpa-not-scaling/metrics.ts';
import { isMissingRequest, missingRequest } from './hpa-not-scaling/missing-request.ts';
import { unscaled } from './hpa-not-scaling/wording.ts';
import { targetMissing } from './scale-target.ts';
import { foresight } from './hpa-not-scaling/foresight.ts';

export const hpaNotScaling = defineRule({
  id: 'hpa-not-scaling',
  title: 'A HorizontalPodAutoscaler cannot compute or apply a size',
  phase: 'scaling',
  semantics: [
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/',
    'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/#appendix-horizontal-pod-autoscaler-status-conditions',
  ],
  reads: [
    'HorizontalPodAutoscaler',
    'Event',
    'Pod',
    'Deployment',
    'StatefulSet',
    'ReplicaSet',
    'Rollout.v1alpha1.argoproj.io',
    'ResourceQuota',
    'Node',
    'ConfigMap',
    'NodePool.karpenter.sh',
    'ScaledObject.v1alpha1.keda.sh',
    'APIService.v1.apiregistration.k8s.io',
  ],
  on: 'HorizontalPodAutoscaler',
  givesWayTo: ['keda-not-scaling'],
  causes: CAUSES,
  foresight,

  detect({ cluster, object: hpa }) {
    const failure = failureOf(cluster, hpa);
    if (!failure) return null;
    return {
      failure,
      seenOn: [refOf(hpa)],
      firstSeen: failure.since ?? cluster.now,
      occurrences: failure.occurrences,
    };
  },

  *investigate({ object: hpa }, ask, { failure }) {
    const { reason, message } = failure;
    const conclusion = isMissingRequest(message)
      ? yield* missingRequest(failure, ask)
      : reason === 'FailedGetScale'
        ? yield* targetMissing({ ...failure, scaler: hpa, scales: unscaled(failure) }, ask)
        : plain(failure);
    // Nobody writes the fields of an autoscaler that KEDA makes.
    const isOfKeda = hpa.metadata.ownerReferences?.some(({ kind }) => kind === 'ScaledObject') === true;
    return isOfKeda ? { ...conclusion, blames: fieldsBeside(conclusion, refOf(hpa)) } : conclusion;
  },
});

function fieldsBeside({ blames = [] }: Conclusion, hpa: ObjectRef): NonNullable<Conclusion['blames']> {
  return blames.filter(({ object }) => object.kind !== hpa.kind || object.name !== hpa.name);
}

/** What needs no more than the cluster. */
function plain(failure: Failure): Conclusion {
  const { reason } = failure;
  if (reason === 'AmbiguousSelector') return ambiguous(failure);
  if (reason === 'InvalidSelector') return invalidSelector(failure);
  if (reason === 'FailedUpdateScale') return notApplied(failure);
  if (/^FailedGet\w*Metric$/.test(reason) || /unable to (?:get|fetch) metrics/.test(failure.message))
    return withoutMetrics(failure);
  return ofCause({
    cause: 'inactive',
    summary: prose`${unscaled(failure)} (${reason})${saying(failure.message)}`,
    evidence: failure.evidence,
    certainty: [0.5, prose`the autoscaler gives a reason that no rule knows`],
    advice: [
      prose`Read its conditions and events: kubectl describe hpa ${failure.ref.name} -n ${failure.ref.namespace ?? 'default'}.`,
    ],
  });
}

/** `pods by selector app=web are controlled by multiple HPAs: [pier/web pier/web-2]` */
function ambiguous(failure: Failure): Conclusion {
  const { message, ref, target, evidence } = failure;
  const [, named = ''] = /multiple HPAs: \[([^\]]*)\]/.exec(message) ?? [];
  const names = named.split(/[\s,]+/).flatMap((one) => one.split('/')[1] ?? []);
  const others = names.filter((name) => name !== ref.name).toSorted();
  const all = [ref.name, ...others];
  return ofCause({
    cause: 'ambiguous-selector',
    summary:
      others.length === 0
        ? prose`${unscaled(failure)}: another autoscaler scales the same pods${saying(message)}`
        : prose`${all.toSorted().join(' and ')} scale the same pods, those of ${target.kind} ${target.name}, and so none of them does`,
    evidence,
    culprit: { kind: target.kind, namespace: target.namespace, name: target.name },
    certainty: [0.93, prose`the controller names the autoscalers`],
    blames: all.map((name) => ({ object: { ...ref, name }, field: 'spec.scaleTargetRef.name' })),
    advice: [
      others.length === 0
        ? prose`Keep one autoscaler for these pods: kubectl get hpa -n ${ref.namespace ?? 'default'} lists them with their targets.`
        : prose`Keep one of ${all.toSorted().join(', ')} and delete the others; one that is called keda-hpa-… goes with its ScaledObject.`,
    ],
  });
}

function invalidSelector(failure: Failure): Conclusion {
  const { target, evidence, message } = failure;
  return ofCause({
    cause: 'invalid-selector',
    summary: prose`${unscaled(failure)}: ${target.kind} ${target.name} tells no selector for its pods${saying(message)}`,
    evidence,
    certainty: [0.85, prose`the autoscaler says so`],
    blames: [{ object: failure.ref, field: 'spec.scaleTargetRef.kind' }],
    advice: [
      prose`Scale a kind whose scale subresource has status.selector: for a custom resource the CustomResourceDefinition needs subresources.scale.labelSelectorPath.`,
    ],
  });
}

function notApplied(failure: Failure): Conclusion {
  const { target, evidence, message } = failure;
  const told = message.replace(/^the HPA controller was unable to update the target scale: /, '');
  return ofCause({
    cause: 'update-failed',
    summary: prose`${unscaled(failure)}: the API server refuses the new size of ${target.kind} ${target.name}${saying(told)}`,
    evidence,
    certainty: [0.85, prose`the API server's answer is quoted`],
    blames: [{ object: failure.ref, field: 'spec.scaleTargetRef.name' }],
    advice: [
      /forbidden/.test(told)
        ? prose`Let the controller write it: kubectl auth can-i update ${`${target.kind.toLowerCase()}s/scale`} -n ${target.namespace ?? 'default'} --as system:serviceaccount:kube-system:horizontal-pod-autoscaler.`
        : prose`Try the size by hand to see who refuses it: kubectl scale ${target.kind.toLowerCase()} ${target.name} -n ${target.namespace ?? 'default'} --replicas with the size of the event, --dry-run=server.`,
    ],
  });
}
