import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import type { Cluster } from '@kubernetes/client-node';
import type { Credentials } from './credentials.ts';

/** The connections to one API server. A certificate that was replaced is for new ones; the others end after their answers. */
export class Connections {
  readonly #cluster: Cluster;
  #material: readonly (string | Buffer | null)[] = [];
  #dispatcher: Dispatcher | null = null;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** @param authority what vouches for the server, in PEM; null: what Node.js trusts */
  for(authority: Buffer | null, { certificate, key }: Credentials): Dispatcher {
    const material = [authority, certificate, key];
    const isSame = material.every((one, index) => isEqual(one, this.#material[index] ?? null));
    if (this.#dispatcher !== null && isSame) return this.#dispatcher;
    this.close();
    this.#material = material;
    this.#dispatcher = dispatcherTo(this.#cluster, {
      ...(authority !== null && { ca: authority }),
      ...(certificate !== null && { cert: certificate }),
      ...(key !== null && { key }),
    });
    return this.#dispatcher;
  }

  /** Ends idle connections now and the others after their answers. */
  close(): void {
    this.#dispatcher?.close().catch(() => undefined);
    this.#dispatcher = null;
  }
}

/** Milliseconds: shorter than load balancers forget a silent connection. */
const KEEP_ALIVE = 30_000;

/**
 * HTTP/1.1, one connection for each watch: a request that nobody answers ends with its connection, where over HTTP/2 all that follow would
 * be sent over the same dead one.
 */
function dispatcherTo(
  { server, skipTLSVerify, tlsServerName, proxyUrl }: Cluster,
  material: object,
): Dispatcher {
  if (server.startsWith('http:') && !skipTLSVerify)
    throw new Error('plain HTTP is refused unless the kubeconfig says insecure-skip-tls-verify');
  const tls = {
    ...material,
    ...(skipTLSVerify && { rejectUnauthorized: false }),
    ...(tlsServerName && { servername: tlsServerName }),
  };
  const alive = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE };
  return proxyUrl
    ? new ProxyAgent({ uri: proxyUrl, requestTls: tls, connect: alive, allowH2: false })
    : new Agent({ connect: { ...tls, ...alive }, allowH2: false });
}

function isEqual(a: string | Buffer | null, b: string | Buffer | null): boolean {
  return a === b || (Buffer.isBuffer(a) && Buffer.isBuffer(b) && a.equals(b));
}
