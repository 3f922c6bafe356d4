import { describe, expect, test as plain } from 'vitest';
import type { Scalar } from '../../src/kubernetes/objects.ts';
import { prove } from '../../src/proof/prove.ts';
import type { Trial } from '../../src/proof/trial.ts';
import { revisionOf, type Files } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';
import { fieldNamed } from '../../src/kubernetes/field-path.ts';

const kustomized = needsTool('kustomize');
const rendered = needsTool('helm');

const REPOSITORY = 'https://github.com/acme/fleet';

function release(name: string, values: string, more = ''): string {
  return `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: ${name}, namespace: shop}
spec:
  chart: {spec: {chart: ${name}, version: 1.0.0, sourceRef: {kind: HelmRepository, name: charts}}}
${more}${values === '' ? '' : `  values: ${values}\n`}---
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: shop}
spec: {url: https://charts.example}
`;
}

function applied(path: string, more = ''): string {
  return `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./${path}
  sourceRef: {kind: GitRepository, name: flux-system}
${more}`;
}

function application(name: string, helm: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ${name}, namespace: argocd}
spec:
  destination: {namespace: shop}
  sources:
    - {repoURL: ${REPOSITORY}, ref: here}
    - repoURL: https://charts.example
      chart: cart
      targetRevision: 1.0.0
      helm: ${helm}
