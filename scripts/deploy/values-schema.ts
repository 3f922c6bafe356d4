import { z } from 'zod';
import { prometheusSchema } from '../../src/service/prometheus-settings.ts';
import { settingsSchema } from '../../src/service/settings.ts';

export const VALUES_SCHEMA = 'deploy/chart/values.schema.json';

type Json = Readonly<Record<string, unknown>>;

const text: Json = { type: 'string' };
const name: Json = { type: 'string', minLength: 1 };
const flag: Json = { type: 'boolean' };
const port: Json = { type: 'integer', minimum: 1, maximum: 65_535 };
const texts: Json = { type: 'object', additionalProperties: text };
const quantity: Json = {
  oneOf: [
    { type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?([EPTGM]i?|k|Ki|m)?$' },
    { type: 'number', minimum: 0 },
  ],
};
const quantities: Json = { type: 'object', additionalProperties: quantity };
const resources = closed({
  requests: quantities,
  limits: quantities,
  claims: list({ type: 'object' }),
});
/** What Kubernetes checks itself. */
const kubernetesObject: Json = { type: 'object' };
const objects = list(kubernetesObject);
const number: Json = { type: ['integer', 'null'], minimum: 0 };
const count: Json = { type: 'integer', minimum: 1 };
const peers = closed({ to: objects });
const peersAtPort = closed({ port, to: objects });
const keyOfSecret = { existingSecret: text, key: name };
const secretKey = closed(keyOfSecret);
const placement = {
  podAnnotations: texts,
  podLabels: texts,
  nodeSelector: texts,
  tolerations: objects,
  affinity: kubernetesObject,
  priorityClassName: text,
};

/** The schema of the chart's values, as the file has it: strict, so that a misspelled value is refused. */
export function valuesSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart faultline',
    ...closed({
      image: closed({
        repository: text,
        tag: text,
        digest: { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' },
        pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
      }),
      imagePullSecrets: list(closed({ name })),
      nameOverride: text,
      fullnameOverride: text,
      commonLabels: texts,
      github: closed({
        existingSecret: name,
        keys: closed({ appId: name, privateKey: name, webhookSecret: name }),
        webhooks: flag,
        host: text,
        protocol: { enum: ['https', 'http'] },
      }),
      settings: settings(),
      kubeconfig: secretKey,
      registryCredentials: secretKey,
      caBundle: closed({ existingConfigMap: text, key: name }),
      proxy: closed({ https: text, http: text, bypass: text }),
      store: closed({ postgres: secretKey }),
      persistence: closed({
        existingClaim: text,
        storageClass: text,
        accessModes: list({
          enum: ['ReadWriteOnce', 'ReadWriteOncePod', 'ReadWriteMany'],
        }),
        size: quantity,
        annotations: texts,
      }),
      cache: closed({ sizeLimit: quantity }),
      replicas: count,
      podDisruptionBudget: closed({
        maxUnavailable: { oneOf: [count, { type: 'string', pattern: '^[0-9]+%$' }] },
      }),
      logLevel: { enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] },
      nodeOptions: text,
      resources,
      extraEnv: list({ type: 'object', required: ['name'] }),
      extraVolumes: objects,
      extraVolumeMounts: objects,
      ...placement,
      topologySpreadConstraints: objects,
      renderer: closed({
        enabled: flag,
        replicas: count,
        parallel: { ...count, maximum: 1024 },
        existingSecret: text,
        key: name,
        resources,
        scratch: closed({ sizeLimit: quantity }),
        isolation: { enum: ['auto', 'require', 'none'] },
        ...placement,
      }),
      serviceAccount: closed({ create: flag, name: text, annotations: texts }),
      rbac: closed({ create: flag, extraRules: objects }),
      security: closed({
        runAsUser: number,
        runAsGroup: number,
        fsGroup: number,
        seccompProfile: {
          ...closed({ type: { enum: ['RuntimeDefault', 'Localhost'] }, localhostProfile: text }),
          required: ['type'],
        },
      }),
      service: closed({
        type: { enum: ['ClusterIP', 'NodePort', 'LoadBalancer'] },
        annotations: texts,
        port,
        internalPort: port,
      }),
      ingress: closed({ enabled: flag, className: text, host: text, tlsSecret: text, annotations: texts }),
      httpRoute: closed({ enabled: flag, parentRefs: objects, hostnames: list(text), annotations: texts }),
      exposeAlerts: flag,
      statusPage: closed({ ...keyOfSecret, proxy: closed({ header: text, from: list(name) }) }),
      networkPolicy: closed({
        enabled: flag,
        webhooksFrom: objects,
        internalFrom: objects,
        dns: peers,
        https: closed({ ports: { type: 'array', items: port, minItems: 1 }, to: objects }),
        prometheus: peersAtPort,
        postgres: peersAtPort,
        extraEgress: objects,
      }),
      monitoring: closed({
        serviceMonitor: closed({
          enabled: flag,
          interval: { type: 'string', pattern: '^[0-9]+(ms|s|m|h)$' },
          labels: texts,
        }),
        prometheusRule: closed({ enabled: flag, labels: texts }),
        dashboard: closed({ enabled: flag, labels: texts, annotations: texts }),
      }),
      // Helm adds it for charts that depend on this one.
      global: { type: 'object' },
    }),
  };
  return JSON.stringify(schema, null, 2);
}

/** Those of `faultline-service.yml`, but for the folder, which is where the chart mounts the volume. */
function settings(): Json {
  const schema = z.toJSONSchema(settingsSchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ zodSchema, jsonSchema }) => {
      // An address is enough, which a schema of what comes after preprocessing does not tell.
      if (zodSchema === prometheusSchema) {
        const full = { ...jsonSchema };
        for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
        jsonSchema.anyOf = [{ type: 'string', pattern: '^https?://' }, full];
      }
    },
  });
  const { $schema: _schema, properties, required: _required, ...rest } = schema;
  const { folder: _folder, polling, writePause, ...others } = properties ?? {};
  return { ...rest, properties: { ...others, polling: orOff(polling), writePause: orOff(writePause) } };
}

/** Helm reads `off` without quotes as false. */
function orOff(schema: unknown): Json {
  return { anyOf: [schema, { const: false }] };
}

function closed(properties: Readonly<Record<string, Json>>): Json {
  return { type: 'object', properties, additionalProperties: false };
}

function list(items: Json): Json {
  return { type: 'array', items };
}
