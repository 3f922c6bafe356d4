import { describe, expect, test } from 'vitest';
import { isOfController } from '../../../src/sources/declarations/plans.ts';
import { revisionOf, type Files } from '../../locate/revisions.ts';

const APPS = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: tills, labels: {team: sales}}
spec: {source: {path: tills, targetRevision: main}}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: scales, namespace: argo}
spec: {source: {path: scales}, project: default}
`;
const RELEASE = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: prices}
spec:
  interval: 5m
  chart: {spec: {chart: ./prices, sourceRef: {kind: GitRepository, name: shop}}}
  values: {replicas: 2, image: {tag: "1.10"}, open: true}
`;
const TILL = `apiVersion: apps/v1
kind: Deployment
metadata: {name: till}
spec: {replicas: 1, template: {spec: {containers: [{name: till, image: till:1}]}}}
`;
const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: area}\ndata: {city: bonn}\n';

const ALL: Files = {
  'shop/apps.yaml': APPS,
  'shop/release.yaml': RELEASE,
  'shop/till.yaml': TILL,
  'shop/map.yaml': MAP,
};
const RESOURCES = 'resources: [till.yaml, release.yaml, apps.yaml, map.yaml]\n';

/** What a root renders of Argo CD and Flux objects, without a build and with one. */
async function both(files: Files, path = 'shop') {
  const revision = await revisionOf(files);
  const root = revision.roots.at(path)!;
  const gathered = await revision.gathered(root);
  const rendering = await (await revisionOf(files)).render(root);
  const built =
    rendering.kind === 'failed'
      ? null
      : rendering.objects.map(({ object }) => object).filter((object) => isOfController(object));
  return { gathered, told: gathered && gathered.objects.map(({ object }) => object), built };
}

function patch(text: string, target = ''): string {
  return `patches:\n  - ${target === '' ? '' : `target: {${target}}\n    `}patch: |-\n      ${text.trimEnd().replaceAll('\n', '\n      ')}\n`;
}

const HEAD = 'apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: prices}\n';

describe('a root that only gathers its Argo CD and Flux objects is told without a build', () => {
  test.each([
    ['as they are', ''],
    ['in a namespace', 'namespace: sales\n'],
    ['with labels', 'commonLabels: {team: tills, tier: "1"}\n'],
    ['with labels of the other kind', 'labels: [{pairs: {tier: "1"}, includeSelectors: true}]\n'],
    ['with annotations', 'commonAnnotations: {on-call: sales}\n'],
    [
      'beside a patched Deployment',
      patch('- {op: replace, path: /spec/replicas, value: 3}\n', 'kind: Deployment'),
    ],
    ['beside a Deployment that a patch names', patch(`${TILL.split('spec')[0]}spec: {replicas: 3}\n`)],
    [
      'beside images and replicas',
      'images: [{name: till, newTag: "2"}]\nreplicas: [{name: till, count: 2}]\n',
    ],
    [
      'with values that a patch merges',
      patch(`${HEAD}spec: {values: {replicas: 3, image: {tag: "1.20"}, area: bonn}}\n`),
    ],
    [
      'with a patch for all of a kind',
      patch('kind: HelmRelease\nmetadata: {name: any}\nspec: {interval: 1h}\n', 'kind: HelmRelease'),
    ],
    [
      'with a patch for nothing',
      patch('- {op: remove, path: /spec/none}\n', 'kind: HelmRelease, name: other'),
    ],
    [
      'with operations on values',
      patch(
        '- {op: replace, path: /spec/values/image/tag, value: "2.0"}\n- {op: add, path: /spec/values/extra, value: [a, b]}\n- {op: remove, path: /spec/values/open}\n',
        'group: helm.toolkit.fluxcd.io, kind: HelmRelease, name: prices',
      ),
    ],
    ['beside generated objects', 'configMapGenerator: [{name: prices, literals: [a=b]}]\n'],
  ])('%s', async (_what, more) => {
    const { told, built } = await both({ ...ALL, 'shop/kustomization.yaml': RESOURCES + more });
    expect(told).toHaveLength(3);
    expect(told).toEqual(built);
  });

  test('through folders and components', async () => {
    const { told, built } = await both({
      ...Object.fromEntries(Object.entries(ALL).map(([path, text]) => [path.replace('shop', 'base'), text])),
      'base/kustomization.yaml': `${RESOURCES}namespace: base\ncommonLabels: {from: base}\n`,
      'part/kustomization.yaml': `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n${patch(`${HEAD.replace('prices', 'prices, namespace: base')}spec: {interval: 2h}\n`)}`,
      'shop/kustomization.yaml': 'resources: [../base]\ncomponents: [../part]\nnamespace: shop\n',
    });
    expect(told?.map(({ metadata }) => metadata.namespace)).toEqual(['shop', 'shop', 'shop']);
    expect(told).toEqual(built);
  });
});

