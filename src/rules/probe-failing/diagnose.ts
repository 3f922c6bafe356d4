import { allowedBy, portNumber, portsOf } from '../../facts/probes.ts';
import { containersOf, podSpecOf } from '../../kubernetes/workloads.ts';
import { ownText, prose, type Prose } from '../../untrusted/prose.ts';
import { declared, isKilledEarly, type Known, type Told } from './known.ts';
import { observedStart } from './more-time.ts';
import { killedEarly, noAnswer } from './no-answer.ts';
import { isOfTimingAlone } from './restore.ts';

/** What the words of the kubelet, the container, its log and its past tell, the most telling first. */
export function diagnose(known: Known): Told {
  return (
    wrongPort(known) ??
    wrongProtocol(known) ??
    cutShort(known) ??
    answered(known) ??
    noCommand(known) ??
    noAnswer(known)
  );
}

/** The start takes longer than the probe gives it, by what was observed or by what a commit took away: whatever the probe was answered. */
function cutShort(known: Known): Told | null {
  const { past, probe, allowed } = known;
  if (!isKilledEarly(known)) return null;
  const isShortened = past !== null && isOfTimingAlone(past) && allowedBy(past.probe) > allowedBy(probe);
  const observed = observedStart(known);
  return isShortened || (observed !== null && observed.seconds >= allowed) ? killedEarly(known) : null;
}

/** The probe names a port by a name that the container does not declare. */
function wrongPort({ container, instance, own, probe, port, answer }: Known): Told | null {
  if (typeof probe.port !== 'string' || (port !== null && answer.kind !== 'no-such-port')) return null;
  const other = containersOf(podSpecOf(instance.pod)).find(({ container: one }) =>
    portsOf(one).some(({ name }) => name === probe.port),
  );
  return {
    cause: 'named-port-missing',
    because: [
      prose`The ${ownText(probe.name)} probe asks port ${probe.port}, and container ${container.name} declares ${declared(own)}.`,
      ...(other
        ? [
            prose`Container ${other.container.name} declares that name: the kubelet searches only the probe's own container.`,
          ]
        : []),
    ],
    blamed: `${probe.by}.port`,
    advice: [
      prose`Declare a port named ${probe.port} in container ${container.name}, or let the probe ask one that it declares.`,
    ],
  };
}

/** HTTPS or another protocol is spoken at the port. */
function wrongProtocol(known: Known): Told | null {
  const { answer, probe, port } = known;
  const named = ownText(probe.name);
  const blamed = `${probe.by}.port`;
  const scheme = otherScheme(known);
  if (scheme !== null)
    return {
      cause: 'scheme-mismatch',
      because: [
        scheme === 'HTTPS'
          ? prose`The ${named} probe asks over plain HTTP (no scheme: HTTPS), and the server speaks HTTPS.`
          : prose`The ${named} probe asks over HTTPS (scheme: HTTPS), and the server speaks plain HTTP.`,
      ],
      blamed: scheme === 'HTTP' ? 'httpGet.scheme' : 'httpGet.port',
      advice: [prose`Let the ${named} probe ask with scheme: ${ownText(scheme)}.`],
    };
  if (answer.kind === 'wants-client-certificate' || answer.kind === 'tls-failed')
    return {
      cause: 'client-certificate',
      because: [
        answer.kind === 'tls-failed'
          ? prose`The server and the kubelet cannot agree on TLS; the kubelet does not check the server's certificate.`
          : prose`The server demands a client certificate, and the kubelet has none to show.`,
      ],
      blamed,
      advice: [
        prose`Serve the health endpoint at a port without client certificates, or let the ${named} probe be a tcpSocket or exec probe.`,
      ],
    };
  const spoken = spokenInstead(known);
  if (spoken === null) return null;
  return {
    cause: 'protocol-mismatch',
    because: [spoken],
    blamed,
    advice: [
      probe.by === 'httpGet'
        ? prose`Replace httpGet by grpc (port ${String(port)}) in the ${named} probe, or by tcpSocket where the server has no health service.`
        : prose`Let the ${named} probe ask port ${String(port)} by httpGet.`,
    ],
  };
}

/** The scheme that the server speaks where it is not the probe's; null where nothing says so. */
function otherScheme({ answer, probe, log, past }: Known): 'HTTP' | 'HTTPS' | null {
  if (probe.by !== 'httpGet') return null;
  if (probe.scheme === 'HTTPS')
    return answer.kind === 'has-no-tls' ||
      (isVague(answer) &&
        /invalid (?:HTTP )?method(?: name)? ["']?\\?x16|\\x16\\x03|Bad request version|Invalid HTTP request received/i.test(
          log,
        ))
      ? 'HTTP'
      : null;
  const isBadRequest = answer.kind === 'status' && answer.status === 400;
  const says =
    /client sent an HTTP request to an HTTPS server|http request was sent to (?:an? )?https? ?port|\bSSL3?_\w+:http request\b|HTTP_REQUEST|plain HTTP request/i;
  const isTold = (isBadRequest || isVague(answer)) && says.test(log);
  return answer.kind === 'wants-tls' || isTold || (isBadRequest && past?.probe.scheme === 'HTTPS')
    ? 'HTTPS'
    : null;
}

/** The answer itself does not tell what is spoken: others may have asked what the log speaks of. */
function isVague({ kind }: Known['answer']): boolean {
  return ['closed', 'unknown', 'not-http', 'tls-failed'].includes(kind);
}

