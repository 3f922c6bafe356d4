import { originOf, type ImageOrigin } from '../../facts/image-origin.ts';
import { reportsOn, weigh, type FailingPull, type Judgement, type Report } from '../../facts/image-pulls.ts';
import { repositoryOf } from '../../kubernetes/images.ts';
import type { KubernetesObject, ObjectRef } from '../../kubernetes/objects.ts';
import { podSpecOf } from '../../kubernetes/workloads.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { ConfidencePart } from '../../model/finding.ts';
import type { Prose } from '../../untrusted/prose.ts';
import type { Conclusion } from '../define-rule.ts';

/** The failing pulls of one container, with all that the cluster state says about them. */
export interface Pull {
  readonly workload: ObjectRef;
  readonly container: string;
  readonly image: string;
  /** With the registry: `docker.io/library/nginx`. */
  readonly repository: string;
  readonly registry: string;
  /** The pod that shows it most, its node and namespace. */
  readonly pod: KubernetesObject;
  readonly node: string;
  readonly namespace: string;
  /** Failed attempts of that pod, at least 1. */
  readonly attempts: number;
  /** Milliseconds since the epoch, of all pods. */
  readonly firstSeen: number;
  readonly reports: readonly Report[];
  readonly judgement: Judgement;
  readonly origin: ImageOrigin;
  readonly cluster: ClusterState;
}

/** @param pulls the failing pulls of the container, the worst first */
export function readPull(workload: ObjectRef, pulls: readonly FailingPull[], cluster: ClusterState): Pull {
  const { pod, placed, image, attempts } = pulls[0]!;
  const repository = repositoryOf(image);
  const reports = reportsOn(pulls, cluster);
  return {
    workload,
    container: placed.container.name,
    image,
    repository,
    registry: repository.slice(0, repository.indexOf('/')),
    pod,
    node: podSpecOf(pod)?.nodeName ?? 'unknown',
    namespace: pod.metadata.namespace ?? 'default',
    attempts,
    firstSeen: Math.min(...pulls.map(({ firstSeen }) => firstSeen)),
    reports,
    judgement: weigh(reports),
    origin: originOf(pod, placed, cluster),
    cluster,
  };
}

/** The part of a conclusion that depends on what can be done; a field left out is the cause's own. */
export type Remedy = Partial<
  Pick<
    Conclusion,
    'verdict' | 'reason' | 'changes' | 'guards' | 'advice' | 'blames' | 'ruledOut' | 'introducedBy'
  >
> & {
  /** Sentences for the root cause, beside what the kubelet said. */
  readonly because?: readonly Prose[];
  readonly evidence?: readonly Evidence[];
  readonly confidence?: readonly ConfidencePart[];
};
