import type { ClusterState } from '../model/cluster-state.ts';
import { HOUR } from '../kubernetes/durations.ts';
import { refOf, type ObjectRef } from '../kubernetes/objects.ts';
import { MEBIBYTE } from '../kubernetes/quantities.ts';
import { ownText, prose } from '../untrusted/prose.ts';
import { gather, needsOf, type Case } from './oom-killed/case.ts';
import { JUDGEMENTS } from './oom-killed/judgements.ts';
import { countKills, killedContainersOf, type KilledContainer } from './oom-killed/kills.ts';
import { isLargerInGit, raise, resourcesField } from './oom-killed/raise.ts';
import type { Blame, Chart, ConfidencePart, Finding } from '../model/finding.ts';
import type { Investigation, Rule, Symptom, View } from './rule.ts';
import type { Need } from '../model/need.ts';
import { chartOf, concluded, confidenceInHistory, judge, type Conclusion } from './sizing/conclusion.ts';
import { authorshipOf } from './sizing/last-choice.ts';
import { between } from './sizing/series.ts';

/**
 * A container that was killed because its memory cgroup was full.
 *
 * What Kubernetes promises, and this rule relies on:
 * - a container that exceeds its memory limit becomes a candidate for the kernel's OOM killer, and is reported with the
 *   reason OOMKilled; the kernel's choice when the *node* is full looks the same, without a limit having been reached
 *   (https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/);
 * - `lastState` keeps one termination, `restartCount` counts what was started again: not the last kill while its restart waits
 *   (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states);
 * - memory-backed emptyDir volumes count as memory of the container that writes them
 *   (https://kubernetes.io/docs/concepts/storage/volumes/#emptydir);
 * - a pod whose requests equal its limits is Guaranteed (https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/).
 */
export const oomKilled: Rule = {
  id: 'oom-killed',
  title: 'A container is killed because it reaches its memory limit',
  causes: [
    'limit-too-low',
    'seldom',
    'child-killed',
    'completed',
    'leak',
    'unbounded',
    'memory-volume',
    'named-need',
    'killed-at-start',
    'namespace-default',
    'jvm-heap',
    'node-memory',
    'usage-below-limit',
    'unnamed-kill',
    'owned-elsewhere',
    'no-room',
    'raised-before',
    'drift',
    'older-template',
  ],
  detect,
  investigate,
};

function detect(cluster: ClusterState): readonly Symptom[] {
  const groups = new Map<string, { readonly object: ObjectRef; readonly killed: KilledContainer[] }>();
  for (const pod of cluster.list('Pod')) {
    for (const killed of killedContainersOf(pod, cluster)) {
      const object = cluster.ownerOf(pod).ref;
      const key = JSON.stringify([object, killed.status.name]);
      const group = groups.get(key) ?? { object, killed: [] };
      group.killed.push(killed);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ object, killed }): Symptom => {
    const worstFirst = [...killed].sort((a, b) => restartsOf(b) - restartsOf(a) || newest(b) - newest(a));
    const times = killed.flatMap(timesOf);
    return {
      rule: 'oom-killed',
      object,
      container: killed[0]!.status.name,
      seenOn: worstFirst.map(({ pod }) => refOf(pod)),
      firstSeen: Math.min(...times),
      lastSeen: Math.max(...times),
      occurrences: countKills(killed, { restarts: null, reasons: null }, cluster.now).count || times.length,
    };
  });
}

const restartsOf = ({ status }: KilledContainer): number => status.restartCount ?? 0;
const timesOf = ({ kills, survived }: KilledContainer): readonly number[] =>
  [...kills, ...survived].map(({ at }) => at);
const newest = (killed: KilledContainer): number => Math.max(...timesOf(killed));

/**
 * First whatever speaks against raising the limit, then the raise itself, which needs the limit's history too.
 */
