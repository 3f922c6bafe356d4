import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import yaml from 'js-yaml';
import { describe, expect } from 'vitest';
import { parse } from 'yaml';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { parseSettings } from '../../src/service/settings.ts';
import { needsTool } from '../needs.ts';
import {
  BARE,
  CHART,
  LARGE,
  refusal,
  rendered,
  runHelm,
  SMALL,
  valuesFile,
  type Values,
} from './rendered.ts';

const root = resolve(import.meta.dirname, '../..');
const test = needsTool('helm');

type Labels = Readonly<Record<string, string>>;

interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly serviceAccountName?: string;
  readonly topologySpreadConstraints?: readonly object[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumes: readonly (Readonly<Record<string, unknown>> & { readonly name: string })[];
  readonly containers: readonly {
    readonly image: string;
    readonly args: readonly string[];
    readonly env: readonly { readonly name: string; readonly value?: string }[];
    readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
    readonly readinessProbe: unknown;
    readonly livenessProbe: unknown;
  }[];
}

function named(values: Values, kind: string, name = 'faultline'): KubernetesObject {
  const found = find(values, kind, name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
}

function find(values: Values, kind: string, name = 'faultline'): KubernetesObject | undefined {
  return rendered(values).find((object) => object.kind === kind && object.metadata.name === name);
}

function podOf(values: Values, name = 'faultline'): PodSpec {
  const { template } = specOf(values, 'Deployment', name) as { template: { spec: PodSpec } };
  return template.spec;
}

function specOf(values: Values, kind: string, name = 'faultline'): Readonly<Record<string, unknown>> {
  return named(values, kind, name)['spec'] as Readonly<Record<string, unknown>>;
}

describe('helm lint', () => {
  for (const [name, values] of Object.entries({ SMALL, LARGE, BARE }))
    test(`finds nothing in the chart with the values ${name}`, () => {
      expect(runHelm(['lint', '--strict', CHART, '-f', valuesFile(values)])).toContain(
        '1 chart(s) linted, 0 chart(s) failed',
      );
    });
});

describe('values', () => {
  test('are refused where they are misspelled, at every depth', () => {
    expect(refusal({ ...SMALL, replica: 2 })).toContain("additional properties 'replica' not allowed");
    expect(refusal({ ...SMALL, store: { postgress: {} } })).toContain("'postgress' not allowed");
    expect(refusal({ ...SMALL, renderer: { enable: false } })).toContain("'enable' not allowed");
  });

  test('are refused where the settings of serve are misspelled', () => {
    const clusters = { prod: { contxt: 'in-cluster' } };
    expect(refusal({ ...SMALL, settings: { clusters } })).toContain("'contxt' not allowed");
    const settings = { ...(SMALL['settings'] as object), intervall: '60s' };
    expect(refusal({ ...SMALL, settings })).toContain("'intervall' not allowed");
  });

  test('cannot name the folder, which is where the volume is', () => {
    const settings = { ...(SMALL['settings'] as object), folder: '/elsewhere' };
    expect(refusal({ ...SMALL, settings })).toContain("'folder' not allowed");
  });

  test('of the wrong type are refused', () => {
    expect(refusal({ ...SMALL, replicas: '1' })).toContain("at '/replicas'");
    expect(refusal({ ...SMALL, image: { repository: 'x', digest: 'sha256:12' } })).toContain(
      "at '/image/digest'",
    );
  });

  test('that all sets have are the only ones: every key of values.yaml is in the schema, and the other way round', () => {
    const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Values;
    const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as {
      readonly properties: Values;
    };
    expect(Object.keys(values).toSorted()).toEqual(
      Object.keys(schema.properties)
        .filter((key) => key !== 'global')
        .toSorted(),
    );
  });
});

describe('what cannot work is refused with its reason', () => {
  const refused: readonly (readonly [string, Values, string])[] = [
    ['no image', { ...SMALL, image: {} }, 'image.repository: where the image is'],
    ['no cluster', { ...SMALL, settings: {} }, 'settings.clusters names no cluster'],
    [
      'several replicas on a file',
      { ...SMALL, replicas: 2 },
      'replicas: 2 needs store.postgres.existingSecret: the store in a file takes one process',
    ],
    [
      'a context without a kubeconfig',
      { ...SMALL, settings: { clusters: { eu: { context: 'eu' } } } },
      'settings.clusters.eu.context: eu is a context of a kubeconfig',
    ],
    [
      'neither polling nor webhooks',
      { ...SMALL, settings: { ...(SMALL['settings'] as object), polling: 'off' } },
      'settings.polling: off needs github.webhooks',
    ],
    [
      'an Ingress that leads nowhere',
      { ...SMALL, ingress: { enabled: true, host: 'x.example.com' } },
      'need something to lead to: set github.webhooks',
    ],
    [
      'a proxy that anybody could be',
      { ...SMALL, statusPage: { proxy: { header: 'X-Forwarded-User' } } },
      'statusPage.proxy: header and from go together',
    ],
    [
      'no account to run as',
      { ...SMALL, serviceAccount: { create: false } },
      'serviceAccount.name: needed where serviceAccount.create is false',
    ],
  ];
  for (const [what, values, reason] of refused)
    test(what, () => {
      expect(refusal(values)).toContain(reason);
    });
});

describe('one replica with its store in a file', () => {
  test('is replaced before another starts, and keeps its volume', () => {
    expect(specOf(SMALL, 'Deployment')).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(podOf(SMALL).volumes).toContainEqual({
      name: 'state',
      persistentVolumeClaim: { claimName: 'faultline' },
    });
    expect(named(SMALL, 'PersistentVolumeClaim').metadata.annotations).toEqual({
      'helm.sh/resource-policy': 'keep',
    });
  });

  test('has no disruption budget, which would keep its node from being drained', () => {
    expect(find(SMALL, 'PodDisruptionBudget')).toBeUndefined();
  });

  test('opens no port for webhooks, and no Service for one, where it polls', () => {
    expect(podOf(SMALL).containers[0]!.ports).toEqual([{ name: 'internal', containerPort: 9464 }]);
    expect(find(SMALL, 'Service')).toBeUndefined();
  });
});

describe('several replicas on PostgreSQL', () => {
  test('roll, are spread, and have a disruption budget', () => {
    expect(specOf(LARGE, 'Deployment')).toMatchObject({
      replicas: 3,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    });
    expect(podOf(LARGE).topologySpreadConstraints).toHaveLength(2);
    expect(specOf(LARGE, 'PodDisruptionBudget')['maxUnavailable']).toBe(1);
  });

  test('share no volume', () => {
    expect(find(LARGE, 'PersistentVolumeClaim')).toBeUndefined();
    expect(podOf(LARGE).volumes).toContainEqual({ name: 'state', emptyDir: { sizeLimit: '10Gi' } });
  });

  test('get the address of the database from a Secret', () => {
    expect(podOf(LARGE).containers[0]!.env).toContainEqual({
      name: 'FAULTLINE_STORE',
      valueFrom: { secretKeyRef: { name: 'postgres', key: 'url' } },
    });
  });
});

describe('the renderer', () => {
  test('has no token of a service account and no credentials but the shared token', () => {
    const pod = podOf(LARGE, 'faultline-renderer');
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.serviceAccountName).toBeUndefined();
    expect(pod.volumes.map(({ name }) => name)).toEqual(['scratch']);
    const secrets = pod.containers[0]!.env.filter(({ value }) => value === undefined);
    expect(secrets.map(({ name }) => name)).toEqual(['FAULTLINE_RENDERER_TOKEN']);
  });

  test('connects to nothing, and hears serve alone', () => {
    const policy = specOf(SMALL, 'NetworkPolicy', 'faultline-renderer');
    expect(policy['policyTypes']).toEqual(['Ingress', 'Egress']);
    expect(policy['egress']).toEqual([]);
    const labels = { 'app.kubernetes.io/name': 'faultline', 'app.kubernetes.io/instance': 'faultline' };
    const matchLabels = { ...labels, 'app.kubernetes.io/component': 'serve' };
    expect(policy['ingress']).toEqual([
      { ports: [{ protocol: 'TCP', port: 8090 }], from: [{ podSelector: { matchLabels } }] },
    ]);
  });

  test('is what serve renders with', () => {
    expect(podOf(SMALL).containers[0]!.env).toContainEqual({
      name: 'FAULTLINE_RENDERER_URL',
      value: 'http://faultline-renderer:8090',
    });
    const ports = specOf(SMALL, 'Service', 'faultline-renderer')['ports'];
    expect(ports).toEqual([{ name: 'render', port: 8090, targetPort: 'render' }]);
  });

  test('is left out where it is switched off, with all that leads to it', () => {
    expect(JSON.stringify(rendered(BARE))).not.toContain('renderer');
  });
});

