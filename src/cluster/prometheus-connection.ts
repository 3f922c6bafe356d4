import { readFile } from 'node:fs/promises';
import { Agent } from 'undici';
import type { PrometheusLimits } from './prometheus/limits.ts';
import { readBounded, type Answer } from '../http/bounded-answer.ts';

/** A text that may be a secret: where it is read from, each time anew, since tokens rotate. */
export type Given = string | { readonly env: string } | { readonly file: string };

/** How a Prometheus, or what speaks its API (Mimir, Thanos, VictoriaMetrics), is reached. Files are absolute paths. */
export interface PrometheusConnection {
  readonly url: string;
  /** Sent as `Authorization: Bearer …`. */
  readonly bearer?: Given;
  readonly basic?: { readonly user: string; readonly password: Given };
  /** Sent as `X-Scope-OrgID`: whose metrics of a Mimir or Cortex are asked for. */
  readonly tenant?: string;
  readonly headers?: Readonly<Record<string, Given>>;
  /** Files in PEM: the authority that vouches for the server, and what is shown to it. */
  readonly tls?: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly serverName?: string;
  };
  /** Labels that all series of this cluster have, where several clusters write to one place: `{cluster: prod-eu}`. */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * PromQL for a name that rules ask for, where the series here have another one or must be computed. `$labels` in it stands for the
   * matchers of what is asked for, without braces; a query without it is asked whole.
   */
  readonly queries?: Readonly<Record<string, string>>;
  /** Query parameters that each request has: `{dedup: 'true'}`. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly limits?: Partial<PrometheusLimits>;
}

/** @throws {Error} when a file or a variable is missing; its message names it and holds no secret */
export async function headersOf(
  { bearer, basic, tenant, headers = {} }: PrometheusConnection,
  environment: NodeJS.ProcessEnv,
): Promise<Readonly<Record<string, string>>> {
  const all: Record<string, string> = { accept: 'application/json' };
  for (const [name, value] of Object.entries(headers))
    all[name.toLowerCase()] = await readGiven(value, environment);
  if (tenant !== undefined) all['x-scope-orgid'] = tenant;
  if (bearer !== undefined) all['authorization'] = `Bearer ${await readGiven(bearer, environment)}`;
  if (basic !== undefined) {
    const credentials = `${basic.user}:${await readGiven(basic.password, environment)}`;
    all['authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
  }
  return all;
}

/** @throws {Error} when the file or the variable is missing; its message names it and holds no secret */
export async function readGiven(given: Given, environment: NodeJS.ProcessEnv): Promise<string> {
  if (typeof given === 'string') return given;
  if ('file' in given) return (await readFile(given.file, 'utf8')).trim();
  const value = environment[given.env];
  if (value === undefined || value === '')
    throw new Error(`the environment variable ${given.env} is not set`);
  return value.trim();
}

/** GETs an address with certificates of its own, which are read again when their files change. */
export class TlsRequests {
  readonly #files: NonNullable<PrometheusConnection['tls']>;
  #agent: Agent | null = null;
  #read = '';

  constructor(files: NonNullable<PrometheusConnection['tls']>) {
    this.#files = files;
  }

  async get(
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    most: number,
  ): Promise<Answer> {
    const agent = await this.#current();
    const answer = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers,
      signal,
    });
    const { statusCode: status, body } = answer;
    const header = (name: string): string | null => {
      const value = answer.headers[name];
      return Array.isArray(value) ? (value[0] ?? null) : (value ?? null);
    };
    return { status, header, text: await readBounded(body, most, () => body.destroy()) };
  }

  async #current(): Promise<Agent> {
    const { ca, cert, key, serverName } = this.#files;
    const [authority, certificate, secret] = await Promise.all([ca, cert, key].map(textOf));
    const read = JSON.stringify([authority, certificate, secret]);
    if (this.#agent === null || read !== this.#read) {
      void this.#agent?.close();
      this.#agent = new Agent({
        connect: {
          ...(authority === undefined ? {} : { ca: authority }),
          ...(certificate === undefined ? {} : { cert: certificate }),
          ...(secret === undefined ? {} : { key: secret }),
          ...(serverName === undefined ? {} : { servername: serverName }),
        },
      });
      this.#read = read;
    }
    return this.#agent;
  }
}

async function textOf(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : readFile(file, 'utf8');
}
