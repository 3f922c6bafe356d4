import type { CreateFailure, Refused as RefusedThing } from '../../facts/creation.ts';
import type { WorkloadFacts } from '../../facts/subjects.ts';
import { describeRef, recordAt, recordsOf } from '../../kubernetes/objects.ts';
import {
  containerPath,
  containersOf,
  podSpecOf,
  podSpecPath,
  type PlacedContainer,
} from '../../kubernetes/workloads.ts';
import { counted, listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import type { Conclusion } from '../define-rule.ts';
import { diagnosis } from '../diagnosis.ts';

/** A workload that lacks pods, and what the API server said of them. */
export interface Refused {
  readonly workload: WorkloadFacts;
  readonly failure: CreateFailure;
}

type Diagnosis = Parameters<typeof diagnosis>[0];
type Told = 'evidence' | 'certainty';

/** What a refusal means: a diagnosis without what is the same for all of them. */
export function explained(
  { workload, failure }: Refused,
  given: Omit<Diagnosis, Told> & Partial<Pick<Diagnosis, Told>>,
): Conclusion {
  const running = workload.activePods.length;
  return diagnosis({
    reason: prose`What the API server enforces is set outside this workload, so a person has to decide.`,
    certainty: [0.9, prose`the API server says why it refuses`],
    ...given,
    because: [
      ...(given.because ?? []),
      ...(running > 0 ? [prose`It still has ${counted(running, 'pod')}.`] : []),
    ],
    evidence: [...failure.evidence, ...(given.evidence ?? [])],
  });
}

const LACKS: Readonly<Record<RefusedThing, string>> = {
  pods: 'gets no pods',
  claims: 'gets no pods, because their claims are refused',
  Jobs: 'gets no Jobs',
  ReplicaSets: 'gets no new ReplicaSet',
};

/** `Deployment pier/winch gets no more pods` */
export function lackOf({ workload, failure }: Refused): Prose {
  const more = failure.refused === 'pods' && workload.activePods.length > 0;
  return prose`${describeRef(workload.ref)} ${ownText(more ? 'gets no more pods' : LACKS[failure.refused])}`;
}

/** A container of the workload's template, with its path. */
export interface Templated extends PlacedContainer {
  readonly name: string;
  readonly path: string;
}

export function containersInTemplate({ object }: WorkloadFacts): readonly Templated[] {
  return containersOf(object && podSpecOf(object)).flatMap((placed) => {
    const path = containerPath(object!.kind, placed);
    return path === null ? [] : [{ ...placed, name: placed.container.name, path }];
  });
}

/** The pod spec of the workload's template and its path; null for a workload without one. */
export function specInTemplate({ object }: WorkloadFacts) {
  const [spec, path] = [object && podSpecOf(object), object && podSpecPath(object.kind)];
  return spec && path ? { spec, path } : null;
}

/** Where a StatefulSet's claim templates say how much storage they want. */
export function claimFields({ object }: WorkloadFacts): readonly string[] {
  const templates = recordsOf(recordAt(object, 'spec')['volumeClaimTemplates']);
  return templates.map((_, index) => `spec.volumeClaimTemplates[${index}].spec.resources.requests.storage`);
}

/** Names of containers that are in the pods, or that the API server names, and not in the template: admission adds them. */
export function injectedOf(workload: WorkloadFacts, named: readonly string[]): readonly string[] {
  const own = new Set(containersInTemplate(workload).map(({ name }) => name));
  return named.filter((name) => !own.has(name));
}

/** `The template has no container proxy: admission adds it to the pods.` Nothing where all are its own. */
export function injectedSentence(injected: readonly string[]): readonly Prose[] {
  if (injected.length === 0) return [];
  const many = injected.length > 1;
  return [
    prose`The template has no ${ownText(many ? 'containers' : 'container')} ${listed(injected)}: admission adds ${ownText(many ? 'them' : 'it')} to the pods.`,
  ];
}