describe('from outside', () => {
  test('only the paths for webhooks and alerts are reached, at the port for them', () => {
    const [rule] = specOf(LARGE, 'Ingress')['rules'] as { http: { paths: object[] } }[];
    const backend = { service: { name: 'faultline', port: { name: 'http' } } };
    expect(rule!.http.paths).toEqual([
      { path: '/api/github/webhooks', pathType: 'Exact', backend },
      { path: '/alerts', pathType: 'Prefix', backend },
    ]);
    const [route] = specOf(LARGE, 'HTTPRoute')['rules'] as object[];
    expect(route).toEqual({
      matches: [
        { path: { type: 'Exact', value: '/api/github/webhooks' } },
        { path: { type: 'PathPrefix', value: '/alerts' } },
      ],
      backendRefs: [{ name: 'faultline', port: 3000 }],
    });
  });

  test('the internal port is never reached: its Service is another', () => {
    expect(specOf(LARGE, 'Service')['ports']).toEqual([{ name: 'http', port: 3000, targetPort: 'http' }]);
    const ways = rendered(LARGE).filter(({ kind }) => kind === 'Ingress' || kind === 'HTTPRoute');
    expect(ways).toHaveLength(2);
    expect(JSON.stringify(ways)).not.toMatch(/internal|9464/);
  });
});

