/**
 * Rule `probe-failing`: a liveness or startup probe makes the kubelet restart a container, or a readiness probe never succeeds.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - A container may fail for `initialDelaySeconds + failureThreshold × periodSeconds` before the kubelet acts; the other probes wait for a
 *   startup probe. https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
 * - Failures are Unhealthy events; a kill for a probe is a Normal event of reason Killing. Source: pkg/kubelet/{prober,kuberuntime} of k8s.io/kubernetes.
 * - Declaring a port is optional, so a port that is not declared may be served; a name must be declared.
 *   https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
 */
import { MINUTE } from '../kubernetes/durations.ts';
import { excerptOf } from '../facts/log.ts';
import { quote, quoteEvent, quoteFields, isWithin } from '../facts/observations.ts';
import { type ProbeFailures, probeFailuresOf, type Probe, probeOf } from '../facts/probes.ts';
import { unreadyFor } from '../facts/readiness.ts';
import { carriesCurrentTemplate } from '../facts/rollout.ts';
import type { ContainerFacts } from '../facts/subjects.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import type { ClusterObject } from '../model/cluster-state.ts';
import { type Evidence, quoted } from '../model/evidence.ts';
import type { Blame } from '../model/finding.ts';
import { counted, often, ownText, prose, type Prose, saying } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { PLAIN_CAUSES, PROBE_CAUSES, type ProbeCause } from './probe-failing/causes.ts';
import { diagnose } from './probe-failing/diagnose.ts';
import { knownOf, type Told, troubleIn } from './probe-failing/known.ts';
import { knownWithPast, repairOf } from './probe-failing/repair.ts';
import type { ProbeFix } from './probe-failing/restore.ts';
import { foresight } from './probe-failing/foresight.ts';

/** A probe that failed as often, and lately, fails for a reason. */
const MANY_FAILURES = 3;
const LATELY = 10 * MINUTE;

export const probeFailing = defineRule({
  id: 'probe-failing',
  title: 'A probe fails, so that a container is restarted or gets no traffic',
  phase: 'health-checks',
  semantics: [
    'https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/',
    'https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes',
  ],
  reads: ['Pod', 'Event', 'ReplicaSet', 'ControllerRevision'],
  on: 'container',
  causes: PROBE_CAUSES,
  foresight,

  detect(container) {
    const { cluster } = container;
    const failing = probeFailuresOf(container).filter((failures) => isFailing(container, failures));
    const unready = unreadyFor(container);
    const worst = failing[0] ?? null;
    if (worst === null && (unready === null || !unready.isOverdue)) return null;
    return {
      failing,
      unready,
      seenOn: [...new Set([...failing.map(({ pod }) => pod), ...(unready ? [unready.pod] : [])])].map(refOf),
      firstSeen: worst?.firstSeen ?? unready!.since,
      lastSeen: worst?.lastSeen ?? cluster.now,
      occurrences: Math.max(1, worst?.kills ?? 0, worst?.count ?? 0),
    };
  },

  *investigate(container, ask, { failing, unready }) {
    const worst = failing[0] ?? null;
    const pod = worst?.pod ?? unready!.pod;
    const of = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container: container.name };
    const texts = yield* ask.each([true, false].map((previous) => ask.log({ ...of, previous })));
    const log = texts.filter((text) => text !== null).join('\n');
    const known = worst && (yield* knownWithPast(container, worst, log, ask));
    const told = known ? diagnose(known) : silentIn(container, pod);
    const trouble = known && WAITS.has(told.cause) ? troubleIn(known) : null;
    const repair = known && (yield* repairOf(known, told, failing, ask));
    return diagnosis({
      cause: told.cause,
      summary: prose`${describeRef(container.workload.ref)}: ${whatFails(container, worst, unready?.since)}`,
      because: [
        ...(repair?.introducedBy ? repair.says : []),
        ...told.because,
        ...(trouble === null ? [] : [prose`The log of the container says: ${trouble}`]),
        ...(repair && !repair.introducedBy ? repair.says : []),
      ],
      evidence: [
        ...(worst ? worst.events.map((event) => quoteEvent(pod, event)) : []),
        ...(unready
          ? [
              quote(
                'pod-status',
                unready.pod,
                unready.since,
                `container ${container.name} running, not ready`,
              ),
            ]
          : []),
        ...(repair?.evidence ?? []),
        ...fieldsOf(container, pod),
        ...logOf(log, `Pod ${of.namespace}/${of.pod}, container ${of.container}`),
      ],
      certainty: certaintyOf(told, repair),
      blames: [
        ...blamesOf(container, known?.probe ?? probeIn(container, pod), told),
        ...(told.cause === 'killed-while-starting' && known?.withMoreCpu
          ? container.field('resources.limits.cpu')
          : []),
      ],
      advice: repair ? [] : told.advice,
      ...verdictOf(container, pod, told, repair),
      ...(repair?.introducedBy && { introducedBy: repair.introducedBy }),
    });
  },
});

