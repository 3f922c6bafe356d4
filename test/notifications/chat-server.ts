import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** `never`: the request is taken, and nothing is said. `reset`: the connection ends in place of an answer. */
  readonly answer?: 'never' | 'reset';
}

export interface ChatServer {
  readonly url: string;
  readonly received: Received[];
  /** How the next requests are answered, one after the other; afterwards with 200. */
  readonly replies: Reply[];
  /** Resolves when so many requests have arrived. */
  arrived(count: number): Promise<void>;
}

/** A service that takes messages: Slack, Teams or somebody's program. */
export async function startChat(): Promise<ChatServer> {
  const received: Received[] = [];
  const replies: Reply[] = [];
  const waiting: (() => void)[] = [];
  let posts = 0;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    received.push({ path: request.url!, headers: request.headers, text, body: JSON.parse(text) });
    for (const look of waiting) look();
    const { status = 200, headers = {}, body, answer } = replies.shift() ?? {};
    if (answer === 'never') return;
    if (answer === 'reset') return void request.socket.destroy();
    posts += 1;
    response.writeHead(status, headers);
    response.end(JSON.stringify(body ?? { ok: true, channel: 'C012AB3CD', ts: `170000000${posts}.0001` }));
  };
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    replies,
    arrived: (count) =>
      new Promise((resolve) => {
        const look = (): void => void (received.length >= count && resolve());
        waiting.push(look);
        look();
      }),
  };
}
