/**
 * Rule `unclassified`: what visibly fails and no other rule explains, reported as what it is. It never wants a change.
 *
 * Healthy is what is on its way: a rollout within its deadline, a completed pod, a pod being deleted, a failure that has recovered.
 */
import type { LogRequest } from '../model/cluster-state.ts';
import { errorLineOf, excerptOf } from '../facts/log.ts';
import { describeRef, objectKey, refOf } from '../kubernetes/objects.ts';
import { podSpecOf } from '../kubernetes/workloads.ts';
import { quoted, type Evidence } from '../model/evidence.ts';
import { joinProse, plainText, prose, type Prose } from '../untrusted/prose.ts';
import { defineRule } from './define-rule.ts';
import { diagnosis, stopAfter } from './diagnosis.ts';
import { customSignals, signalsOfWorkloads, type Signal } from './unclassified/signals.ts';

const LOG_LINES = 20;
const MOST_EVIDENCE = 16;
const PLAIN = { fix: 'none', outcome: 'declined' } as const;

export const unclassified = defineRule({
  id: 'unclassified',
  title: 'A failure that no other rule explains',
  phase: 'runtime',
  semantics: [
    'https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/',
    'https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties',
    'https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/',
  ],
  reads: ['Pod', 'Event', 'PersistentVolumeClaim'],
  on: 'cluster',
  givesWayTo: 'any',
  // The most telling first: the first of an object's signals names its incident.
  causes: {
    'container-error': {
      means:
        'a container waits with an error of the kubelet: CreateContainerConfigError, CreateContainerError',
      ...PLAIN,
      phase: 'startup',
    },
    'init-waiting': { means: 'an init container runs for more than ten minutes', ...PLAIN, phase: 'startup' },
    'container-creating': { means: 'containers are not created', ...PLAIN, phase: 'startup' },
    'pod-failed': { means: 'a pod ended as a whole, and not enough others are ready', ...PLAIN },
    condition: {
      means: 'a custom resource is Ready=False (or Synced, Healthy, Available) for five minutes',
      ...PLAIN,
      phase: 'gitops',
    },
    'rollout-stalled': { means: 'ProgressDeadlineExceeded', ...PLAIN, phase: 'startup' },
  },

  detect({ cluster }) {
    const all = [...signalsOfWorkloads(cluster), ...customSignals(cluster)];
    return [...Map.groupBy(all, ({ owner }) => objectKey(owner)).values()].map(seenIn);
  },

  *investigate(_subject, ask, { object, signals }) {
    const requests = logsOf(signals);
    const texts = yield* ask.each(requests.map((request) => ask.log(request)));
    const logs = requests.flatMap((request, index) => {
      const text = texts[index] ?? '';
      return text.trim() === '' ? [] : [{ request, text }];
    });
    const leading = signals[0]!;
    const line = logs.map(({ text }) => errorLineOf(text)).find((text) => text !== null) ?? null;
    const besides = distinct(signals.map(({ says }) => says)).filter(
      (says) => plainText(says) !== plainText(leading.says),
    );
    const others =
      new Set(signals.filter(({ cause }) => cause === leading.cause).map(({ on }) => on)).size - 1;
    return diagnosis({
      cause: leading.cause,
      summary: prose`${describeRef(object)}: ${leading.says}${others > 0 ? prose` (and ${others} more)` : prose``}`,
      because: [
        ...(besides.length === 0 ? [] : [stopAfter(prose`Also: ${joinProse(besides.slice(0, 3), '; ')}`)]),
        ...(line === null ? [] : [stopAfter(prose`The log says: ${line}`)]),
      ],
      evidence: distinctEvidence([
        ...signals.flatMap((signal) => signal.evidence),
        ...logs.map(({ request, text }) => quoted('log', nameOf(request), null, excerptOf(text, LOG_LINES))),
      ]).slice(0, MOST_EVIDENCE),
      certainty: [0.5, prose`the failure is certain; its cause was not determined`],
      advice: ADVICE[leading.cause] ?? [],
    });
  },
});

function seenIn(signals: readonly Signal[]) {
  const sorted = signals.toSorted((a, b) => ORDER.indexOf(a.cause) - ORDER.indexOf(b.cause));
  const on = [...new Set(sorted.map((signal) => signal.on))];
  const containers = new Set(sorted.map(({ container }) => container).filter((name) => name !== null));
  const [leading] = sorted;
  const ended = sorted.flatMap(({ lastSeen }) => lastSeen ?? []);
  return {
    signals: sorted,
    object: leading!.owner,
    // The container when the leading signal is about one and no other container fails too.
    container: containers.size === 1 ? leading!.container : null,
    seenOn: on.map(refOf),
    firstSeen: Math.min(...sorted.map(({ firstSeen }) => firstSeen)),
    ...(ended.length === sorted.length && { lastSeen: Math.max(...ended) }),
    occurrences: Math.max(on.length, ...sorted.map(({ occurrences }) => occurrences)),
  };
}

const ORDER: readonly Signal['cause'][] = [
  'container-error',
  'init-waiting',
  'container-creating',
  'pod-failed',
  'condition',
  'rollout-stalled',
];

/** Of failures that a program may have explained in its log. */
function logsOf(signals: readonly Signal[]): readonly LogRequest[] {
  const told = signals.find(({ cause }) => cause === 'init-waiting' || cause === 'pod-failed');
  const container = told?.container ?? (told && podSpecOf(told.on)?.containers?.[0]?.name);
  if (!told || container === undefined || container === null) return [];
  const of = { namespace: told.on.metadata.namespace ?? '', pod: told.on.metadata.name, container };
  return [true, false].map((previous) => ({ ...of, previous }));
}

function nameOf({ namespace, pod, container, previous }: LogRequest): string {
  return `Pod ${namespace}/${pod}, container ${container}${previous ? ', previous' : ''}`;
}

function distinct(texts: readonly Prose[]): readonly Prose[] {
  return [...new Map(texts.map((text) => [plainText(text), text])).values()];
}

/** The same words about many objects are quoted once. */
function distinctEvidence(evidence: readonly Evidence[]): readonly Evidence[] {
  return [...new Map(evidence.map((each) => [`${each.source} ${plainText(each.text)}`, each])).values()];
}

const ADVICE: Readonly<Partial<Record<Signal['cause'], readonly Prose[]>>> = {
  'container-error': [prose`Fix what the message names: the kubelet refuses to create the container.`],
  'init-waiting': [
    prose`Provide what the init container waits for, or roll back to the revision that did not wait for it.`,
  ],
};
