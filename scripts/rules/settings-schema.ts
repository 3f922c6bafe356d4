import { z } from 'zod';
import { prometheusSchema } from '../../src/service/prometheus-settings.ts';
import { settingsSchema } from '../../src/service/settings.ts';

/** Relative to the project. */
export const SETTINGS_SCHEMA = 'schema/faultline-service.schema.json';

/** By the path in the file; `*` stands for any name, `[]` for an item of a list. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  clusters: 'The clusters to scan, by the name that policies and mappings call them.',
  'clusters.*': 'A cluster: live through a context of the kubeconfig, or recorded in a folder.',
  'clusters.*.context': 'The context of the kubeconfig. Faultline only reads the cluster.',
  'clusters.*.snapshot': 'In place of context: a recorded cluster, read again when it changes.',
  'clusters.*.prometheus':
    'The address of the Prometheus that has the metrics of the cluster, or how it is reached.',
  'clusters.*.prometheus.url': 'The address, with http:// or https://.',
  'clusters.*.prometheus.bearer': 'A token that Faultline sends as Authorization: Bearer.',
  'clusters.*.prometheus.basic': 'A user and a password.',
  'clusters.*.prometheus.basic.user': 'The name of the user.',
  'clusters.*.prometheus.basic.password': 'Where the password stands.',
  'clusters.*.prometheus.tenant': 'The tenant, which Mimir reads from X-Scope-OrgID.',
  'clusters.*.prometheus.headers': 'Other headers, by name.',
  'clusters.*.prometheus.tls': 'How the connection is secured.',
  'clusters.*.prometheus.tls.ca': 'A file with the certificates to trust.',
  'clusters.*.prometheus.tls.cert': 'A file with the certificate of the client.',
  'clusters.*.prometheus.tls.key': 'A file with its key.',
  'clusters.*.prometheus.tls.serverName': 'The name that the certificate of the server must have.',
  'clusters.*.prometheus.labels':
    'Labels that every series of this cluster has, where several clusters share the server.',
  'clusters.*.prometheus.queries':
    'Queries in PromQL in place of the built-in ones, by the name of the metric.',
  'clusters.*.prometheus.parameters': 'Parameters that are added to each request.',
  'clusters.*.prometheus.limits': 'How much Faultline may ask.',
  'clusters.*.prometheus.limits.timeout': 'How long one request may take.',
  'clusters.*.prometheus.limits.scan': 'How long all requests of one scan may take.',
  'clusters.*.prometheus.limits.requests': 'How many requests one scan may make.',
  'clusters.*.prometheus.limits.sideBySide': 'How many requests may run at the same time.',
  'clusters.*.namespaces': 'Where Faultline reads kinds that it may not read everywhere.',
  'clusters.*.aliases': 'Other names that alerts call the cluster by.',
  'clusters.*.repositories':
    'Repositories that deploy to the cluster, as owner/name. Default: all that the App is installed in.',
  interval: 'Time between two scans beside those that changes cause.',
  polling: 'Time between two polls of GitHub, or off where webhooks arrive.',
  writePause: 'Time from one write to GitHub to the next where there are more than eight, or off.',
  onboarding:
    'required: a repository without a configuration is offered one, and nothing else is opened there.',
  alerts: 'Who may send alerts, with their credentials. Default: nobody.',
  'alerts.alertmanager': 'Alertmanager of Prometheus.',
  'alerts.grafana': 'Alerts of Grafana.',
  'alerts.argocd': 'The notifications of Argo CD.',
  'alerts.pagerduty': 'Webhooks of PagerDuty.',
  'alerts.flux': 'The notification controller of Flux.',
  'alerts.*.bearer': 'A token that the sender gives as Authorization: Bearer.',
  'alerts.*.basic': 'A user and a password that the sender gives.',
  'alerts.*.basic.user': 'The name of the user.',
  'alerts.*.basic.password': 'Where the password stands.',
  'alerts.*.hmac': 'The key that the sender signs with.',
  mirrors: 'The mirrors of repositories on the disk.',
  'mirrors.maxBytes': 'How much the mirrors may take together. Default: any.',
  notifications: 'Who is told what in chat or by webhooks. Default: nobody.',
  'notifications.routes': 'Routes by name: what is told, and where.',
  'notifications.routes.*': 'One of slack, teams and webhook, and what it is told.',
  'notifications.routes.*.slack': 'A webhook of Slack, or a bot with its token and a channel.',
  'notifications.routes.*.slack.webhook': 'Where the address of the webhook stands.',
  'notifications.routes.*.slack.token': 'Where the token of the bot stands.',
  'notifications.routes.*.slack.channel': 'The id of the channel.',
  'notifications.routes.*.slack.api': 'The address of the API of Slack.',
  'notifications.routes.*.teams': 'A workflow of Microsoft Teams.',
  'notifications.routes.*.teams.webhook': 'Where the address of the workflow stands.',
  'notifications.routes.*.webhook': 'A webhook of your own, signed with HMAC.',
  'notifications.routes.*.webhook.url': 'Where its address stands.',
  'notifications.routes.*.webhook.secret': 'Where the key of the signature stands.',
  'notifications.routes.*.namespaces': 'Namespaces. Default: all.',
  'notifications.routes.*.clusters': 'Clusters. Default: all.',
  'notifications.routes.*.severities': 'Severities. Default: all.',
  'notifications.routes.*.outcomes': 'What is told of an incident.',
  'notifications.routes.*.followUps': 'Whether later news of an incident are told.',
  'notifications.routes.*.quiet': 'Hours in which nothing is told.',
  'notifications.routes.*.quiet.from': 'When they begin.',
  'notifications.routes.*.quiet.to': 'When they end.',
  'notifications.routes.*.quiet.timezone': 'The time zone that the hours are meant in.',
  'notifications.routes.*.quiet.except': 'Severities that are told all the same.',
  'notifications.routes.*.digest': 'A summary in place of, or beside, single messages.',
  'notifications.routes.*.digest.every': 'How often.',
  'notifications.routes.*.digest.on': 'On which day of the week.',
  'notifications.routes.*.digest.at': 'At which time.',
  'notifications.routes.*.digest.timezone': 'The time zone that the time is meant in.',
  folder: 'Where the store and the mirrors of repositories are, relative to this file.',
};

const SECRETS: Readonly<Record<string, string>> = {
  env: 'The name of an environment variable that holds it.',
  file: 'A file that holds it, relative to this file.',
};

/** The JSON schema of the settings file of `faultline serve`. */
export function settingsJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(settingsSchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ zodSchema, jsonSchema, path }) => {
      const description = descriptionAt(path);
      // An address is enough, which a schema of what comes after preprocessing does not tell.
      if (zodSchema === prometheusSchema) {
        const full = { ...jsonSchema };
        for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
        jsonSchema.anyOf = [{ type: 'string', pattern: '^https?://' }, full];
      }
      if (description !== null) jsonSchema.description ??= description;
    },
  });
  const head = {
    $schema,
    $id: 'https://json.schemastore.org/faultline-service.json',
    title: 'Faultline service settings',
    description: 'Which clusters faultline serve scans, for which repositories, and how.',
  };
  const examples = [
    {
      clusters: { 'prod-eu': { context: 'prod-eu', repositories: ['acme/infra'] } },
      polling: 'off',
      ceiling: [{ clusters: ['prod-*'], mode: 'propose' }],
    },
  ];
  return `${JSON.stringify({ ...head, ...schema, examples }, null, 2)}\n`;
}

/** @param path in the JSON schema: `['properties', 'clusters', 'additionalProperties', …]` */
function descriptionAt(path: readonly (string | number)[]): string | null {
  const names: string[] = [];
  for (let index = 0; index < path.length; index += 1) {
    const part = path[index];
    if (part === 'properties') names.push(String(path[(index += 1)]));
    else if (part === 'additionalProperties') names.push('*');
    else if (part === 'items') names.push('[]');
  }
  const last = names.at(-1);
  if (last === undefined || (path.at(-1) !== last && path.at(-1) !== 'additionalProperties')) return null;
  const here = names.join('.');
  return (
    DESCRIPTIONS[here] ?? DESCRIPTIONS[here.replace(/^alerts\.[^.]+\./, 'alerts.*.')] ?? SECRETS[last] ?? null
  );
}
