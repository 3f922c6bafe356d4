import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { compact, storedIn, storeIn } from './etcd-gateway.ts';
import { startProgram, type Program } from './programs.ts';

/** A real kube-apiserver with its etcd, and a stand-in for the kubelets that only knows logs. */
export interface ClusterServer extends Program {
  /** `https://127.0.0.1:…` */
  readonly address: string;
  /** The certificate that vouches for the address. */
  readonly authority: string;
  /** Where the kubelets of all nodes listen. */
  readonly kubeletPort: number;
  /** Sends one request as the administrator. */
  send(method: string, path: string, body?: unknown): Promise<ApiResponse>;
  /** The requests of one user, oldest first. */
  requestsOf(user: string): readonly AuditEvent[];
  /** All that is stored, by its key. */
  stored(): Promise<ReadonlyMap<string, StoredObject>>;
  /** Writes past the API server, as restoring a backup does. */
  store(key: string, object: StoredObject): Promise<void>;
  /** As {@link store}, many at once. */
  storeAll(objects: readonly (readonly [key: string, object: StoredObject])[]): Promise<void>;
  /** Makes etcd forget all but the newest version of each object. */
  compact(): Promise<void>;
  /** Kills the API server with SIGKILL; etcd stays. */
  kill(): Promise<void>;
  /** Starts the API server again at the same address. */
  restart(): Promise<void>;
}

export interface ApiResponse {
  readonly status: number;
  readonly body: unknown;
}

export interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

export interface StoredObject {
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly name: string;
    readonly namespace?: string;
  };
}

const ADMINISTRATOR = 'administrator-token';

/**
 * @param users tokens by the names of further users, who may do nothing yet
 * @param log what the kubelets answer for a path below `/containerLogs/`; null: not found
 * @param clientAuthority the certificate that vouches for clients, whose common names are users
 */
export async function startCluster(
  tools: { readonly 'kube-apiserver': string; readonly etcd: string },
  folder: string,
  users: Readonly<Record<string, string>>,
  log: (namespace: string, pod: string, container: string, previous: boolean) => string | null,
  clientAuthority?: string,
): Promise<ClusterServer> {
  const file = (name: string): string => join(folder, name);
  mkdirSync(folder, { recursive: true });
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(file('accounts.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
  const names = Object.entries(users).map(([name, token]) => `${token},${name},${name}`);
  writeFileSync(
    file('tokens.csv'),
    [`${ADMINISTRATOR},administrator,0,"system:masters"`, ...names, ''].join('\n'),
  );
  writeFileSync(
    file('audit.yaml'),
    'apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n',
  );

  const running: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of running.splice(0).reverse()) await end();
  };
  try {
    const [etcdAddress, peerAddress] = [
      `http://127.0.0.1:${await freePort()}`,
      `http://127.0.0.1:${await freePort()}`,
    ];
    const etcd = await startProgram(
      tools.etcd,
      [
        `--data-dir=${file('etcd')}`,
        `--listen-client-urls=${etcdAddress}`,
        `--advertise-client-urls=${etcdAddress}`,
        `--listen-peer-urls=${peerAddress}`,
        '--unsafe-no-fsync',
      ],
      async () => (await fetch(`${etcdAddress}/health`)).ok,
    );
    running.push(etcd.stop);

    const port = await freePort();
    const address = `https://127.0.0.1:${port}`;
    const authority = file('certificates/apiserver.crt');
    let agent = new Agent();
    const send = (method: string, path: string, body?: unknown): Promise<ApiResponse> =>
      sendTo(`${address}${path}`, agent, method, body);
    // The certificate may be there before all of it is written.
    const isReady = async (): Promise<boolean> => {
      agent.destroy();
      agent = new Agent({ keepAlive: true, ca: readFileSync(authority) });
      return (await send('GET', '/readyz')).status === 200;
    };
    running.push(async () => agent.destroy());
    const authorities = clientAuthority === undefined ? [] : [`--client-ca-file=${clientAuthority}`];
    const startServer = () =>
      startProgram(
        tools['kube-apiserver'],
        [...serverArguments(file, etcdAddress, port), ...authorities],
        isReady,
      );
    let server = await startServer();
    running.push(() => server.stop());

    const kubelets = await startKubelets(file('certificates'), log);
    running.push(async () => {
      kubelets.closeAllConnections();
      kubelets.close();
    });

    return {
      address,
      authority,
      kubeletPort: (kubelets.address() as AddressInfo).port,
      send,
      stop,
      requestsOf: (user) =>
        readFileSync(file('audit.log'), 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as AuditEvent)
          .filter(({ user: { username } }) => username === user),
      stored: async () => storedIn(etcdAddress),
      store: async (key, object) => storeIn(etcdAddress, [[key, object]]),
      storeAll: async (objects) => storeIn(etcdAddress, objects),
      compact: async () => compact(etcdAddress),
      kill: () => server.kill(),
      restart: async () => {
        server = await startServer();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function serverArguments(file: (name: string) => string, etcd: string, port: number): readonly string[] {
  return [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${file('certificates')}`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${file('tokens.csv')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${file('accounts.key')}`,
    `--service-account-signing-key-file=${file('accounts.key')}`,
    `--audit-policy-file=${file('audit.yaml')}`,
    `--audit-log-path=${file('audit.log')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--allow-privileged=true',
    '--endpoint-reconciler-type=none',
    // Their controllers do not run here: nobody makes service accounts, nobody makes nodes ready.
    '--disable-admission-plugins=ServiceAccount,TaintNodesByCondition',
    // What is stored can be read, and put right, without the API server.
    '--storage-media-type=application/json',
    '--kubelet-preferred-address-types=InternalIP',
  ];
}

async function sendTo(url: string, agent: Agent, method: string, body: unknown): Promise<ApiResponse> {
  const headers = { authorization: `Bearer ${ADMINISTRATOR}`, 'content-type': 'application/json' };
  const sent = request(url, { method, headers, agent });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer> & { statusCode: number }];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return { status: response.statusCode, body: text.startsWith('{') ? (JSON.parse(text) as unknown) : text };
}

/** Source of the path: https://github.com/kubernetes/kubernetes/blob/v1.34.2/pkg/registry/core/pod/strategy.go (LogLocation) */
async function startKubelets(
  certificates: string,
  log: (namespace: string, pod: string, container: string, previous: boolean) => string | null,
): Promise<Server> {
  const identity = {
    cert: readFileSync(join(certificates, 'apiserver.crt')),
    key: readFileSync(join(certificates, 'apiserver.key')),
  };
  const server = createServer(identity, ({ url }, response) => {
    const { pathname, searchParams } = new URL(url ?? '/', 'https://kubelet');
    const [, endpoint, namespace, pod, container] = pathname.split('/');
    const text =
      endpoint === 'containerLogs' && namespace && pod && container
        ? log(namespace, pod, container, searchParams.get('previous') === 'true')
        : null;
    response.writeHead(text === null ? 404 : 200, { 'content-type': 'text/plain' }).end(text ?? 'not found');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
