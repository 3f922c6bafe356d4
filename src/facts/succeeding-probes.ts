import { parseTime } from '../kubernetes/workloads.ts';
import { allowedBy, type Probe, probeFailuresOf, type ProbeName, probeOf } from './probes.ts';
import type { ContainerFacts, ContainerInstance } from './subjects.ts';

/** Seconds that a liveness probe has to be silent for beyond the time in which the kubelet would have acted. */
const SLACK = 30;

/**
 * The probes of a container that succeed: readiness where the container is ready, startup where the kubelet calls it started, liveness where
 * it runs for longer than its failures would be borne and none is on record.
 */
export function succeedingProbes(container: ContainerFacts, instance: ContainerInstance): readonly Probe[] {
  const { placed, status } = instance;
  const failing = probeFailuresOf(container).filter(({ pod }) => pod === instance.pod);
  const succeeds = (name: ProbeName): boolean => {
    if (name === 'readiness') return status?.ready === true;
    if (name === 'startup') return status?.started === true;
    const started = parseTime(status?.state?.running?.startedAt);
    const probe = probeOf(placed.container, name);
    if (started === null || !probe || failing.some((one) => one.probe === name)) return false;
    return container.cluster.reached(started + (timeFor(instance, probe) + SLACK) * 1000 + 1);
  };
  return (['readiness', 'liveness', 'startup'] as const).flatMap((name) =>
    succeeds(name) ? (probeOf(placed.container, name) ?? []) : [],
  );
}

/** Seconds that a container may fail a probe from its start before the kubelet acts: the others wait for a startup probe. */
export function timeFor({ placed }: ContainerInstance, probe: Probe): number {
  const startup = probe.name === 'startup' ? null : probeOf(placed.container, 'startup');
  return allowedBy(probe) + (startup ? allowedBy(startup) : 0);
}
