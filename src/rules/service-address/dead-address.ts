import type { ContainerFacts } from '../../facts/subjects.ts';
import { refOf } from '../../kubernetes/objects.ts';
import { isReady } from '../../kubernetes/workloads.ts';
import type { Ask, Asking } from '../../model/ask.ts';
import type { ClusterObject } from '../../model/cluster-state.ts';
import { hasPort, type Destination } from '../../witnesses/service-addresses.ts';
import type { Conclusion } from '../define-rule.ts';
import { addressBefore, serviceBefore } from './address-before.ts';
import { complaintOf } from './complaint.ts';
import { concluded, type Known } from './conclusions.ts';

/** Why a workload is told an address that leads nowhere, and what it would have to be; null where nothing shows that the program needs it. */
export function* deadAddress(
  container: ContainerFacts,
  ask: Ask,
  dead: readonly Destination[],
  pods: readonly ClusterObject[],
): Asking<Conclusion | null> {
  const log = yield* logsOf(container, ask, pods);
  const known: Known[] = [];
  for (const destination of dead) {
    if (yield* isRendered(ask, destination)) continue;
    const complaint = complaintOf(log, destination);
    const moved = yield* serviceBefore(container, ask, destination);
    const before = yield* addressBefore(container, ask, destination);
    if (complaint === null && moved === null && before === null) continue;
    known.push({ container, destination, complaint, moved, before, isReady: pods.every(isReady) });
  }
  const [first] = known.toSorted((a, b) => weightOf(b) - weightOf(a));
  return first ? concluded(first) : null;
}

function weightOf({ complaint, before, moved }: Known): number {
  return Number(complaint !== null) + 2 * Number(before !== null || moved !== null);
}

/** Of a pod that is not Ready, else of the first; what it said before a restart comes first. */
function* logsOf({ name }: ContainerFacts, ask: Ask, pods: readonly ClusterObject[]): Asking<string> {
  const pod = pods.find((one) => !isReady(one)) ?? pods[0]!;
  const of = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container: name };
  const { before, now } = yield* ask.all({
    before: ask.log({ ...of, previous: true }),
    now: ask.log({ ...of, previous: false }),
  });
  return [before, now].filter((text) => text !== null).join('\n');
}

/** Git has the Service, or its port, and the cluster gets it with the next sync. */
function* isRendered(
  ask: Ask,
  { namespace, name, service, address: { port } }: Destination,
): Asking<boolean> {
  if (service !== undefined) {
    const rendered = yield* ask.rendered(refOf(service));
    return rendered !== null && hasPort(rendered, port);
  }
  const services = yield* ask.renderedKind('Service', namespace);
  return (services ?? []).some(({ ref }) => ref.name === name);
}
