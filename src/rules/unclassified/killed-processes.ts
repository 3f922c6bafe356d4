import type { ClusterEvent, ClusterState } from '../../model/cluster-state.ts';
import { HOUR, MINUTE } from '../../kubernetes/durations.ts';
import { recordAt, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { containersOf, containerStatuses, parseTime, podSpecOf } from '../../kubernetes/workloads.ts';
import { ownText, prose } from '../../untrusted/prose.ts';
import { quoteEvent } from '../../facts/observations.ts';
import { signal, type Signal } from './signal.ts';

/** Events older than this are no incident any more. */
const RECENT = 2 * HOUR;
/** A container that ended within this time of a kill is what the kill was about. */
const NEAR = 2 * MINUTE;
const MOST_NAMED = 6;

/**
 * Processes that the kernel killed because a memory cgroup was full, while no container ended: the node's problem detector reports
 * them on the node. A cgroup is full at a container's (or pod's) memory limit, not when the node is.
 * Source: https://github.com/kubernetes/node-problem-detector (kernel-monitor, OOMKilling)
 */
export function killedProcessSignals(cluster: ClusterState): readonly Signal[] {
  const pods = Map.groupBy(cluster.list('Pod'), (pod) => podSpecOf(pod)?.nodeName ?? '');
  const names = new Set([...pods.keys(), ...cluster.list('Node').map(({ metadata }) => metadata.name)]);
  return [...names].flatMap((name): readonly Signal[] => {
    if (name === '') return [];
    const node: KubernetesObject = cluster.get('Node', null, name) ?? {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
    };
    // Asked for without uid: reporters write the node's name where other events have the uid.
    const events = cluster
      .eventsOf({ apiVersion: 'v1', kind: 'Node', metadata: { name } })
      .filter(isCgroupKill)
      .filter(({ lastSeen }) => lastSeen >= cluster.now - RECENT)
      .filter((event) => !isExplained(event, pods.get(name) ?? []));
    const latest = events.at(-1);
    if (!latest) return [];
    const kills = events.reduce((sum, { count }) => sum + count, 0);
    const processes = [...new Set(events.map(processOf).filter((one) => one !== null))];
    const limited = (pods.get(name) ?? []).filter(hasMemoryLimit).map(({ metadata }) => metadata.name);
    const more = limited.length - MOST_NAMED;
    const candidates =
      limited.length === 0
        ? prose``
        : prose`; containers with a memory limit run there in ${limited.slice(0, MOST_NAMED).join(', ')}${ownText(more > 0 ? ` and ${more} more` : '')}`;
    return [
      signal(cluster, {
        cause: 'process-killed',
        owner: refOf(node),
        on: node,
        verdict: 'monitor',
        says: prose`the kernel killed ${processes.length === 0 ? ownText('processes') : prose`${processes.join(', ')}`} ${kills === 1 ? ownText('once') : prose`${kills} times`} because a memory cgroup was full: a container reached its memory limit, and no container on record ended by it${candidates}`,
        evidence: events.slice(-4).map((event) => quoteEvent(node, event)),
        firstSeen: Math.min(...events.map(({ firstSeen }) => firstSeen)),
        lastSeen: latest.lastSeen,
        occurrences: kills,
      }),
    ];
  });
}

function isCgroupKill({ reason, message }: ClusterEvent): boolean {
  return /^OOMKilling$/i.test(reason) && /memory cgroup out of memory/i.test(message);
}

/** A container of the node ended at that time: the rule `oom-killed` reports it. */
function isExplained({ message, lastSeen }: ClusterEvent, pods: readonly KubernetesObject[]): boolean {
  return pods.some((pod) => {
    const uid = pod.metadata.uid;
    const isNamed = uid !== undefined && [uid, uid.replaceAll('-', '_')].some((one) => message.includes(one));
    const ended = containerStatuses(pod).some(({ state, lastState }) =>
      [state?.terminated, lastState?.terminated].some((end) => {
        const at = parseTime(end?.finishedAt);
        return at !== null && Math.abs(at - lastSeen) <= NEAR;
      }),
    );
    return ended || isNamed;
  });
}

/** `python` of `Killed process 19024 (python) …`. */
function processOf({ message }: ClusterEvent): string | null {
  return /killed process \d+ \(([^)]{1,40})\)/i.exec(message)?.[1] ?? null;
}

function hasMemoryLimit(pod: KubernetesObject): boolean {
  const phase = recordAt(pod, 'status')['phase'];
  return (
    phase === 'Running' &&
    containersOf(podSpecOf(pod)).some(
      ({ container }) => container.resources?.limits?.['memory'] !== undefined,
    )
  );
}
