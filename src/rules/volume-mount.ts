/**
 * Rule `volume-mount`: a pod has a node, and a volume of it cannot be attached or mounted there.
 *
 * Attaching and mounting are tried again until they succeed; a volume that is ReadWriteOnce can be attached to one node at a time, and is detached from
 * a node that is gone after six minutes only. ConfigMaps and Secrets that are missing belong to `config-reference`.
 * Texts: pkg/controller/volume/attachdetach, pkg/kubelet/volumemanager and pkg/volume of k8s.io/kubernetes.
 */
import { MINUTE } from '../kubernetes/durations.ts';
import { claimsOf } from '../facts/claims.ts';
import { ageOf, quote, quoteEvent, warningsOf } from '../facts/observations.ts';
import type { WorkloadFacts } from '../facts/subjects.ts';
import { describeRef, recordAt, recordsOf, refOf } from '../kubernetes/objects.ts';
import { containerStatuses, podSpecOf, podSpecPath } from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterObject } from '../model/cluster-state.ts';
import type { Blame, Culprit } from '../model/finding.ts';
import { prose, saying } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { MOUNT_CAUSES, mountCause } from './volume-mount/causes.ts';

const REASONS = new Set([
  'FailedMount',
  'FailedAttachVolume',
  'FailedMapVolume',
  'VolumeResizeFailed',
  'FileSystemResizeFailed',
]);
/** Volumes of a new pod are often ready at the second try. */
const GRACE = 2 * MINUTE;
const LATELY = 15 * MINUTE;

export const volumeMount = defineRule({
  id: 'volume-mount',
  title: 'A volume cannot be attached or mounted',
  phase: 'volumes',
  semantics: [
    'https://kubernetes.io/docs/concepts/storage/volumes/',
    'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes',
    'https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#storage-force-detach-on-timeout',
  ],
  reads: ['Pod', 'Event', 'PersistentVolumeClaim', 'PersistentVolume'],
  on: 'workload',
  causes: MOUNT_CAUSES,

  detect(workload) {
    const { cluster, activePods } = workload;
    const failing = activePods
      .filter((pod) => isCreating(pod) && ageOf(cluster, pod.metadata.creationTimestamp) >= GRACE)
      .map((pod) => ({ pod, events: warningsOf(cluster, pod, LATELY).filter(isMountFailure) }))
      .filter(({ events }) => events.length > 0);
    const [worst] = failing;
    if (!worst) return null;
    const all = failing.flatMap(({ events }) => events);
    return {
      worst,
      seenOn: failing.map(({ pod }) => refOf(pod)),
      firstSeen: Math.min(...all.map(({ firstSeen }) => firstSeen)),
      lastSeen: Math.max(...all.map(({ lastSeen }) => lastSeen)),
      occurrences: Math.max(...all.map(({ count }) => count)),
    };
  },

  investigate(workload, _ask, { worst: { pod, events } }) {
    // That volumes are waited for says least.
    const telling =
      events.find(
        ({ message }) => !/timed out waiting for the condition|context deadline exceeded/.test(message),
      ) ?? events[0]!;
    const { cause, advice } = mountCause(telling.message);
    const volume = volumeIn(pod, telling.message);
    const claim = recordAt(volume, 'persistentVolumeClaim')['claimName'];
    const culprit: Culprit | null =
      typeof claim === 'string'
        ? { kind: 'PersistentVolumeClaim', namespace: workload.ref.namespace, name: claim }
        : null;
    return diagnosis({
      cause,
      ...(culprit ? { culprit } : {}),
      summary: prose`${describeRef(workload.ref)}: pod ${pod.metadata.name} cannot start, a volume is not ready${saying(shortened(telling.message))}`,
      evidence: [
        ...events.slice(0, 4).map((event) => quoteEvent(pod, event)),
        ...(volume ? [quote('object', pod, null, `volume: ${JSON.stringify(volume)}`)] : []),
      ],
      certainty: [
        cause === 'mount-failed' ? 0.6 : 0.9,
        prose`kubelet or controller say why the volume is not ready`,
      ],
      reason: prose`The state of volumes and nodes is nothing that a manifest sets, so nothing is changed.`,
      blames: volumeField(workload, volume),
      advice: [advice],
    });
  },
});

function isCreating(pod: ClusterObject): boolean {
  const statuses = containerStatuses(pod);
  const hasStarted = statuses.some(({ state }) => state?.running ?? state?.terminated);
  return podSpecOf(pod)?.nodeName !== undefined && statuses.length > 0 && !hasStarted;
}

/** References that are broken are no failure of a volume. */
function isMountFailure({ reason, message }: ClusterEvent): boolean {
  return (
    REASONS.has(reason) &&
    !/(?:configmap|secret)s? "[^"]+" not found|references non-existent (?:config|secret) key|object ".*" not registered/i.test(
      message,
    )
  );
}

type Volume = Readonly<Record<string, unknown>>;

/** The volume that a message names: by its own name, or by that of the PersistentVolume behind its claim. */
function volumeIn(pod: ClusterObject, message: string): Volume | undefined {
  const volumes: readonly Volume[] = recordsOf(podSpecOf(pod)?.volumes);
  const [, named] = /for volume "([^"]+)"/.exec(message) ?? [];
  return (
    volumes.find(({ name }) => name === named) ??
    (claimsOf(pod).length === 1
      ? volumes.find((volume) => volume['persistentVolumeClaim'] !== undefined)
      : undefined)
  );
}

function volumeField({ ref, object }: WorkloadFacts, volume: Volume | undefined): readonly Blame[] {
  const path = podSpecPath(ref.kind);
  const written = object && podSpecOf(object)?.volumes?.find(({ name }) => name === volume?.['name']);
  if (!written || path === null) return [];
  const base = `${path}.volumes[name=${written.name}]`;
  const fields: readonly (readonly [string, string])[] = [
    ['persistentVolumeClaim', 'claimName'],
    ['hostPath', 'path'],
    ['nfs', 'server'],
    ['csi', 'driver'],
  ];
  return fields
    .filter(([kind, field]) => recordAt(written, kind)[field] !== undefined)
    .map(([kind, field]) => ({ object: ref, field: `${base}.${kind}.${field}` }));
}
