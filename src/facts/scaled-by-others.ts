import { recordAt, recordsOf, refOf, type ObjectRef } from '../kubernetes/objects.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';

/** Words in annotations and labels of what stops workloads on purpose: kube-downscaler, kube-green, KEDA's pause, and what people call it. */
const ON_PURPOSE =
  /downscal|down-?time|up-?time|sleep|hibernat|idl(?:e|ing)|scale-?(?:to-?zero|down)|maintenance|original-replicas|replicas-before|snooze|kube-green|paused|suspend/i;

/** Whether something other than git decides how many pods a workload has, and may want none: an autoscaler that goes to zero, a schedule, a rollout that moved its pods elsewhere. */
export function isScaledByOthers(cluster: ClusterState, workload: ClusterObject): boolean {
  const { namespace, name, kind } = refOf(workload);
  const isTargetOf = (target: Readonly<Record<string, unknown>>): boolean =>
    target['name'] === name && (target['kind'] ?? 'Deployment') === kind;
  const spec = (object: ClusterObject) => recordAt(object, 'spec');
  return (
    recordAt(workload, 'spec')['paused'] === true ||
    isMarked(workload) ||
    isMarked(cluster.get('Namespace', null, namespace ?? '')) ||
    cluster
      .list('ScaledObject', namespace)
      .some((object) => isTargetOf(recordAt(object, 'spec', 'scaleTargetRef'))) ||
    cluster
      .list('HorizontalPodAutoscaler', namespace)
      .some((hpa) => spec(hpa)['minReplicas'] === 0 && isTargetOf(recordAt(hpa, 'spec', 'scaleTargetRef'))) ||
    cluster
      .list('Rollout', namespace)
      .some((rollout) => isTargetOf(recordAt(rollout, 'spec', 'workloadRef'))) ||
    cluster.list('Canary', namespace).some((canary) => isTargetOf(recordAt(canary, 'spec', 'targetRef'))) ||
    cluster.list('SleepInfo', namespace).length > 0
  );
}

function isMarked(object: ClusterObject | undefined): boolean {
  const { annotations = {}, labels = {} } = object?.metadata ?? {};
  return Object.keys({ ...annotations, ...labels }).some((key) => ON_PURPOSE.test(key));
}

/** An Argo CD Application that leaves the `spec.replicas` of a workload to others: https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/ */
export function ignoresReplicas(application: ClusterObject, ref: ObjectRef): boolean {
  const resources = recordsOf(recordAt(application, 'status')['resources']);
  const isItsOwn = resources.some(
    (one) => one['kind'] === ref.kind && one['name'] === ref.name && one['namespace'] === ref.namespace,
  );
  return (isItsOwn || resources.length === 0) && leavesReplicas(recordAt(application, 'spec'), ref);
}

/** The same, also while it syncs: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#respect-ignore-difference-configs */
export function syncsWithoutReplicas(application: ClusterObject, ref: ObjectRef): boolean {
  const spec =
    application.kind === 'ApplicationSet'
      ? recordAt(application, 'spec', 'template', 'spec')
      : recordAt(application, 'spec');
  const options = recordAt(spec, 'syncPolicy')['syncOptions'];
  return (
    Array.isArray(options) && options.includes('RespectIgnoreDifferences=true') && leavesReplicas(spec, ref)
  );
}

function leavesReplicas(
  spec: Readonly<Record<string, unknown>>,
  { kind, namespace, name }: ObjectRef,
): boolean {
  const isOf = (value: unknown, own: string | null): boolean =>
    value === undefined || value === '' || value === '*' || value === own;
  return recordsOf(spec['ignoreDifferences']).some(
    (entry) =>
      isOf(entry['kind'], kind) &&
      isOf(entry['name'], name) &&
      (isOf(entry['namespace'], namespace) || namespace === null) &&
      JSON.stringify([entry['jsonPointers'], entry['jqPathExpressions']]).includes('replicas'),
  );
}
