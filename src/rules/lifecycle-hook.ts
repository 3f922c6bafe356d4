/**
 * Rule `lifecycle-hook`: the postStart hook of a container fails, so that the kubelet kills the container and starts it anew; or its preStop
 * hook fails again and again, so that it is stopped unprepared.
 *
 * The Kubernetes semantics that it relies on:
 *
 * - A postStart hook runs beside the entry point, at once: nothing says that the program listens by then. If it fails, the container is killed.
 *   https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
 * - Failures are events of reason FailedPostStartHook and FailedPreStopHook; the container waits with PostStartHookError, later with
 *   CrashLoopBackOff. What a hook prints is not logged. Source: pkg/kubelet/{lifecycle,kuberuntime} of k8s.io/kubernetes.
 */
import { failuresOf } from '../facts/container-failures.ts';
import { quoteEvent, quoteFields, isWithin } from '../facts/observations.ts';
import type { ContainerFacts } from '../facts/subjects.ts';
import { MINUTE } from '../kubernetes/durations.ts';
import { describeRef, recordAt, refOf } from '../kubernetes/objects.ts';
import type { ClusterEvent, ClusterObject } from '../model/cluster-state.ts';
import type { Blame } from '../model/finding.ts';
import { often, ownText, prose, saying, type Prose } from '../untrusted/prose.ts';
import { shortened } from '../untrusted/shorten.ts';
import { describeCommit } from '../witnesses/commits.ts';
import { changedLeaves, changesAt, isSameRun } from '../witnesses/changed-leaves.ts';
import { formerContainer, type FormerContainer } from '../witnesses/former-probe.ts';
import { MONITORED } from './causes.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis } from './diagnosis.ts';

const RESTORED = { fix: 'propose', outcome: 'fix where history has another hook; else declined' } as const;

const LATELY = 15 * MINUTE;
/** A preStop hook that fails once says nothing. */
const MANY = 3;

export const lifecycleHook = defineRule({
  id: 'lifecycle-hook',
  title: 'A postStart or preStop hook fails',
  phase: 'startup',
  semantics: ['https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/'],
  reads: ['Pod', 'Event', 'ReplicaSet', 'ControllerRevision'],
  on: 'container',
  causes: {
    'command-not-found': { means: 'the image has no such command as the postStart hook runs', ...RESTORED },
    'no-answer': {
      means:
        'the postStart hook asks over HTTP, and nothing answers: the program does not listen yet, or elsewhere',
      ...RESTORED,
    },
    'hook-failed': { means: 'the postStart hook fails otherwise', ...RESTORED },
    'pre-stop-failed': { means: 'the preStop hook failed three times and more', ...MONITORED },
  },

  detect(container) {
    const failed = failuresOf(container).filter(({ kind }) => kind === 'hook');
    const [worst] = failed;
    const started = worst ? eventsOf(container, worst.pod, 'FailedPostStartHook') : [];
    if (worst && (worst.waiting !== null || started.length > 0))
      return seen(
        'postStart',
        worst.pod,
        started,
        failed.map(({ pod }) => pod),
        worst.message,
      );
    for (const { pod } of container.instances) {
      const stopped = eventsOf(container, pod, 'FailedPreStopHook');
      if (countOf(stopped) >= MANY) return seen('preStop', pod, stopped, [pod], '');
    }
    return null;
  },

  *investigate(container, ask, { hook, pod, events, message }) {
    const own = container.instances.find((one) => one.pod === pod)!.placed.container;
    const handler = recordAt(own, 'lifecycle', hook);
    const said = message === '' ? (events.at(-1)?.message ?? '') : message;
    const cause = hook === 'preStop' ? 'pre-stop-failed' : causeOf(said, handler);
    const written = container.placed ? recordAt(container.placed.container, 'lifecycle', hook) : {};
    const past =
      hook === 'preStop'
        ? null
        : yield* formerContainer(container, ask, (former) => {
            const before = recordAt(former, 'lifecycle', hook);
            return Object.keys(before).length > 0 && changedLeaves(written, before).length > 0;
          });
    const changes =
      past && isSameRun(past.container, container) ? changesIn(container, hook, past, written) : null;
    const since = past?.commit
      ? [
          prose`Since ${describeCommit(past.commit)} it is ${whatOf(written)}; before it was ${whatOf(recordAt(past.container, 'lifecycle', hook))}.`,
        ]
      : [];
    return diagnosis({
      cause,
      summary: prose`${describeRef(container.workload.ref)}: the ${ownText(hook)} hook of container ${container.name} fails${hook === 'postStart' ? ownText(', so that the kubelet kills the container') : prose` (${often(countOf(events))})`}${saying(shortened(said))}`,
      because: [...since, ...explanationOf(cause, handler)],
      evidence: [
        ...events.slice(-2).map((event) => quoteEvent(pod, event)),
        ...quoteFields(pod, recordAt(own, 'lifecycle'), [hook], `container ${container.name}: lifecycle.`),
        ...(changes && past ? past.evidence : []),
      ],
      certainty: changes
        ? [0.85, prose`git had another hook until the commit`]
        : [0.9, prose`the kubelet says so`],
      blames: blamesOf(container, hook, handler),
      ...(past?.commit && { introducedBy: past.commit }),
      ...(changes
        ? {
            verdict: 'fix' as const,
            changes,
            reason: prose`The hook goes back to what it was before the commit, for the same program.`,
            guards: [
              {
                kind: 'no-auto-merge' as const,
                reason: prose`nothing on record shows a pod Ready with this hook`,
              },
            ],
          }
        : {
            verdict: hook === 'preStop' ? ('monitor' as const) : ('decline' as const),
            reason: prose`Nothing proves another hook, so nothing is changed.`,
            advice: [adviceFor(cause, container, pod, handler)],
          }),
    });
  },
});

