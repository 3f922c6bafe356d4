import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: {
    readonly messages: readonly { readonly role: string; readonly content: string }[];
  } & Readonly<Record<string, unknown>>;
}

export interface ModelStandIn {
  /** Up to `/v1`. */
  readonly url: string;
  readonly asked: readonly Asked[];
}

export type Answering = (response: ServerResponse, asked: Asked) => void;

/** An answer of an endpoint as OpenAI describes it, with this text. */
export function saying(content: unknown, more: object = {}): Answering {
  return (response) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content, ...more } }] }),
    );
  };
}

/** An endpoint that answers as the test says; it ends with the test. */
export async function startModel(answer: Answering): Promise<ModelStandIn> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((text) => {
      const { url = '', headers } = request;
      asked.push({ path: url, authorization: headers.authorization, body: JSON.parse(text || '{}') });
      answer(response, asked.at(-1)!);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1`, asked };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
