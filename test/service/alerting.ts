import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { alertGate } from '../../src/service/alert-gate.ts';
import type { TakenAlert } from '../../src/service/alert-intake.ts';
import type { AlertSettings } from '../../src/service/alert-settings.ts';
import type { BodyLimits } from '../../src/service/body-gate.ts';
import type { Log } from '../../src/service/log.ts';
import type { Serving } from '../../src/service/serving.ts';
import { madeService, type MadeService } from './made-service.ts';
import { bareSettings, servingOn } from './on-stand-in.ts';

export const TOKEN = 'one-of-the-tests';
const environment = { TOKEN, EMPTY: '' };

export interface Alerting extends MadeService {
  readonly serving: Serving;
  readonly logged: string[];
  /** POSTs a payload with the token of Alertmanager. */
  send(payload: unknown, options?: SendOptions): Promise<Answered>;
  /** Sends alerts with these labels as Alertmanager does. */
  fire(...alerts: readonly Readonly<Record<string, string>>[]): Promise<Answered>;
  resolve(...alerts: readonly Readonly<Record<string, string>>[]): Promise<Answered>;
}

export interface SendOptions {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly status: number;
  readonly error: string | undefined;
  readonly alerts: readonly TakenAlert[];
}

const ALL: AlertSettings = {
  alertmanager: { bearer: { env: 'TOKEN' } },
  flux: { hmac: { env: 'TOKEN' } },
  pagerduty: { hmac: { env: 'TOKEN' }, routingKey: { env: 'TOKEN' } },
};

/** The service with a server that takes alerts, and what is behind it answers 418. */
export async function alerting(alerts: AlertSettings = ALL, limits?: BodyLimits): Promise<Alerting> {
  const made = await madeService();
  return alertingOn(made, alerts, limits);
}

export async function alertingOn(
  made: MadeService,
  alerts: AlertSettings = ALL,
  limits?: BodyLimits,
): Promise<Alerting> {
  const logged: string[] = [];
  const note = (facts: object, message: string): void =>
    void logged.push(`${message} ${JSON.stringify(facts)}`);
  const log: Log = { debug: () => {}, info: note, warn: note, error: note };
  const clusters = ['prod', 'west'].map((name) => ({
    name,
    source: { kind: 'recorded', path: made.snapshot } as const,
    repositories: null,
    aliases: name === 'prod' ? ['prod-eu-1'] : [],
  }));
  const settings = { ...bareSettings, clusters, alerts };
  const serving = servingOn(made.github, made.service, { store: made.store, log, settings });
  made.service.queue.start(serving.tasks());
  const gate = alertGate(
    { settings: () => alerts, intake: () => serving.alerts, environment, log, ...(limits && { limits }) },
    (_request, response) => void response.writeHead(418).end(),
  );
  const server = createServer(gate).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const send: Alerting['send'] = async (
    payload,
    { path = '/alerts/alertmanager', method = 'POST', headers } = {},
  ) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(headers ?? { authorization: `Bearer ${TOKEN}` }) },
      ...(method === 'POST' && { body: typeof payload === 'string' ? payload : JSON.stringify(payload) }),
    });
    const text = await response.text();
    const { error, alerts: taken = [] } = (text === '' ? {} : JSON.parse(text)) as Partial<Answered>;
    return { status: response.status, error, alerts: taken };
  };
  const told = (status: string, labels: Readonly<Record<string, string>>) => ({
    status,
    labels: { cluster: 'prod', ...labels },
    annotations: { summary: 'Something is wrong.' },
    startsAt: '2026-03-01T10:00:00Z',
  });
  return {
    ...made,
    serving,
    logged,
    send,
    fire: (...all) => send({ alerts: all.map((labels) => told('firing', labels)) }),
    resolve: (...all) => send({ alerts: all.map((labels) => told('resolved', labels)) }),
  };
}

export const CRASHING = {
  alertname: 'KubePodCrashLooping',
  namespace: 'shop',
  pod: 'cart-512mi-x',
  container: 'server',
};