function seen(
  hook: 'postStart' | 'preStop',
  pod: ClusterObject,
  events: readonly ClusterEvent[],
  pods: readonly ClusterObject[],
  message: string,
) {
  const first =
    events.length > 0 ? { firstSeen: Math.min(...events.map(({ firstSeen }) => firstSeen)) } : null;
  return {
    hook,
    pod,
    events,
    message: message.endsWith('PostStartHook failed') ? '' : message,
    seenOn: pods.map(refOf),
    firstSeen: first?.firstSeen ?? Date.parse(pod.metadata.creationTimestamp ?? ''),
    occurrences: Math.max(pods.length, countOf(events)),
  };
}

function eventsOf(
  { cluster, name }: ContainerFacts,
  pod: ClusterObject,
  reason: string,
): readonly ClusterEvent[] {
  return cluster
    .eventsOf(pod)
    .filter((event) => event.reason === reason && (event.container ?? name) === name)
    .filter(({ lastSeen }) => isWithin(cluster, lastSeen, LATELY));
}

function countOf(events: readonly ClusterEvent[]): number {
  return events.reduce((sum, { count }) => sum + count, 0);
}

type Handler = Readonly<Record<string, unknown>>;

function causeOf(message: string, handler: Handler) {
  if (handler['httpGet'] !== undefined)
    return /refused|timed? ?out|deadline|no route to host|EOF|reset by peer/i.test(message)
      ? 'no-answer'
      : 'hook-failed';
  return /executable file .{0,80}not found|exited with 12[67]\b|: not found\b|no such file or directory: unknown/i.test(
    message,
  )
    ? 'command-not-found'
    : 'hook-failed';
}

/** `exec of /bin/warm-up`, `httpGet /warm at port 8080` */
function whatOf(handler: Handler): Prose {
  const { command } = recordAt(handler, 'exec');
  if (Array.isArray(command)) return prose`exec of ${command.map(String).join(' ')}`;
  const { path, port } = recordAt(handler, 'httpGet');
  return prose`httpGet ${String(path ?? '/')} at port ${String(port)}`;
}

function explanationOf(cause: string, handler: Handler): readonly Prose[] {
  if (cause === 'no-answer')
    return [
      prose`The hook runs at once, beside the program: it asks ${whatOf(handler)} before anything may listen there.`,
    ];
  if (cause === 'command-not-found') return [prose`The image cannot run ${whatOf(handler)}.`];
  return cause === 'pre-stop-failed'
    ? [prose`The container is stopped all the same, without what the hook should do.`]
    : [];
}

function adviceFor(
  cause: string,
  { name }: ContainerFacts,
  { metadata }: ClusterObject,
  handler: Handler,
): Prose {
  const { command } = recordAt(handler, 'exec');
  if (cause === 'no-answer')
    return prose`Let the program itself do what the hook asks for once it listens, or use a readiness probe; a hook gets one try.`;
  if (cause === 'command-not-found')
    return prose`Put the command into the image, or let the hook run one that it has.`;
  return Array.isArray(command)
    ? prose`What the hook prints is not logged; run it: kubectl exec -n ${metadata.namespace ?? ''} ${metadata.name} -c ${name} -- ${command.map(String).join(' ')}`
    : prose`Ask it by hand: kubectl port-forward -n ${metadata.namespace ?? ''} ${metadata.name} ${String(recordAt(handler, 'httpGet')['port'])}`;
}

function changesIn(
  container: ContainerFacts,
  hook: string,
  { container: former }: FormerContainer,
  now: Handler,
) {
  const leaves = changedLeaves(now, recordAt(former, 'lifecycle', hook));
  const base = container.path === null ? null : `${container.path}.lifecycle.${hook}`;
  const changes = base === null ? null : changesAt(container.workload.ref, base, leaves);
  return changes && changes.length > 0 ? changes : null;
}

function blamesOf(container: ContainerFacts, hook: string, handler: Handler): readonly Blame[] {
  const field = handler['exec'] === undefined ? 'httpGet.port' : 'exec.command[0]';
  return container.value(`lifecycle.${hook}.${field}`) === undefined
    ? []
    : container.field(`lifecycle.${hook}.${field}`);
}
