import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import yaml from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { findTools } from '../../scripts/tools.ts';
import { parseSettings } from '../../src/service/settings.ts';
import { ALERT_SOURCES } from '../../src/model/received-alert.ts';
import { madeFolder, writeFiles } from '../git/made-repository.ts';
import { needsTool } from '../needs.ts';
import { alertsIn } from './reading.ts';

/* What deploy/alerts/ ships for those who send alerts. Alertmanager itself reads its two files in test/live/alerts.test.ts. */

const { helm } = await findTools();
const folder = join(import.meta.dirname, '../../deploy/alerts');
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8');

type Loose = Readonly<Record<string, never>> & { readonly [key: string]: Loose };

test.each([
  'alertmanager.yaml',
  'argocd.yaml',
  'flux.yaml',
  'grafana.yaml',
  'pagerduty-events.yaml',
  'pagerduty-webhook.json',
])('%s sends to an address that takes alerts, and holds no secret', (file) => {
  const text = textOf(file);
  const address = /\/alerts\/([a-z]+)/.exec(text)?.[1];
  expect(ALERT_SOURCES).toContain(address);
  expect(() => yaml.loadAll(text)).not.toThrow();
  for (const [, value] of text.matchAll(/(?:token|credentials|secret|key)(?:_file)?: (.+)/gi))
    expect(value).toMatch(/^(?:\/|\$|name)/);
});

describe('docs/alerts.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/alerts.md'), 'utf8');
  const blocks = [...page.matchAll(/^( *)```yaml\n(.*?)^\1```/gms)].map(([, indent, text]) =>
    text!.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );

  test('has settings that can be used', () => {
    const settings = blocks.filter((text) => /^(?:alerts|clusters):/.test(text));
    expect(settings.length).toBeGreaterThan(4);
    for (const text of settings) {
      const whole = text.startsWith('clusters:') ? text : `clusters: {prod: {context: prod}}\n${text}`;
      expect(() => parseSettings(whole, 'faultline-service.yml', {})).not.toThrow();
    }
  });

  test('shows the route and the receiver that are shipped', () => {
    const [shown] = blocks
      .filter((text) => text.startsWith('route:'))
      .map((text) => yaml.load(text) as Loose);
    const shipped = yaml.load(textOf('alertmanager.yaml')) as Loose;
    expect(shown!['route']!['routes']).toEqual(shipped['route']!['routes']);
    expect(shipped['receivers']).toEqual(expect.arrayContaining(shown!['receivers'] as unknown as object[]));
  });
});

