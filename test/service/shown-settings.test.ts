import { expect, test } from 'vitest';
import { parseSettings } from '../../src/service/settings.ts';
import { serviceSettings } from '../../src/service/status/shown-settings.ts';

const FILE = `
clusters:
  prod-eu:
    context: eu-1
    aliases: [eu]
    repositories: [acme/infra, acme/apps]
    prometheus:
      url: https://ana:s3cret-s3cret@prometheus.example/secret-path?token=s3cret
      bearer: {env: PROM_TOKEN}
      headers: {X-Key: s3cret-s3cret}
      labels: {cluster: prod-eu}
  recorded: {snapshot: snapshot}
interval: 30s
polling: off
alerts:
  alertmanager: {basic: {user: alerts, password: {env: ALERTS_PASSWORD}}}
  flux: {hmac: {file: key}}
folder: state
notifications:
  routes:
    on.call:
      slack: {token: {env: SLACK_TOKEN}, channel: C012AB3CD}
      quiet: {from: '22:30', to: '07:00', timezone: Europe/Berlin, except: [critical]}
      digest: {every: week}
    plain: {slack: {webhook: {file: hook}}}
`;

test('settings are shown one by one, and secrets by where they are read from alone', () => {
  const shown = serviceSettings(parseSettings(FILE, '/etc/faultline/settings.yml', {}));
  expect(shown.map(({ value }) => value).join('\n')).not.toMatch(/s3cret|secret-path/);
  const values = Object.fromEntries(shown.map(({ name, value }) => [name, value]));
  expect(values).toMatchObject({
    interval: '30 s',
    polling: 'off',
    'clusters.recorded.repositories': 'all',
    folder: '/etc/faultline/state',
    'clusters.prod-eu.aliases': 'eu',
    'clusters.prod-eu.repositories': 'acme/infra, acme/apps',
    'clusters.prod-eu.context': 'eu-1',
    'clusters.prod-eu.prometheus.url': 'https://prometheus.example/…',
    'clusters.prod-eu.prometheus.bearer': 'from the variable PROM_TOKEN',
    'clusters.prod-eu.prometheus.headers.X-Key': '***',
    'clusters.prod-eu.prometheus.labels.cluster': 'prod-eu',
    'clusters.recorded.snapshot': '/etc/faultline/snapshot',
    'alerts.alertmanager.basic.user': 'alerts',
    'alerts.alertmanager.basic.password': 'from the variable ALERTS_PASSWORD',
    'alerts.flux.hmac': 'from the file /etc/faultline/key',
    'mirrors.maxBytes': 'any size',
    'notifications.routes.on.call.slack.token': 'from the variable SLACK_TOKEN',
    'notifications.routes.on.call.slack.channel': 'C012AB3CD',
    'notifications.routes.on.call.namespaces': 'all',
    'notifications.routes.on.call.quiet.from': '22:30',
    'notifications.routes.on.call.quiet.except': 'critical',
    'notifications.routes.on.call.digest.on': 'monday',
    'notifications.routes.on.call.digest.at': '09:00',
    'notifications.routes.plain.slack.webhook': 'from the file /etc/faultline/hook',
  });
});

test('each setting says the line that sets it, or that it is a default', () => {
  const text = FILE.replace(
    '  recorded: {snapshot: snapshot}',
    '  recorded: {snapshot: snapshot}\n  short: {context: s, prometheus: "https://p.example"}',
  );
  const shown = serviceSettings(parseSettings(text, '/etc/faultline/settings.yml', {}));
  const origins = Object.fromEntries(shown.map(({ name, origin }) => [name, origin]));
  const lines = text.split('\n');
  const lineOf = (part: string): string =>
    `/etc/faultline/settings.yml:${lines.findIndex((line) => line.includes(part)) + 1}`;
  expect(origins).toMatchObject({
    interval: lineOf('interval:'),
    writePause: 'built-in default',
    folder: lineOf('folder:'),
    'clusters.prod-eu.context': lineOf('eu-1'),
    'clusters.prod-eu.prometheus.url': lineOf('url:'),
    'clusters.prod-eu.prometheus.labels.cluster': lineOf('labels:'),
    'clusters.recorded.repositories': 'built-in default',
    'clusters.short.prometheus.url': lineOf('short:'),
    'alerts.flux.hmac': lineOf('flux:'),
    'notifications.routes.on.call.quiet.except': lineOf('quiet:'),
    'notifications.routes.on.call.digest.at': 'built-in default',
    'notifications.routes.on.call.severities': 'built-in default',
    'mirrors.maxBytes': 'built-in default',
  });
});
