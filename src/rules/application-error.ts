/**
 * Rule `application-error`: a workload is Ready, and its log repeats the same error. Kubernetes knows nothing of what a program does while its probes
 * succeed, so the log is the only witness.
 *
 * It asks for one log per container. That is free in a recorded cluster and a request each in a live one, so it runs for records only.
 */
import { excerptOf, readLog, repeatedError, REPEATS_WITHIN } from '../facts/log.ts';
import { contextOf } from '../facts/container-context.ts';
import { quote } from '../facts/observations.ts';
import { describeRef, recordAt, refOf, type KubernetesObject } from '../kubernetes/objects.ts';
import { isReady, podSpecPath } from '../kubernetes/workloads.ts';
import type { ClusterState } from '../model/cluster-state.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import { joinProse, often, ownText, prose } from '../untrusted/prose.ts';
import { LOG_CAUSES, relatedTo } from './crash-loop/log-causes.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

/** What ends a program while it starts is no error of one that is Ready. */
const {
  panic: _p,
  'exec-format': _e,
  'unknown-flag': _u,
  'missing-variable': _v,
  'missing-module': _m,
  ...WHILE_READY
} = LOG_CAUSES;

export const applicationError = defineRule({
  id: 'application-error',
  title: 'A workload is Ready, and its log repeats an error',
  phase: 'runtime',
  semantics: ['https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/'],
  reads: ['Pod', 'Service', 'NetworkPolicy', 'PersistentVolumeClaim'],
  on: 'container',
  givesWayTo: 'any',
  recordsOnly: true,
  causes: {
    ...WHILE_READY,
    'repeated-error': { means: 'an error in words that no rule knows', fix: 'none', outcome: 'monitored' },
  },

  detect({ cluster, workload, instances }) {
    if (podSpecPath(workload.ref.kind) === null) return null;
    const { now } = cluster;
    const ready = instances.find(
      ({ pod, placed }) => placed.role === 'container' && isReady(pod) && workload.activePods.includes(pod),
    );
    return ready
      ? { pod: ready.pod, seenOn: [refOf(ready.pod)], firstSeen: now, lastSeen: now, occurrences: 1 }
      : null;
  },

  *investigate(container, ask, { pod }) {
    const { cluster, workload, name } = container;
    const of = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container: name };
    const log = (yield* ask.log({ ...of, previous: false })) ?? '';
    const error = repeatedError(log, cluster.now);
    if (error === null) return null;
    const read = readLog(error.lines.join('\n'));
    const said = read && read.cause in WHILE_READY ? read : null;
    const related = said && relatedTo(container, said);
    const quotes = joinProse(
      error.lines.map((line) => prose`${line}`),
      ' and ',
    );
    const many = error.lines.length > 1;
    return diagnosis({
      cause: said?.cause ?? 'repeated-error',
      summary: prose`${describeRef(workload.ref)} is Ready, but container ${name} wrote ${ownText(many ? 'the same errors' : 'the same error')} ${often(error.count)} in its last ${REPEATS_WITHIN} log lines: ${quotes}`,
      because: related?.because ?? [],
      evidence: [
        quoted(
          'log',
          `Pod ${of.namespace}/${of.pod}, container ${name}`,
          null,
          excerptOf(log, REPEATS_WITHIN),
        ),
        ...namedServices(cluster, pod, error.lines.join(' ')),
        ...contextOf(cluster, pod, name, ['image']),
      ],
      certainty: [0.5, prose`the log says so; what is behind it was not determined`],
      verdict: 'monitor',
      reason: prose`Its pods are Ready, and Kubernetes reports no problem.`,
      blames: related?.blames ?? [],
      advice: related?.advice ?? [prose`Check what the error names.`],
      occurrences: error.count,
    });
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
