import { resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { onTestFinished } from 'vitest';

export const MAIN = resolve(import.meta.dirname, '../../src/main.ts');

/** A client of the official SDK that talks to `faultline mcp` in a process of its own, closed after the test. */
export async function stdioClient(...args: readonly string[]): Promise<Client> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [MAIN, 'mcp', ...args],
    env: environment(),
    stderr: 'ignore',
  });
  return connected(transport);
}

export async function connected(transport: Transport): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return client;
}

export function environment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

export interface Told {
  readonly isError: boolean;
  /** What programs read. */
  readonly answer: Record<string, unknown>;
  readonly text: string;
}

export async function ask(client: Client, name: string, question: Record<string, unknown>): Promise<Told> {
  const result = await client.callTool({ name, arguments: question });
  const [first] = result.content as readonly { readonly text?: string }[];
  return {
    isError: result.isError === true,
    answer: (result.structuredContent ?? {}) as Record<string, unknown>,
    text: first?.text ?? '',
  };
}
