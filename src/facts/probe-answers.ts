/**
 * What the kubelet's words say of the answer that a probe got, or did not get.
 *
 * Source: pkg/kubelet/prober and pkg/probe/{http,grpc,tcp,exec} of k8s.io/kubernetes, net/http and crypto/tls of Go, and what containerd and
 * CRI-O say of a command that they could not run.
 */
export type ProbeAnswer =
  | { readonly kind: 'status'; readonly status: number }
  | {
      readonly kind:
        | 'no-such-port'
        | 'no-such-host'
        | 'refused'
        | 'unreachable'
        | 'timed-out'
        | 'closed'
        /** The server speaks TLS and was asked without, or the other way round. */
        | 'wants-tls'
        | 'has-no-tls'
        | 'wants-client-certificate'
        | 'tls-failed'
        /** Frames of HTTP/2, which gRPC servers send, where HTTP/1 was asked for. */
        | 'http2'
        | 'not-http'
        | 'not-grpc'
        | 'no-health-service'
        | 'unknown-service'
        | 'not-serving'
        | 'redirected'
        | 'no-command'
        | 'command-failed'
        | 'unknown';
    };

type Kind = Exclude<ProbeAnswer['kind'], 'status'>;

/** The ones above are more telling than those below. */
const WORDS: readonly (readonly [Kind, RegExp])[] = [
  ['no-such-port', /strconv\.Atoi: parsing|(?:couldn't find|invalid) port|port \S+ not found/i],
  [
    'wants-client-certificate',
    /tls: (?:certificate required|bad certificate)|client (?:didn't provide|certificate required)|no required ssl certificate/i,
  ],
  [
    'has-no-tls',
    /server gave HTTP response to HTTPS client|first record does not look like a TLS handshake/i,
  ],
  [
    'wants-tls',
    /malformed HTTP (?:response|status code) "?\\x15\\x03|client sent an HTTP request to an HTTPS server|http request was sent to (?:an? )?https? ?port/i,
  ],
  ['tls-failed', /\btls: |x509: |remote error: tls/i],
  ['http2', /malformed HTTP response "\\x00\\x00|\bPRI \* HTTP\/2/i],
  ['not-http', /malformed (?:HTTP|MIME)|transport connection broken/i],
  [
    'not-grpc',
    /error reading server preface|http2: (?:frame too large|failed reading)|unexpected HTTP status code received|unexpected content-type|code = Unknown desc = .*malformed header/i,
  ],
  [
    'no-health-service',
    /does not implement the grpc health protocol|unknown service grpc\.health|code = Unimplemented/i,
  ],
  ['unknown-service', /unknown service|code = NotFound/i],
  ['not-serving', /responded with "?(?:NOT_SERVING|SERVICE_UNKNOWN|UNKNOWN)/i],
  [
    'no-command',
    /executable file (?:`\S+` )?not found|(?:exec|stat)[^:]*: "?\S+"?: (?:stat \S+: )?no such file or directory|exec format error|failed to start exec [^:]*: .*(?:not found|permission denied)|command \S+ not found in \$PATH/i,
  ],
  ['redirected', /stopped after \d+ redirects|probe terminated redirects/i],
  ['no-such-host', /no such host|server misbehaving/i],
  ['refused', /connection refused/i],
  ['unreachable', /no route to host|network is unreachable/i],
  [
    'timed-out',
    /deadline ?exceeded|timed? ?out|did not complete within|Client\.Timeout|while waiting for connection/i,
  ],
  ['closed', /connection reset|\bEOF\b|broken pipe|server closed/i],
];

/** @param by how the probe asks: what a command prints is its own matter */
export function answerIn(message: string, by: 'httpGet' | 'tcpSocket' | 'grpc' | 'exec'): ProbeAnswer {
  const status = /statuscode: (\d{3})/i.exec(message)?.[1];
  if (status !== undefined) return { kind: 'status', status: Number(status) };
  if (by === 'exec') return { kind: execAnswer(message) };
  return { kind: WORDS.find(([, words]) => words.test(message))?.[0] ?? 'unknown' };
}

function execAnswer(message: string): Kind {
  const words = (kind: Kind) => WORDS.find(([name]) => name === kind)![1];
  // Of what the runtime says, not of what the command prints.
  const isRuntimes =
    /rpc error|exec failed|OCI runtime|unable to start container process|command error/i.test(message);
  if (isRuntimes && words('no-command').test(message)) return 'no-command';
  if (
    /^(?:remote )?command (?:execution: )?.*timed out|timed out after \d|timeout \S+ exceeded|code = DeadlineExceeded/i.test(
      message,
    )
  )
    return 'timed-out';
  return 'command-failed';
}
