/**
 * Rule `start-error`: the runtime creates a container and cannot start its process.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - `command` replaces the image's entry point, `args` its arguments: https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
 * - containerd reports StartError with exit code 128, CRI-O RunContainerError or CreateContainerError, Docker ContainerCannotRun with exit code 127;
 *   the words are those of runc (libcontainer) and crun: https://github.com/opencontainers/runc, https://github.com/containers/crun
 */
import { failuresOf } from '../facts/container-failures.ts';
import { quoteFields } from '../facts/observations.ts';
import type { ContainerFacts } from '../facts/subjects.ts';
import { describeRef, refOf } from '../kubernetes/objects.ts';
import { parseTime } from '../kubernetes/workloads.ts';
import type { Blame } from '../model/finding.ts';
import { prose, saying, type Prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { ofArchitecture } from './crash-loop/related.ts';
import { conclusionOf, remedyFor } from './crash-loop/remedy.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

const PLAIN = { fix: 'none', outcome: 'declined, naming the field' } as const;
/** What the last commit changed goes back where the runtime names it, everything since the last Ready template as a draft. */
const UNDONE = {
  fix: 'propose',
  terms: { settable: { to: 'text' } },
  outcome: 'what the last commit changed goes back, for a person to merge; else declined',
} as const;

export const startError = defineRule({
  id: 'start-error',
  title: 'The runtime cannot start the process of a container',
  phase: 'startup',
  semantics: [
    'https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/',
    'https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/',
  ],
  reads: ['Pod', 'Event', 'Node', 'ConfigMap'],
  on: 'container',
  causes: {
    'command-not-found': { means: 'the command is not in the image: `executable file not found`', ...UNDONE },
    'not-executable': { means: 'the file has no permission to be executed: `permission denied`', ...UNDONE },
    'exec-format': {
      means:
        'the file is not for the architecture of the node, or a script without its first line: `exec format error`',
      ...UNDONE,
    },
    'working-directory': {
      means: 'the working directory is not there or not permitted: `chdir to cwd`',
      ...UNDONE,
    },
    'mount-failed': {
      means: 'a mount does not fit into the image: a file onto a directory, a subPath',
      ...PLAIN,
    },
    'memory-too-small': {
      means: 'the memory limit is too small for the runtime to start anything',
      ...PLAIN,
      givesWayTo: ['oom-killed'],
    },
    'no-command': { means: 'neither the image nor the container names a command', ...UNDONE },
    'start-failed': { means: 'any other error of the runtime', ...UNDONE },
  },

  detect(container) {
    const failures = failuresOf(container).filter(({ kind }) => kind === 'start');
    const [worst] = failures;
    if (!worst) return null;
    return {
      worst,
      seenOn: failures.map(({ pod }) => refOf(pod)),
      firstSeen: parseTime(worst.pod.metadata.creationTimestamp) ?? container.cluster.now,
      occurrences: Math.max(failures.length, ...failures.map(({ status }) => status.restartCount ?? 0)),
    };
  },

  *investigate(container, ask, { worst, firstSeen }) {
    const { pod, message, evidence } = worst;
    const cause = causeOf(message);
    const program = programIn(message);
    const instance = container.instances.find((one) => one.pod === pod);
    const complaint = { cause, about: program, host: null, port: null };
    const remedy = yield* remedyFor(container, ask, { pod, complaint, log: '', since: firstSeen });
    const platform = cause === 'exec-format' ? ofArchitecture(container, pod) : null;
    return diagnosis({
      cause,
      summary: prose`${describeRef(container.workload.ref)}: container ${container.name} cannot be started${saying(shortened(message))}`,
      because: [...(remedy?.because ?? []), ...(platform?.because ?? [])],
      evidence: [
        ...evidence,
        ...(remedy?.evidence ?? []),
        ...quoteFields(
          pod,
          instance?.placed.container ?? {},
          ['image', 'command', 'args', 'workingDir'],
          `container ${container.name}: `,
        ),
      ],
      certainty: remedy
        ? [remedy.sure.factor, remedy.sure.reason]
        : [cause === 'start-failed' ? 0.5 : 0.9, prose`the runtime says why it cannot start the process`],
      reason: prose`What the image contains cannot be read from the cluster, and no earlier value is known to have worked, so nothing is changed.`,
      blames: blamesOf(container, cause, program),
      advice: remedy ? [] : (platform?.advice ?? [adviceFor(cause, program)]),
      ...(remedy && conclusionOf(remedy)),
    });
  },
});

/** `exec: "wge": executable file not found in $PATH`, crun's backticks, `stat /app/run: no such file`, `exec /app/run: permission denied`. */
function programIn(message: string): string | null {
  const match =
    /exec: \\?"([^"\\]+)|executable file `([^`]+)`|stat ([^:]+): no such file|(?:exec|fork\/exec) ([^\s:]+): (?:no such file|permission denied|exec format)|chdir to cwd \(\\?"([^"\\]+)/.exec(
      message,
    );
  return match?.slice(1).find((one) => one !== undefined) ?? null;
}

/** The words of runc, crun and containerd, the most telling first. */
const WORDS: readonly (readonly [string, RegExp])[] = [
  ['exec-format', /exec format error/i],
  ['memory-too-small', /OOM-killed \(memory limit too low|Cannot allocate memory|memory limit too low/i],
  ['working-directory', /chdir to cwd|chdir .{0,200}(?:no such file|permission denied)/i],
  ['mount-failed', /error mounting|mount .{0,300}not a directory|subPath/i],
  [
    'command-not-found',
    /executable file .{0,200}not found|no such file or directory|stat .{1,200}: no such file/i,
  ],
  ['not-executable', /permission denied|is a directory/i],
  ['no-command', /no command specified/i],
];

function causeOf(message: string): string {
  return WORDS.find(([, pattern]) => pattern.test(message))?.[0] ?? 'start-failed';
}

/** The element of `command` (or of `args`, which the image's entry point may execute) that has the program, else the image. */
function blamesOf(container: ContainerFacts, cause: string, program: string | null): readonly Blame[] {
  const { command = [], args = [] } = container.placed?.container ?? {};
  if (cause === 'working-directory') return container.field('workingDir');
  if (cause === 'memory-too-small') return container.field('resources.limits.memory');
  const at = (list: readonly unknown[]) => list.findIndex((one) => one === program);
  if (at(command) >= 0) return container.field(`command[${at(command)}]`);
  if (at(args) >= 0) return container.field(`args[${at(args)}]`);
  return container.field(command.length > 0 ? 'command[0]' : 'image');
}

function adviceFor(cause: string, program: string | null): Prose {
  const what = program === null ? prose`the command` : prose`${program}`;
  switch (cause) {
    case 'command-not-found':
      return prose`Correct ${what} in command or args, or use an image that contains it.`;
    case 'not-executable':
      return prose`Make ${what} executable in the image, or name the program that runs it.`;
    case 'exec-format':
      return prose`Build the image for the architecture of the node, or select nodes with kubernetes.io/arch; a script needs a first line such as #!/bin/sh.`;
    case 'memory-too-small':
      return prose`Raise resources.limits.memory: the runtime itself does not start with so little.`;
    case 'no-command':
      return prose`Set command, or use an image with an entry point.`;
    default:
      return prose`Correct what the message names.`;
  }
}
