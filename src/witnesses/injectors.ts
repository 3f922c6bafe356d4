/** What adds a container to pods when they are made, and how a pod tells it which resources to request. */
export interface Injector {
  /** The container that it adds. */
  readonly container: string;
  readonly name: string;
  /** The annotation or label of the pod template that turns it on. */
  readonly enabledBy: string;
  /** Annotations of the pod template that set the container's requests; left out where there are none. */
  readonly requests?: Readonly<Record<string, string>>;
}

/** As their documentation has it: https://docs.dapr.io/reference/arguments-annotations-overview/, https://istio.io/latest/docs/reference/config/annotations/, https://linkerd.io/2/reference/proxy-configuration/ and so on. */
const INJECTORS: readonly Injector[] = [
  {
    container: 'daprd',
    name: 'Dapr',
    enabledBy: 'dapr.io/enabled',
    requests: { cpu: 'dapr.io/sidecar-cpu-request', memory: 'dapr.io/sidecar-memory-request' },
  },
  {
    container: 'istio-proxy',
    name: 'Istio',
    enabledBy: 'sidecar.istio.io/inject',
    requests: { cpu: 'sidecar.istio.io/proxyCPU', memory: 'sidecar.istio.io/proxyMemory' },
  },
  {
    container: 'linkerd-proxy',
    name: 'Linkerd',
    enabledBy: 'linkerd.io/inject',
    requests: {
      cpu: 'config.linkerd.io/proxy-cpu-request',
      memory: 'config.linkerd.io/proxy-memory-request',
    },
  },
  {
    container: 'consul-dataplane',
    name: 'Consul',
    enabledBy: 'consul.hashicorp.com/connect-inject',
    requests: {
      cpu: 'consul.hashicorp.com/sidecar-proxy-cpu-request',
      memory: 'consul.hashicorp.com/sidecar-proxy-memory-request',
    },
  },
  {
    container: 'vault-agent',
    name: 'Vault',
    enabledBy: 'vault.hashicorp.com/agent-inject',
    requests: {
      cpu: 'vault.hashicorp.com/agent-requests-cpu',
      memory: 'vault.hashicorp.com/agent-requests-mem',
    },
  },
  {
    container: 'gke-gcsfuse-sidecar',
    name: 'Cloud Storage FUSE',
    enabledBy: 'gke-gcsfuse/volumes',
    requests: { cpu: 'gke-gcsfuse/cpu-request', memory: 'gke-gcsfuse/memory-request' },
  },
  { container: 'kuma-sidecar', name: 'Kuma', enabledBy: 'kuma.io/sidecar-injection' },
  { container: 'otc-container', name: 'OpenTelemetry', enabledBy: 'sidecar.opentelemetry.io/inject' },
];

/** The injector that is known to add a container of this name; undefined for any other. */
export function injectorOf(container: string): Injector | undefined {
  return INJECTORS.find((one) => one.container === container);
}
