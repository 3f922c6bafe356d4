import { Agent as HttpAgent, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { AnswerTooLong, readBounded } from '../../http/bounded-answer.ts';
import { InputError } from '../../errors/input-error.ts';
import { messageOf } from '../../errors/error-message.ts';
import type { RunResult } from '../isolation/tool-run.ts';
import type { RenderJob, ToolName } from '../job.ts';
import { RENDERER_AWAY } from '../rendering.ts';
import { RENDER_LIMITS } from '../run.ts';
import type { Away, HelmTool, KustomizeTool, RunElsewhere } from '../tools.ts';
import {
  decodeFailure,
  decodeStatus,
  encodeJob,
  RENDER_PATH,
  type RendererStatus,
  STATUS_PATH,
  type ToolThere,
} from './wire.ts';

export const URL_VARIABLE = 'FAULTLINE_RENDERER_URL';
export const TOKEN_VARIABLE = 'FAULTLINE_RENDERER_TOKEN';

/** Bytes of an answer: a byte that is no UTF-8 takes three of them. */
const MOST_ANSWER = 3 * RENDER_LIMITS.output;
/** Milliseconds that a job may wait for its turn and travel, beside its own time. */
const PATIENCE = 120_000;
const STATUS_PATIENCE = 10_000;
/** Milliseconds until a busy renderer is asked again, and then no more. */
const BUSY = [500, 1_000, 2_000, 4_000] as const;
/** Milliseconds that a connection stays open without work: less than the renderer lets it. */
const IDLE = 30_000;

interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * A renderer in another process, by HTTP. It gets a closure as values and answers with text. Where it does not answer, nothing is
 * rendered and nothing is claimed; the next scan asks again. Nothing is ever rendered here instead.
 */
export class RemoteRenderer {
  readonly name: string;
  readonly #options: RequestOptions;
  readonly #isSecure: boolean;
  #status: RendererStatus | null = null;
  #asking: Promise<RendererStatus | string> | null = null;

  /** @param url `http://…`, `https://…` or `unix:/path` @throws {InputError} for another */
  constructor(url: string, token: string | null) {
    const options = optionsOf(url);
    this.#isSecure = options.protocol === 'https:';
    const settings = { keepAlive: true, timeout: IDLE, maxSockets: 64 };
    const agent = this.#isSecure ? new HttpsAgent(settings) : new HttpAgent(settings);
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    this.#options = { ...options, agent, headers };
    this.name = url;
  }

  /** Renders that the renderer does side by side, as far as is known. */
  get parallel(): number {
    return this.#status?.parallel ?? 2;
  }

  async kustomize(): Promise<KustomizeTool | Away | null> {
    const tool = await this.#tool('kustomize');
    return tool === null || 'away' in tool ? tool : { ...tool, command: '', run: this.#runs(tool) };
  }

  async helm(): Promise<HelmTool | Away | null> {
    const tool = await this.#tool('helm');
    return tool === null || 'away' in tool
      ? tool
      : { version: tool.version, command: '', run: this.#runs(tool) };
  }

  /** Asks it now; a text says why it does not tell, as a sentence. */
  async status(): Promise<RendererStatus | string> {
    let answer: Answer;
    try {
      answer = await this.#send('GET', STATUS_PATH, null, STATUS_PATIENCE);
    } catch (error) {
      return this.#said(reasonOf(error));
    }
    if (answer.status === 401) return this.#said(`refuses the token: ${TOKEN_VARIABLE} differs`);
    const status = answer.status === 200 ? decodeStatus(answer.text) : null;
    return status ?? this.#said(`is not a renderer of this version (it answered ${answer.status})`);
  }

  async #tool(name: ToolName): Promise<ToolThere | Away | null> {
    if (this.#status === null) {
      const found = await (this.#asking ??= this.status());
      this.#asking = null;
      if (typeof found === 'string') return { away: `was not rendered: ${found}` };
      this.#status = found;
    }
    return this.#status.tools[name];
  }

  #runs({ version }: ToolThere): RunElsewhere {
    return (job) => this.#run(job, version);
  }

  async #run(job: RenderJob, version: string): Promise<RunResult> {
    const body = encodeJob(job, version);
    if (typeof body === 'string') return { ok: false, message: body };
    const patience = PATIENCE + 1_000 * job.limits.seconds;
    try {
      let answer = await this.#send('POST', RENDER_PATH, body, patience);
      for (const pause of BUSY) {
        if (answer.status !== 503) break;
        await sleep(pause * (0.5 + Math.random()));
        answer = await this.#send('POST', RENDER_PATH, body, patience);
      }
      return this.#resultOf(answer);
    } catch (error) {
      if (error instanceof AnswerTooLong)
        return { ok: false, message: error.message, stopped: 'output of one render' };
      return this.#failed(reasonOf(error));
    }
  }

  #resultOf({ status, text }: Answer): RunResult {
    if (status === 200) return { ok: true, stdout: text };
    const failure = decodeFailure(text);
    if (status === 422 && failure !== null) return failure;
    const why = failure === null ? `answered ${status}` : failure.message;
    if (status === 409) return this.#failed(`has other tools than before: ${why}`);
    if (status === 401) return this.#failed(`refuses the token: ${TOKEN_VARIABLE} differs`);
    return this.#failed(status === 503 ? 'is busy' : why);
  }

  /** It may come back as another: what is known of it is asked for again. */
  #failed(why: string): RunResult {
    this.#status = null;
    return { ok: false, message: `was not rendered: ${this.#said(why)}`, stopped: RENDERER_AWAY };
  }

  #said(why: string): string {
    return `the renderer at ${this.name} ${why}`;
  }

  async #send(method: string, path: string, body: Buffer | null, patience: number): Promise<Answer> {
    try {
      return await this.#sendOnce(method, path, body, patience);
    } catch (error) {
      // A connection that was kept, and that the renderer closed while the request was under way. A render can be asked for twice.
      if ((error as { readonly isStale?: boolean }).isStale !== true) throw error;
      return this.#sendOnce(method, path, body, patience);
    }
  }

  #sendOnce(method: string, path: string, body: Buffer | null, patience: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const send = this.#isSecure ? httpsRequest : httpRequest;
      const headers = {
        ...this.#options.headers,
        ...(body === null
          ? {}
          : { 'content-type': 'application/octet-stream', 'content-length': body.length }),
      };
      const request = send({ ...this.#options, method, path, headers }, (response) => {
        readBounded(response, MOST_ANSWER, () => response.destroy()).then(
          (text) => finish(() => resolve({ status: response.statusCode ?? 0, text })),
          (error: unknown) => finish(() => reject(error as Error)),
        );
      });
      const clock = setTimeout(() => request.destroy(new Error('does not answer in time')), patience);
      const finish = (end: () => void): void => {
        clearTimeout(clock);
        end();
      };
      request.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        finish(() => reject(isStale ? Object.assign(error, { isStale }) : error));
      });
      request.end(body ?? undefined);
    });
  }
}

