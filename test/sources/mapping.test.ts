import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { chooseSource } from '../../src/locate/choose-source.ts';
import { locate } from '../../src/locate/locate.ts';
import { mappedReleases, mappedRoots, mappedTo } from '../../src/sources/mapping.ts';
import { Revision } from '../../src/sources/revision.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { renderers, withoutKustomize } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';

const REMOTE = { slug: 'acme/infra', url: 'https://github.com/acme/infra' };
const HERE = { remote: REMOTE, branch: 'main' };

const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\n';

async function mapped(
  sources: string,
  cluster: string,
  namespace: string | null,
  files: Readonly<Record<string, string>> = {},
) {
  const tree = treeOf({
    'east/web.yaml': service,
    'west/web.yaml': service,
    'both/web.yaml': service,
    ...files,
  });
  const revision = await Revision.of(tree, withoutKustomize);
  const { config } = parseConfig(sources, 'faultline.yml');
  const found = await mappedTo(namespace, revision, config!, cluster, HERE);
  if (found.kind === 'roots') return found.roots?.map(({ id }) => id) ?? null;
  return found.kind === 'declined' ? found.code : `branch ${found.branch}`;
}

const TWO_CLUSTERS = `
clusters:
  east: {sources: [{path: east, namespaces: [shop-*]}, {path: both}]}
  west: {sources: [{path: west}, {path: both}, {repository: acme/other, path: east}]}
`;

describe('the mapping of clusters to folders', () => {
  test('names the folders of a namespace', async () => {
    expect(await mapped(TWO_CLUSTERS, 'east', 'shop-eu')).toEqual(['east', 'both']);
    expect(await mapped(TWO_CLUSTERS, 'east', 'bank')).toEqual(['both']);
  });

  test('leaves out folders of another repository', async () => {
    expect(await mapped(TWO_CLUSTERS, 'west', 'shop-eu')).toEqual(['west', 'both']);
  });

  test('keeps an unmapped cluster out of what belongs to others', async () => {
    expect(await mapped(TWO_CLUSTERS, 'north', 'shop-eu')).toEqual([]);
  });

  test('says nothing where nothing is mapped, or only folders that are not there', async () => {
    expect(await mapped('', 'east', 'shop')).toBeNull();
    expect(await mapped('clusters: {east: {sources: [{path: gone}]}}', 'east', 'shop')).toBeNull();
  });

  test('a namespace of another repository is declined', async () => {
    const sources = 'clusters: {east: {sources: [{repository: acme/shop, path: east, namespaces: [shop]}]}}';
    expect(await mapped(sources, 'east', 'shop')).toBe('other-repository');
    expect(await mapped(sources, 'east', 'bank')).toBeNull();
  });

  test('the branch that is deployed is the one to look at', async () => {
    const sources = (branch: string): string =>
      `clusters: {east: {sources: [{path: east, branch: ${branch}}]}}`;
    expect(await mapped(sources('release'), 'east', 'shop')).toBe('branch release');
    expect(await mapped(sources('main'), 'east', 'shop')).toEqual(['east']);
  });
});