/** What is spoken at the port in place of the probe's protocol, as a sentence. */
function spokenInstead({ answer, probe, succeeding, own, port, past }: Known): Prose | null {
  if (answer.kind === 'http2' && probe.by === 'httpGet')
    return prose`The probe asks over HTTP, and the server answers with HTTP/2 frames, as gRPC servers do.`;
  if (answer.kind === 'not-http' && probe.by === 'httpGet')
    return prose`The probe asks over HTTP, and the answer is not HTTP.`;
  if (answer.kind === 'not-grpc')
    return prose`The ${ownText(probe.name)} probe asks port ${String(port)} over gRPC, and the server does not speak it.`;
  const former =
    past && past.probe.by !== probe.by && portNumber(past.probe, own) === port ? past.probe.by : null;
  if (probe.by === 'httpGet' && answer.kind === 'status' && REFUSES.has(answer.status) && former !== null)
    return prose`The server answers ${answer.status} for ${probe.path ?? '/'}; before, the ${ownText(probe.name)} probe asked port ${String(port)} by ${ownText(former)}.`;
  const isSilent = ['timed-out', 'refused', 'closed', 'unknown'].includes(answer.kind);
  if (probe.by !== 'grpc' || !isSilent) return null;
  const other = succeeding.find((one) => one.by === 'httpGet' && portNumber(one, own) === port);
  if (other)
    return prose`The ${ownText(probe.name)} probe asks port ${String(port)} over gRPC, while the ${ownText(other.name)} probe succeeds there over HTTP.`;
  return former === null || former === 'exec'
    ? null
    : prose`The ${ownText(probe.name)} probe asks port ${String(port)} over gRPC, and nothing answers that way; before, it asked by ${ownText(former)}.`;
}

/** The server is up, and has no such page: an HTTP probe is not what it was made for. */
const REFUSES: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 406, 415, 426]);

/** The server answers, and not that it is healthy. */
function answered(known: Known): Told | null {
  const { answer, probe, port, container, instance } = known;
  const named = ownText(probe.name);
  const at = { pod: instance.pod.metadata.name, namespace: instance.pod.metadata.namespace ?? '' };
  const ask = prose`kubectl port-forward -n ${at.namespace} ${at.pod} ${String(port)}, then curl -i localhost:${String(port)}${probe.path ?? '/'}`;
  if (answer.kind === 'no-health-service' || answer.kind === 'unknown-service')
    return {
      cause: 'grpc-health-missing',
      because: [
        answer.kind === 'unknown-service'
          ? prose`The health service of the server does not know the service that the probe names.`
          : prose`The server speaks gRPC and does not serve grpc.health.v1.Health.`,
      ],
      blamed: 'grpc.port',
      advice: [
        prose`Serve grpc.health.v1.Health, or let the ${named} probe ask port ${String(port)} by tcpSocket.`,
      ],
    };
  if (answer.kind === 'not-serving')
    return unhealthy(known, prose`The server answers, and says that it does not serve.`, ask);
  if (answer.kind === 'redirected')
    return unhealthy(known, prose`The server redirects the probe again and again.`, ask);
  if (answer.kind !== 'status') return null;
  const { status } = answer;
  const isOtherPath = known.past !== null && known.past.probe.path !== probe.path;
  if (status === 404 || ([400, 405, 410].includes(status) && isOtherPath))
    return {
      cause: 'path-not-found',
      because: [
        status === 404
          ? prose`The server answers at port ${String(probe.port)}, and has nothing at ${probe.path ?? '/'}.`
          : prose`The server answers ${status} for ${probe.path ?? '/'}, and the ${named} probe asked ${known.past?.probe.path ?? '/'} before.`,
      ],
      blamed: 'httpGet.path',
      advice: [
        prose`Set httpGet.path of the ${named} probe to a path that container ${container.name} serves; ask it: ${ask}.`,
      ],
    };
  if (status === 401 || status === 403)
    return {
      cause: 'needs-authorization',
      because: [
        prose`The server wants credentials for ${probe.path ?? '/'}, which the kubelet does not send.`,
      ],
      blamed: 'httpGet.path',
      advice: [
        prose`Let the server answer ${probe.path ?? '/'} without credentials, or ask a path that needs none.`,
      ],
    };
  return unhealthy(known, prose`The server answers, so port and protocol fit.`, ask);
}

function unhealthy({ probe }: Known, because: Prose, ask: Prose): Told {
  return {
    cause: 'unhealthy-answer',
    because: [because],
    blamed: probe.by === 'httpGet' ? 'httpGet.path' : `${probe.by}.port`,
    advice: [prose`Find what the program waits for; its whole answer: ${ask}.`],
  };
}

function noCommand(known: Known): Told | null {
  const { answer, probe, container, own, instance } = known;
  const named = ownText(probe.name);
  if (probe.by !== 'exec') return null;
  const command = probe.command.join(' ');
  if (answer.kind === 'no-command')
    return {
      cause: 'command-not-found',
      because: [prose`The image ${own.image ?? ''} cannot run ${command}.`],
      blamed: 'exec.command[0]',
      advice: [
        prose`Let the ${named} probe run a command that the image has, or ask by httpGet, tcpSocket or grpc, which need none.`,
      ],
    };
  if (answer.kind === 'timed-out') return null;
  const isBoundToFail =
    /^(?:(?:\/bin\/)?(?:ba|a|da)?sh -c )?["']?(?:exit [1-9]\d*|(?:\/bin\/)?false)["']?$/.test(command);
  return {
    cause: 'exec-failed',
    because: isBoundToFail ? [prose`The command ${command} can only fail.`] : [],
    blamed: 'exec.command[0]',
    advice: [
      isBoundToFail
        ? prose`Give the ${named} probe a command that asks the program.`
        : prose`Run it by hand: kubectl exec -n ${instance.pod.metadata.namespace ?? ''} ${instance.pod.metadata.name} -c ${container.name} -- ${command}`,
    ],
  };
}
