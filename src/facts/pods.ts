import { recordAt, type KubernetesObject } from '../kubernetes/objects.ts';
import { conditionsOf, isReady, parseTime, type Condition } from '../kubernetes/workloads.ts';

/** Pods that the scheduler finds no node for, with its condition. */
export function unschedulablePods(
  pods: readonly KubernetesObject[],
): readonly { readonly pod: KubernetesObject; readonly condition: Condition }[] {
  return pods.flatMap((pod) => {
    const condition = conditionsOf(pod).find(
      ({ type, status, reason }) =>
        type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable',
    );
    return condition ? [{ pod, condition }] : [];
  });
}

/** Pods that are meant to run: neither finished nor about to go. */
export function livePods(pods: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return pods.filter((pod) => {
    const phase = recordAt(pod, 'status')['phase'];
    return pod.metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed';
  });
}

/** Since when a pod is not Ready, in milliseconds since the epoch; -Infinity where that is not recorded, null for a pod that is Ready. */
export function notReadySince(pod: KubernetesObject): number | null {
  if (isReady(pod)) return null;
  const ready = conditionsOf(pod).find(({ type }) => type === 'Ready');
  return parseTime(ready?.lastTransitionTime) ?? Number.NEGATIVE_INFINITY;
}