/** The program may wait for something, which its log tells. */
const WAITS: ReadonlySet<ProbeCause> = new Set<ProbeCause>([
  'unhealthy-answer',
  'killed-while-starting',
  'connection-refused',
  'timed-out',
]);

/** Of the other probes, too: what they ask tells whether this one is wrong. */
const PROBES = ['ports', 'livenessProbe', 'startupProbe', 'readinessProbe'];

function fieldsOf(container: ContainerFacts, pod: ClusterObject): readonly Evidence[] {
  const own = container.instances.find((one) => one.pod === pod)!.placed.container;
  return quoteFields(pod, own, PROBES, `container ${container.name}: `);
}

function logOf(log: string, of: string): readonly Evidence[] {
  return log.trim() === '' ? [] : [quoted('log', of, null, excerptOf(log, 12))];
}

/**
 * A kill within the last ten minutes, or a loop of them; liveness that fails again and again; readiness where the container is not ready, and
 * has had its time or fails for a reason that time does not heal.
 */
function isFailing(container: ContainerFacts, failures: ProbeFailures): boolean {
  const { cluster } = container;
  const { probe, pod, kills, lastSeen } = failures;
  const status = container.instances.find((one) => one.pod === pod)?.status;
  const restarts = status?.restartCount ?? 0;
  if (probe === 'readiness') {
    const unready = unreadyFor(container, pod);
    return unready !== null && (unready.isOverdue || isPlain(container, failures));
  }
  const isWaiting = status?.state?.waiting?.reason === 'CrashLoopBackOff';
  const isLoop = kills > 0 && (isWaiting || restarts >= MANY_FAILURES);
  if (isLoop || !isWithin(cluster, lastSeen, LATELY)) return isLoop;
  return kills > 1 || isBeyondPatience(container, failures) || isPlain(container, failures);
}

/** So many failures without a kill are no slow start any more, however many the probe bears. */
const NO_START = 30;

/** It failed as often as the kubelet bears, or so often that no start explains it. */
function isBeyondPatience({ instances }: ContainerFacts, { probe, pod, count }: ProbeFailures): boolean {
  const own = instances.find((one) => one.pod === pod)?.placed.container;
  const borne = (own && probeOf(own, probe)?.failureThreshold) ?? MANY_FAILURES;
  return count >= Math.max(MANY_FAILURES, probe === 'startup' ? borne : Math.min(borne, NO_START));
}

/** What no waiting heals: another protocol, a name or a port that the container does not have, while no pod is ready with the same probe. */
function isPlain(container: ContainerFacts, failures: ProbeFailures): boolean {
  const known = knownOf(container, failures);
  const told = known && diagnose(known);
  if (!known || !told || !PLAIN_CAUSES.has(told.cause)) return false;
  const isKnownToWork = container.instances.some(({ status, placed }) => {
    const other = probeOf(placed.container, failures.probe);
    return status?.ready === true && other?.by === known.probe.by && other.port === known.probe.port;
  });
  if (told.cause === 'named-port-missing') return true;
  // A server that has just started may not listen yet.
  const enough = told.cause === 'port-not-declared' ? MANY_FAILURES : 2;
  return (
    !(isKnownToWork && failures.probe === 'readiness') && (failures.count >= enough || failures.kills > 0)
  );
}

function certaintyOf({ cause }: Told, repair: ProbeFix | null): readonly [number, Prose] {
  if (repair) return repair.certainty;
  return PLAIN_CAUSES.has(cause)
    ? [0.9, prose`the kubelet's words and the container's fields agree`]
    : [0.6, prose`the probe fails for certain; why it gets no answer is known from its words only`];
}

