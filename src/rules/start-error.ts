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
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

const PLAIN = { fix: 'none', outcome: 'declined, naming the command' } as const;

export const startError = defineRule({
  id: 'start-error',
  title: 'The runtime cannot start the process of a container',
  phase: 'startup',
  semantics: [
    'https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/',
    'https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/',
  ],
  reads: ['Pod', 'Event'],
  on: 'container',
  causes: {
    'command-not-found': { means: 'the command is not in the image: `executable file not found`', ...PLAIN },
    'not-executable': { means: 'the file has no permission to be executed: `permission denied`', ...PLAIN },
    'exec-format': {
      means:
        'the file is not for the architecture of the node, or a script without its first line: `exec format error`',
      ...PLAIN,
    },
    'working-directory': {
      means: 'the working directory is not there or not permitted: `chdir to cwd`',
      ...PLAIN,
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
    'no-command': { means: 'neither the image nor the container names a command', ...PLAIN },
    'start-failed': { means: 'any other error of the runtime', ...PLAIN },
  },

  detect(container) {
    const failures = failuresOf(container).filter(({ kind }) => kind === 'start');
    const [worst] = failures;
    if (!worst) return null;
    return {
      worst,
      seenOn: failures.map(({ pod }) => refOf(pod)),
      firstSeen: parseTime(worst.pod.metadata.creationTimestamp) ?? container.cluster.now,
      lastSeen: container.cluster.now,
      occurrences: Math.max(failures.length, ...failures.map(({ status }) => status.restartCount ?? 0)),
    };
  },

  investigate(container, _ask, { worst }) {
    const { pod, message, evidence } = worst;
    const cause = causeOf(message);
    const command = /exec: \\?"([^"\\]+)|executable file `([^`]+)`|stat ([^:]+): no such file/.exec(message);
    const program = command?.[1] ?? command?.[2] ?? command?.[3] ?? null;
    const instance = container.instances.find((one) => one.pod === pod);
    return diagnosis({
      cause,
      summary: prose`${describeRef(container.workload.ref)}: container ${container.name} cannot be started${saying(shortened(message))}`,
      evidence: [
        ...evidence,
        ...quoteFields(
          pod,
          instance?.placed.container ?? {},
          ['image', 'command', 'args', 'workingDir'],
          `container ${container.name}: `,
        ),
      ],
      certainty: [
        cause === 'start-failed' ? 0.5 : 0.9,
        prose`the runtime says why it cannot start the process`,
      ],
      reason: prose`What the image contains cannot be read from the cluster, so nothing is changed without a person.`,
      blames: blamesOf(container, cause, program),
      advice: [adviceFor(cause, program)],
    });
  },
});

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
