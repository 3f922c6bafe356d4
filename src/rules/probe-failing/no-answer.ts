import { portNumber, portsOf, probeOf } from '../../facts/probes.ts';
import { type Container, containersOf, podSpecOf } from '../../kubernetes/workloads.ts';
import { counted, listed, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { describeCommit } from '../../witnesses/commits.ts';
import type { FormerContainer } from '../../witnesses/former-probe.ts';
import { declared, isKilledEarly, type Known, type Told } from './known.ts';

/** Nothing answers, or it takes too long. */
export function noAnswer(known: Known): Told {
  const { answer, probe, port } = known;
  const named = ownText(probe.name);
  const blamed = `${probe.by}.port`;
  const isConnectionMissing =
    ['refused', 'unreachable', 'no-such-host'].includes(answer.kind) ||
    /failed to connect service|dial (?:tcp|unix)\b.*timeout|while waiting for connection/i.test(
      known.failures.message,
    );
  const missing = isConnectionMissing ? (wrongHost(known) ?? deadPort(known)) : null;
  if (missing) return missing;
  const isCut = (known.past?.probe.timeoutSeconds ?? 0) > probe.timeoutSeconds;
  if (isKilledEarly(known) && !(answer.kind === 'timed-out' && isCut)) return killedEarly(known);
  if (answer.kind === 'timed-out' && !isConnectionMissing)
    return {
      cause: 'timed-out',
      because: [],
      blamed: 'timeoutSeconds',
      advice: [
        prose`Find out why the answer takes longer than ${counted(probe.timeoutSeconds, 'second')}: load, a CPU limit, or a slow dependency.`,
      ],
    };
  if (isConnectionMissing || answer.kind === 'timed-out')
    return {
      cause: 'connection-refused',
      because: [prose`Nothing answers at port ${String(probe.port)}.`],
      blamed,
      advice: [
        prose`Find out whether the program listens on port ${String(port ?? probe.port)}: its log does not say so.`,
      ],
    };
  return {
    cause: 'unanswered',
    because: answer.kind === 'closed' ? [prose`The server closes the connection without an answer.`] : [],
    blamed,
    advice: [prose`Compare the ${named} probe with what port ${String(port ?? probe.port)} serves.`],
  };
}

function wrongHost({ probe, instance }: Known): Told | null {
  if (probe.host === null) return null;
  return {
    cause: 'wrong-host',
    because: [
      prose`The ${ownText(probe.name)} probe names host ${probe.host}: the kubelet asks there from node ${podSpecOf(instance.pod)?.nodeName ?? ''}, and not at the pod.`,
    ],
    blamed: `${probe.by}.host`,
    advice: [prose`Leave ${`${probe.by}.host`} out: the kubelet then asks the address of the pod.`],
  };
}

/** The program listens elsewhere, as far as the declaration, its log and history tell. */
function deadPort(known: Known): Told | null {
  const { probe, port, own, listening, past, instance, container } = known;
  const named = ownText(probe.name);
  const blamed = `${probe.by}.port`;
  const heard = listening.find((one) => one.port === port);
  if (heard?.isLoopback)
    return {
      cause: 'listens-on-loopback',
      because: [
        prose`The program listens inside its pod only, and the kubelet asks at the pod's address; its log says: ${heard.line}`,
      ],
      blamed,
      advice: [prose`Let container ${container.name} listen on 0.0.0.0 (or [::]) in place of 127.0.0.1.`],
    };
  if (heard || port === null) return null;
  const ports = portsOf(own).map(({ number }) => number);
  const elsewhere = listening.filter((one) => one.port !== port);
  const told = elsewhere.length === 0 ? [] : [prose`Its log says: ${elsewhere.at(-1)!.line}`];
  const better =
    elsewhere.length > 0 ? prose`${listed(elsewhere.map((one) => String(one.port)))}` : declared(own);
  if (ports.length > 0 && !ports.includes(port)) {
    const other = containersOf(podSpecOf(instance.pod)).find(
      ({ container: one }) =>
        one.name !== container.name && portsOf(one).some(({ number }) => number === port),
    );
    return {
      cause: 'port-not-declared',
      because: [
        prose`The ${named} probe asks port ${port}, where nothing answers; the container declares ${declared(own)}.`,
        ...(other ? [prose`Port ${port} is declared by container ${other.container.name}.`] : []),
        ...told,
      ],
      blamed,
      advice: [prose`Let the ${named} probe ask a port that the container serves: ${better}.`],
    };
  }
  const former = past && portNumber(past.probe, own);
  const isMoved = former !== null && former !== port;
  if (!isMoved && elsewhere.length === 0) return null;
  return {
    cause: 'port-not-served',
    because: [
      prose`Nothing answers at port ${port}, which the ${named} probe asks${isMoved ? prose`; before it was ${String(former)}` : prose``}.`,
      ...told,
    ],
    blamed,
    advice: [
      prose`Let the program listen on port ${port}, or the ${named} probe ask port ${elsewhere.length > 0 ? better : prose`${String(former)}`}.`,
    ],
  };
}

/** Within the time that the probe gives it, the container never got so far. */
export function killedEarly({ probe, allowed, lived, own, instance, withMoreCpu }: Known): Told {
  const { initialDelaySeconds: delay, failureThreshold: threshold, periodSeconds: period } = probe;
  const hasStartup = probe.name !== 'startup' && probeOf(own, 'startup') !== null;
  const which = prose`The ${ownText(probe.name)} probe${ownText(hasStartup ? ', after the startup probe,' : '')}`;
  const sum = prose`initialDelaySeconds ${delay}, failureThreshold ${threshold} × periodSeconds ${period}`;
  const code = instance.terminations[0]?.exitCode;
  const end = code == null ? prose`` : prose` with exit code ${code}`;
  return {
    cause: 'killed-while-starting',
    because: [
      prose`${which} gives it ${counted(allowed, 'second')} from its start (${sum}); the last run ended after ${counted(Math.round(lived ?? 0), 'second')}${end}.`,
      ...lessCpu(own, withMoreCpu),
    ],
    blamed: '',
    advice: [
      ...(withMoreCpu === null
        ? []
        : [
            prose`Find out whether the limit slows the start: kubectl top pod, or the throttled periods of the container.`,
          ]),
      prose`Add a startupProbe that gives it longer than ${counted(allowed, 'second')}, if the program needs that to start.`,
    ],
  };
}

/** A smaller CPU limit than before makes a start longer; only metrics tell whether it did. */
function lessCpu(own: Container, former: FormerContainer | null): readonly Prose[] {
  if (former === null) return [];
  const [is, was] = [own, former.container].map((one) => one.resources?.limits?.['cpu']);
  const since = former.commit
    ? prose`Since ${describeCommit(former.commit)}`
    : prose`In the current template`;
  return [
    prose`${since} its CPU limit is ${String(is)}; before ${was === undefined ? ownText('it had none') : prose`it was ${String(was)}`}, and a start with less CPU takes longer.`,
  ];
}
