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
  /** The mirror that refuses a public image, where permission cannot be what is missing. */
  readonly mirror: string | null;
  readonly origin: ImageOrigin;
  readonly cluster: ClusterState;
}

/** An image that the owner's template decides on. */
export type Template = Extract<ImageOrigin, { kind: 'template' }>;

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
    mirror: null,
    origin: originOf(pod, placed, cluster),
    cluster,
  };
}

/**
 * A refusal of one of Docker's official images by a mirror, read as what it is about: the images are public, so what the mirror refuses is
 * the tag. Any other pull stays as it is.
 */
export function asRefusedByMirror(pull: Pull, before: unknown): Pull {
  const { judgement, repository, image } = pull;
  if (judgement.cause !== 'unauthorized' || !repository.startsWith('docker.io/library/')) return pull;
  const isOtherTag = typeof before === 'string' && before !== image && repositoryOf(before) === repository;
  const host = /\brequest to https?:\/\/([^/:\s]+)/.exec(judgement.report.message)?.[1];
  const isMirror = host !== undefined && !/(?:^|\.)docker\.(?:io|com)$/.test(host);
  if (!isMirror || !isOtherTag || /token|oauth/i.test(judgement.report.message)) return pull;
  return { ...pull, mirror: host, judgement: { ...judgement, cause: 'tag-not-found', contradictions: [] } };
}

/** True where a resolver answered that there is no such registry. */
export function isUnknownHost({ judgement }: Pull): boolean {
  return /no such host/i.test(judgement.report.message);
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
