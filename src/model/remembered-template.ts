import type { KubernetesObject, ObjectRef } from '../kubernetes/objects.ts';

/** The pod template of a workload all of whose pods were Ready with it. What kept it in the cluster may be gone. */
export interface RememberedTemplate {
  readonly kind: 'template';
  readonly id: string;
  /** A reading that showed all pods Ready with it: the last one, or at most an hour before that. */
  readonly at: number;
  /** The first such reading. */
  readonly since: number;
  /** Uid of the workload. */
  readonly workload: string;
  /** The ReplicaSet or ControllerRevision that kept it. */
  readonly holder: ObjectRef;
  /** As `kubectl rollout history` counts; 0 where nothing counts. */
  readonly revision: number;
  /** An object of the workload's kind with the template and nothing else. */
  readonly template: KubernetesObject;
}