describe('Argo CD', () => {
  const { data } = yaml.load(textOf('argocd.yaml')) as Loose;
  const parts = data as unknown as Readonly<Record<string, string>>;

  test('each trigger sends templates that there are, to the webhook that there is', () => {
    const sent = (
      yaml.load(parts['trigger.faultline']!) as readonly { readonly send: readonly string[] }[]
    ).flatMap(({ send }) => send);
    expect(sent).toEqual(['faultline-firing', 'faultline-resolved']);
    for (const name of sent)
      expect(Object.keys((yaml.load(parts[`template.${name}`]!) as Loose)['webhook']!)).toEqual([
        'faultline',
      ]);
    expect(yaml.load(parts['subscriptions']!)).toEqual([
      { recipients: ['faultline'], triggers: ['faultline'] },
    ]);
  });

  const application = (status: object, destination: object = { name: 'prod-eu' }) => ({
    metadata: { namespace: 'argocd', name: 'shop' },
    spec: { destination },
    status,
  });
  const degraded = {
    health: { status: 'Degraded', lastTransitionTime: '2026-03-01T10:00:00Z' },
    operationState: { phase: 'Succeeded', message: 'successfully synced' },
    resources: [
      { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'cart', health: { status: 'Degraded' } },
      { kind: 'Service', namespace: 'shop', name: 'cart', health: { status: 'Healthy' } },
      { kind: 'Namespace', name: 'shop' },
      { group: 'apps', kind: 'StatefulSet', namespace: 'shop', name: 'db', health: { status: 'Missing' } },
    ],
  };

  /** The body of a notification. Argo CD renders it with the templates of Go and the functions of sprig, and so does Helm. */
  function rendered(template: string, app: object): unknown {
    const { webhook } = yaml.load(parts[`template.${template}`]!) as Loose;
    const chart = madeFolder();
    writeFiles(chart, {
      'Chart.yaml': 'apiVersion: v2\nname: body\nversion: 1.0.0\n',
      'values.yaml': JSON.stringify({ app }),
      'templates/body.yaml': `{{- with (dict "app" .Values.app) }}\n${String(webhook!['faultline']!['body'])}{{- end }}\n`,
    });
    const printed = execFileSync(helm!.command, ['template', chart], { encoding: 'utf8' });
    return JSON.parse(printed.replace(/^---\n# Source: .*\n/, ''));
  }
  const helmed = needsTool('helm');

  helmed('an application that is degraded names the resources that are', () => {
    expect(alertsIn('argocd', rendered('faultline-firing', application(degraded)))).toEqual([
      {
        source: 'argocd',
        id: 'Application/argocd/shop',
        status: 'firing',
        title: 'Application is Degraded',
        summary: '',
        startsAt: Date.parse('2026-03-01T10:00:00Z'),
        names: {
          cluster: 'prod-eu',
          objects: [{ kind: 'Application', namespace: 'argocd', name: 'shop' }],
          also: [
            { kind: 'Deployment', namespace: 'shop', name: 'cart' },
            { kind: 'StatefulSet', namespace: 'shop', name: 'db' },
          ],
          container: null,
        },
      },
    ]);
  });

  helmed('a sync that failed says why, whatever is in its message', () => {
    const message = 'one or more objects failed: "cart"\n\ttabs, <tags> & quotes';
    const failed = { health: { status: 'Healthy' }, operationState: { phase: 'Failed', message } };
    const server = { server: 'https://10.0.0.1:6443' };
    expect(alertsIn('argocd', rendered('faultline-firing', application(failed, server)))).toMatchObject([
      {
        title: 'Sync failed',
        summary: message.replace(/\s+/g, ' '),
        startsAt: null,
        names: { cluster: 'https://10.0.0.1:6443', also: [] },
      },
    ]);
  });

  helmed('what ends it has the same id', () => {
    const healthy = application({ health: { status: 'Healthy' } });
    expect(alertsIn('argocd', rendered('faultline-resolved', healthy))).toMatchObject([
      { id: 'Application/argocd/shop', status: 'resolved' },
    ]);
  });
});

test('Flux signs what it sends, and tells of errors and of their end', () => {
  const [provider, alert] = yaml.loadAll(textOf('flux.yaml')) as readonly Loose[];
  expect(provider).toMatchObject({
    apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
    kind: 'Provider',
    spec: { type: 'generic-hmac', secretRef: { name: 'faultline-alerts' } },
  });
  expect(alert).toMatchObject({
    apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
    kind: 'Alert',
    spec: { providerRef: provider!['metadata']!['name'] && { name: 'faultline' }, eventSeverity: 'info' },
  });
});

test('Grafana has a contact point that shows a token, and brings no policies', () => {
  const file = yaml.load(textOf('grafana.yaml')) as Loose;
  expect(Object.keys(file)).toEqual(['apiVersion', 'contactPoints']);
  expect(file['contactPoints']).toMatchObject([
    { receivers: [{ type: 'webhook', settings: { authorization_scheme: 'Bearer', httpMethod: 'POST' } }] },
  ]);
});

test('PagerDuty tells of each event that Faultline reads, and of no other', () => {
  const { webhook_subscription: subscription } = JSON.parse(textOf('pagerduty-webhook.json')) as Loose;
  const events = subscription!['events'] as unknown as readonly string[];
  const title = 'Deployment shop/cart is down';
  const statuses = events.map((type) => {
    const payload = {
      event: { event_type: type, data: { id: 'Q1', title, created_at: '2026-03-01T10:00:00Z' } },
    };
    return alertsIn('pagerduty', payload).map(({ status, names }) => [status, names.objects.length]);
  });
  expect(statuses).toEqual([[['firing', 1]], [['firing', 1]], [['firing', 1]], [['resolved', 1]]]);
});
