import { realpath } from 'node:fs/promises';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { InputError } from '../errors/input-error.ts';
import { listen } from '../mcp/http.ts';
import { mcpServer, type Offer } from '../mcp/server.ts';
import { repositoryNamed } from './named-repository.ts';
import { commandRunner } from './run-command.ts';

export interface McpOptions {
  readonly repo: readonly string[];
  readonly snapshot?: string;
  readonly context?: string;
  readonly prometheus?: string;
  readonly orgDefaults?: string;
  readonly settings?: string;
  readonly pullCharts?: boolean;
  readonly listen?: string;
  readonly allowHost: readonly string[];
  readonly timeout: number;
}

const TOKEN = 'FAULTLINE_MCP_TOKEN';
const SHORTEST_TOKEN = 16;

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** `faultline mcp`: the questions of the command line for assistants, over standard input and output or HTTP. It ends when its input does. */
export async function mcpCommand(options: McpOptions): Promise<void> {
  const offer = await offerOf(options);
  if (options.listen === undefined) await overStandardInput(offer);
  else await overHttp(offer, options.listen, options.allowHost);
}

/** @throws {InputError} for a repository or a cluster that cannot be asked */
async function offerOf(options: McpOptions): Promise<Offer> {
  const { snapshot, context, prometheus } = options;
  if (snapshot !== undefined && context !== undefined)
    throw new InputError('--snapshot and --context exclude each other: give one of them');
  if (prometheus !== undefined && context === undefined)
    throw new InputError('--prometheus goes with --context: a snapshot brings its own metrics');
  const repositories = [];
  for (const folder of options.repo) repositories.push((await repositoryNamed(folder)).path);
  const recorded = await placeOf('--snapshot', snapshot);
  const [orgDefaults, settings] = await Promise.all([
    placeOf('--org-defaults', options.orgDefaults),
    placeOf('--settings', options.settings),
  ]);
  // What runs for a question has no use for the token.
  const { [TOKEN]: _, ...env } = process.env;
  return {
    repositories: [...new Set(repositories)],
    cluster: [
      ...(recorded === null ? [] : [`--snapshot=${recorded}`]),
      ...(context === undefined ? [] : [`--context=${context}`]),
    ],
    prometheus: prometheus === undefined ? [] : [`--prometheus=${prometheus}`],
    policy: [
      ...(orgDefaults === null ? [] : [`--org-defaults=${orgDefaults}`]),
      ...(settings === null ? [] : [`--settings=${settings}`]),
    ],
    always: options.pullCharts ? ['--pull-charts'] : [],
    ask: commandRunner(options.timeout, env),
  };
}

/** Where a file or folder is, whatever the working directory of a question; null where none is named. */
async function placeOf(flag: string, path: string | undefined): Promise<string | null> {
  if (path === undefined) return null;
  return realpath(path).catch((cause: unknown) => {
    throw new InputError(`${flag} ${path}: no such file or folder`, { cause });
  });
}

async function overStandardInput(offer: Offer): Promise<void> {
  const server = mcpServer(offer);
  const ended = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    process.stdin.once('close', resolve);
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await server.close();
}

async function overHttp(offer: Offer, address: string, allowed: readonly string[]): Promise<void> {
  const token = process.env[TOKEN] ?? '';
  if (token.length < SHORTEST_TOKEN)
    throw new InputError(`--listen needs a token of at least ${SHORTEST_TOKEN} characters in ${TOKEN}`);
  const { host, port } = addressIn(address);
  const named = host.includes(':') ? `[${host}]` : host;
  const hosts = new Set([...LOOPBACK, named, ...allowed].map((name) => name.toLowerCase()));
  const listening = await listen(() => mcpServer(offer), { host, port }, { token, hosts });
  process.stderr.write(`faultline: listening on ${listening.address}\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await listening.close();
}

/** `8931`, `127.0.0.1:8931` or `[::1]:8931`. */
function addressIn(text: string): { readonly host: string; readonly port: number } {
  const [, v6, name, digits] = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535)
    throw new InputError(
      `--listen ${text}: expected a port, or an address with a port such as 127.0.0.1:8931`,
    );
  return { host: v6 ?? name ?? '127.0.0.1', port };
}
