/**
 * Rule `unclassified`: everything that visibly fails and that no other rule explains, reported as what it is. It never wants a change.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - Container states, restarts and back-off: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
 * - Probes, and how long they allow a container to take: https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
 * - Pending pods, gates and evictions: https://kubernetes.io/docs/concepts/scheduling-eviction/
 * - Conditions of controllers' objects: https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties
 * - Events vanish after an hour, and one event stands for many: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 *
 * Healthy is what is on its way: a rollout within its probes' time, a completed Job, a pod being deleted, a failure that has recovered.
 */
import type { ClusterState, LogRequest } from '../model/cluster-state.ts';
import { describeRef, refOf, type ObjectRef } from '../kubernetes/objects.ts';
import { joinProse, ownText, plainText, prose, type Prose } from '../untrusted/prose.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import { defineRule, type Conclusion } from './define-rule.ts';
import { signalsIn } from './unclassified/all-signals.ts';
import { errorLineOf, excerptOf } from '../facts/log.ts';
import { contextOf } from './unclassified/context.ts';
import { CAUSES, type Cause } from './unclassified/causes.ts';
import type { Signal } from './unclassified/signal.ts';

const LOG_LINES = 20;
const MOST_EVIDENCE = 16;

export const unclassified = defineRule({
  id: 'unclassified',
  title: 'A failure that no other rule explains, as it shows itself',
  phase: 'runtime',
  semantics: [
    'https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/',
    'https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/',
    'https://kubernetes.io/docs/concepts/scheduling-eviction/',
    'https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties',
    'https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/',
  ],
  reads: [
    'Pod',
    'Event',
    'Node',
    'Deployment',
    'StatefulSet',
    'DaemonSet',
    'ReplicaSet',
    'ReplicationController',
    'Job',
    'CronJob',
    'Rollout.v1alpha1.argoproj.io',
    'HorizontalPodAutoscaler',
    'Service',
    'EndpointSlice',
    'Ingress',
    'NetworkPolicy',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'StorageClass',
    'PodDisruptionBudget',
  ],
  on: 'cluster',
  givesWayTo: 'any',
  causes: CAUSES,

  detect: ({ cluster }) => [...signalsIn(cluster).values()].map(seenIn),

  *investigate({ cluster }, ask, { object, signals }) {
    const logs = logsOf(signals);
    const texts = yield* ask.each(logs.map((request) => ask.log(request)));
    return conclusionOf(
      object,
      signals,
      logs.map((request, index) => ({ ...request, text: texts[index] ?? '' })),
      cluster,
    );
  },
});

function seenIn(signals: readonly Signal[]) {
  const on = [...new Set(signals.map((signal) => signal.on))];
  return {
    signals,
    object: signals[0]!.owner,
    container: onlyContainer(signals),
    seenOn: on.map(refOf),
    firstSeen: Math.min(...signals.map(({ firstSeen }) => firstSeen)),
    lastSeen: Math.max(...signals.map(({ lastSeen }) => lastSeen)),
    occurrences: Math.max(on.length, ...signals.map(({ occurrences }) => occurrences)),
  };
}

/** The container when the leading signal is about one and no other container fails too. */
function onlyContainer(signals: readonly Signal[]): string | null {
  const containers = new Set(signals.map(({ container }) => container).filter((name) => name !== null));
  return signals[0]!.container !== null && containers.size === 1 ? signals[0]!.container : null;
}

/** Failures that a program may have explained in its log. */
const LOGGED: ReadonlySet<Cause> = new Set(['init-waiting', 'job-failed', 'pod-failed']);

function logsOf(signals: readonly Signal[]): readonly LogRequest[] {
  const { cause, on, container } =
    signals.find((signal) => LOGGED.has(signal.cause) && signal.on.kind === 'Pod') ?? signals[0]!;
  if (!LOGGED.has(cause) || on.kind !== 'Pod') return [];
  const name = container ?? firstContainer(on);
  if (name === null) return [];
  const of = { namespace: on.metadata.namespace ?? '', pod: on.metadata.name, container: name };
  return [
    { ...of, previous: true },
    { ...of, previous: false },
  ];
}

