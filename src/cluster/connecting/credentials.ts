import { ExecAuth } from '@kubernetes/client-node/dist/exec_auth.js';
import { withinTime } from '../../concurrency/time-limit.ts';
import { isRecord, recordsOf } from '../../kubernetes/objects.ts';
import { ChangingFile } from './changing-file.ts';
import type { Target, TargetUser } from './target.ts';

/** Who asks: as headers, or as a certificate. Equal for as long as it is the same object. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** PEM. */
  readonly certificate: string | Buffer | null;
  readonly key: string | Buffer | null;
}

export type CredentialSource = () => Promise<Credentials>;

/** Milliseconds that a credential plugin may take. */
const PLUGIN_TIME = 30_000;

/**
 * The credentials of a user as they are at each call: files are read again when they change, a credential plugin runs again when what it
 * said has expired.
 */
export function credentialsOf({ user, cluster }: Target): CredentialSource {
  if (isRecord(user.authProvider)) return withProvider(user, cluster);
  const plugin = isRecord(user.exec) ? pluginOf(user, cluster.server) : null;
  const tokenFile = user.tokenFile === undefined ? null : new ChangingFile(user.tokenFile);
  const certificate = material(user.certFile, user.certData);
  const key = material(user.keyFile, user.keyData);
  return async () => {
    const said = await plugin?.();
    const token = (await tokenFile?.read())?.toString('utf8').trim() || user.token || said?.token;
    return {
      headers: {
        ...(user.username && { Authorization: `Basic ${base64(`${user.username}:${user.password ?? ''}`)}` }),
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(user.impersonateUser && { 'Impersonate-User': user.impersonateUser }),
      },
      certificate: said?.certificate ?? (await certificate()),
      key: said?.key ?? (await key()),
    };
  };
}

/** The older providers (`oidc`, `gcp`, `azure`), which only the whole client library knows. */
function withProvider(user: TargetUser, cluster: Target['cluster']): CredentialSource {
  const loading = import('@kubernetes/client-node').then(({ KubeConfig, RequestContext, HttpMethod }) => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(cluster, user);
    return { config, request: () => new RequestContext(cluster.server, HttpMethod.GET) };
  });
  loading.catch(() => undefined);
  const certificate = material(user.certFile, user.certData);
  const key = material(user.keyFile, user.keyData);
  return async () => {
    const { config, request: begin } = await loading;
    const request = begin();
    await withinTime(config.applySecurityAuthentication(request), PLUGIN_TIME, 'getting credentials');
    return { headers: request.getHeaders(), certificate: await certificate(), key: await key() };
  };
}

/** What a file has now, or what stands in the kubeconfig. */
export function material(
  file: string | undefined,
  written: string | undefined,
): () => Promise<Buffer | null> {
  if (file) {
    const changing = new ChangingFile(file);
    return () => changing.read();
  }
  const content = written ? Buffer.from(written, 'base64') : null;
  return async () => content;
}

interface Said {
  readonly token: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
}

/** Runs one at a time, so that all who wait get what one run said. */
function pluginOf(user: TargetUser, server: string): () => Promise<Said> {
  const auth = limited(new ExecAuth());
  const asked = { ...user, exec: withInformation(user.exec as Readonly<Record<string, unknown>>, server) };
  let running: Promise<unknown> = Promise.resolve();
  const run = async (): Promise<Said> => {
    const options: { headers: Record<string, unknown>; cert?: unknown; key?: unknown } = { headers: {} };
    await auth.applyAuthentication(asked, options as Parameters<typeof auth.applyAuthentication>[1]);
    const authorization = options.headers['Authorization'];
    return {
      token: typeof authorization === 'string' ? authorization.replace(/^Bearer /, '') : null,
      certificate: typeof options.cert === 'string' ? options.cert : null,
      key: typeof options.key === 'string' ? options.key : null,
    };
  };
  return () => {
    const next = running.then(() => withinTime(run(), PLUGIN_TIME, 'getting credentials'));
    running = next.catch(() => undefined);
    return next;
  };
}

/** A plugin that hangs, or asks a person, ends; the client library would leave it behind. */
function limited(auth: ExecAuth): ExecAuth {
  type Spawn = (command: string, args: readonly string[], options: object) => unknown;
  const spawn = Reflect.get(auth, 'execFn') as Spawn;
  const stdio = ['ignore', 'pipe', 'pipe'];
  const bounded: Spawn = (command, args, options) =>
    spawn(command, args, { ...options, stdio, timeout: PLUGIN_TIME, killSignal: 'SIGKILL' });
  Reflect.set(auth, 'execFn', bounded);
  return auth;
}

/**
 * What kubectl tells a plugin, and the client library does not.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#input-and-output-formats
 */
function withInformation(exec: Readonly<Record<string, unknown>>, server: string): object {
  const { apiVersion, env, provideClusterInfo } = exec;
  const spec = { interactive: false, ...(provideClusterInfo === true && { cluster: { server } }) };
  const value = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec });
  return { ...exec, env: [...recordsOf(env), { name: 'KUBERNETES_EXEC_INFO', value }] };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
