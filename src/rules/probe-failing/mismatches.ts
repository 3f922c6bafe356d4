import { portNumber, type Probe, probeOf } from '../../facts/probes.ts';
import type { ContainerFacts } from '../../facts/subjects.ts';
import type { Container } from '../../kubernetes/workloads.ts';
import { prose, type Prose } from '../../untrusted/prose.ts';

/** No connection at all: nothing listens, or nothing answers. */
export function isUnreachable(message: string): boolean {
  return /connection refused|failed to connect service|i\/o timeout|no route to host|while waiting for connection/i.test(
    message,
  );
}

export function schemeMismatch(message: string, log: string, { by, scheme }: Probe): Prose | null {
  if (by !== 'httpGet') return null;
  if (scheme === 'HTTPS')
    return /server gave HTTP response to HTTPS client|first record does not look like a TLS handshake/i.test(
      message,
    ) || /invalid (?:HTTP )?method(?: name)? ["']?\\?x16|\\x16\\x03/i.test(log)
      ? prose`The probe asks over HTTPS (scheme: HTTPS), and the server speaks plain HTTP.`
      : null;
  return /malformed HTTP response "\\x15\\x03|client sent an HTTP request to an HTTPS server/i.test(
    message,
  ) ||
    /client sent an HTTP request to an HTTPS server|http request was sent to (?:an )?https port|\bSSL3?_\w+:http request\b/i.test(
      log,
    )
    ? prose`The probe asks over plain HTTP (no scheme: HTTPS), and the server speaks HTTPS.`
    : null;
}

/** HTTP/2 frames where HTTP/1 was asked, or the same port answering another kind of probe. */
export function protocolMismatch(
  message: string,
  probe: Probe,
  container: ContainerFacts,
  own: Container,
): Prose | null {
  if (
    probe.by === 'httpGet' &&
    /malformed HTTP response "\\x00\\x00|malformed HTTP response "(?!\\x15)/i.test(message)
  ) {
    const isFrame = /malformed HTTP response "\\x00\\x00/.test(message);
    return isFrame
      ? prose`The probe asks over HTTP, and the server answers with HTTP/2 frames, as gRPC servers do.`
      : prose`The probe asks over HTTP, and the answer is no HTTP.`;
  }
  if (probe.by !== 'grpc') return null;
  if (
    /error reading server preface|http2: frame too large|HTTP status code \d+|malformed header/i.test(message)
  )
    return prose`The probe asks over gRPC, and the server does not speak it.`;
  const other = (['liveness', 'readiness'] as const)
    .map((name) => probeOf(own, name))
    .find((one) => one?.by === 'httpGet' && portNumber(one, own) === portNumber(probe, own));
  const isReady = container.instances.some(({ status }) => status?.ready === true);
  return other && other.name === 'readiness' && isReady && isUnreachable(message)
    ? prose`The probe asks port ${String(probe.port)} over gRPC, while the readiness probe succeeds there over HTTP.`
    : null;
}