`;
}

const limits = (memory: string): string => `{resources: {limits: {memory: ${memory}}}}`;

/** What replacing a text everywhere in one file does, where the root with this id is meant. */
async function trial(
  files: Files,
  target: string,
  file: string,
  [from, to]: readonly [string, string],
  field?: { readonly field: string; readonly after: Scalar },
): Promise<Trial> {
  const revision = await revisionOf(files);
  const roots = await revision.allRoots();
  const root = roots.find(({ id }) => id === target);
  if (!root) throw new Error(`no root ${target}, but ${roots.map(({ id }) => id).join(', ')}`);
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'cart' };
  const edited = new Map([[file, Buffer.from(String(files[file]).replaceAll(from, to))]]);
  return prove(
    revision,
    edited,
    field ? [{ object, field: fieldNamed(field.field), after: field.after }] : [],
    root,
  );
}

/** `root (by): object field` of everything that changes. */
function told({ proof }: Trial): readonly string[] {
  return proof.roots.flatMap(({ root, by, changes }) =>
    changes.map(
      ({ object, field }) =>
        `${root}${by === undefined ? '' : ` (${by})`}: ${object.kind} ${object.name} ${field.text}`,
    ),
  );
}

function beside({ beside: others }: Trial): readonly string[] {
  return others.map(({ root, change: { object } }) => `${object.kind} ${object.name} in ${root}`);
}

const RAISED = ['128Mi', '256Mi'] as const;

describe('a release of a published chart', () => {
  plain('is told by its object, in the root that renders that', async () => {
    const files = { 'apps/cart.yaml': release('cart', limits('128Mi')) };
    const result = await trial(
      files,
      'https://charts.example/cart (Flux HelmRelease shop/cart in apps)',
      'apps/cart.yaml',
      RAISED,
    );
    expect(result).toMatchObject({ outcome: 'exact', beside: [], proof: { status: 'unproven' } });
    expect(told(result)).toEqual(['apps: HelmRelease cart spec.values.resources.limits.memory']);
  });

  kustomized('changes in another cluster too, where both apply one folder', async () => {
    const files = {
      'clusters/eu/apps.yaml': applied('apps', '  postBuild: {substitute: {ZONE: eu}}\n'),
      'clusters/us/apps.yaml': applied('apps', '  postBuild: {substitute: {ZONE: us}}\n'),
      'apps/cart.yaml': release('cart', '{zone: "${ZONE}", memory: 128Mi}'),
    };
    const eu = 'apps (Flux Kustomization flux-system/apps in clusters/eu)';
    const us = 'apps (Flux Kustomization flux-system/apps in clusters/us)';
    const result = await trial(
      files,
      `https://charts.example/cart (Flux HelmRelease shop/cart in ${eu})`,
      'apps/cart.yaml',
      RAISED,
    );
    expect(beside(result)).toEqual([`HelmRelease cart in ${us}`]);
    expect(told(result)).toEqual([
      `${eu}: HelmRelease cart spec.values.memory`,
      `${us}: HelmRelease cart spec.values.memory`,
    ]);
  });

  plain('is told with both clusters, where both apply its folder as it is', async () => {
    const files = {
      'clusters/eu/apps.yaml': applied('apps'),
      'clusters/us/apps.yaml': applied('apps'),
      'apps/cart.yaml': release('cart', limits('128Mi')),
    };
    const target = 'https://charts.example/cart (Flux HelmRelease shop/cart in apps)';
    const result = await trial(files, target, 'apps/cart.yaml', RAISED);
    const by = ['eu', 'us'].map((zone) => `Flux Kustomization flux-system/apps in clusters/${zone}`);
    expect(told(result)).toEqual([
      `apps (${by.join(' and ')}): HelmRelease cart spec.values.resources.limits.memory`,
    ]);
  });

  plain('is another one in another cluster, although both say the same', async () => {
    const files = {
      'clusters/eu/cart.yaml': release('cart', limits('128Mi')),
      'clusters/us/cart.yaml': release('cart', limits('128Mi')),
    };
    const result = await trial(
      files,
      'https://charts.example/cart (Flux HelmRelease shop/cart in clusters/us)',
      'clusters/us/cart.yaml',
      RAISED,
    );
    expect(beside(result)).toEqual([]);
    expect(told(result)).toEqual(['clusters/us: HelmRelease cart spec.values.resources.limits.memory']);
  });

  kustomized('changes with the base of its overlays', async () => {
    const overlay = (zone: string): string =>
      `resources: [../base]\npatches:\n  - patch: '{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: cart, namespace: shop}, spec: {values: {zone: ${zone}}}}'\n`;
    const files = {
      'base/kustomization.yaml': 'resources: [cart.yaml]\n',
      'base/cart.yaml': release('cart', '{memory: 128Mi}'),
      'eu/kustomization.yaml': overlay('eu'),
      'us/kustomization.yaml': overlay('us'),
    };
    const result = await trial(
      files,
      'https://charts.example/cart (Flux HelmRelease shop/cart in eu)',
      'base/cart.yaml',
      RAISED,
    );
    expect(beside(result)).toEqual(['HelmRelease cart in us']);
  });

  plain('shares a ConfigMap of values with another one', async () => {
    const from = '  valuesFrom: [{kind: ConfigMap, name: sizes}]\n';
    const files = {
      'apps/cart.yaml': release('cart', '', from),
      'apps/web.yaml': release('web', '', from),
      'apps/sizes.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: sizes, namespace: shop}\ndata:\n  values.yaml: |\n    memory: 128Mi\n`,
    };
    const target = 'https://charts.example/cart (Flux HelmRelease shop/cart in apps)';
    const result = await trial(files, target, 'apps/sizes.yaml', RAISED);
    expect(beside(result)).toEqual([
      'HelmRelease web in https://charts.example/web (Flux HelmRelease shop/web in apps)',
    ]);
    expect(told(result)).toEqual([
      'apps: ConfigMap sizes data["values.yaml"]',
      'https://charts.example/cart (Flux HelmRelease shop/cart): HelmRelease cart values.memory',
      'https://charts.example/web (Flux HelmRelease shop/web): HelmRelease web values.memory',
    ]);
    const overruled = { ...files, 'apps/web.yaml': release('web', '{memory: 1Gi}', from) };
    expect(beside(await trial(overruled, target, 'apps/sizes.yaml', RAISED))).toEqual([]);
  });

  plain('shares a values file with another Application', async () => {
    const files = {
      'argocd/eu.yaml': application('cart-eu', '{valueFiles: [$here/values/cart.yaml]}'),
      'argocd/us.yaml': application('cart-us', '{valueFiles: [$here/values/cart.yaml]}'),
      'values/cart.yaml': 'memory: 128Mi\n',
    };
    const target = 'https://charts.example/cart (Argo CD Application argocd/cart-eu in argocd)';
    const result = await trial(files, target, 'values/cart.yaml', RAISED);
    expect(beside(result)).toEqual([
      'Application cart-us in https://charts.example/cart (Argo CD Application argocd/cart-us in argocd)',
    ]);
    const own = { ...files, 'argocd/us.yaml': application('cart-us', '{valuesObject: {memory: 128Mi}}') };
    const alone = await trial(own, target, 'values/cart.yaml', RAISED);
    expect(beside(alone)).toEqual([]);
    expect(told(alone)).toEqual([
      'https://charts.example/cart (Argo CD Application argocd/cart-eu): Application cart-eu values.memory',
    ]);
    expect(alone.proof.reason).toContain('cart-eu');
  });

  plain('is told by the values of the chart here that depends on it', async () => {
    const files = {
      'argocd/cart.yaml': `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: cart, namespace: argocd}
spec:
  destination: {namespace: shop}
  source: {repoURL: ${REPOSITORY}, path: around}
`,
      'around/Chart.yaml':
        'apiVersion: v2\nname: around\nversion: 1.0.0\ndependencies: [{name: cart, version: 1.0.0, repository: https://charts.example}]\n',
      'around/values.yaml': 'cart: {memory: 128Mi}\n',
      'around/templates/note.yaml': '# 128Mi\n',
    };
    const target = 'around (Argo CD Application argocd/cart in argocd)';
    const result = await trial(files, target, 'around/values.yaml', RAISED);
    expect(told(result)).toEqual([
      'around (Argo CD Application argocd/cart): Application cart values.cart.memory',
    ]);
    const template = await trial(files, target, 'around/templates/note.yaml', RAISED);
    expect(told(template)).toEqual([]);
    expect(template.proof.status).toBe('unproven');
  });

  plain('has its value from an ApplicationSet that writes it into another Application too', async () => {
    const files = {
      'argocd/set.yaml': `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: cart, namespace: argocd}
spec:
  generators: [{list: {elements: [{zone: eu, size: 128Mi}, {zone: us, size: 64Mi}]}}]
  template:
    metadata: {name: 'cart-{{zone}}'}
    spec:
      destination: {namespace: shop}
      source:
        repoURL: https://charts.example
        chart: cart
        targetRevision: 1.0.0
        helm: {valuesObject: {memory: '{{size}}', heap: 100m}}
`,
    };
    const target = 'https://charts.example/cart (Argo CD Application argocd/cart-eu in argocd)';
    const other = 'https://charts.example/cart (Argo CD Application argocd/cart-us in argocd)';
    expect(beside(await trial(files, target, 'argocd/set.yaml', ['100m', '200m']))).toEqual([
      `Application cart-us in ${other}`,
    ]);
    expect(beside(await trial(files, target, 'argocd/set.yaml', RAISED))).toEqual([]);
  });
});

