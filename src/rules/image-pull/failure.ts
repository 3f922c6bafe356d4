import type { ObjectRef } from '../../kubernetes/objects.ts';
import type { ClusterState } from '../../model/cluster-state.ts';
import type { Seen } from '../define-rule.ts';
import { diagnose, type Diagnosis } from './diagnoses.ts';
import { failingPulls, weigh, type FailingPull, type Judgement, type Report } from './reports.ts';
import { originOf, type ImageOrigin } from './template.ts';

/** The pulls of one container that fail, the worst first. */
export interface SeenPulls extends Seen {
  readonly pulls: readonly FailingPull[];
}

/** One failure with all that the cluster state says about it. */
export interface Failure {
  readonly workload: ObjectRef;
  readonly seen: SeenPulls;
  readonly cluster: ClusterState;
  /** The pull of the pod that shows it most. */
  readonly worst: FailingPull;
  readonly reports: readonly Report[];
  readonly judgement: Judgement;
  readonly origin: ImageOrigin;
  readonly diagnosis: Diagnosis;
}

export function readFailure(workload: ObjectRef, seen: SeenPulls, cluster: ClusterState): Failure {
  const worst = seen.pulls[0]!;
  const own = seen.pulls.filter(({ image }) => image === worst.image).flatMap(({ reports }) => reports);
  const silent = own.every(({ cause }) => cause === 'unknown');
  const reports = silent ? [...own, ...neighboursReports(worst, seen, workload.namespace, cluster)] : own;
  const judgement = weigh(reports);
  return {
    workload,
    seen,
    cluster,
    worst,
    reports,
    judgement,
    origin: originOf(worst.pod, worst.placed, cluster),
    diagnosis: diagnose(judgement.cause, worst.image, worst.pod, cluster),
  };
}

/** What was said to other pods of the namespace about the same image, for when only back-off messages are left here. */
function neighboursReports(
  { image }: FailingPull,
  { seenOn }: Seen,
  namespace: string | null,
  cluster: ClusterState,
): readonly Report[] {
  const known = new Set(seenOn.map(({ name }) => name));
  return cluster
    .list('Pod', namespace)
    .filter((pod) => !known.has(pod.metadata.name))
    .flatMap((pod) => failingPulls(pod, cluster))
    .filter((pull) => pull.image === image)
    .flatMap(({ reports }) => reports)
    .filter(({ cause }) => cause !== 'unknown');
}