describe('Applications that name their cluster', () => {
  const application = (name: string): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ${name}, namespace: argocd}
spec:
  destination: {name: ${name}, namespace: shop}
  source: {repoURL: "https://github.com/acme/infra", path: ${name}, directory: {include: "*.yaml"}, kustomize: {}}
`;
  const chart = {
    'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
    'charts/web/templates/web.yaml': service,
    'argo/all.yaml': ['east', 'west']
      .map((name) =>
        application(name).replace(
          /source: .*/,
          'source: {repoURL: "https://github.com/acme/infra", path: charts/web}',
        ),
      )
      .join('---\n'),
  };
  const ids = ['east', 'west'].map((name) => `charts/web (Argo CD Application argocd/${name} in argo)`);

  test('are left out for another one', async () => {
    expect(await mapped('', 'east', 'shop', chart)).toEqual(expect.arrayContaining([ids[0]]));
    expect(await mapped('', 'east', 'shop', chart)).not.toEqual(expect.arrayContaining([ids[1]]));
  });

  test('are all kept for a cluster that goes by another name', async () => {
    expect(await mapped('', 'south', 'shop', chart)).toBeNull();
  });
});

describe('charts that the configuration says how they are installed', () => {
  const FILES = {
    'charts/cart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n',
    'charts/cart/values.yaml': 'replicas: 1\nlevel: info\n',
    'charts/cart/templates/cart.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}", namespace: "{{ .Release.Namespace }}"}
spec: {replicas: {{ .Values.replicas }}, paused: {{ .Values.paused | default false }}}
`,
    'env/prod.yaml': 'replicas: 3 # Black Friday\n',
    'env/test.yaml': '# nothing yet\n{}\n',
  };
  const CONFIG = `clusters:
  prod: {sources: [{path: charts/cart, namespaces: [shop], helm: {release: cart, values: [env/prod.yaml]}}]}
  test: {sources: [{path: charts/cart, namespaces: [test], helm: {release: cart, values: [env/test.yaml], set: {level: debug}}}]}
  dev: {sources: [{path: charts/cart, namespaces: [dev], helm: {release: cart}}]}
`;

  async function setReplicas(namespace: string) {
    const { config, errors } = parseConfig(CONFIG, 'faultline.yml');
    expect(errors).toEqual([]);
    const releases = mappedReleases(config!, HERE);
    const revision = await Revision.of(treeOf(FILES), renderers, REMOTE, releases);
    const result = await locate(revision, {
      target: { wanted: { kind: 'Deployment', name: 'cart', namespace }, live: null, roots: null },
      fields: [{ field: 'spec.replicas', after: 5 }],
    });
    return result.kind === 'located'
      ? [...result.files].map(([file, text]) => `${file}: ${String(text)}`)
      : result;
  }

  needsTool('helm')('their values files are where a value is changed', async () => {
    expect(await setReplicas('shop')).toEqual(['env/prod.yaml: replicas: 5 # Black Friday\n']);
  });

  needsTool('helm')(
    'and where it is added, when only the chart has it and others use the chart',
    async () => {
      expect(await setReplicas('test')).toEqual([expect.stringMatching(/^env\/test\.yaml: [^]*replicas: 5/)]);
    },
  );

  needsTool('helm')('one release of two clusters is told by the values that each of them has', async () => {
    const both = `clusters:
  east: {sources: [{path: charts/cart, namespaces: [shop], helm: {release: cart, values: [env/prod.yaml]}}]}
  west: {sources: [{path: charts/cart, namespaces: [shop], helm: {release: cart, values: [env/test.yaml]}}]}
`;
    const { config } = parseConfig(both, 'faultline.yml');
    const revision = await Revision.of(treeOf(FILES), renderers, REMOTE, mappedReleases(config!, HERE));
    const valuesIn = async (cluster: string) => {
      const mapped = await mappedTo('shop', revision, config!, cluster, HERE);
      return mapped.kind === 'roots'
        ? mapped.roots?.map((root) => [root.id, root.kind === 'helm' && root.values])
        : mapped;
    };
    expect(await valuesIn('east')).toEqual([
      ['charts/cart (release shop/cart with env/prod.yaml)', [{ kind: 'file', path: 'env/prod.yaml' }]],
    ]);
    expect(await valuesIn('west')).toEqual([
      ['charts/cart (release shop/cart with env/test.yaml)', [{ kind: 'file', path: 'env/test.yaml' }]],
    ]);
  });

  /** A chart that a HelmRelease installs in `shop`, and the configuration in `lab`. */
  async function besideHelmRelease(namespace: 'lab' | 'shop', labValues: string) {
    const { config } = parseConfig(
      'clusters: {lab: {sources: [{path: web, namespaces: [lab], helm: {release: web, values: [web/values-lab.yaml]}}]}}',
      'faultline.yml',
    );
    const files = {
      'web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
      'web/values.yaml': 'replicas: 2\n',
      'web/values-lab.yaml': labValues,
      'web/templates/web.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: {{ .Values.replicas }}}\n',
      'live/web.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  chart: {spec: {chart: ./web, sourceRef: {kind: GitRepository, name: infra, namespace: flux-system}}}
`,
      'live/source.yaml': `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: infra, namespace: flux-system}
spec: {url: https://github.com/acme/infra, ref: {branch: main}}
`,
    };
    const revision = await Revision.of(treeOf(files), renderers, REMOTE, mappedReleases(config!, HERE));
    const roots = namespace === 'lab' ? revision.mappedReleases() : await revision.declaredRoots();
    return locate(revision, {
      target: {
        wanted: { kind: 'Deployment', name: 'web', namespace },
        live: null,
        roots: roots.filter((root) => root.kind === 'helm' && root.release.namespace === namespace),
      },
      fields: [{ field: 'spec.replicas', after: 4 }],
    });
  }

  needsTool('helm')('also beside a HelmRelease of the same chart', async () => {
    const result = await besideHelmRelease('lab', 'replicas: 1\n');
    expect(result).toMatchObject({ kind: 'located', proof: { status: 'proven' } });
    expect(result.kind === 'located' && [...result.files.keys()]).toEqual(['web/values-lab.yaml']);
  });

  needsTool('helm')('a HelmRelease of the same chart does not stand for them', async () => {
    const result = await besideHelmRelease('shop', 'level: info\n');
    expect(result).toMatchObject({ kind: 'located', proof: { status: 'proven' } });
    expect(result.kind === 'located' && [...result.files.keys()]).toEqual(['live/web.yaml']);
  });

  test('a values file outside the repository is an error of the configuration', () => {
    const { errors } = parseConfig(CONFIG.replace('env/prod.yaml', '../prod.yaml'), 'faultline.yml');
    expect(errors).toMatchObject([
      { line: 2, message: expect.stringContaining('a file inside the repository') },
    ]);
  });
});

describe('what a mapped folder or chart applies with Argo CD or Flux', () => {
  const flux = (path: string): string => `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ${path}, sourceRef: {kind: GitRepository, name: fleet}, commonMetadata: {labels: {team: shop}}}
`;

  test('is where a cluster is deployed from too', async () => {
    const config = 'clusters: {east: {sources: [{path: fleet/east}]}, west: {sources: [{path: fleet/west}]}}';
    const files = { 'fleet/east/apps.yaml': flux('both'), 'fleet/west/apps.yaml': flux('both') };
    const root = (cluster: string): string =>
      `both (Flux Kustomization flux-system/apps in fleet/${cluster})`;
    expect(await mapped(config, 'east', 'shop', files)).toEqual(['fleet/east', root('east')]);
    expect(await mapped(config, 'west', 'shop', files)).toEqual(['fleet/west', root('west')]);
    const third = await mapped(config, 'north', 'shop', files);
    expect(third).not.toContain(root('east'));
  });

  const CHART = {
    'apps/Chart.yaml': 'apiVersion: v2\nname: apps\nversion: 1.0.0\n',
    'apps/values.yaml': 'replicas: 1\nzone: none\n',
    'apps/templates/web.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web-{{ .Values.zone }}, namespace: argocd}
spec:
  destination: {namespace: shop}
  source:
    repoURL: https://github.com/acme/infra
    path: web
    helm: {parameters: [{name: replicas, value: "{{ .Values.replicas }}"}]}
`,
    'web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
    'web/values.yaml': 'replicas: 1\n',
    'web/templates/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: "{{ .Release.Namespace }}"}
spec: {replicas: {{ .Values.replicas }}}
`,
    'env/east.yaml': 'zone: east\nreplicas: 2\n',
    'env/west.yaml': 'zone: west\nreplicas: 2\n',
  };
  const CONFIG = `clusters:
  east: {sources: [{path: apps, helm: {release: apps, values: [env/east.yaml]}}]}
  west: {sources: [{path: apps, helm: {release: apps, values: [env/west.yaml]}}]}
`;

  needsTool('helm')('is found through the values that a chart of Applications is given', async () => {
    const { config } = parseConfig(CONFIG, 'faultline.yml');
    const releases = mappedReleases(config!, HERE);
    const revision = await Revision.of(treeOf(CHART), renderers, REMOTE, releases);
    const place = await mappedTo('shop', revision, config!, 'east', HERE);
    if (place.kind !== 'roots') throw new Error(place.kind);
    expect(place.roots!.map(({ declared }) => declared?.plan.by)).toEqual([
      undefined,
      'Argo CD Application argocd/web-east',
    ]);
    const result = await locate(revision, {
      target: {
        wanted: { kind: 'Deployment', name: 'web', namespace: 'shop' },
        live: null,
        roots: place.roots,
      },
      fields: [{ field: 'spec.replicas', after: 5 }],
    });
    if (result.kind !== 'located') throw new Error(JSON.stringify(result));
    expect([...result.files].map(([file, text]) => `${file}: ${String(text)}`)).toEqual([
      'env/east.yaml: zone: east\nreplicas: 5\n',
    ]);
    expect(result.proof).toMatchObject({ status: 'proven' });
  });
});

describe('what the mapping gives to any cluster', () => {
  async function answer(sources: string, namespace?: string): Promise<string> {
    const tree = treeOf({ 'east/web.yaml': service, 'old/web.yaml': service });
    const revision = await Revision.of(tree, withoutKustomize);
    const { config } = parseConfig(sources, 'faultline.yml');
    const wanted = { kind: 'Service', name: 'web', namespace };
    const target = { wanted, live: null, roots: null };
    const found = await chooseSource(revision, {
      ...target,
      mapped: await mappedRoots(revision, config!, HERE, namespace),
    });
    return found.kind === 'chosen' ? found.match.root.id : found.kind;
  }

  test('is what a person means who names no root', async () => {
    expect(await answer('clusters: {a: {sources: [{path: east}]}}')).toBe('east');
    expect(await answer('clusters: {a: {sources: [{path: east, namespaces: [shop]}]}}', 'shop')).toBe('east');
    expect(await answer('clusters: {a: {sources: [{path: east, namespaces: [shop]}]}}')).toBe('east');
  });

  test.each([
    ['of another namespace', 'clusters: {a: {sources: [{path: east, namespaces: [bank]}]}}'],
    ['of another repository', 'clusters: {a: {sources: [{repository: acme/other, path: east}]}}'],
    ['of both folders', 'clusters: {a: {sources: [{path: east}]}, b: {sources: [{path: old}]}}'],
    ['of nothing', ''],
  ])('tells nothing where it is %s', async (_what, sources) => {
    expect(await answer(sources, 'shop')).toBe('several');
  });
});
