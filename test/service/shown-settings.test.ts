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
    'clusters.prod-eu.source.context': 'eu-1',
    'clusters.prod-eu.source.prometheus.url': 'https://prometheus.example/…',
    'clusters.prod-eu.source.prometheus.bearer': 'from the variable PROM_TOKEN',
    'clusters.prod-eu.source.prometheus.headers.X-Key': '***',
    'clusters.prod-eu.source.prometheus.labels.cluster': 'prod-eu',
    'clusters.recorded.source.path': '/etc/faultline/snapshot',
    'alerts.alertmanager.basic.user': 'alerts',
    'alerts.alertmanager.basic.password': 'from the variable ALERTS_PASSWORD',
    'alerts.flux.hmac': 'from the file /etc/faultline/key',
  });
});
