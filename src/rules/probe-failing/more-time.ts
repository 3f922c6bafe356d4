import { startUpIn } from '../../facts/listening.ts';
import { allowedBy, probeOf } from '../../facts/probes.ts';
import { startUpsOf } from '../../facts/start-up.ts';
import { recordAt, refOf, type Json } from '../../kubernetes/objects.ts';
import { leavesOf } from '../../kubernetes/leaves.ts';
import { isScalarValue } from '../../kubernetes/field.ts';
import { changeOf, type Change } from '../../model/change.ts';
import { quoted, type Evidence } from '../../model/evidence.ts';
import { counted, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { describeRef, type Scalar } from '../../kubernetes/objects.ts';
import { isSameProgram, type ProbeFix } from './restore.ts';
import { type Known, troubleIn } from './known.ts';

/** How long the container takes to start, and what shows it. */
export interface ObservedStart {
  readonly seconds: number;
  /** A sentence. */
  readonly says: Prose;
  readonly evidence: readonly Evidence[];
}

/** What the program says itself, else the slowest start of a pod that is ready and runs the same. */
export function observedStart(known: Known): ObservedStart | null {
  const { container, instance, log } = known;
  const told = startUpIn(log);
  if (told !== null)
    return {
      seconds: told.seconds,
      says: prose`Its log says how long the start takes: ${told.line}.`,
      evidence: [],
    };
  const slowest = startUpsOf(container).find(
    (one) => one.pod !== instance.pod && isSameProgram(one.instance.placed.container, known),
  );
  if (!slowest) return null;
  const { pod, seconds } = slowest;
  return {
    seconds,
    says: prose`${describeRef(refOf(pod))}, which runs the same, was ready ${counted(Math.round(seconds), 'second')} after its start.`,
    evidence: [
      quoted(
        'pod-status',
        pod,
        null,
        `container ${container.name} ready ${Math.round(seconds)} s after its start`,
      ),
    ],
  };
}

const OBSERVED = [0.85, prose`the start-up was observed`] as const;

/** A start-up varies: the probe bears one that takes twice as long. */
const MARGIN = 2;
const LONGEST_PERIOD = 10;

/**
 * A startup probe that bears the start-up that was observed; null where it was not observed, fits already, or where the probe runs a command,
 * whose words cannot be added one by one.
 */
export function startupProbeFor(known: Known, observed: ObservedStart | null): ProbeFix | null {
  const { container, own, probe, allowed } = known;
  if (observed === null || observed.seconds < allowed * 0.8 || troubleIn(known) !== null) return null;
  const wanted = observed.seconds * MARGIN;
  const startup = probeOf(own, 'startup');
  const says = [observed.says];
  if (startup) {
    const threshold = Math.ceil((wanted - startup.initialDelaySeconds) / startup.periodSeconds);
    const changes = container.change('startupProbe.failureThreshold', threshold);
    return threshold > startup.failureThreshold && changes.length > 0
      ? { changes, says, evidence: observed.evidence, certainty: OBSERVED }
      : null;
  }
  const handler = leavesOf(recordAt(container.placed?.container, `${probe.name}Probe`, probe.by));
  const asked = [...handler].filter(
    ([field, { value }]) => value !== '' && !(field === 'scheme' && value === 'HTTP'),
  );
  if (probe.by === 'exec' || container.path === null || !asked.every(([, { value }]) => isScalarValue(value)))
    return null;
  const period = Math.min(probe.periodSeconds, LONGEST_PERIOD);
  const threshold = Math.max(3, Math.ceil(wanted / period));
  const added: readonly (readonly [string, Json])[] = [
    ['failureThreshold', threshold],
    ['periodSeconds', period],
    ...asked.map(([field, { value }]) => [`${probe.by}.${field}`, value] as const),
  ];
  return {
    changes: added.map(([field, value]): Change =>
      changeOf(container.workload.ref, `${container.path}.startupProbe.${field}`, null, value as Scalar),
    ),
    says: [
      ...says,
      prose`With a startupProbe the ${ownText(probe.name)} probe waits for up to ${threshold * period} seconds.`,
    ],
    evidence: observed.evidence,
    certainty: OBSERVED,
  };
}

/** Whether the former timing would have borne the start-up, as far as that is known. */
export function wouldBear(known: Known, observed: ObservedStart | null) {
  return (former: Parameters<typeof allowedBy>[0]): boolean => {
    const time = allowedBy(former);
    return time > allowedBy(known.probe) && (observed === null || time >= observed.seconds);
  };
}