function firstContainer(pod: Signal['on']): string | null {
  const spec = pod['spec'] as { readonly containers?: readonly { readonly name?: unknown }[] } | undefined;
  const name = spec?.containers?.[0]?.name;
  return typeof name === 'string' ? name : null;
}

function conclusionOf(
  object: ObjectRef,
  signals: readonly Signal[],
  logs: readonly (LogRequest & { readonly text: string })[],
  cluster: ClusterState,
): Conclusion {
  const leading = signals[0]!;
  const answers = logs.filter(({ text }) => text.trim() !== '');
  const errors = answers.flatMap(({ text }) => errorLineOf(text) ?? []);
  const error = errors[0] ?? null;
  const besides = distinct(signals.map(({ says }) => says))
    .filter((says) => plainText(says) !== plainText(leading.says))
    .slice(0, 3);
  const others = new Set(signals.filter(({ cause }) => cause === leading.cause).map(({ on }) => on)).size - 1;
  const more = others > 0 ? prose` (and ${others} more)` : ownText('');
  const summary = prose`${describeRef(object)}: ${leading.says}${more}${others > 0 ? ownText('.') : stopAfter(leading.says)}`;
  const evidence = [
    ...signals.flatMap((signal) => signal.evidence),
    ...answers.map(({ namespace, pod, container, previous, text }) => {
      const log = `Pod ${namespace}/${pod}, container ${container}${previous ? ', previous' : ''}`;
      return quoted('log', log, null, excerptOf(text, LOG_LINES));
    }),
    ...contextOf(cluster, leading),
  ];
  return {
    cause: leading.cause,
    summary,
    rootCause: joinProse(
      [
        summary,
        ...(besides.length === 0
          ? []
          : [prose`Also: ${joinProse(besides, '; ')}${stopAfter(besides.at(-1)!)}`]),
        ...(error === null ? [] : [prose`The log says: ${error}`]),
      ],
      ' ',
    ),
    evidence: distinctEvidence(evidence).slice(0, MOST_EVIDENCE),
    confidence: [{ factor: 0.5, reason: prose`the failure is certain; its cause was not determined` }],
    verdict: leading.verdict,
    reason:
      leading.verdict === 'monitor'
        ? prose`Nothing needs fixing yet; Faultline keeps watching.`
        : prose`No change in git is known to fix this, so none is proposed.`,
    advice: ADVICE[leading.cause] ?? [],
  };
}

/** A full stop, unless the quoted text brings its own. */
function stopAfter(text: Prose): Prose {
  return ownText(plainText(text).endsWith('.') ? '' : '.');
}

function distinct(texts: readonly Prose[]): readonly Prose[] {
  return [...new Map(texts.map((text) => [plainText(text), text])).values()];
}

/** The same words about many objects are quoted once. */
function distinctEvidence(evidence: readonly Evidence[]): readonly Evidence[] {
  const kept = new Map<string, Evidence>();
  for (const each of evidence) {
    const key = `${each.source} ${plainText(each.text)}`;
    if (!kept.has(key)) kept.set(key, each);
  }
  return [...kept.values()];
}

const ADVICE: Readonly<Partial<Record<Cause, readonly Prose[]>>> = {
  'container-error': [
    prose`Fix the field that the message names: the runtime or the kubelet refuses to start the container.`,
  ],
  unschedulable: [
    prose`Compare what the pod asks for (requests, selectors, affinity, claims) with what the nodes have.`,
  ],
  'init-waiting': [
    prose`Provide what the init container waits for, or roll back to the revision that did not wait for it.`,
  ],
  evicted: [
    prose`Find what used up the node's resource: the evicted pod is a victim, not necessarily the cause.`,
  ],
  service: [prose`Make the Service's selector and target port agree with its pods.`],
  'replicas-contested': [prose`Set spec.replicas in one place only: in git or by the autoscaler.`],
};
