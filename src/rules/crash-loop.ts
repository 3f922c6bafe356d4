/**
 * Rule `crash-loop`: a program exits again and again, with or without a message that says why.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - The kubelet restarts what ends, with pauses of up to five minutes: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
 * - Exit codes above 128 are signals (137 SIGKILL, 139 SIGSEGV, 143 SIGTERM), 126 and 127 a shell's words for what it cannot run and cannot
 *   find: https://tldp.org/LDP/abs/html/exitcodes.html
 * - The log of the run before is kept: https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/
 *
 * Containers that a probe, the kernel, the runtime or a pull ends or prevents belong to other rules.
 */
import { excerptOf, errorLineOf, readLog } from '../facts/log.ts';
import { failuresOf, type ContainerFailure } from '../facts/container-failures.ts';
import { contextOf } from '../facts/container-context.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import { quoted } from '../model/evidence.ts';
import { often, prose } from '../untrusted/prose.ts';
import type { Ask } from '../model/ask.ts';
import { EXIT_CAUSES, exitCause, meaningOf } from './crash-loop/exit-codes.ts';
import { LOG_CAUSES, relatedTo } from './crash-loop/log-causes.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

export const LOG_LINES = 20;

export const crashLoop = defineRule({
  id: 'crash-loop',
  title: 'A program exits again and again',
  phase: 'runtime',
  semantics: [
    'https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy',
    'https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/',
  ],
  reads: ['Pod', 'Event', 'Service', 'PersistentVolumeClaim'],
  on: 'container',
  givesWayTo: 'any',
  causes: { ...LOG_CAUSES, ...EXIT_CAUSES },

  detect(container) {
    const failures = failuresOf(container).filter(({ kind }) => kind === 'crash');
    const [worst] = failures;
    if (!worst) return null;
    const { cluster } = container;
    return {
      failures,
      seenOn: failures.map(({ pod }) => refOf(pod)),
      firstSeen: parseTime(worst.pod.metadata.creationTimestamp) ?? cluster.now,
      lastSeen: cluster.now,
      occurrences: Math.max(failures.length, ...failures.map(({ status }) => status.restartCount ?? 0)),
    };
  },

  *investigate(container, ask, { failures }) {
    const worst = failures[0]!;
    const texts = yield* logsOf(worst, ask);
    const log = texts.map(({ text }) => text).find((text) => text.trim() !== '') ?? '';
    const said = readLog(log);
    const code = worst.ended?.exitCode ?? null;
    const line = said?.line ?? errorLineOf(log);
    const { because, ...related } = said
      ? relatedTo(container, said)
      : {
          because: [],
          blames: [],
          advice: [
            prose`Read the log of the run before: kubectl logs -p ${worst.pod.metadata.name} -n ${worst.pod.metadata.namespace ?? ''} -c ${container.name}`,
          ],
        };
    return diagnosis({
      cause: said?.cause ?? exitCause(code),
      summary: prose`${describeRef(container.workload.ref)}: container ${container.name} ${howItEnds(worst)}${more(failures)}`,
      because: [...(line === null ? [] : [prose`The log says: ${line}`]), ...because],
      evidence: [
        ...failures.slice(0, 3).flatMap(({ evidence }) => evidence),
        ...texts.map(({ of, text }) => quoted('log', of, null, excerptOf(text, LOG_LINES))),
        ...contextOf(container.cluster, worst.pod, container.name, FIELDS),
      ],
      certainty: said
        ? [0.7, prose`the log says so`]
        : [0.5, prose`the exit code alone does not tell the cause`],
      reason: said
        ? prose`What the program needs is known from its own words only, so nothing is changed without a person.`
        : prose`No change in git is known to fix this, so none is proposed.`,
      ...related,
    });
  },
});

/** `restarted 7 times, last after exit code 3 (Error).` */
function howItEnds({ status, ended, waiting }: ContainerFailure) {
  const state = waiting === null ? prose`keeps restarting` : prose`is in ${waiting}`;
  const code = ended?.exitCode ?? null;
  if (code === null) return prose`${state}`;
  return prose`${state}: it restarted ${often(status.restartCount ?? 0)}, last after exit code ${code} (${meaningOf(code, ended?.reason)})`;
}

function more(failures: readonly ContainerFailure[]) {
  return failures.length > 1 ? prose`, and so in ${failures.length - 1} more.` : prose`.`;
}

function* logsOf({ pod, status }: ContainerFailure, ask: Ask) {
  const of = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container: status.name };
  const requests = [true, false].map((previous) => ({ ...of, previous }));
  const texts = yield* ask.each(requests.map((request) => ask.log(request)));
  return requests.flatMap(({ previous }, index) => {
    const text = texts[index] ?? '';
    const name = `Pod ${of.namespace}/${of.pod}, container ${of.container}${previous ? ', previous' : ''}`;
    return text.trim() === '' ? [] : [{ of: name, text: text as string }];
  });
}

const FIELDS = ['image', 'command', 'args', 'ports', 'resources'];
