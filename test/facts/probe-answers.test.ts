import { describe, expect, test } from 'vitest';
import { answerIn } from '../../src/facts/probe-answers.ts';

/** Texts of pkg/probe of k8s.io/kubernetes, Go's net/http and crypto/tls, containerd and CRI-O. */
describe('what the kubelet says of a probe', () => {
  test.each<readonly [string, Parameters<typeof answerIn>[1], string]>([
    ['no-such-port', 'httpGet', 'strconv.Atoi: parsing "web": invalid syntax'],
    ['no-such-port', 'tcpSocket', 'invalid port number: 70000'],
    ['refused', 'httpGet', 'Get "http://10.9.0.4:80/": dial tcp 10.9.0.4:80: connect: connection refused'],
    ['refused', 'tcpSocket', 'dial tcp [fd00::7]:80: connect: connection refused'],
    ['unreachable', 'tcpSocket', 'dial tcp 10.9.0.4:80: connect: no route to host'],
    ['timed-out', 'tcpSocket', 'dial tcp 10.9.0.4:80: i/o timeout'],
    [
      'timed-out',
      'httpGet',
      'Get "http://10.9.0.4:80/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    ],
    [
      'timed-out',
      'httpGet',
      'Get "http://10.9.0.4:80/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
    ],
    ['timed-out', 'grpc', 'timeout: health rpc did not complete within 1s'],
    [
      'timed-out',
      'grpc',
      'timeout: failed to connect service "10.9.0.4:80" within 1s: context deadline exceeded',
    ],
    ['timed-out', 'exec', 'command timed out: "cat /tmp/up" timed out after 1s'],
    [
      'timed-out',
      'exec',
      'rpc error: code = DeadlineExceeded desc = failed to exec in container: timeout 1s exceeded: context deadline exceeded',
    ],
    ['closed', 'httpGet', 'Get "http://10.9.0.4:80/": EOF'],
    [
      'closed',
      'httpGet',
      'Get "http://10.9.0.4:80/": read tcp 10.9.0.1:3->10.9.0.4:80: read: connection reset by peer',
    ],
    ['status', 'httpGet', 'HTTP probe failed with statuscode: 503'],
    [
      'wants-tls',
      'httpGet',
      String.raw`Get "http://10.9.0.4:80/": net/http: HTTP/1.x transport connection broken: malformed HTTP response "\x15\x03\x01\x00\x02\x02"`,
    ],
    ['has-no-tls', 'httpGet', 'Get "https://10.9.0.4:80/": http: server gave HTTP response to HTTPS client'],
    [
      'has-no-tls',
      'httpGet',
      'Get "https://10.9.0.4:80/": tls: first record does not look like a TLS handshake',
    ],
    ['wants-client-certificate', 'httpGet', 'Get "https://10.9.0.4:80/": remote error: tls: bad certificate'],
    ['tls-failed', 'httpGet', 'Get "https://10.9.0.4:80/": remote error: tls: handshake failure'],
    ['http2', 'httpGet', String.raw`malformed HTTP response "\x00\x00\x06\x04\x00\x00"`],
    [
      'not-http',
      'httpGet',
      'net/http: HTTP/1.x transport connection broken: malformed HTTP response "220 ready"',
    ],
    [
      'not-grpc',
      'grpc',
      'error: failed to connect service at "10.9.0.4:80": error reading server preface: http2: frame too large',
    ],
    [
      'no-health-service',
      'grpc',
      'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service grpc.health.v1.Health',
    ],
    [
      'unknown-service',
      'grpc',
      'error: health rpc probe failed: rpc error: code = NotFound desc = unknown service',
    ],
    ['not-serving', 'grpc', 'service unhealthy (responded with "NOT_SERVING")'],
    ['redirected', 'httpGet', 'Get "http://10.9.0.4:80/": stopped after 10 redirects'],
    ['no-such-host', 'httpGet', 'Get "http://mole/": dial tcp: lookup mole on 10.0.0.2:53: no such host'],
    [
      'no-command',
      'exec',
      'rpc error: code = Unknown desc = failed to exec in container: failed to start exec "8d": OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": executable file not found in $PATH: unknown',
    ],
    ['command-failed', 'exec', 'cat: /tmp/up: No such file or directory'],
    ['command-failed', 'exec', ''],
    ['command-failed', 'exec', 'psql: error: connection to server timed out'],
    ['unknown', 'httpGet', ''],
  ])('%s of %s: %s', (kind, by, message) => {
    expect(answerIn(message, by).kind).toBe(kind);
  });
});