const known = new Map<string, RemoteRenderer>();

/**
 * The renderer that the environment names, one for each process, so that its connections serve everybody; null where renders run here.
 *
 * @throws {InputError} for an address that is none, or without a token
 */
export function remoteRendererIn(env: NodeJS.ProcessEnv): RemoteRenderer | null {
  const url = env[URL_VARIABLE];
  if (!url) return null;
  const token = env[TOKEN_VARIABLE] || null;
  if (token === null && !url.startsWith('unix:'))
    throw new InputError(`${TOKEN_VARIABLE} is missing: ${URL_VARIABLE} names a renderer that asks for it`);
  const key = JSON.stringify([url, token]);
  const renderer = known.get(key) ?? new RemoteRenderer(url, token);
  known.set(key, renderer);
  return renderer;
}

function optionsOf(url: string): RequestOptions {
  const expected = 'expected http://host:port, https://host:port or unix:/path';
  if (/^unix:\/[^\0]+$/.test(url)) return { protocol: 'http:', socketPath: url.slice('unix:'.length) };
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw new InputError(`${URL_VARIABLE} is ${JSON.stringify(url)}: ${expected}`);
  const { username, password, pathname, search, hash } = parsed;
  if (username + password !== '') throw new InputError(`${URL_VARIABLE} has a password in it: ${expected}`);
  if (pathname !== '/' || search + hash !== '')
    throw new InputError(`${URL_VARIABLE} is ${JSON.stringify(url)}: ${expected}, without a path`);
  const { protocol, hostname, port } = parsed;
  return { protocol, hostname: hostname.replace(/^\[|\]$/g, ''), ...(port === '' ? {} : { port }) };
}

/** The end of a sentence that starts with the renderer. */
function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== undefined) return `does not answer (${code})`;
  const message = messageOf(error);
  return message.startsWith('does not') ? message : `does not answer (${message})`;
}