function verdictOf(container: ContainerFacts, pod: ClusterObject, { cause }: Told, repair: ProbeFix | null) {
  if (repair === null)
    return {
      reason:
        cause === 'unhealthy-answer'
          ? prose`The probe does its work: the program says that it cannot serve, and no probe is changed for that.`
          : prose`Neither history nor another probe nor the log proves another value, so nothing is changed.`,
    };
  if (carriesCurrentTemplate(container.cluster, pod) === 'outdated')
    return {
      reason: prose`${describeRef(refOf(pod))} carries an older template than the current one, so nothing is changed.`,
    };
  return {
    verdict: 'fix' as const,
    reason: prose`The new value is one that worked before or that the server itself names.`,
    changes: repair.changes,
    guards: [
      repair.draft
        ? ({ kind: 'draft', reason: repair.draft } as const)
        : ({
            kind: 'no-auto-merge',
            reason:
              repair.certainty[0] >= 0.95
                ? prose`a probe decides when the kubelet restarts a container`
                : prose`nothing on record shows a pod Ready with this probe`,
          } as const),
    ],
  };
}

/** The fields of the probe that are at fault, where the template has it. */
function blamesOf(container: ContainerFacts, probe: Probe | null, { cause, blamed }: Told): readonly Blame[] {
  const placed = container.placed && probe && probeOf(container.placed.container, probe.name);
  if (!placed || placed.by !== probe.by) return [];
  const isWritten = (name: string): boolean => container.value(`${probe.name}Probe.${name}`) !== undefined;
  const names =
    cause === 'killed-while-starting'
      ? ['failureThreshold', 'periodSeconds', 'initialDelaySeconds']
      : [blamed];
  const first = names.filter(isWritten);
  const otherwise = probe.by === 'exec' ? 'exec.command[0]' : `${probe.by}.port`;
  return (first.length > 0 ? first : [otherwise]).flatMap((name) =>
    container.field(`${probe.name}Probe.${name}`),
  );
}

/** The probe that keeps a container from being ready, where no event tells which. */
function probeIn(container: ContainerFacts, pod: ClusterObject): Probe | null {
  const instance = container.instances.find((one) => one.pod === pod)!;
  const isStarted = instance.status?.started !== false;
  const startup = isStarted ? null : probeOf(instance.placed.container, 'startup');
  return startup ?? probeOf(instance.placed.container, 'readiness');
}

/** No event tells why it is not ready. */
function silentIn(container: ContainerFacts, pod: ClusterObject): Told {
  const probe = probeIn(container, pod);
  const { name, namespace = '' } = pod.metadata;
  return {
    cause: 'unanswered',
    because: [],
    blamed: probe ? `${probe.by}.port` : '',
    advice: [
      prose`No event says what its probe got: kubectl describe pod -n ${namespace} ${name}; kubectl logs -n ${namespace} ${name} -c ${container.name}`,
    ],
  };
}

function whatFails(
  { name, cluster }: ContainerFacts,
  worst: ProbeFailures | null,
  since: number | undefined,
) {
  if (worst === null)
    return prose`container ${name} runs, and has not been ready for ${minutes(cluster.now - (since ?? cluster.now))}.`;
  const said = saying(shortened(worst.message.replace(BINARY, '$1…"')));
  if (worst.kills > 0)
    return prose`the kubelet restarts container ${name} because its ${ownText(worst.probe)} probe fails (${often(worst.kills)} within the hour)${said}`;
  if (worst.probe === 'readiness')
    return prose`container ${name} runs, and ${since === undefined ? prose`is not ready` : prose`has not been ready for ${minutes(cluster.now - since)}`}: its readiness probe failed ${often(worst.count)}${said}`;
  return prose`the ${ownText(worst.probe)} probe of container ${name} failed ${often(worst.count)}${said}`;
}

/** A malformed answer is quoted whole, and its first bytes tell what it is. */
const BINARY = /((?:response|status code|version) "(?:\\x[0-9a-f]{2}){4})[^"]*"/i;

function minutes(milliseconds: number) {
  return counted(Math.max(1, Math.round(milliseconds / MINUTE)), 'minute');
}
