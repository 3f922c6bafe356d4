import { recordAt, type KubernetesObject } from '../kubernetes/objects.ts';
import { isReady, parseTime, podSpecOf } from '../kubernetes/workloads.ts';
import type { ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Evidence } from '../model/evidence.ts';
import { quote } from './observations.ts';

export const DEFAULT_SCHEDULER = 'default-scheduler';

/** The scheduler that a pod names. */
export function schedulerNameOf(pod: KubernetesObject): string {
  const name = podSpecOf(pod)?.['schedulerName'];
  return typeof name === 'string' && name !== '' ? name : DEFAULT_SCHEDULER;
}

/** What is on record of kube-scheduler. */
export interface SchedulerSigns {
  /** Its pods, where it runs as pods that can be read. */
  readonly pods: readonly ClusterObject[];
  /** The node of its pod, or of the last that became leader; null where neither is on record. */
  readonly node: string | null;
  /** When it last said that it gave a pod a node, in milliseconds since the epoch. */
  readonly lastScheduled: number | null;
  readonly evidence: readonly Evidence[];
}

/**
 * Looks for signs of kube-scheduler. It is a static pod of the control plane (`component: kube-scheduler`), or a process that only its leader
 * election shows: `node-1_<uuid> became leader`, an event of the Lease kube-system/kube-scheduler.
 */
export function schedulerSigns(cluster: ClusterState): SchedulerSigns {
  const pods = cluster
    .list('Pod', 'kube-system')
    .filter(
      ({ metadata }) =>
        metadata.labels?.['component'] === 'kube-scheduler' || metadata.name.startsWith('kube-scheduler-'),
    );
  const events = cluster.list('Event');
  const elections = events.filter((event) => isElection(event)).toSorted((a, b) => timeOf(b) - timeOf(a));
  const [election] = elections;
  const leader = election && leaderOf(cluster, String(election['message'] ?? election['note'] ?? ''));
  const failing = pods.find((pod) => !isReady(pod));
  const scheduled = events.filter((event) => event['reason'] === 'Scheduled').map(timeOf);
  return {
    pods,
    node:
      podSpecOf(failing ?? pods[0] ?? { apiVersion: '', kind: '', metadata: { name: '' } })?.nodeName ??
      leader ??
      null,
    lastScheduled: scheduled.length === 0 ? null : Math.max(...scheduled),
    evidence: [
      ...(failing
        ? [
            quote(
              'pod-status',
              failing,
              null,
              `phase ${String(recordAt(failing, 'status')['phase'])}, not Ready`,
            ),
          ]
        : []),
      ...(election
        ? [
            quote(
              'event',
              { ...election, kind: 'Lease', metadata: { namespace: 'kube-system', name: 'kube-scheduler' } },
              timeOf(election),
              `LeaderElection: ${String(election['message'] ?? election['note'] ?? '')}${elections.length > 1 ? ` (the last of ${elections.length} elections on record)` : ''}`,
            ),
          ]
        : []),
    ],
  };
}

const TURN = 30_000;

/** True where kube-scheduler gave another pod a node well after `since`: then it works, and a pod that still waits has its turn to come. */
export function isAtWork({ lastScheduled }: SchedulerSigns, since: number): boolean {
  return lastScheduled !== null && lastScheduled > since + TURN;
}

function isElection(event: ClusterObject): boolean {
  const { kind, name } = recordAt(event['involvedObject'] ?? event['regarding']);
  return event['reason'] === 'LeaderElection' && kind === 'Lease' && name === 'kube-scheduler';
}

/** The node in `node-1_0a1b… became leader`. */
function leaderOf(cluster: ClusterState, message: string): string | null {
  const [, host] = /^([^\s_]+)_\S+ became leader/.exec(message) ?? [];
  return host !== undefined && cluster.get('Node', null, host) !== undefined ? host : null;
}

function timeOf(event: ClusterObject): number {
  return (
    parseTime(event['lastTimestamp']) ??
    parseTime(event['eventTime']) ??
    parseTime(event.metadata.creationTimestamp) ??
    0
  );
}