describe('what the chart repeats', () => {
  test('of deploy/rbac.yaml is the same: the rules of the ClusterRole', () => {
    const shipped = yaml.loadAll(readFileSync(join(root, 'deploy/rbac.yaml'), 'utf8')) as KubernetesObject[];
    const rules = shipped.find(({ kind }) => kind === 'ClusterRole')!['rules'] as readonly object[];
    expect(rules.length).toBeGreaterThan(10);
    expect(named(SMALL, 'ClusterRole')['rules']).toEqual(rules);
    expect(named(LARGE, 'ClusterRole')['rules']).toEqual([
      ...rules,
      { apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get', 'list', 'watch'] },
    ]);
  });

  test('of deploy/alerts.yaml is the same', () => {
    const shipped = yaml.load(readFileSync(join(root, 'deploy/alerts.yaml'), 'utf8')) as KubernetesObject;
    expect(specOf(LARGE, 'PrometheusRule')).toEqual(shipped['spec']);
  });

  test('of package.json is the same: the version', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')) as Values;
    expect([chart['version'], chart['appVersion']]).toEqual([version, version]);
    expect(podOf(SMALL).containers[0]!.image).toBe(`ghcr.io/acme/faultline:${version}`);
  });

  test('of the settings is what serve reads', () => {
    for (const values of [SMALL, LARGE]) {
      const { data } = named(values, 'ConfigMap', 'faultline-settings') as unknown as {
        data: { 'faultline-service.yml': string };
      };
      const settings = parseSettings(data['faultline-service.yml'], 'faultline-service.yml', {});
      expect(settings.folder).toBe('/var/lib/faultline');
      expect(settings.polling).toBe(values === LARGE ? null : 60_000);
    }
  });
});

describe('selectors', () => {
  const matches = (labels: Labels | undefined, selector: Labels): boolean =>
    Object.entries(selector).every(([key, value]) => labels?.[key] === value);

  test('of Services, policies and budgets choose the pods of one Deployment', () => {
    const objects = rendered(LARGE);
    const pods = objects
      .filter(({ kind }) => kind === 'Deployment')
      .map(({ spec }) => (spec as { template: { metadata: { labels: Labels } } }).template.metadata.labels);
    const selectors = objects.flatMap(({ kind, spec }) => {
      const { selector, podSelector } = (spec ?? {}) as { selector?: object; podSelector?: object };
      if (kind === 'Service') return [selector as Labels];
      const given = (kind === 'PodDisruptionBudget' ? selector : podSelector) as { matchLabels: Labels };
      return given === undefined ? [] : [given.matchLabels];
    });
    expect(selectors).toHaveLength(6);
    for (const selector of selectors)
      expect(pods.filter((labels) => matches(labels, selector))).toHaveLength(1);
  });

  test('of the ServiceMonitor chooses the internal Service alone, so that nothing is scraped twice', () => {
    const { selector, endpoints } = specOf(LARGE, 'ServiceMonitor') as unknown as {
      selector: { matchLabels: Labels };
      endpoints: readonly { port: string }[];
    };
    const chosen = rendered(LARGE).filter(
      ({ kind, metadata }) => kind === 'Service' && matches(metadata.labels, selector.matchLabels),
    );
    expect(chosen.map(({ metadata }) => metadata.name)).toEqual(['faultline-internal']);
    const { ports } = chosen[0]!['spec'] as { ports: readonly { name: string }[] };
    expect(ports.map(({ name }) => name)).toEqual(endpoints.map(({ port }) => port));
  });
});

