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
import { excerptOf, errorLineOf, readLog, type LogReading } from '../facts/log.ts';
import { failuresOf, type ContainerFailure } from '../facts/container-failures.ts';
import type { ContainerFacts } from '../facts/subjects.ts';
import { contextOf } from '../facts/container-context.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import { quoted } from '../model/evidence.ts';
import { often, prose, type Prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import type { Ask } from '../model/ask.ts';
import { EXIT_CAUSES, LOG_CAUSES, OWN_CAUSES } from './crash-loop/causes.ts';
import { exitCause, meaningOf } from './crash-loop/exit-codes.ts';
import { relatedTo, type Related } from './crash-loop/related.ts';
import { namesOnHostNetwork } from './crash-loop/host-network.ts';
import { conclusionOf, remedyFor } from './crash-loop/remedy.ts';
import { serviceVariable } from './crash-loop/service-links.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

export const LOG_LINES = 20;
/** Characters of the line that the summary quotes. */
const SAID = 220;

export const crashLoop = defineRule({
  id: 'crash-loop',
  title: 'A program exits again and again',
  phase: 'runtime',
  semantics: [
    'https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy',
    'https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/',
    'https://kubernetes.io/docs/concepts/services-networking/network-policies/',
  ],
  reads: [
    'Pod',
    'Event',
    'Service',
    'NetworkPolicy',
    'Namespace',
    'Node',
    'ConfigMap',
    'Deployment',
    'StatefulSet',
    'PersistentVolumeClaim',
  ],
  on: 'container',
  givesWayTo: 'any',
  causes: { ...LOG_CAUSES, ...OWN_CAUSES, ...EXIT_CAUSES },

  detect(container) {
    const failures = failuresOf(container).filter(({ kind }) => kind === 'crash');
    const [worst] = failures;
    if (!worst) return null;
    const { cluster } = container;
    return {
      failures,
      seenOn: failures.map(({ pod }) => refOf(pod)),
      firstSeen: parseTime(worst.pod.metadata.creationTimestamp) ?? cluster.now,
      occurrences: Math.max(failures.length, ...failures.map(({ status }) => status.restartCount ?? 0)),
    };
  },

  *investigate(container, ask, { failures, firstSeen }) {
    const worst = failures[0]!;
    const { pod } = worst;
    const texts = yield* logsOf(worst, ask);
    const log = texts.map(({ text }) => text).find((text) => text.trim() !== '') ?? '';
    const said = readLog(log) ?? readLog(worst.ended?.message ?? '');
    const line = said?.line ?? errorLineOf(log);
    const about = said ? relatedTo(container, pod, said) : null;
    const links = serviceVariable(container, pod, line ?? log);
    const cause = links
      ? 'service-variable'
      : about?.culprit
        ? 'network-policy'
        : (said?.cause ?? exitCause(worst.ended?.exitCode ?? null));
    const complaint = complaintOf(cause, said);
    // What the pod itself has wrong says it; what stands behind the address does not.
    const own = links ?? (yield* namesOnHostNetwork(container, complaint, ask));
    const related = own ? null : about;
    const remedy = own ?? (yield* remedyFor(container, ask, { pod, complaint, log, since: firstSeen }));
    return diagnosis({
      cause,
      summary: prose`${describeRef(container.workload.ref)}: container ${container.name} ${howItEnds(worst)}${line === null ? prose`` : prose`, saying "${shortened(line, SAID)}"`}${whatIsDown(related)}`,
      because: [
        ...(failures.length > 1 ? [prose`So do ${failures.length - 1} more of its pods.`] : []),
        ...(remedy?.because ?? []),
        ...(related?.because.slice(isOfOthers(related) ? 1 : 0) ?? []),
      ],
      evidence: [
        ...failures.slice(0, 3).flatMap(({ evidence }) => evidence),
        ...texts.map(({ of, text }) => quoted('log', of, null, excerptOf(text, LOG_LINES))),
        ...(related?.evidence ?? []),
        ...(remedy?.evidence ?? []),
        ...contextOf(container.cluster, pod, container.name, FIELDS),
      ],
      certainty: remedy
        ? [remedy.sure.factor, remedy.sure.reason]
        : said
          ? [0.7, prose`the log says so`]
          : [0.5, prose`the exit code alone does not tell the cause`],
      reason: said
        ? prose`Only the program's own words say what it needs, so a person has to decide.`
        : prose`No change in git is known to fix this, so none is proposed.`,
      blames: related?.blames ?? [],
      advice: remedy ? [] : (related?.advice ?? [adviceFor(container, worst, log)]),
      explainedBy: related?.explainedBy ?? [],
      ...(related?.culprit && { culprit: related.culprit }),
      ...(remedy && conclusionOf(remedy)),
    });
  },
});

/** What to do where no words of the log are known. */
function adviceFor({ name, placed }: ContainerFacts, { pod, ended }: ContainerFailure, log: string): Prose {
  const byCode = EXIT_ADVICE[ended?.exitCode ?? -1];
  if (byCode) return byCode;
  if (log.trim() !== '')
    return prose`Ask whoever builds ${placed?.container.image ?? name}: no field of the manifest is known to cause this.`;
  return prose`No log of a run that ended is recorded: kubectl logs -p ${pod.metadata.name} -n ${pod.metadata.namespace ?? ''} -c ${name}`;
}

const EXIT_ADVICE: Readonly<Record<number, Prose>> = {
  0: prose`Let command run a program that stays in the foreground, or make it a Job if it is to end.`,
  134: prose`Give whoever builds the image the lines above the abort: an assertion or the runtime ended it.`,
  139: prose`Give whoever builds the image the core dump or the last lines: native code touched memory that is not its own.`,
};

function complaintOf(cause: string, said: LogReading | null) {
  const { about = null, address = null } = said ?? {};
  return { cause, about, host: address?.host ?? null, port: address?.port ?? null };
}

function isOfOthers({ explainedBy, culprit }: Related): boolean {
  return explainedBy.length > 0 || culprit !== undefined;
}

/** What is behind an address that does not answer belongs to the sentence: it is why the program ends. */
function whatIsDown(related: Related | null): Prose {
  const [first] = related?.because ?? [];
  return first && related && isOfOthers(related) ? prose`: ${first}` : prose`.`;
}

/** `is in CrashLoopBackOff: it restarted 7 times, last after exit code 3 (Error)` */
function howItEnds({ status, ended, waiting }: ContainerFailure): Prose {
  const state = waiting === null ? prose`keeps restarting` : prose`is in ${waiting}`;
  const code = ended?.exitCode ?? null;
  if (code === null) return prose`${state}`;
  return prose`${state}: it restarted ${often(status.restartCount ?? 0)}, last after exit code ${code} (${meaningOf(code, ended?.reason)})`;
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
