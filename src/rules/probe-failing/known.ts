import { type Listening, listeningIn, startUpIn } from '../../facts/listening.ts';
import { readLog } from '../../facts/log.ts';
import { answerIn, type ProbeAnswer } from '../../facts/probe-answers.ts';
import { portNumber, portsOf, type Probe, type ProbeFailures, probeOf } from '../../facts/probes.ts';
import { livedFor } from '../../facts/start-up.ts';
import type { ContainerFacts, ContainerInstance } from '../../facts/subjects.ts';
import { succeedingProbes, timeFor } from '../../facts/succeeding-probes.ts';
import { recordAt } from '../../kubernetes/objects.ts';
import { parseQuantity } from '../../kubernetes/quantities.ts';
import { type Container, parseTime, podSpecOf } from '../../kubernetes/workloads.ts';
import { ownText, prose, type Prose } from '../../untrusted/prose.ts';
import type { FormerContainer, FormerProbe } from '../../witnesses/former-probe.ts';
import type { ProbeCause } from './causes.ts';

/** A probe that fails, and all that is known of it. */
export interface Known {
  readonly container: ContainerFacts;
  readonly instance: ContainerInstance;
  readonly own: Container;
  readonly failures: ProbeFailures;
  readonly probe: Probe;
  readonly answer: ProbeAnswer;
  /** The number of the port that it asks; null where it has none. */
  readonly port: number | null;
  /** What the container wrote; empty where that is not known. */
  readonly log: string;
  readonly listening: readonly Listening[];
  /** Other probes of the container that succeed. */
  readonly succeeding: readonly Probe[];
  /** What the probe was before it was changed last; null where that is not known. */
  readonly past: FormerProbe | null;
  /** The container when a port had the name that the probe asks for; null where that is not known. */
  readonly earlier: FormerContainer | null;
  /** The container when it had more CPU, of one that is killed as it starts; null where that is not known. */
  readonly withMoreCpu: FormerContainer | null;
  /** Seconds that it may fail from the start. */
  readonly allowed: number;
  /** Seconds that the last run lived; null where that is not on record. */
  readonly lived: number | null;
}

/** Why a probe fails, as far as its words, the container and its log tell. */
export interface Told {
  readonly cause: ProbeCause;
  readonly because: readonly Prose[];
  /** Of the probe: the field that is at fault. */
  readonly blamed: string;
  readonly advice: readonly Prose[];
}

/** Null where the container of the pod has no such probe any more. */
export function knownOf(
  container: ContainerFacts,
  failures: ProbeFailures,
  {
    log = '',
    past = null,
    earlier = null,
    withMoreCpu = null,
  }: Partial<Pick<Known, 'log' | 'past' | 'earlier' | 'withMoreCpu'>> = {},
): Known | null {
  const instance = container.instances.find(({ pod }) => pod === failures.pod);
  const own = instance?.placed.container;
  const probe = own ? probeOf(own, failures.probe) : null;
  if (!instance || !own || !probe) return null;
  return {
    container,
    instance,
    own,
    failures,
    probe,
    answer: answerIn(failures.message, probe.by),
    port: portNumber(probe, own),
    log,
    listening: listeningIn(log),
    succeeding: succeedingProbes(container, instance).filter(({ name }) => name !== probe.name),
    past,
    earlier,
    withMoreCpu,
    allowed: timeFor(instance, probe),
    lived: livedFor(instance) ?? firstLifeOf(instance, failures),
  };
}

/** Seconds from the start of the pod to the first kill, where no end of the container is on record. */
function firstLifeOf({ pod, terminations }: ContainerInstance, { firstKill }: ProbeFailures): number | null {
  const started = parseTime(recordAt(pod, 'status')['startTime']);
  return terminations.length > 0 || firstKill === null || started === null
    ? null
    : (firstKill - started) / 1000;
}

/** Seconds in which a container that handles no SIGTERM ends, where the pod states none. */
const GRACE_PERIOD = 30;

/** The kubelet killed the last run about as soon as it might: the probe never succeeded. */
export function isKilledEarly({ failures, instance, lived, allowed, probe }: Known): boolean {
  if (failures.kills === 0 || lived === null) return false;
  const isForced = instance.terminations[0]?.exitCode === 137;
  const grace = Number(podSpecOf(instance.pod)?.['terminationGracePeriodSeconds'] ?? GRACE_PERIOD);
  return lived <= allowed + 2 * probe.periodSeconds + 5 + (isForced ? grace : 0);
}

/** The CPU limit of a container, in cores; null without one. */
export function cpuLimitOf({ resources }: Container): number | null {
  return parseQuantity(resources?.limits?.['cpu']);
}

/** What the log says that keeps the program from starting; null where it says nothing of the kind. */
export function troubleIn({ log }: Known): string | null {
  return startUpIn(log) === null ? (readLog(log)?.line ?? null) : null;
}

/** `8080 (http), 9090`, `no port` */
export function declared(container: Container): Prose {
  const ports = portsOf(container).map(({ number, name }) =>
    name === null ? String(number) : `${number} (${name})`,
  );
  return ports.length === 0 ? ownText('no port') : prose`${ports.join(', ')}`;
}
