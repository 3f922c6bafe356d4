import { basename } from 'node:path';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { isRecord, type Json } from '../kubernetes/objects.ts';
import type { Input, Tool } from './tool.ts';
import { blame } from './tools/blame.ts';
import { diagnose } from './tools/diagnose.ts';
import { guard } from './tools/guard.ts';
import { locate } from './tools/locate.ts';
import { prove } from './tools/prove.ts';

/** In the order in which an assistant would use them. */
export const tools: readonly Tool[] = [diagnose, locate, blame, prove, guard];

/** What the process was started for: a client can choose among the repositories, and nothing else. */
export interface Offer {
  /** Folders. */
  readonly repositories: readonly string[];
  /** `--snapshot=…` or `--context=…`; none without a cluster. */
  readonly cluster: readonly string[];
  /** `--prometheus=…`; none without. */
  readonly prometheus: readonly string[];
  /** `--org-defaults=…` and `--settings=…`, for the tools whose answers they decide. */
  readonly policy: readonly string[];
  /** Flags that every command gets. */
  readonly always: readonly string[];
  /** Runs one command, and answers with what it prints. */
  readonly ask: Ask;
}

export type Ask = (args: readonly string[], signal: AbortSignal) => Promise<Asked>;

/** `failed`: the message is what the command line says. */
export type Asked =
  | { readonly kind: 'answered'; readonly text: string }
  | { readonly kind: 'failed'; readonly message: string };

/** How often a client that wants to know hears that a question is still being worked on, in milliseconds. */
const HEARTBEAT = 5_000;

/** More array elements and object members than any question has. */
const MOST_ELEMENTS = 100;

/** A server of the Model Context Protocol for one client. All of its tools only read. */
export function mcpServer(offer: Offer): McpServer {
  const server = new McpServer(
    { name: 'faultline', title: 'Faultline', version: '1.0.0' },
    {
      instructions:
        'Faultline finds the line in git behind a field of a Kubernetes object, proves what an edit of it would change by rendering everything before and after, and diagnoses failures. ' +
        'It writes nothing. Propose edits yourself, and prove them here first.',
      maxToolInputElements: MOST_ELEMENTS,
    },
  );
  for (const tool of offered(offer)) register(server, tool, offer);
  return server;
}

function offered({ cluster }: Offer): readonly Tool[] {
  return tools.filter(({ worksWithoutCluster }) => worksWithoutCluster || cluster.length > 0);
}

function register(server: McpServer, tool: Tool, offer: Offer): void {
  const folders = foldersByName(offer.repositories);
  const names = [...folders.keys()];
  const repository = z.enum(names as [string, ...string[]]).describe('Which repository');
  const input = names.length === 1 ? tool.input : tool.input.extend({ repository }).strict();
  server.registerTool(
    tool.name,
    {
      title: tool.title,
      description: tool.description,
      inputSchema: input,
      annotations: {
        title: tool.title,
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: false,
      },
    },
    async (given: Input, extra) => {
      const { repository: name, ...question } = given;
      const folder = folders.get(typeof name === 'string' ? name : names[0]!)!;
      const args = [
        ...tool.command(question),
        `--repo=${folder}`,
        ...(tool.takesCluster ? offer.cluster : []),
        ...(tool.takesPrometheus === true ? offer.prometheus : []),
        ...(tool.takesPolicy === true ? offer.policy : []),
        ...offer.always,
        '--output=json',
      ];
      const { _meta: meta } = extra;
      const token = meta?.progressToken;
      const end = token === undefined ? () => {} : heartbeat(tool, token, extra.sendNotification);
      try {
        return told(await offer.ask(args, extra.signal), tool, question);
      } finally {
        end();
      }
    },
  );
}

interface ToolAnswer {
  readonly [key: string]: unknown;
  readonly content: { readonly type: 'text'; readonly text: string }[];
  readonly structuredContent?: Record<string, unknown>;
  readonly isError?: boolean;
}

function told(asked: Asked, tool: Tool, question: Input): ToolAnswer {
  if (asked.kind === 'failed') return { isError: true, content: [{ type: 'text', text: asked.message }] };
  const answer = JSON.parse(asked.text) as Json;
  const asAsked = tool.narrowed?.(answer, question) ?? answer;
  // A client that knows no structured content reads the same as text.
  return {
    content: [{ type: 'text', text: JSON.stringify(asAsked) }],
    structuredContent: isRecord(asAsked) ? { ...asAsked } : { answer: asAsked },
  };
}

/** The last part of each folder; the whole folder where two end alike. */
function foldersByName(folders: readonly string[]): ReadonlyMap<string, string> {
  const isAlone = (name: string): boolean =>
    folders.filter((folder) => basename(folder) === name).length === 1;
  return new Map(folders.map((folder) => [isAlone(basename(folder)) ? basename(folder) : folder, folder]));
}

type Notify = (notification: {
  readonly method: 'notifications/progress';
  readonly params: { progressToken: string | number; progress: number; message: string };
}) => Promise<void>;

function heartbeat({ name }: Tool, progressToken: string | number, notify: Notify): () => void {
  let progress = 0;
  const timer = setInterval(() => {
    progress += 1;
    const message = `${name} is running`;
    void notify({
      method: 'notifications/progress',
      params: { progressToken, progress, message },
    }).catch(() => {});
  }, HEARTBEAT);
  return () => clearInterval(timer);
}
