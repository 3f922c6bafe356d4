/**
 * Rule `application-error`: a workload is Ready, and its log repeats the same error. Kubernetes knows nothing of what a program does while its probes
 * succeed, so the log is the only witness.
 *
 * It asks for one log per container. That is free in a recorded cluster and a request each in a live one, so it runs for records only.
 */
import { excerptOf } from '../facts/log.ts';
import { repeatedError } from '../facts/repeated-errors.ts';
import { contextOf } from '../facts/container-context.ts';
import { describeTime } from '../kubernetes/durations.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { isReady, podSpecPath } from '../kubernetes/workloads.ts';
import { quoted } from '../model/evidence.ts';
import { joinProse, often, prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { blockedService } from '../witnesses/dependency.ts';
import { LOG_CAUSES } from './crash-loop/causes.ts';
import { ofDependency, relatedTo } from './crash-loop/related.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

/** What ends a program while it starts is no error of one that is Ready. */
const OF_STARTS: ReadonlySet<string> = new Set([
  'exec-format',
  'command-not-found',
  'not-executable',
  'unknown-flag',
  'missing-argument',
  'invalid-value',
  'missing-variable',
  'missing-module',
  'config-invalid',
  'leadership-lost',
  'panic',
]);

/** An error of a program is nothing that a manifest brings, so that none of them leads to an edit. */
const WHILE_READY = Object.fromEntries(
  Object.entries(LOG_CAUSES)
    .filter(([cause]) => !OF_STARTS.has(cause))
    .map(([cause, { means }]) => [
      cause,
      { means, fix: 'none', outcome: 'monitored, naming what is down', phase: 'runtime' } as const,
    ]),
);

export const applicationError = defineRule({
  id: 'application-error',
  title: 'A workload is Ready, and its log repeats an error',
  phase: 'runtime',
  semantics: ['https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/'],
  reads: [
    'Pod',
    'Service',
    'NetworkPolicy',
    'Namespace',
    'ConfigMap',
    'Deployment',
    'StatefulSet',
    'PersistentVolumeClaim',
  ],
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
    const said = error.said && error.said.cause in WHILE_READY ? error.said : null;
    const blocked = said ? null : blockedService(cluster, pod, error.lines.join(' '));
    const related = said ? relatedTo(container, pod, said) : blocked && ofDependency(blocked);
    const quotes = joinProse(
      error.lines.map((line) => prose`"${shortened(line, SAID)}"`),
      ' and ',
    );
    const [first] = related?.because ?? [];
    const since = error.since === null ? prose`` : prose`, the first at ${describeTime(error.since)}`;
    return diagnosis({
      cause: related?.culprit ? 'network-policy' : (said?.cause ?? 'repeated-error'),
      summary: prose`${describeRef(workload.ref)} is Ready, but container ${name} wrote ${quotes} (${often(error.count)} in its last ${error.within} log entries${since})${first ? prose`: ${first}` : prose`.`}`,
      because: related?.because.slice(1) ?? [],
      evidence: [
        quoted('log', `Pod ${of.namespace}/${of.pod}, container ${name}`, null, excerptOf(log, SHOWN)),
        ...(related?.evidence ?? []),
        ...contextOf(cluster, pod, name, ['image']),
      ],
      certainty: [
        related?.culprit ? 0.8 : 0.5,
        related?.culprit
          ? prose`no rule of the policies allows the connection`
          : prose`the log says so; what is behind it was not determined`,
      ],
      verdict: 'monitor',
      reason: prose`Its pods are Ready, and Kubernetes reports no problem.`,
      blames: related?.blames ?? [],
      advice:
        related && related.advice.length > 0
          ? related.advice
          : [
              prose`Compare when it began with the rollouts of that time: kubectl rollout history -n ${of.namespace} ${workload.ref.kind.toLowerCase()}/${workload.ref.name}.`,
            ],
      explainedBy: related?.explainedBy ?? [],
      ...(related?.culprit && { culprit: related.culprit }),
      occurrences: error.count,
    });
  },
});

/** Lines of the log that are quoted. */
const SHOWN = 20;
/** Characters of a line that the summary quotes. */
const SAID = 220;
