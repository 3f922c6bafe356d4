import {
  allowedBy,
  portNumber,
  portsOf,
  type Probe,
  type ProbeFailures,
  probeOf,
} from '../../facts/probes.ts';
import type { ContainerFacts } from '../../facts/subjects.ts';
import { type Container, parseTime } from '../../kubernetes/workloads.ts';
import type { Blame } from '../../model/finding.ts';
import { counted, ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { isUnreachable, protocolMismatch, schemeMismatch } from './mismatches.ts';

const PLAIN = { fix: 'none', outcome: 'declined, naming the probe' } as const;

/** Why a probe fails, the most telling first. */
export const PROBE_CAUSES = {
  'named-port-missing': { means: 'the probe names a port that the container does not declare', ...PLAIN },
  'protocol-mismatch': {
    means: 'the server speaks another protocol than the probe: HTTP asked of gRPC, gRPC of HTTP',
    ...PLAIN,
  },
  'scheme-mismatch': {
    means: 'HTTP is asked of a server that speaks HTTPS, or the other way round',
    ...PLAIN,
  },
  'port-not-declared': {
    means: 'nothing answers at the port of the probe, and the container declares others',
    ...PLAIN,
  },
  'grpc-health-missing': { means: 'the gRPC server does not serve `grpc.health.v1`', ...PLAIN },
  'path-not-found': { means: 'the server answers 404 for the path of the probe', ...PLAIN },
  'unhealthy-answer': {
    means: 'the server answers that it is not healthy: another status, NOT_SERVING',
    ...PLAIN,
  },
  'exec-failed': { means: 'the command of the probe fails', ...PLAIN },
  'killed-while-starting': {
    means:
      'the kubelet kills the container before it has answered once, within the time that the probe gives it',
    ...PLAIN,
  },
  'timed-out': { means: 'the server takes longer than `timeoutSeconds`', ...PLAIN },
  'connection-refused': { means: 'nothing listens at the port of the probe', ...PLAIN },
  unanswered: { means: 'any other failure', ...PLAIN },
} as const;

export interface ProbeDiagnosis {
  readonly cause: keyof typeof PROBE_CAUSES;
  readonly because: readonly Prose[];
  readonly blames: readonly Blame[];
  readonly advice: readonly Prose[];
}

/** @param log what the container wrote, empty where it is not known */
export function probeCause(
  container: ContainerFacts,
  failures: ProbeFailures | null,
  log: string,
): ProbeDiagnosis {
  const instance = container.instances.find(({ pod }) => pod === failures?.pod) ?? container.instances[0]!;
  const own = instance.placed.container;
  const probe = probeOf(own, failures?.probe ?? 'readiness');
  const field = (name: string): readonly Blame[] => {
    const isWritten =
      probe !== null &&
      container.placed !== undefined &&
      probeOf(container.placed.container, probe.name)?.by === probe.by;
    return isWritten ? container.field(`${probe.name}Probe.${name}`) : [];
  };
  const found = (
    cause: ProbeDiagnosis['cause'],
    blamed: string,
    because: Prose | null,
    advice: Prose,
  ): ProbeDiagnosis => {
    return { cause, because: because === null ? [] : [because], blames: field(blamed), advice: [advice] };
  };
  if (failures === null || probe === null)
    return {
      ...found(
        'unanswered',
        '',
        null,
        prose`Read the container's log, and compare its readiness probe with what it serves.`,
      ),
      blames: probe?.port === undefined || probe.port === null ? [] : field(`${probe.by}.port`),
    };
  const failing = { container, failures, probe, own, log, found };
  return wrongPort(failing) ?? wrongAnswer(failing) ?? noAnswer(failing);
}

type Found = (
  cause: ProbeDiagnosis['cause'],
  blamed: string,
  because: Prose | null,
  advice: Prose,
) => ProbeDiagnosis;

interface Failing {
  readonly container: ContainerFacts;
  readonly failures: ProbeFailures;
  readonly probe: Probe;
  readonly own: Container;
  readonly log: string;
  readonly found: Found;
}

/** The probe names no port that there is, or asks what serves another scheme or protocol. */
function wrongPort({ container, failures, probe, own, log, found }: Failing): ProbeDiagnosis | null {
  const { message } = failures;
  const named = ownText(probe.name);
  const port = `${probe.by}.port`;
  if (typeof probe.port === 'string' && portNumber(probe, own) === null)
    return found(
      'named-port-missing',
      port,
      prose`The ${named} probe asks port ${probe.port}, and the container declares ${declared(own)}.`,
      prose`Declare a port named ${probe.port}, or name one that the container has.`,
    );
  const scheme = schemeMismatch(message, log, probe);
  if (scheme)
    return found(
      'scheme-mismatch',
      `httpGet.${probe.scheme === 'HTTPS' ? 'scheme' : 'port'}`,
      scheme,
      probe.scheme === 'HTTPS'
        ? prose`Let the ${named} probe ask with scheme: HTTP.`
        : prose`Let the ${named} probe ask with scheme: HTTPS.`,
    );
  const protocol = protocolMismatch(message, probe, container, own);
  if (protocol)
    return found(
      'protocol-mismatch',
      port,
      protocol,
      probe.by === 'httpGet'
        ? prose`Replace httpGet by grpc in the ${named} probe, or by tcpSocket where the server has no health service.`
        : prose`Let the ${named} probe ask by httpGet.`,
    );
  return null;
}

/** The server answers, and not that it is healthy. */
function wrongAnswer({ failures, probe, found }: Failing): ProbeDiagnosis | null {
  const { message } = failures;
  const named = ownText(probe.name);
  const port = `${probe.by}.port`;
  if (/does not implement the grpc health protocol|unknown service grpc\.health|Unimplemented/i.test(message))
    return found(
      'grpc-health-missing',
      port,
      null,
      prose`Serve grpc.health.v1.Health, or let the ${named} probe ask by tcpSocket.`,
    );
  if (/statuscode: 404/.test(message))
    return found(
      'path-not-found',
      'httpGet.path',
      prose`The server answers at port ${String(probe.port)}, and has nothing at ${probe.path ?? '/'}.`,
      prose`Let the ${named} probe ask for a path that the server has.`,
    );
  if (/statuscode: \d+|responded with "?NOT_SERVING/i.test(message))
    return found(
      'unhealthy-answer',
      probe.by === 'httpGet' ? 'httpGet.path' : port,
      prose`The server answers, so port and protocol fit.`,
      prose`Read the container's log: it answers that it cannot serve, often because something that it depends on is down.`,
    );
  return null;
}

/** The command fails, nothing answers, or it takes too long. */
function noAnswer(failing: Failing): ProbeDiagnosis {
  const { failures, probe, found } = failing;
  const { message } = failures;
  if (probe.by === 'exec')
    return found(
      'exec-failed',
      'exec.command[0]',
      null,
      prose`Run the probe's command in the container by hand, and compare it with what the container serves.`,
    );
  if (isUnreachable(message)) return unreachable(failing);
  if (/deadline exceeded|timed? ?out|did not complete within/i.test(message))
    return found(
      'timed-out',
      'timeoutSeconds',
      null,
      prose`Find out why the answer takes longer than ${counted(probe.timeoutSeconds, 'second')}: load, a CPU limit, or a slow dependency.`,
    );
  return found(
    'unanswered',
    `${probe.by}.port`,
    null,
    prose`Compare the ${ownText(probe.name)} probe with what the container serves.`,
  );
}

function unreachable({ container, failures, probe, own, found }: Failing): ProbeDiagnosis {
  const named = ownText(probe.name);
  const port = `${probe.by}.port`;
  const number = portNumber(probe, own);
  const ports = portsOf(own).map((each) => each.number);
  if (number !== null && ports.length > 0 && !ports.includes(number))
    return found(
      'port-not-declared',
      port,
      prose`The ${named} probe asks port ${number}, where nothing answers; the container declares ${declared(own)}.`,
      prose`Let the ${named} probe ask a port that the container serves: ${declared(own)}.`,
    );
  const lived = failures.kills > 0 ? livedFor(container, failures) : null;
  const allowed = allowedBy(probe);
  if (lived !== null && lived <= allowed + 2 * probe.periodSeconds + 10)
    return {
      ...found(
        'killed-while-starting',
        'failureThreshold',
        prose`The ${named} probe gives it ${counted(allowed, 'second')} from its start (initialDelaySeconds ${probe.initialDelaySeconds}, failureThreshold ${probe.failureThreshold}, periodSeconds ${probe.periodSeconds}), and it was killed ${counted(Math.round(lived), 'second')} after it.`,
        prose`Give the program time with a startupProbe, if it needs longer than ${counted(allowed, 'second')} to start; else read its log.`,
      ),
      blames: timings(container, probe),
    };
  return found(
    'connection-refused',
    port,
    prose`Nothing answers at port ${String(probe.port)}.`,
    prose`Read the container's log: it does not listen on port ${String(probe.port)}, or not yet.`,
  );
}

/** Seconds from start to end of the last run; null where that is not recorded. */
function livedFor({ instances }: ContainerFacts, { pod }: ProbeFailures): number | null {
  const status = instances.find((one) => one.pod === pod)?.status;
  const ended = status?.state?.terminated ?? status?.lastState?.terminated;
  const [from, to] = [parseTime(ended?.startedAt), parseTime(ended?.finishedAt)];
  return from === null || to === null ? null : (to - from) / 1000;
}

/** The timings that the template sets itself. */
function timings(container: ContainerFacts, { name }: Probe): readonly Blame[] {
  const written = container.placed?.container[`${name}Probe`] as
    Readonly<Record<string, unknown>> | undefined;
  return ['failureThreshold', 'periodSeconds', 'initialDelaySeconds']
    .filter((one) => written?.[one] !== undefined)
    .flatMap((one) => container.field(`${name}Probe.${one}`));
}

function declared(container: Container): Prose {
  const ports = portsOf(container).map(({ number, name }) =>
    name === null ? String(number) : `${number} (${name})`,
  );
  return ports.length === 0 ? ownText('no port') : prose`${ports.join(', ')}`;
}
