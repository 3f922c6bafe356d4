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
import { probeFailuresOf, type ProbeFailures } from '../facts/probes.ts';
import { excerptOf } from '../facts/log.ts';
import { quote, quoteEvent, quoteFields } from '../facts/observations.ts';
import { unreadyFor } from '../facts/readiness.ts';
import type { ContainerFacts } from '../facts/subjects.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { quoted } from '../model/evidence.ts';
import { counted, often, ownText, prose, saying } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';
import { PROBE_CAUSES, probeCause } from './probe-failing/causes.ts';

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
  reads: ['Pod', 'Event'],
  on: 'container',
  causes: PROBE_CAUSES,

  detect(container) {
    const { cluster } = container;
    const failing = probeFailuresOf(container).filter((failures) => isFailing(container, failures));
    const unready = unreadyFor(container);
    const worst = failing[0] ?? null;
    if (worst === null && (unready === null || !unready.isOverdue)) return null;
    return {
      worst,
      unready,
      seenOn: [...new Set([...failing.map(({ pod }) => pod), ...(unready ? [unready.pod] : [])])].map(refOf),
      firstSeen: worst?.firstSeen ?? unready!.since,
      lastSeen: worst?.lastSeen ?? cluster.now,
      occurrences: Math.max(1, worst?.kills ?? 0, worst?.count ?? 0),
    };
  },

  *investigate(container, ask, { worst, unready }) {
    const pod = worst?.pod ?? unready!.pod;
    const of = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container: container.name };
    const texts = yield* ask.each([true, false].map((previous) => ask.log({ ...of, previous })));
    const log = texts.filter((text) => text !== null).join('\n');
    const { cause, because, blames, advice } = probeCause(container, worst, log);
    const own = container.instances.find((one) => one.pod === pod)!.placed.container;
    return diagnosis({
      cause,
      summary: prose`${describeRef(container.workload.ref)}: ${whatFails(container, worst, unready?.since)}`,
      because,
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
        ...quoteFields(pod, own, PROBES, `container ${container.name}: `),
        ...(log.trim() === ''
          ? []
          : [
              quoted(
                'log',
                `Pod ${of.namespace}/${of.pod}, container ${container.name}`,
                null,
                excerptOf(log, 12),
              ),
            ]),
      ],
      certainty: CERTAIN.has(cause)
        ? [0.9, prose`the kubelet's words and the container's fields agree`]
        : [0.6, prose`the probe fails for certain; why it gets no answer is known from its words only`],
      reason: prose`What the container serves is known from the kubelet's words only, so nothing is changed without a person.`,
      blames,
      advice,
    });
  },
});

/** Of the other probes, too: what they ask tells whether this one is wrong. */
const PROBES = ['ports', 'livenessProbe', 'startupProbe', 'readinessProbe'];

const CERTAIN = new Set(['port-not-declared', 'named-port-missing', 'protocol-mismatch', 'scheme-mismatch']);

/**
 * A kill within the last ten minutes, or a loop of them; liveness that fails again and again; readiness where the container is not ready, and
 * has had its time or fails for a reason that time does not heal.
 */
function isFailing(container: ContainerFacts, failures: ProbeFailures): boolean {
  const { cluster } = container;
  const { probe, pod, kills, count, lastSeen } = failures;
  const status = container.instances.find((one) => one.pod === pod)?.status;
  const restarts = status?.restartCount ?? 0;
  if (probe === 'readiness') {
    const unready = unreadyFor(container, pod);
    if (unready === null || count < MANY_FAILURES) return unready !== null && unready.isOverdue;
    return unready.isOverdue || isLasting(container, failures);
  }
  if (kills > 0 && (status?.state?.waiting?.reason === 'CrashLoopBackOff' || restarts >= MANY_FAILURES))
    return true;
  return count >= MANY_FAILURES && lastSeen >= cluster.now - LATELY;
}

/** What no waiting heals: another protocol, or a port that the container does not have while it runs. */
function isLasting(container: ContainerFacts, failures: ProbeFailures): boolean {
  return CERTAIN.has(probeCause(container, failures, '').cause);
}

function whatFails(
  { name, cluster }: ContainerFacts,
  worst: ProbeFailures | null,
  since: number | undefined,
) {
  if (worst === null)
    return prose`container ${name} has been running but not ready for ${minutes(cluster.now - (since ?? cluster.now))}.`;
  const said = saying(shortened(worst.message));
  if (worst.kills > 0)
    return prose`the kubelet restarts container ${name} because its ${ownText(worst.probe)} probe fails (${often(worst.kills)} within the hour)${said}`;
  if (worst.probe === 'readiness')
    return prose`container ${name} runs but is not ready${since === undefined ? prose`` : prose` for ${minutes(cluster.now - since)}`}: its readiness probe failed ${often(worst.count)}${said}`;
  return prose`the ${ownText(worst.probe)} probe of container ${name} failed ${often(worst.count)}${said}`;
}

function minutes(milliseconds: number) {
  return counted(Math.max(1, Math.round(milliseconds / MINUTE)), 'minute');
}