describe('only a build tells', () => {
  const other = (file: string, text: string): Files => ({ ...ALL, [`shop/${file}`]: text });

  test.each<readonly [string, string, Files]>([
    ['names with a prefix', 'namePrefix: eu-\n', ALL],
    ['values that are copied', 'replacements: []\n', ALL],
    ['a transformer', 'transformers: [till.yaml]\n', ALL],
    ['an unknown field', 'somethingNew: {}\n', ALL],
    ['a list that a patch merges', patch(`${HEAD}spec: {dependsOn: [{name: tills}]}\n`), ALL],
    ['a field that a patch removes', patch(`${HEAD}spec: {values: {replicas: null}}\n`), ALL],
    ['an object that a patch deletes', patch(`$patch: delete\n${HEAD}`), ALL],
    ['a patch of what is not there', patch(`${HEAD.replace('prices', 'other')}spec: {interval: 1h}\n`), ALL],
    [
      'an operation on what is not there',
      patch('- {op: remove, path: /spec/none}\n', 'kind: HelmRelease'),
      ALL,
    ],
    [
      'an operation in a list',
      patch('- {op: add, path: /spec/dependsOn/0, value: {}}\n', 'kind: HelmRelease'),
      ALL,
    ],
    [
      'a selector of labels',
      patch('- {op: remove, path: /spec/project}\n', 'labelSelector: team=sales'),
      ALL,
    ],
    ['a kind as a pattern', patch('- {op: remove, path: /spec/project}\n', 'kind: App.*'), ALL],
    [
      'an image in the values of a release',
      'images: [{name: till, newTag: "2"}]\n',
      other('release.yaml', RELEASE.replace('replicas: 2', 'containers: [{image: till}]')),
    ],
    ['replicas of what is not there', 'replicas: [{name: none, count: 2}]\n', ALL],
    [
      'a word that is true only to kubectl',
      '',
      other('release.yaml', RELEASE.replace('open: true', 'open: yes')),
    ],
    ['a date', '', other('release.yaml', RELEASE.replace('open: true', 'since: 2025-01-02'))],
    ['a key that is a number', '', other('release.yaml', RELEASE.replace('open: true', '8080: web'))],
    ['one object twice', '', other('map.yaml', TILL)],
    [
      'an object that is left out',
      '',
      other(
        'till.yaml',
        TILL.replace(
          '{name: till}',
          '{name: till, annotations: {config.kubernetes.io/local-config: "true"}}',
        ),
      ),
    ],
    [
      'a list of objects',
      '',
      other(
        'map.yaml',
        `apiVersion: v1\nkind: List\nitems: [${JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } })}]\n`,
      ),
    ],
    ['a file that is no YAML', '', other('map.yaml', 'a: [\n')],
    ['a file that is not there', 'components: [../none]\n', ALL],
    [
      'a generator that changes an object',
      'configMapGenerator: [{name: area, behavior: merge, literals: [a=b]}]\n',
      ALL,
    ],
    ['one label twice', 'commonLabels: {tier: a}\nlabels: [{pairs: {tier: b}}]\n', ALL],
    [
      'labels of chosen fields',
      'labels: [{pairs: {tier: b}, fields: [{path: spec/labels, create: true}]}]\n',
      ALL,
    ],
  ])('%s', async (_what, more, files) => {
    const { gathered } = await both({ ...files, 'shop/kustomization.yaml': RESOURCES + more });
    expect(gathered).toBeNull();
  });
});

