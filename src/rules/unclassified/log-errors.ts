/**
 * The part of rule `unclassified` that reads logs of pods which look healthy. Kubernetes knows nothing of what a program does while its
 * probes succeed, so the log is the only witness: https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/
 *
 * It asks for one log per workload. That is free in a recorded cluster and a request each in a live one, so it is a rule of its own that is
 * run for records only.
 */
import type { ClusterState } from '../../model/cluster-state.ts';
import { describeRef, objectKey, recordAt, refOf, type KubernetesObject } from '../../kubernetes/objects.ts';
import { isReady, podSpecOf, podSpecPath } from '../../kubernetes/workloads.ts';
import { joinProse, ownText, often, prose } from '../../untrusted/prose.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import { defineRule } from '../define-rule.ts';
import { signalsIn } from './all-signals.ts';
import { CAUSES } from './causes.ts';
import { excerptOf, repeatedError, REPEATS_WITHIN } from '../../facts/log.ts';
import { quote } from '../../facts/observations.ts';

export const logErrors = defineRule({
  id: 'unclassified',
  title: 'A workload that looks healthy and keeps logging the same error',
  phase: 'runtime',
  semantics: ['https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/'],
  reads: [
    'Pod',
    'Service',
    'NetworkPolicy',
    'ReplicationController',
    'PersistentVolumeClaim',
    'HorizontalPodAutoscaler',
    'Node',
  ],
  on: 'workload',
  givesWayTo: 'any',
  causes: { 'log-errors': CAUSES['log-errors'] },

  detect({ cluster, ref, pods }) {
    if (podSpecPath(ref.kind) === null || signalsIn(cluster).has(objectKey(ref))) return null;
    const pod = pods.find((one) => isReady(one) && one.metadata.deletionTimestamp === undefined);
    const container = pod && podSpecOf(pod)?.containers?.[0]?.name;
    if (!pod || container === undefined) return null;
    const { now } = cluster;
    return { pod, container, seenOn: [refOf(pod)], firstSeen: now, lastSeen: now, occurrences: 1 };
  },

  *investigate({ cluster, ref }, ask, { pod, container }) {
    const of = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name };
    const log = (yield* ask.log({ ...of, container, previous: false })) ?? '';
    const error = repeatedError(log, cluster.now);
    if (error === null) return null;
    const quotes = joinProse(
      error.lines.map((line) => prose`${line}`),
      ' and ',
    );
    const many = error.lines.length > 1;
    return {
      cause: 'log-errors',
      summary: prose`${describeRef(ref)} is Ready, but its log repeats ${ownText(many ? 'errors' : 'an error')}: ${quotes}`,
      rootCause: prose`The pods of ${describeRef(ref)} are Ready, and container ${container} wrote ${ownText(many ? 'the same errors' : 'the same error')} ${often(error.count)} in its last ${REPEATS_WITHIN} log lines: ${quotes}`,
      evidence: [
        quoted(
          'log',
          `Pod ${of.namespace}/${of.pod}, container ${container}`,
          null,
          excerptOf(log, REPEATS_WITHIN),
        ),
        ...namedServices(cluster, pod, error.lines.join(' ')),
      ],
      confidence: [{ factor: 0.5, reason: prose`the log says so; its cause was not determined` }],
      verdict: 'monitor' as const,
      reason: prose`Its pods are Ready, and Kubernetes reports no problem.`,
      advice: [prose`Check what the error names.`],
      occurrences: error.count,
    };
  },
});

/** What the cluster knows of the Services that a line names: who may reach them often explains why this pod cannot. */
function namedServices(cluster: ClusterState, pod: KubernetesObject, line: string): readonly Evidence[] {
  const namespace = pod.metadata.namespace ?? null;
  const words = new Set(line.split(/[^a-z0-9-]+/i));
  return cluster
    .list('Service', namespace)
    .filter(({ metadata }) => words.has(metadata.name))
    .flatMap((service) => {
      const selector = recordAt(service, 'spec', 'selector');
      const policies = cluster
        .list('NetworkPolicy', namespace)
        .filter((policy) => selectsAll(policy, selector));
      if (policies.length === 0) return [];
      return [
        quote('object', pod, null, `metadata.labels: ${JSON.stringify(pod.metadata.labels ?? {})}`),
        ...policies.map((policy) =>
          quote(
            'object',
            policy,
            null,
            `applies to the pods of Service ${service.metadata.name}: ${JSON.stringify(policy['spec'])}`,
          ),
        ),
      ];
    });
}

/** True when a policy's pod selector fits whatever has these labels. */
function selectsAll(policy: KubernetesObject, labels: Readonly<Record<string, unknown>>): boolean {
  const wanted = recordAt(policy, 'spec', 'podSelector', 'matchLabels');
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
