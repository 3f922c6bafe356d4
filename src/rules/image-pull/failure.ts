import type { ClusterState } from '../../model/cluster-state.ts';
import type { Symptom } from '../rule.ts';
import { diagnose, type Diagnosis } from './diagnoses.ts';
import { failingPulls, weigh, type FailingPull, type Judgement, type Report } from './reports.ts';
import { originOf, type ImageOrigin } from './template.ts';

/** One symptom with all that the cluster state says about it. */
export interface Failure {
  readonly symptom: Symptom;
  readonly cluster: ClusterState;
  /** The pod that shows it most. */
  readonly worst: FailingPull;
  readonly reports: readonly Report[];
  readonly judgement: Judgement;
  readonly origin: ImageOrigin;
  readonly diagnosis: Diagnosis;
}

/** Null when the pods that showed the symptom no longer do. */
export function readFailure(symptom: Symptom, cluster: ClusterState): Failure | null {
  const pulls = symptom.seenOn.flatMap(({ kind, namespace, name }) => {
    const pod = cluster.get(kind, namespace, name);
    return pod
      ? failingPulls(pod, cluster).filter(({ placed }) => placed.container.name === symptom.container)
      : [];
  });
  const worst = pulls[0];
  if (worst === undefined) return null;
  const own = pulls.filter(({ image }) => image === worst.image).flatMap(({ reports }) => reports);
  const silent = own.every(({ cause }) => cause === 'unknown');
  const reports = silent ? [...own, ...neighboursReports(worst, symptom, cluster)] : own;
  const judgement = weigh(reports);
  if (judgement === null) return null;
  return {
    symptom,
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
  { object, seenOn }: Symptom,
  cluster: ClusterState,
): readonly Report[] {
  const known = new Set(seenOn.map(({ name }) => name));
  return cluster
    .list('Pod', object.namespace)
    .filter((pod) => !known.has(pod.metadata.name))
    .flatMap((pod) => failingPulls(pod, cluster))
    .filter((pull) => pull.image === image)
    .flatMap(({ reports }) => reports)
    .filter(({ cause }) => cause !== 'unknown');
}
