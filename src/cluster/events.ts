import { recordAt, type KubernetesObject } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import { maskedText } from '../untrusted/masked.ts';
import type { ClusterEvent } from '../model/cluster-state.ts';

export interface TimedEvent {
  /** The uid of the involved object; null when the event does not tell a real one. */
  readonly uid: string | null;
  readonly event: ClusterEvent;
}

/** Kinds without a namespace that events are commonly about; their events lie in namespace `default`. */
const CLUSTER_SCOPED = new Set([
  'Node',
  'PersistentVolume',
  'Namespace',
  'StorageClass',
  'ClusterPolicy',
  'NodeClaim',
  'NodePool',
]);

/**
 * Reads an event of `v1` or `events.k8s.io/v1`. The older writers count with count, firstTimestamp and lastTimestamp
 * (`deprecated…` in the new group), the newer ones set eventTime once and then a series; some set no time but the creation.
 * An event without any time is taken as of `now`.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
export function readEvent(object: KubernetesObject, now: number): TimedEvent {
  const series = recordAt(object, 'series');
  const source = recordAt(object['source'] ?? object['deprecatedSource']);
  const involved = recordAt(object['involvedObject'] ?? object['regarding']);
  const created = parseTime(object.metadata.creationTimestamp);

  const starts = times(object['firstTimestamp'], object['deprecatedFirstTimestamp'], object['eventTime']);
  const ends = times(
    object['lastTimestamp'],
    object['deprecatedLastTimestamp'],
    series['lastObservedTime'],
    object['eventTime'],
  );
  const lastSeen =
    ends.length > 0 ? Math.max(...ends) : starts.length > 0 ? Math.max(...starts) : (created ?? now);
  const firstSeen =
    starts.length > 0 ? Math.min(...starts, lastSeen) : Math.min(created ?? lastSeen, lastSeen);

  const kind = text(involved['kind']);
  const name = text(involved['name']);
  const uid = text(involved['uid']);
  const namespace =
    text(involved['namespace']) || (CLUSTER_SCOPED.has(kind) ? '' : (object.metadata.namespace ?? ''));
  return {
    // The kubelet gives a node's name as its uid.
    uid: uid === '' || uid === name ? null : uid,
    event: {
      reason: text(object['reason']),
      type: object['type'] === 'Warning' ? 'Warning' : 'Normal',
      message: maskedText(text(object['message'] ?? object['note'])),
      firstSeen,
      lastSeen,
      count: countOf(object),
      involved: {
        apiVersion: text(involved['apiVersion']),
        kind,
        namespace: namespace === '' ? null : namespace,
        name,
      },
      container: /\{([^{}]+)\}$/.exec(text(involved['fieldPath']))?.[1] ?? null,
      reporter:
        text(object['reportingComponent']) ||
        text(object['reportingController']) ||
        text(source['component']),
    },
  };
}

/** How often it happened. */
export function countOf(event: KubernetesObject): number {
  const counts = [event['count'], event['deprecatedCount'], recordAt(event, 'series')['count']];
  return Math.max(
    1,
    ...counts.filter((value): value is number => typeof value === 'number' && Number.isFinite(value)),
  );
}

function times(...values: readonly unknown[]): readonly number[] {
  return values.map(parseTime).filter((time) => time !== null);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
