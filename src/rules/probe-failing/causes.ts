const TOLD = { fix: 'none', outcome: 'declined, naming the probe' } as const;
const RESTORED = {
  fix: 'propose',
  outcome: 'fix where history or another probe proves the value; else declined, naming the probe',
} as const;

/** Why a probe fails, the most telling first. */
export const PROBE_CAUSES = {
  'named-port-missing': { means: 'the probe names a port that the container does not declare', ...RESTORED },
  'scheme-mismatch': {
    means: 'HTTP is asked of a server that speaks HTTPS, or the other way round',
    fix: 'propose',
    outcome: 'fix of `scheme` in each probe that asks the port so',
  },
  'client-certificate': {
    means: 'the server wants a client certificate, which the kubelet has not, or refuses its TLS',
    ...TOLD,
  },
  'protocol-mismatch': {
    means: 'the server speaks another protocol than the probe: HTTP asked of gRPC, gRPC of HTTP',
    ...RESTORED,
  },
  'grpc-health-missing': {
    means: 'the gRPC server does not serve `grpc.health.v1`, or not the service that the probe names',
    ...RESTORED,
  },
  'path-not-found': { means: 'the server answers 404 for the path of the probe', ...RESTORED },
  'needs-authorization': { means: 'the server answers 401 or 403', ...RESTORED },
  'unhealthy-answer': {
    means: 'the server answers that it is not healthy: another status, NOT_SERVING',
    ...TOLD,
  },
  'command-not-found': { means: 'the image has no such command as the probe runs', ...RESTORED },
  'exec-failed': { means: 'the command of the probe fails', ...RESTORED },
  'wrong-host': {
    means: 'the probe names a host of its own, which the kubelet asks from the node',
    ...RESTORED,
  },
  'listens-on-loopback': {
    means: 'the program listens on an address that only its own pod reaches',
    ...TOLD,
  },
  'port-not-declared': {
    means: 'nothing answers at the port of the probe, and the container declares others',
    ...RESTORED,
  },
  'port-not-served': {
    means: 'nothing answers at the port of the probe, and the log or history names another one',
    ...RESTORED,
  },
  'killed-while-starting': {
    means:
      'the kubelet kills the container before it has answered once, within the time that the probe gives it',
    fix: 'propose',
    outcome:
      'fix: the timing that history proves, else a startupProbe sized from the observed start-up; declined where neither is known',
  },
  'timed-out': {
    means: 'the server takes longer than `timeoutSeconds`',
    fix: 'propose',
    outcome: 'fix where a commit shortened the time; else declined, naming the probe',
  },
  'connection-refused': { means: 'nothing listens at the port of the probe', ...TOLD },
  unanswered: { means: 'any other failure', ...TOLD },
} as const;

export type ProbeCause = keyof typeof PROBE_CAUSES;

/** What no waiting heals. */
export const PLAIN_CAUSES: ReadonlySet<ProbeCause> = new Set<ProbeCause>([
  'named-port-missing',
  'scheme-mismatch',
  'client-certificate',
  'protocol-mismatch',
  'grpc-health-missing',
  'command-not-found',
  'wrong-host',
  'listens-on-loopback',
  'port-not-declared',
]);
