/**
 * Rule `port-conflict`: a container cannot listen on its port, because something else that shares its network has it.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - The containers of a pod share one network, so that no two of them can listen on one port; whoever starts second fails.
 * - A pod with `hostNetwork` shares the network of its node: its ports are taken by other such pods and by the node's own programs.
 */
import { failuresOf } from '../facts/container-failures.ts';
import { readLog } from '../facts/log.ts';
import { isOlder } from '../facts/observations.ts';
import type { ContainerFacts } from '../facts/subjects.ts';
import { MINUTE } from '../kubernetes/durations.ts';
import { refOf } from '../kubernetes/objects.ts';
import { parseTime, podSpecOf } from '../kubernetes/workloads.ts';
import type { Ask, Asking } from '../model/ask.ts';
import { defineRule } from './define-rule.ts';
import { betweenContainers, otherContainer } from './port-conflict/between-containers.ts';
import type { Failing } from './port-conflict/failing.ts';
import { onHost } from './port-conflict/on-host.ts';

export const portConflict = defineRule({
  id: 'port-conflict',
  title: 'A container cannot listen on its port: another one has it',
  phase: 'startup',
  semantics: [
    'https://kubernetes.io/docs/concepts/workloads/pods/#pod-networking',
    'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
  ],
  reads: ['Pod', 'Event', 'ReplicaSet', 'ConfigMap'],
  on: 'container',
  causes: {
    'containers-conflict': {
      means: 'the log says that the port is in use, and another container of the pod has it',
      fix: 'propose',
      outcome:
        'the port before the last commit, where that frees it: a pull request that a person merges; else declined, naming both',
    },
    'host-port-in-use': {
      means: 'the log says so, and the pod shares the network of its node (`hostNetwork`)',
      fix: 'none',
      outcome: 'declined, naming the pod of the same node that has the port',
    },
  },

  detect(container) {
    const failing = failingIn(container);
    const [worst] = failing;
    if (!worst) return null;
    return {
      worst,
      seenOn: failing.map(({ pod }) => refOf(pod)),
      firstSeen: parseTime(worst.pod.metadata.creationTimestamp) ?? container.cluster.now,
      occurrences: Math.max(1, worst.status.restartCount ?? 0),
    };
  },

  *investigate(container, ask, { worst }) {
    const said = yield* refusalIn(worst, ask);
    if (!said) return null;
    const other = otherContainer(container, said.port);
    if (other) return yield* betweenContainers(container, ask, worst, said, other);
    return podSpecOf(worst.pod)?.['hostNetwork'] === true ? onHost(container, worst, said) : null;
  },
});

/** It fails again within that time: a slow program runs for a while before it asks for its port. */
const AGAIN = 5 * MINUTE;

/** Containers that loop, and those that ended with an error just now and are not Ready, or ended so for the second time: what the log says of a port needs no longer loop. */
function failingIn(container: ContainerFacts): readonly Failing[] {
  const loops = failuresOf(container).filter(({ kind }) => kind === 'crash' || kind === 'probe');
  if (loops.length > 0) return loops;
  const { cluster, workload, instances } = container;
  return instances.flatMap(({ pod, status }) => {
    const ended = status?.lastState?.terminated;
    const restarts = status?.restartCount ?? 0;
    const isFailing =
      workload.activePods.includes(pod) &&
      ended !== undefined &&
      ended.exitCode !== 0 &&
      !isOlder(cluster, ended.finishedAt, AGAIN) &&
      (status?.ready === false || restarts > 1);
    return status && isFailing ? [{ pod, status, evidence: [] }] : [];
  });
}

/** What the log says of a port in use. */
export interface Refusal {
  /** Null where the line names none. */
  readonly port: number | null;
  readonly line: string;
}

function* refusalIn({ pod, status }: Failing, ask: Ask): Asking<Refusal | null> {
  const of = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, container: status.name };
  const texts = yield* ask.each([true, false].map((previous) => ask.log({ ...of, previous })));
  for (const text of texts) {
    const read = text === null ? null : readLog(text);
    if (read?.cause !== 'address-in-use') continue;
    const number = Number(/(\d+)\D*$/.exec(read.about ?? '')?.[1]);
    return { port: Number.isInteger(number) ? number : null, line: read.line };
  }
  return null;
}
