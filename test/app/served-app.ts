import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createNodeMiddleware, Probot } from 'probot';
import { onTestFinished } from 'vitest';
import { faultline, type AppParts } from '../../src/app.ts';
import { openLog } from '../../src/commands/log.ts';
import type { Serving } from '../../src/service/serving.ts';
import type { Delivery } from '../github/stand-in/interface.ts';
import { madeService, type MadeService } from '../service/made-service.ts';
import { servingOn } from '../service/on-stand-in.ts';

export interface ServedApp extends MadeService {
  readonly serving: Serving;
  /** What Probot and the tasks logged, one JSON a line. */
  readonly log: readonly string[];
  /** Whether GitHub's webhooks are answered from now on. */
  listens(isListening: boolean): void;
  /** The newest delivery of an event. */
  delivered(event: string, action?: string): Delivery;
}

/** The App in Probot, and GitHub tells it by webhooks what happens from now on. */
export async function servedApp(files: Readonly<Record<string, string>> = {}): Promise<ServedApp> {
  const made = await madeService(files);
  const { github, service, store } = made;
  const { appId, privateKey, webhookSecret: secret } = github;
  const lines: string[] = [];
  const log = await openLog({ LOG_LEVEL: 'trace' }, { write: (line: string) => void lines.push(line) });
  const now = (): number => github.clock.now();
  const serving = servingOn(github, service, { store, log, hasWebhooks: true });
  service.queue.start(serving.tasks());
  // Webhooks are answered when what they led to is done.
  const queue: AppParts['queue'] = {
    add: async (...task) => {
      await service.queue.add(...task);
      await service.queue.drain();
    },
  };
  const heard: AppParts['service'] = {
    serves: (repository) => service.serves(repository),
    hear: async (...comment) => {
      await service.hear(...comment);
      await service.queue.drain();
    },
    guardLater: async (...subject) => {
      await service.guardLater(...subject);
      await service.queue.drain();
    },
  };
  const probot = new Probot({ appId, privateKey, secret, log });
  const receive = await createNodeMiddleware((app) => faultline(app, { service: heard, queue, store, now }), {
    probot,
  });
  const server = createServer((request, response) => void receive(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/github/webhooks`;
  // Port 1 refuses connections.
  const listens = (isListening: boolean): void =>
    github.deliverTo(isListening ? address : 'http://127.0.0.1:1/');
  listens(true);
  const delivered = (event: string, action?: string): Delivery => {
    const found = github.webhooks.deliveries.findLast(
      (one) => one.event === event && (action === undefined || one.action === action),
    );
    if (!found) throw new Error(`there was no ${event} ${action ?? ''}`);
    return found;
  };
  return { ...made, serving, log: lines, listens, delivered };
}