function investigate(symptom: Symptom, view: View): Investigation {
  const asked = needsOf(symptom);
  const missing = view.missing(Object.values(asked));
  if (missing.length > 0) return { kind: 'needs', needs: missing };
  const known = gather(symptom, view, asked);
  const against = judge(JUDGEMENTS, known);
  if (against) return report(known, against, confidenceIn(known));
  const history: Extract<Need, { kind: 'field-history' }> = {
    kind: 'field-history',
    object: symptom.object,
    field: `${resourcesField(known)}.limits.memory`,
  };
  if (view.missing([history]).length > 0) return { kind: 'needs', needs: [history] };
  const versions = view.answer(history) ?? [];
  const authorship = authorshipOf(versions);
  const why: Extract<Need, { kind: 'difference' }> = { ...history, kind: 'difference' };
  const differs = isLargerInGit(known, authorship);
  if (differs && view.missing([why]).length > 0) return { kind: 'needs', needs: [why] };
  const difference = differs ? view.answer(why) : null;
  return report(known, raise(known, authorship, view.memoryFactor, difference), [
    ...confidenceIn(known),
    confidenceInSize(known),
    confidenceInHistory(
      'limit',
      versions.some(({ value }) => value !== undefined),
    ),
  ]);
}

function report(known: Case, conclusion: Conclusion, confidence: readonly ConfidencePart[]): Investigation {
  const { symptom, container, count } = known;
  const finding: Finding = {
    rule: 'oom-killed',
    object: symptom.object,
    container,
    ...concluded(conclusion, known.evidence),
    blames: [...(conclusion.blames ?? []), ...limitOf(known)],
    confidence,
    chart: workingSetOf(known),
    firstSeen: Math.min(symptom.firstSeen, count.since),
    lastSeen: symptom.lastSeen,
    occurrences: Math.max(count.count, symptom.occurrences),
  };
  return { kind: 'finding', finding };
}

/** The limit's own line, where the template has one. */
function limitOf(known: Case): readonly Blame[] {
  const field = resourcesField(known);
  const isWritten = known.placed?.container.resources?.limits?.['memory'] !== undefined;
  return field !== null && isWritten
    ? [{ object: known.symptom.object, field: `${field}.limits.memory` }]
    : [];
}

/** How sure it is that the container was killed for its memory, as often as the finding says. */
function confidenceIn({ killed, count }: Case): readonly ConfidencePart[] {
  const named = killed.every(({ witness }) => witness === null);
  const counted: Readonly<Record<typeof count.basis, ConfidencePart>> = {
    metrics: { factor: 0.99, reason: prose`the metrics count the kills` },
    'restart count': {
      factor: 0.98,
      reason: prose`all restarts of young pods with nothing but kills on record count as kills`,
    },
    'last state': { factor: 0.95, reason: prose`only the last termination of each pod is on record` },
  };
  return [
    named
      ? {
          factor: 0.99,
          reason: prose`the container runtime reports OOMKilled on ${killed.length} ${ownText(killed.length === 1 ? 'pod' : 'pods')}`,
        }
      : { factor: 0.6, reason: prose`an event names memory, the container's status does not` },
    counted[count.basis],
  ];
}

/** How sure it is that the new size is right. */
function confidenceInSize({ memory }: Case): ConfidencePart {
  switch (memory.shape) {
    case 'plateau':
      return { factor: 1, reason: prose`memory stays at one level between restarts: no leak` };
    case 'leak':
      return { factor: 0.5, reason: prose`memory climbs between restarts` };
    case 'unknown':
      return memory.p99 === null
        ? { factor: 0.85, reason: prose`memory was not measured, so a leak cannot be ruled out` }
        : { factor: 0.92, reason: prose`the runs are too short to rule out a leak` };
  }
}

const CHART_SPAN = 6 * HOUR;

/** The working set of the worst pod over the last six hours, with the limit. */
function workingSetOf({ killed, memory, enforced, cluster }: Case): Chart | null {
  const pod = killed.map(({ pod }) => pod.metadata.name).find((name) => memory.byPod.has(name));
  if (pod === undefined) return null;
  const samples = between(memory.byPod.get(pod)!, cluster.now - CHART_SPAN, cluster.now);
  const line = enforced === null ? null : { label: 'memory limit', value: inMebibytes(enforced) };
  return chartOf(samples, { title: `Working set of ${pod}`, unit: 'MiB', line }, inMebibytes);
}

function inMebibytes(bytes: number): number {
  return Math.round(bytes / MEBIBYTE);
}