describe('the status page', () => {
  const variables = (values: Values): readonly object[] =>
    podOf(values).containers[0]!.env.filter(({ name }) => name.startsWith('FAULTLINE_STATUS_'));

  test('lets nobody in before somebody says whom', () => {
    expect(variables(SMALL)).toEqual([]);
  });

  test('takes its token from a Secret, and knows its proxies by address', () => {
    expect(variables(LARGE)).toEqual([
      {
        name: 'FAULTLINE_STATUS_TOKEN',
        valueFrom: { secretKeyRef: { name: 'faultline', key: 'status-token' } },
      },
      { name: 'FAULTLINE_STATUS_USER_HEADER', value: 'X-Forwarded-User' },
      { name: 'FAULTLINE_STATUS_PROXIES', value: '10.0.3.7,10.1.0.0/16' },
    ]);
  });
});

describe('other settings', () => {
  const templateOf = (settings: object): unknown => {
    const values = { ...SMALL, settings: { ...(SMALL['settings'] as object), ...settings } };
    return specOf(values, 'Deployment')['template'];
  };

  test('restart no pod, which reads them from its file', () => {
    const clusters = { prod: { context: 'in-cluster', repositories: ['acme/infra'] } };
    expect(templateOf({ clusters, interval: '5m' })).toEqual(templateOf({}));
  });

  test('restart the pods where only a new start reads them', () => {
    expect(templateOf({ writePause: 'off' })).not.toEqual(templateOf({}));
  });
});

test('every variable of ours that the pods get is documented', () => {
  const pages = ['running.md', 'rendering.md', 'status-page.md'].map((page) =>
    readFileSync(join(root, 'docs', page), 'utf8'),
  );
  const given = ['faultline', 'faultline-renderer'].flatMap((name) => podOf(LARGE, name).containers[0]!.env);
  const own = given.map(({ name }) => name).filter((name) => name.startsWith('FAULTLINE_'));
  expect(own.length).toBeGreaterThan(4);
  expect(own.filter((name) => !pages.some((page) => page.includes(`\`${name}\``)))).toEqual([]);
});

test('an image is named by its digest where there is one', () => {
  expect(podOf(LARGE).containers[0]!.image).toBe(`ghcr.io/acme/faultline@sha256:${'a'.repeat(64)}`);
});

test('probes ask the port for observation', () => {
  const [serve] = podOf(SMALL).containers;
  expect(serve!.livenessProbe).toMatchObject({ httpGet: { path: '/healthz', port: 'internal' } });
  expect(serve!.readinessProbe).toMatchObject({ httpGet: { path: '/readyz', port: 'internal' } });
});

test('everything but the role of the cluster is in the namespace of the release', () => {
  const objects = rendered(LARGE, 'elsewhere');
  const namespaced = objects.filter(({ kind }) => !kind.startsWith('ClusterRole'));
  expect(namespaced.every(({ metadata }) => metadata.namespace === 'elsewhere')).toBe(true);
});

test('docs/install.md explains every value of the top level', () => {
  const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Values;
  const page = readFileSync(join(root, 'docs/install.md'), 'utf8');
  const table = page.slice(page.indexOf('## Values'), page.indexOf('## One replica'));
  const named = new Set([...table.matchAll(/`([a-zA-Z]+)`/g)].map(([, name]) => name));
  expect(Object.keys(values).filter((name) => !named.has(name))).toEqual([]);
});
