import { portNumber, portsOf, type Probe, probeOf } from '../../facts/probes.ts';
import { ownText, prose } from '../../untrusted/prose.ts';
import { describeCommit } from '../../witnesses/commits.ts';
import { relationOf } from '../../witnesses/near-name.ts';
import type { Known, Told } from './known.ts';
import { observedStart, startupProbeFor, wouldBear } from './more-time.ts';
import { isSameProgram, type ProbeFix, restoredHandler, restoredTiming } from './restore.ts';
import { asSibling } from './sibling.ts';

/** The change that evidence proves; null where none does. */
export function fixFor(known: Known, { cause }: Told): ProbeFix | null {
  switch (cause) {
    case 'killed-while-starting': {
      const observed = observedStart(known);
      return restoredTiming(known, wouldBear(known, observed)) ?? startupProbeFor(known, observed);
    }
    case 'timed-out':
      return restoredTiming(known, (former) => isMorePatient(former, known.probe));
    case 'scheme-mismatch':
      return otherScheme(known);
    case 'named-port-missing':
      return restoredHandler(known) ?? renamedPort(known) ?? nearPort(known);
    case 'unhealthy-answer':
    case 'connection-refused':
    case 'listens-on-loopback':
    case 'client-certificate':
      return null;
    default:
      return restoredHandler(known) ?? asSibling(known) ?? heardPort(known);
  }
}

function isMorePatient(former: Probe, now: Probe): boolean {
  const [was, is] = [former, now].map((one) => one.failureThreshold * one.periodSeconds) as [number, number];
  return (
    former.timeoutSeconds >= now.timeoutSeconds &&
    was >= is &&
    (former.timeoutSeconds > now.timeoutSeconds || was > is)
  );
}

/** The scheme that the server speaks, in each probe that asks the port in the wrong one. */
function otherScheme({ container, own, probe, port, past }: Known): ProbeFix | null {
  const after = probe.scheme === 'HTTPS' ? 'HTTP' : 'HTTPS';
  const changes = (['liveness', 'readiness', 'startup'] as const).flatMap((name) => {
    const one = probeOf(own, name);
    const isSame = one?.by === 'httpGet' && portNumber(one, own) === port && one.scheme === probe.scheme;
    return isSame ? container.change(`${name}Probe.httpGet.scheme`, after) : [];
  });
  if (changes.length === 0) return null;
  const isChanged = past?.commit != null && past.probe.scheme === after;
  return {
    changes,
    says: isChanged
      ? [
          prose`Since ${describeCommit(past.commit!)} it asks over ${ownText(String(probe.scheme))}; before it asked over ${ownText(after)}.`,
        ]
      : [],
    evidence: isChanged ? past.evidence : [],
    certainty: [0.9, prose`the server itself says which scheme it speaks`],
    ...(isChanged && { introducedBy: past.commit! }),
  };
}

/** The port that the program names in its log, for a probe that asks for no path: tcpSocket and grpc. */
function heardPort(known: Known): ProbeFix | null {
  const { probe, own, port, listening, container } = known;
  const [heard, ...others] = listening.filter((one) => !one.isLoopback);
  const isDeclared = portsOf(own).some(({ number }) => number === heard?.port);
  if (!heard || others.length > 0 || !isDeclared || heard.port === port) return null;
  if (probe.by !== 'tcpSocket' && probe.by !== 'grpc') return null;
  const changes = container.change(`${probe.name}Probe.${probe.by}.port`, heard.port);
  return changes.length === 0
    ? null
    : {
        changes,
        says: [prose`The container declares port ${heard.port}, and its log says that it listens there.`],
        evidence: [],
        certainty: [0.85, prose`the declared port and the program's own words agree`],
      };
}

/** The number that had the name before: under its name of now, or as a number where it has none. */
function renamedPort(known: Known): ProbeFix | null {
  const { container, own, probe, earlier } = known;
  const was = earlier && portsOf(earlier.container).find(({ name }) => name === probe.port);
  if (!was) return null;
  const is = portsOf(own).find(({ number }) => number === was.number);
  if (!is && !isSameProgram(earlier.container, known)) return null;
  const changes = container.change(`${probe.name}Probe.${probe.by}.port`, is?.name ?? was.number);
  const now = is?.name ? prose`is called ${is.name} now` : prose`has no name now`;
  return changes.length === 0
    ? null
    : {
        changes,
        says: [prose`Port ${was.number} was called ${was.name ?? ''} before, and ${now}: ${earlier.says}.`],
        evidence: earlier.evidence,
        certainty: [0.95, prose`the port has kept its number`],
        ...(earlier.commit && { introducedBy: earlier.commit }),
      };
}

/** The one declared port whose name is nearly that of the probe. */
function nearPort({ container, own, probe }: Known): ProbeFix | null {
  const near = portsOf(own).filter(({ name }) => name !== null && isNear(String(probe.port), name));
  const [one, ...others] = near;
  if (!one?.name || others.length > 0) return null;
  const changes = container.change(`${probe.name}Probe.${probe.by}.port`, one.name);
  return changes.length === 0
    ? null
    : {
        changes,
        says: [prose`The container declares one port with a similar name: ${one.name} (${one.number}).`],
        evidence: [],
        certainty: [0.7, prose`one declared port has a similar name`],
        draft: prose`only its name suggests that ${one.name} is meant`,
      };
}

/** `http` and `http-web`, `metric` and `metrics`. */
function isNear(wanted: string, name: string): boolean {
  const [short, long] = wanted.length < name.length ? [wanted, name] : [name, wanted];
  return (
    relationOf(wanted, name, []) !== null ||
    (short.length >= 3 && long.startsWith(`${short}-`)) ||
    long === `${short}s`
  );
}
