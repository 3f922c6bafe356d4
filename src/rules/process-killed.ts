/**
 * Rule `process-killed`: the kernel killed processes because a memory cgroup was full, while no container on record ended: the node's problem
 * detector reports them on the node. A cgroup is full at a container's (or pod's) memory limit, not when the node is.
 */
import { HOUR, MINUTE } from '../kubernetes/durations.ts';
import { derived } from '../facts/derived.ts';
import { isWithin, quoteEvent } from '../facts/observations.ts';
import { describeRef, recordAt, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { parseQuantity } from '../kubernetes/quantities.ts';
import {
  containerPath,
  containersOf,
  containerStatuses,
  parseTime,
  podSpecOf,
} from '../kubernetes/workloads.ts';
import type { ClusterEvent, ClusterObject, ClusterState } from '../model/cluster-state.ts';
import type { Blame } from '../model/finding.ts';
import { often, ownText, prose } from '../untrusted/prose.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

/** Events older than this are no incident any more. */
const RECENT = 2 * HOUR;
/** A container that ended within this time of a kill is what the kill was about. */
const NEAR = 2 * MINUTE;
const MOST_NAMED = 6;

export const processKilled = defineRule({
  id: 'process-killed',
  title: 'The kernel killed processes at a memory limit, and no container ended',
  phase: 'node',
  semantics: [
    'https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#node-out-of-memory-behavior',
    'https://github.com/kubernetes/node-problem-detector#problem-daemon',
  ],
  reads: ['Node', 'Pod', 'Event'],
  on: 'cluster',
  causes: {
    'memory-cgroup-full': {
      means: 'events of a node say that a memory cgroup was full, and no container on record ended then',
      fix: 'none',
      outcome: 'monitored',
    },
  },

  detect({ cluster }) {
    return nodeNames(cluster).flatMap((name) => {
      const kills = recentKills(cluster, name);
      const pods = kills.length === 0 ? [] : podsOn(cluster, name);
      const events = kills.filter((event) => !isExplained(event, pods));
      const latest = events.at(-1);
      if (!latest) return [];
      const node = cluster.get('Node', null, name) ?? nodeNamed(name);
      return [
        {
          node,
          events,
          limited: pods.flatMap((pod) => limitedIn(cluster, pod, events)),
          object: refOf(node),
          container: null,
          seenOn: [refOf(node)],
          firstSeen: Math.min(...events.map(({ firstSeen }) => firstSeen)),
          lastSeen: latest.lastSeen,
          occurrences: events.reduce((sum, { count }) => sum + count, 0),
        },
      ];
    });
  },

  investigate(_subject, _ask, { node, events, limited, occurrences }) {
    const processes = [...new Set(events.map(processOf).filter((one) => one !== null))];
    const [only, ...others] = limited;
    const more = limited.length - MOST_NAMED;
    const named = limited
      .slice(0, MOST_NAMED)
      .map(({ pod, container, limit }) => `${container} of ${pod} (${limit})`);
    const candidates =
      only && others.length === 0
        ? prose`Of the containers there with a memory limit, only ${named[0]!} can hold what was killed.`
        : prose`Containers with a memory limit that can hold what was killed: ${named.join(', ')}${ownText(more > 0 ? ` and ${more} more` : '')}.`;
    return diagnosis({
      cause: 'memory-cgroup-full',
      summary: prose`${describeRef(refOf(node))}: the kernel killed ${processes.length === 0 ? ownText('processes') : prose`${processes.join(', ')}`} ${often(occurrences)} because a memory cgroup was full: a container reached its memory limit, and no container on record ended by it`,
      because: limited.length === 0 ? [] : [candidates],
      evidence: events.slice(-4).map((event) => quoteEvent(node, event)),
      certainty: [
        only && others.length === 0 ? 0.65 : 0.5,
        prose`the kills are certain; whose process it was is not on record`,
      ],
      blames: only && others.length === 0 ? only.blames : [],
      verdict: 'monitor',
      reason: prose`Nothing needs fixing yet; Faultline keeps watching.`,
      advice: [
        prose`Find the container whose memory is close to its limit: kubectl top pods -A --containers`,
      ],
    });
  },
});

function nodeNamed(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name } };
}

/** Nodes that pods run on, then those that have none: a node need not be on record. */
function nodeNames(cluster: ClusterState): readonly string[] {
  const ofPods = cluster
    .namespacesOf('Pod')
    .flatMap((namespace) =>
      derived(cluster, `nodes of pods of ${namespace ?? ''}`, (given) => [
        ...new Set(given.list('Pod', namespace).map((pod) => podSpecOf(pod)?.nodeName ?? '')),
      ]),
    );
  const names = new Set([...ofPods, ...cluster.list('Node').map(({ metadata }) => metadata.name)]);
  return [...names].filter((name) => name !== '');
}

function podsOn(cluster: ClusterState, name: string): readonly ClusterObject[] {
  return cluster.list('Pod').filter((pod) => podSpecOf(pod)?.nodeName === name);
}

/** Asked for without uid: reporters write the node's name where other events have the uid. */
function recentKills(cluster: ClusterState, name: string): readonly ClusterEvent[] {
  return cluster
    .eventsOf(nodeNamed(name))
    .filter(
      ({ reason, message }) => /^OOMKilling$/i.test(reason) && /memory cgroup out of memory/i.test(message),
    )
    .filter(({ lastSeen }) => isWithin(cluster, lastSeen, RECENT));
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

/** A container with a memory limit, as one that a killed process may belong to. */
interface Limited {
  readonly pod: string;
  readonly container: string;
  readonly limit: string;
  readonly blames: readonly Blame[];
}

/** The containers of a running pod whose limit is not below what a killed process held, as far as the event says it. */
function limitedIn(
  cluster: ClusterState,
  pod: ClusterObject,
  events: readonly ClusterEvent[],
): readonly Limited[] {
  if (recordAt(pod, 'status')['phase'] !== 'Running') return [];
  const { ref, object } = cluster.ownerOf(pod);
  const held = Math.max(0, ...events.map(heldBy));
  const template = containersOf(object && podSpecOf(object));
  return containersOf(podSpecOf(pod)).flatMap(({ container }) => {
    const limit = container.resources?.limits?.['memory'];
    if (limit === undefined || (parseQuantity(limit) ?? 0) < held) return [];
    const placed = template.find((one) => one.container.name === container.name);
    const path = placed ? containerPath(ref.kind, placed) : null;
    return [
      {
        pod: pod.metadata.name,
        container: container.name,
        limit: String(limit),
        blames: path === null ? [] : [{ object: ref, field: `${path}.resources.limits.memory` }],
      },
    ];
  });
}

/** Bytes that the process held, of `anon-rss:1040000kB`; 0 where the message does not say. */
function heldBy({ message }: ClusterEvent): number {
  const kilobytes = /anon-rss:(\d+)kB/i.exec(message)?.[1];
  return kilobytes === undefined ? 0 : Number(kilobytes) * 1024;
}
