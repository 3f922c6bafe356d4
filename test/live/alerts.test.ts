import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, vi } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { freePort } from '../free-port.ts';
import { madeFolder, writeFiles } from '../git/made-repository.ts';
import type { StandIn, StandInRepository } from '../github/stand-in/interface.ts';
import { startGitHub } from '../github/stand-in/start.ts';
import { needsTool } from '../needs.ts';
import { deployment, recordedCluster } from '../service/made-service.ts';
import { serve } from '../service/process.ts';
import { startAlertmanager, type AlertmanagerServer } from './alertmanager-server.ts';

/*
 * A real Alertmanager with the shipped configuration, which tells a running `faultline serve` of alerts. Its cluster is read once an hour: what is
 * investigated earlier was an alert's doing.
 */

const { alertmanager } = await findTools();
const live = needsTool('alertmanager');
const TOKEN = 'one-of-the-tests';
const PATIENCE = { timeout: 30_000, interval: 50 };
const FIX = 'fix(cart): raise memory limit to 768Mi';

let github: StandIn;
let repository: StandInRepository;
let folder: string;
let port: number;
let sender: AlertmanagerServer;
let faultline: ReturnType<typeof serve>;

beforeEach(async () => {
  if (alertmanager === null) return;
  github = await startGitHub();
  repository = github.repository('acme/infra', { files: { 'apps/cart.yaml': deployment('512Mi') } });
  folder = madeFolder();
  port = await freePort();
  writeFiles(folder, {
    'faultline-service.yml': `clusters: {prod: {snapshot: snapshot}}
interval: 1h
polling: 1h
folder: state
writePause: off
onboarding: none
alerts: {alertmanager: {bearer: {env: ALERT_TOKEN}}, pagerduty: {routingKey: {env: ALERT_TOKEN}}}
`,
  });
  record(0);
  await start();
  sender = await startAlertmanager(alertmanager, {
    receiver: `http://127.0.0.1:${port}`,
    token: TOKEN,
    folder: join(folder, 'alertmanager'),
  });
}, 60_000);

afterEach(async () => {
  await sender?.stop();
  faultline?.kill('SIGKILL');
  await github?.close();
});

async function start(more: Readonly<Record<string, string>> = {}): Promise<void> {
  faultline = serve(github, folder, {
    ALERT_TOKEN: TOKEN,
    PORT: String(port),
    HOST: '127.0.0.1',
    ...more,
  });
  // Whoever shows no credentials is refused once somebody listens.
  await vi.waitFor(async () => {
    const response = await fetch(`http://127.0.0.1:${port}/alerts/alertmanager`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(401);
  }, PATIENCE);
}

/** Records the cluster, in which cart was killed so often. */
function record(kills: number): void {
  writeFiles(folder, {
    'snapshot/snapshot.yaml':
      'cluster: prod\ncapturedAt: 2026-03-01T10:00:00Z\nrecorded: {Pod: all, Deployment: all, ReplicaSet: all}\n',
    'snapshot/cluster/shop.yaml': recordedCluster('512Mi', kills, '2026-03-01T09:55:00Z'),
  });
}

const log = (): string => readFileSync(join(folder, 'serve.log'), 'utf8');

const CRASHING = {
  alertname: 'KubePodCrashLooping',
  namespace: 'shop',
  pod: 'cart-512mi-x',
  container: 'server',
  severity: 'warning',
  cluster: 'prod',
};

live('an alert of a real Alertmanager is investigated at once', { timeout: 90_000 }, async () => {
  await vi.waitFor(() => expect(repository.issues().length).toBeGreaterThan(0), PATIENCE);
  record(6);
  await sender.fire(CRASHING);
  await vi.waitFor(() => expect(repository.pulls()).toMatchObject([{ title: FIX }]), PATIENCE);
  expect(repository.pulls()[0]!.body).toContain(
    'Alertmanager reports:<br>`KubePodCrashLooping: KubePodCrashLooping in shop`',
  );

  // The same again, and its end: Alertmanager gets an answer to both that it takes for success.
  await sender.resolve(CRASHING);
  await vi.waitFor(async () => expect(await sender.notified()).toEqual({ sent: 2, failed: 0 }), PATIENCE);
  expect(repository.pulls()).toHaveLength(1);
  faultline.kill('SIGTERM');
  expect(await once(faultline, 'exit')).toEqual([0, null]);
});

live('the same Alertmanager as a sender of events for PagerDuty', { timeout: 90_000 }, async () => {
  await vi.waitFor(() => expect(repository.issues().length).toBeGreaterThan(0), PATIENCE);
  record(6);
  const events = await startAlertmanager(alertmanager!, {
    receiver: `http://127.0.0.1:${port}`,
    token: TOKEN,
    folder: join(folder, 'events'),
    shipped: 'pagerduty-events.yaml',
  });
  onTestFinished(() => events.stop());
  await events.fire(CRASHING);
  await vi.waitFor(() => expect(repository.pulls()).toMatchObject([{ title: FIX }]), PATIENCE);
  expect(repository.pulls()[0]!.body).toContain('PagerDuty reports:');
  expect(await events.notified()).toEqual({ sent: 1, failed: 0 });
});

live('what is unknown, or no alert about an object, opens nothing', { timeout: 90_000 }, async () => {
  await vi.waitFor(() => expect(repository.issues().length).toBeGreaterThan(0), PATIENCE);
  await sender.fire({ alertname: 'Watchdog', severity: 'none' });
  await sender.fire({ alertname: 'KubePodNotReady', namespace: 'nowhere', pod: 'x-0', cluster: 'prod' });
  await vi.waitFor(async () => expect(await sender.notified()).toEqual({ sent: 2, failed: 0 }), PATIENCE);
  await vi.waitFor(() => expect(log()).toContain('cluster prod has no Pod nowhere/x-0'), PATIENCE);
  await sender.fire({ alertname: 'KubePodNotReady', namespace: 'shop', pod: 'x-0', cluster: 'moon' });
  await vi.waitFor(async () => expect(await sender.notified()).toEqual({ sent: 3, failed: 1 }), PATIENCE);
  expect(repository.pulls()).toEqual([]);
});

live('alerts and webhooks come in at one port, each with their own secret', { timeout: 90_000 }, async () => {
  faultline.kill('SIGKILL');
  await once(faultline, 'exit');
  await start({ WEBHOOK_SECRET: 'one-more' });
  const post = (path: string, headers: Readonly<Record<string, string>>) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ alerts: [] }),
    }).then(({ status }) => status);
  const authorization = `Bearer ${TOKEN}`;
  expect(await post('/alerts/alertmanager', { authorization })).toBe(200);
  expect(await post('/alerts/alertmanager', {})).toBe(401);
  expect(await post('/api/github/webhooks', { authorization })).toBe(400);
});

live('an alert that was answered outlives SIGKILL', { timeout: 90_000 }, async () => {
  await vi.waitFor(() => expect(repository.issues().length).toBeGreaterThan(0), PATIENCE);
  const died = once(faultline, 'exit');
  const response = await fetch(`http://127.0.0.1:${port}/alerts/alertmanager`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ alerts: [{ status: 'firing', labels: CRASHING }] }),
  });
  faultline.kill('SIGKILL');
  expect(response.status).toBe(200);
  await died;
  record(6);
  await start();
  await vi.waitFor(() => expect(repository.pulls()).toMatchObject([{ title: FIX }]), PATIENCE);
  await vi.waitFor(() => expect(repository.pulls()[0]!.body).toContain('Alertmanager reports:'), PATIENCE);
});