describe('what an edit cannot change', () => {
  const cart = `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart, namespace: shop}\nspec: {replicas: 2}\n`;
  const replicas = { field: 'spec.replicas', after: 3 } as const;

  plain('is not rendered: a release whose object is in the same folder', async () => {
    const files = { 'apps/cart.yaml': cart, 'apps/certificates.yaml': release('certificates', '') };
    const result = await trial(files, 'apps', 'apps/cart.yaml', ['replicas: 2', 'replicas: 3'], replicas);
    expect(result).toMatchObject({ outcome: 'exact', proof: { status: 'proven', reason: null } });
    expect(told(result)).toEqual(['apps: Deployment cart spec.replicas']);
  });

  plain('is told apart from a release that the same edit gives another value', async () => {
    const both = { 'apps/all.yaml': `${cart}---\n${release('web', '{replicas: 2}')}` };
    const result = await trial(both, 'apps', 'apps/all.yaml', ['replicas: 2', 'replicas: 3'], replicas);
    expect(beside(result)).toEqual(['HelmRelease web in apps']);
    expect(result.proof).toMatchObject({ status: 'unproven' });
    expect(result.proof.reason).toContain('https://charts.example/web (Flux HelmRelease shop/web in apps)');
  });

  rendered(
    'is not a chart of this repository that nobody could render, if its files are touched',
    async () => {
      const files = {
        'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
        'charts/web/values.yaml': 'replicas: 2\n',
        'charts/web/templates/web.yaml': '{{ fail "not like this" }}\n',
        'apps/cart.yaml': cart,
        'apps/web.yaml': release('web', '')
          .replace('chart: web, version: 1.0.0', 'chart: ./charts/web')
          .replace('HelmRepository, name: charts', 'GitRepository, name: fleet'),
      };
      const untouched = await trial(
        files,
        'apps',
        'apps/cart.yaml',
        ['replicas: 2', 'replicas: 3'],
        replicas,
      );
      expect(untouched.proof.status).toBe('proven');
      const touched = await trial(files, 'apps', 'charts/web/values.yaml', ['replicas: 2', 'replicas: 3']);
      expect(touched.proof.reason).toContain('not like this');
    },
  );

  kustomized('is one generator of an ApplicationSet, if the edit is in another one', async () => {
    const files = {
      'argocd/set.yaml': `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: cart, namespace: argocd}
spec:
  generators:
    - list: {elements: [{name: eu, size: small}]}
    - clusters: {}
  template:
    metadata: {name: 'cart-{{name}}'}
    spec:
      destination: {namespace: shop}
      source:
        repoURL: ${REPOSITORY}
        path: apps/cart
        kustomize: {commonAnnotations: {size: '{{size}}', team: blue, zone: '{{metadata.labels.zone}}'}}
`,
      'apps/cart/kustomization.yaml': 'resources: [cart.yaml]\n',
      'apps/cart/cart.yaml': cart,
    };
    const target = 'apps/cart (Argo CD Application argocd/cart-eu in argocd)';
    const own = await trial(files, target, 'argocd/set.yaml', [
      'name: eu, size: small',
      'name: eu, size: large',
    ]);
    expect(own.proof.status).toBe('proven');
    const all = await trial(files, target, 'argocd/set.yaml', ['blue', 'red']);
    expect(all.proof.reason).toBe(
      'Argo CD ApplicationSet argocd/cart could not be rendered: it makes Applications for clusters that only Argo CD knows (spec.generators[1].clusters)',
    );
  });

  kustomized('is another cluster of an Application that only its name tells', async () => {
    const files: Files = {
      'argocd/set.yaml': `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: cart, namespace: argocd}
spec:
  generators: [{clusters: {}}]
  template:
    metadata: {name: '{{name}}-cart'}
    spec:
      destination: {namespace: shop}
      source:
        repoURL: ${REPOSITORY}
        path: apps/cart
        kustomize: {commonAnnotations: {zone: '{{name}}', team: blue}}
`,
      'apps/cart/kustomization.yaml': 'resources: [cart.yaml]\n',
      'apps/cart/cart.yaml': cart,
    };
    const revision = await revisionOf(files);
    const [solved] = await revision.solvedApplications('eu-cart');
    const file = 'argocd/set.yaml';
    const edited = new Map([[file, Buffer.from(String(files[file]).replace('blue', 'red'))]]);
    const result = await prove(revision, edited, [], solved!.roots[0]!);
    expect(told(result)).toEqual([
      'apps/cart (Argo CD Application argocd/eu-cart): Deployment cart metadata.annotations.team',
      'apps/cart (Argo CD Application argocd/eu-cart): Deployment cart spec.template.metadata.annotations.team',
      'argocd: ApplicationSet cart spec.template.spec.source.kustomize.commonAnnotations.team',
    ]);
    expect(result.proof.reason).toContain('clusters that only Argo CD knows');
  });
});
