import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { startProgram, type Program } from './programs.ts';

export interface AlertmanagerServer extends Program {
  /** Hands it alerts as Prometheus does. */
  fire(...alerts: readonly Labels[]): Promise<void>;
  /** Tells it that they are over. */
  resolve(...alerts: readonly Labels[]): Promise<void>;
  /** Notifications that it has sent, and how many of these failed. */
  notified(): Promise<{ readonly sent: number; readonly failed: number }>;
}

export type Labels = Readonly<Record<string, string>>;

const SHIPPED = join(import.meta.dirname, '../../deploy/alerts');

/** A real Alertmanager with the configuration that is shipped, which sends to another address, and says the end of an alert sooner. */
export async function startAlertmanager(
  program: string,
  {
    receiver,
    token,
    folder,
    shipped = 'alertmanager.yaml',
  }: {
    readonly receiver: string;
    readonly token: string;
    readonly folder: string;
    readonly shipped?: string;
  },
): Promise<AlertmanagerServer> {
  mkdirSync(folder, { recursive: true });
  const [config, secret] = [join(folder, 'alertmanager.yaml'), join(folder, 'token')];
  writeFileSync(secret, token);
  const text = readFileSync(join(SHIPPED, shipped), 'utf8')
    .replace('http://faultline.faultline.svc:3000', receiver)
    .replace('/etc/alertmanager/secrets/faultline/token', secret)
    .replace('group_interval: 1m', 'group_interval: 1s');
  writeFileSync(config, text);
  const address = `127.0.0.1:${await freePort()}`;
  const started = await startProgram(
    program,
    [
      `--config.file=${config}`,
      `--storage.path=${join(folder, 'storage')}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ],
    async () => (await fetch(`http://${address}/-/ready`)).ok,
  );
  const send = async (alerts: readonly object[]): Promise<void> => {
    const response = await fetch(`http://${address}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts),
    });
    if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${await response.text()}`);
  };
  return {
    ...started,
    fire: (...alerts) =>
      send(
        alerts.map((labels) => ({
          labels,
          annotations: { summary: `${labels['alertname']} in ${labels['namespace']}` },
          generatorURL: 'http://prometheus.example/graph',
        })),
      ),
    resolve: (...alerts) =>
      send(alerts.map((labels) => ({ labels, endsAt: new Date(Date.now() - 1000).toISOString() }))),
    notified: async () => {
      const metrics = await (await fetch(`http://${address}/metrics`)).text();
      const sum = (name: string): number =>
        [
          ...metrics.matchAll(
            new RegExp(
              `^alertmanager_${name}\\{[^}]*integration="(?:webhook|pagerduty)"[^}]*\\} (\\d+)$`,
              'gm',
            ),
          ),
        ]
          .map(([, count]) => Number(count))
          .reduce((all, count) => all + count, 0);
      return { sent: sum('notifications_total'), failed: sum('notifications_failed_total') };
    },
  };
}