describe('an object beside them', () => {
  const find = async (more: string, name = 'area', namespace: string | null = null) => {
    const env = { 'shop/area.env': '# where\nCITY=bonn\n\nSTREET=a=b "c"\r\n', 'shop/other.env': 'HOME\n' };
    const { gathered } = await both({ ...ALL, ...env, 'shop/kustomization.yaml': more });
    return gathered!.find('ConfigMap', namespace, name);
  };
  const GENERATED = 'resources: [apps.yaml]\nconfigMapGenerator:\n  - name: area\n    ';
  const EXACTLY = 'options: {disableNameSuffixHash: true}\n';

  test('is told where it is only gathered', async () => {
    expect(await find(RESOURCES)).toMatchObject({ data: { city: 'bonn' } });
    expect(await find(`${RESOURCES}namespace: shop\n`, 'area', 'shop')).toMatchObject({
      data: { city: 'bonn' },
    });
    expect(await find(`${RESOURCES}namespace: shop\n`, 'area', 'other')).toBeNull();
    expect(await find(RESOURCES, 'other')).toBeNull();
  });

  test('with what a patch merges', async () => {
    const merged = `${RESOURCES}${patch('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: area}\ndata: {street: a}\n')}`;
    expect(await find(merged)).toMatchObject({ data: { city: 'bonn', street: 'a' } });
  });

  test.each([
    ['an env file', 'envs: [area.env]', { CITY: 'bonn', STREET: 'a=b "c"' }],
    ['literals', 'literals: [city=bonn, street=a=b]', { city: 'bonn', street: 'a=b' }],
    ['files', 'files: [map.yaml, till=till.yaml]', { 'map.yaml': MAP, till: TILL }],
  ])('as a generator makes it of %s', async (_what, source, data) => {
    const text = `${GENERATED}${source}\n    ${EXACTLY}`;
    expect(await find(text)).toMatchObject({ data });
    const revision = await revisionOf({
      ...ALL,
      'shop/area.env': 'CITY=bonn\nSTREET=a=b "c"\n',
      'shop/kustomization.yaml': text,
    });
    const rendering = await revision.render(revision.roots.at('shop')!);
    const objects = rendering.kind === 'rendered' ? rendering.objects.map(({ object }) => object) : [];
    expect(objects.find(({ kind }) => kind === 'ConfigMap')).toMatchObject({ data });
  });

  test('is unclear where only Kustomize knows what a generator makes', async () => {
    expect(await find(`${GENERATED}envs: [other.env]\n    ${EXACTLY}`)).toBe('unclear');
    expect(await find(`${GENERATED}literals: ['a="b"']\n    ${EXACTLY}`)).toBe('unclear');
    expect(await find(`${GENERATED}literals: [a=b, a=c]\n    ${EXACTLY}`)).toBe('unclear');
  });

  test('has a hash in its name, unless that is switched off', async () => {
    expect(await find(`${GENERATED}literals: [a=b]\n`)).toBeNull();
    expect(await find(`${GENERATED}literals: [a=b]\n`, 'area-5k7d9h')).toBe('unclear');
    expect(await find(`${GENERATED}literals: [a=b]\ngeneratorOptions: ${EXACTLY.slice(9)}`)).toMatchObject({
      data: { a: 'b' },
    });
  });
});
