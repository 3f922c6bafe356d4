import { describe, expect, test } from 'vitest';
import { applicationSet, HERE, indented, plansIn, type Texts } from './argo-objects.ts';

const MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';

const FILES: Texts = {
  'apps/cart/map.yaml': MAP,
  'apps/Web_1/map.yaml': MAP,
  'apps/old/map.yaml': MAP,
  'apps/.hidden/map.yaml': MAP,
  'apps/cart/deep/map.yaml': MAP,
  'envs/eu/config.yaml': 'env: eu\nimage: {tag: v1}\nzones: [a, b]\n',
  'envs/us/config.json': '[{"env": "us-1"}, {"env": "us-2"}]',
  'envs/README.md': 'no parameters',
  'charts/cart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n',
  'charts/cart/values.yaml': '',
};

const NAMED = (path: string): string => `template:
  metadata: {name: 'app-{{name}}'}
  spec:
    destination: {namespace: '{{name}}'}
    source: {repoURL: ${HERE}, path: '${path}'}
`;

/** Name, namespace and path of each Application; what stands in the way of it, or of all. */
async function applications(spec: string, files: Texts = FILES, origin: string | null = null) {
  const plans = await plansIn(applicationSet(spec), files, origin);
  return plans.map((plan) => {
    if ('option' in plan) return `${plan.ref.kind} ${plan.ref.name}: ${plan.option} (${plan.path})`;
    const { ref, namespace, content } = plan;
    const path =
      content.kind === 'folder' ? content.path : content.chart.kind === 'folder' && content.chart.path;
    return `${ref.namespace}/${ref.name} ${namespace} ${path}`;
  });
}

describe('a list', () => {
  test.each([
    [
      'of elements',
      `generators: [{list: {elements: [{name: cart}, {name: web}]}}]\n${NAMED('apps/{{name}}')}`,
      ['argocd/app-cart cart apps/cart', 'argocd/app-web web apps/web'],
    ],
    [
      'as a text',
      `generators: [{list: {elementsYaml: "[{name: cart}]"}}]\n${NAMED('apps/{{name}}')}`,
      ['argocd/app-cart cart apps/cart'],
    ],
    [
      'with values',
      `generators: [{list: {elements: [{name: cart, values: {folder: apps}}]}}]\n${NAMED('{{values.folder}}/{{name}}')}`,
      ['argocd/app-cart cart apps/cart'],
    ],
    [
      'some of which are selected',
      `generators:
  - list: {elements: [{name: cart, tier: a}, {name: web, tier: b}, {name: api}]}
    selector: {matchExpressions: [{key: tier, operator: NotIn, values: [a]}]}
${NAMED('apps/{{name}}')}`,
      ['argocd/app-web web apps/web', 'argocd/app-api api apps/api'],
    ],
    [
      'with a template of its own in part',
      `generators:
  - list:
      elements: [{name: cart}]
      template: {spec: {source: {path: 'other/{{name}}'}}}
${NAMED('apps/{{name}}')}`,
      ['argocd/app-cart cart other/cart'],
    ],
    [
      'of mappings, with goTemplate',
      `goTemplate: true
generators: [{list: {elements: [{app: {name: Cart}, port: 80}]}}]
template:
  metadata: {name: '{{ .app.name | lower }}-{{ .port }}'}
  spec:
    destination: {namespace: '{{ .team | default "shop" }}'}
    source: {repoURL: ${HERE}, path: 'apps/{{ .app.name | lower }}'}
`,
      ['argocd/cart-80 shop apps/cart'],
    ],
  ])('%s', async (_title, spec, made) => {
    expect(await applications(spec)).toEqual(made);
  });

  test.each([
    [
      'a number without goTemplate',
      `generators: [{list: {elements: [{name: 1}]}}]\n${NAMED('apps/cart')}`,
      'ApplicationSet shops: spec.generators[0].list.elements[0].name, which is not text (apps/cart)',
    ],
    [
      'a name that cannot be told',
      `goTemplate: true
generators: [{list: {elements: [{name: cart}]}}]
template:
  metadata: {name: '{{ shuffle .name }}'}
  spec: {source: {repoURL: ${HERE}, path: apps/cart}}
`,
      'ApplicationSet shops: {{ shuffle .name }} in spec.template.metadata.name (apps/cart)',
    ],
    [
      'a path that cannot be told',
      `goTemplate: true
generators: [{list: {elements: [{name: cart}]}}]
template:
  metadata: {name: '{{ .name }}'}
  spec: {source: {repoURL: ${HERE}, path: 'apps/{{ .nme }}'}}
`,
      'Application cart: {{ .nme }} in spec.template (null)',
    ],
    [
      'a patch that counts with goTemplate only',
      `templatePatch: "spec: {source: {path: other}}"
generators: [{list: {elements: [{name: cart}]}}]
${NAMED('apps/{{name}}')}`,
      'Application app-cart: what counts with goTemplate only in spec.templatePatch (apps/cart)',
    ],
    [
      'a patch with a directive',
      `goTemplate: true
templatePatch: "spec: {source: {$patch: replace, path: other}}"
generators: [{list: {elements: [{name: cart}]}}]
${NAMED('apps/{{name}}').replaceAll('{{name}}', '{{.name}}')}`,
      'Application app-cart: a $patch directive in spec.templatePatch (apps/cart)',
    ],
    [
      'a patch that cannot be told',
      `goTemplate: true
templatePatch: "spec: {source: {path: {{ shuffle .name }}}}"
generators: [{list: {elements: [{name: cart}]}}]
${NAMED('apps/{{name}}').replaceAll('{{name}}', '{{.name}}')}`,
      'Application app-cart: {{ shuffle .name }} in spec.templatePatch (apps/cart)',
    ],
    [
      'two Applications of one name',
      `generators: [{list: {elements: [{name: cart}]}}, {list: {elements: [{name: cart}]}}]\n${NAMED('apps/{{name}}')}`,
      'Application app-cart: two Applications named app-cart (apps/cart)',
    ],
    [
      'a selector that is not known',
      `generators:
  - list: {elements: [{name: cart}]}
    selector: {matchExpressions: [{key: name, operator: Gt, values: ["1"]}]}
${NAMED('apps/cart')}`,
      'ApplicationSet shops: spec.generators[0].selector with Gt (apps/cart)',
    ],
    ...['clusters', 'pullRequest', 'scmProvider', 'plugin', 'clusterDecisionResource'].map((kind) => [
      kind,
      `generators: [{${kind}: {}}]\n${NAMED('apps/cart')}`,
      `ApplicationSet shops: spec.generators[0].${kind} (apps/cart)`,
    ]),
    [
      'clusters, whose names are in the path',
      `generators: [{clusters: {}}]\n${NAMED('apps/{{name}}')}`,
      'ApplicationSet shops: spec.generators[0].clusters (null)',
    ],
    [
      'nothing that is known',
      `generators: [{dice: {}}]\n${NAMED('apps/cart')}`,
      'ApplicationSet shops: spec.generators[0], which is not a known generator (apps/cart)',
    ],
  ])('%s: refused', async (_title, spec, made) => {
    expect((await applications(spec!))[0]).toBe(made);
  });

  test('what one generator cannot tell, another can', async () => {
    const spec = `generators: [{clusters: {}}, {list: {elements: [{name: cart}]}}]\n${NAMED('apps/{{name}}')}`;
    expect(await applications(spec)).toEqual([
      'ApplicationSet shops: spec.generators[0].clusters (null)',
      'argocd/app-cart cart apps/cart',
    ]);
  });
});

describe('folders of the repository', () => {
  const git = (more: string, repository = HERE): string =>
    `generators:\n  - git:\n      repoURL: ${repository}\n${indented(more, 6)}`;
  const template = (name: string, path: string): string =>
    `template: {metadata: {name: '${name}'}, spec: {source: {repoURL: ${HERE}, path: '${path}'}}}\n`;

  test.each([
    [
      'but for those left out',
      git('directories: [{path: apps/*}, {path: apps/old, exclude: true}]') +
        template('{{path.basenameNormalized}}-{{path[0]}}', '{{path}}'),
      ['argocd/web-1-apps null apps/Web_1', 'argocd/cart-apps null apps/cart'],
    ],
    [
      'with values of their own',
      git("directories: [{path: apps/cart}]\nvalues: {app: '{{path.basename}}-x'}") +
        template('{{values.app}}', '{{path}}'),
      ['argocd/cart-x null apps/cart'],
    ],
    [
      'under another name',
      git('directories: [{path: apps/c*t}]\npathParamPrefix: my') +
        template('{{my.path.basename}}', '{{my.path}}'),
      ['argocd/cart null apps/cart'],
    ],
    [
      'with goTemplate',
      `goTemplate: true\n${git("directories: [{path: 'apps/*/*'}]\nvalues: {app: '{{ .path.basename }}'}")}${template(
        '{{ .values.app }}-{{ index .path.segments 1 }}',
        '{{ .path.path }}',
      )}`,
      ['argocd/deep-cart null apps/cart/deep'],
    ],
  ])('%s', async (_title, spec, made) => {
    expect(await applications(spec)).toEqual(made);
  });

  test.each([
    ['of another repository', git('directories: [{path: apps/*}]', 'https://github.com/acme/other')],
    ['of a version', git('directories: [{path: apps/*}]\nrevision: v1.0.0')],
    ['with classes', git('directories: [{path: "apps/[ab]*"}]')],
    ['with neither', git('requeueAfterSeconds: 60')],
    ['with values that ask for something else', git('directories: [{path: apps/cart}]\nvalues: {a: 1}')],
  ])('%s: refused', async (_title, spec) => {
    const made = await applications(spec + template('{{path.basename}}', '{{path}}'));
    expect(made).toEqual([expect.stringMatching(/^ApplicationSet shops: spec\.generators\[0\]\.git/)]);
  });

  test.each([
    ['acme/infra', HERE, 3],
    ['someone/infra', HERE, 3],
    ['acme/other', HERE, 1],
    ['acme/infra', 'https://github.com/acme/other', 1],
  ])('in a clone of %s, those of %s', async (origin, repository, count) => {
    const spec = git('directories: [{path: apps/*}]', repository) + template('{{path.basename}}', '{{path}}');
    const made = await applications(spec, FILES, origin);
    expect(made).toHaveLength(count);
    expect(made[0]!.startsWith('argocd/')).toBe(count > 1);
  });
});

describe('files of the repository', () => {
  const files = (path: string): string =>
    `generators: [{git: {repoURL: ${HERE}, files: [{path: '${path}'}]}}]\n`;

  test('make one Application for each set of parameters', async () => {
    const template = `template: {metadata: {name: '{{env}}'}, spec: {source: {repoURL: ${HERE}, path: '{{path}}/{{path.filename}}'}}}\n`;
    expect(await applications(files('envs/*/config.json') + template)).toEqual([
      'argocd/us-1 null envs/us/config.json',
      'argocd/us-2 null envs/us/config.json',
    ]);
  });

  test.each([
    ['flat', '', '{{env}}-{{image.tag}}-{{zones.1}}-{{path.basename}}'],
    [
      'as they are, with goTemplate',
      'goTemplate: true\n',
      '{{.env}}-{{.image.tag}}-{{index .zones 1}}-{{.path.basename}}',
    ],
  ])('%s', async (_title, options, name) => {
    const template = `template: {metadata: {name: '${name}'}, spec: {source: {repoURL: ${HERE}, path: apps/cart}}}\n`;
    expect(await applications(options + files('envs/eu/*.yaml') + template)).toEqual([
      'argocd/eu-v1-b-eu null apps/cart',
    ]);
  });

  test.each([
    ['a pattern that has two readings', 'envs/*.yaml', 'in one of two ways'],
    ['a file without parameters', 'envs/README.md', 'envs/README.md, which holds no parameters'],
  ])('%s: refused', async (_title, path, obstacle) => {
    const template = `template: {metadata: {name: '{{env}}'}, spec: {source: {repoURL: ${HERE}, path: apps/cart}}}\n`;
    expect(await applications(files(path) + template)).toEqual([expect.stringContaining(obstacle)]);
  });
});

describe('generators of generators', () => {
  const list = (elements: string): string => `list: {elements: [${elements}]}`;

  test.each([
    [
      'a matrix of lists',
      `generators: [{matrix: {generators: [{${list('{name: cart}, {name: web}')}}, {${list('{env: eu}')}}]}}]\n${NAMED('{{env}}/{{name}}')}`,
      ['argocd/app-cart cart eu/cart', 'argocd/app-web web eu/web'],
    ],
    [
      'a matrix whose second half asks the first',
      `generators:
  - matrix:
      generators:
        - {${list('{name: cart}')}}
        - {git: {repoURL: ${HERE}, directories: [{path: 'apps/{{name}}/*'}]}}
${NAMED('{{path}}')}`,
      ['argocd/app-cart cart apps/cart/deep'],
    ],
    [
      'a matrix with goTemplate, the first half wins',
      `goTemplate: true
generators: [{matrix: {generators: [{${list('{app: {name: cart}}')}}, {${list('{app: {name: x, env: eu}}')}}]}}]
template: {metadata: {name: '{{.app.name}}-{{.app.env}}'}, spec: {source: {repoURL: ${HERE}, path: apps/cart}}}
`,
      ['argocd/cart-eu null apps/cart'],
    ],
    [
      'a merge',
      `generators:
  - merge:
      mergeKeys: [name]
      generators:
        - {${list('{name: cart, folder: apps}, {name: web, folder: apps}')}}
        - {${list('{name: web, folder: other}, {name: api, folder: none}')}}
${NAMED('{{folder}}/{{name}}')}`,
      ['argocd/app-cart cart apps/cart', 'argocd/app-web web other/web'],
    ],
  ])('%s', async (_title, spec, made) => {
    expect(await applications(spec)).toEqual(made);
  });

  test.each([
    [
      'a matrix with clusters',
      `generators: [{matrix: {generators: [{clusters: {}}, {${list('{name: a}')}}]}}]`,
      'matrix.generators[0].clusters',
    ],
    [
      'a matrix of one',
      `generators: [{matrix: {generators: [{${list('{name: a}')}}]}}]`,
      'matrix, which is not of two generators',
    ],
    [
      'halves that differ',
      `generators: [{matrix: {generators: [{${list('{name: a}')}}, {${list('{name: b}')}}]}}]`,
      'matrix of generators that differ in name',
    ],
    [
      'a merge without a key',
      `generators: [{merge: {generators: [{${list('{name: a}')}}, {${list('{name: b}')}}]}}]`,
      'merge, which is not of two generators with a key',
    ],
    [
      'a merge whose key is not one',
      `generators: [{merge: {mergeKeys: [env], generators: [{${list('{name: a}, {name: b}')}}, {${list('{name: b}')}}]}}]`,
      'merge, whose key one generator makes twice',
    ],
    [
      'a selector within',
      `generators: [{matrix: {generators: [{${list('{name: a}')}, selector: {matchLabels: {name: a}}}, {${list('{env: b}')}}]}}]`,
      'matrix.generators[0].selector',
    ],
    [
      'a generator of two kinds within',
      `generators: [{matrix: {generators: [{${list('{name: a}')}, clusters: {}}, {${list('{env: b}')}}]}}]`,
      'matrix.generators[0], which is several generators',
    ],
  ])('%s: refused', async (_title, spec, obstacle) => {
    expect(await applications(`${spec}\n${NAMED('apps/cart')}`)).toEqual([
      `ApplicationSet shops: spec.generators[0].${obstacle} (apps/cart)`,
    ]);
  });
});

describe('where a value stands', () => {
  const TEMPLATE = ['spec', 'template', 'spec', 'source', 'helm'];

  async function valuesOf(helm: string, own = '') {
    const [plan] = await plansIn(
      applicationSet(`generators: [{list: {elements: [{name: cart}]${own}}}]
template:
  metadata: {name: '{{name}}'}
  spec:
    source:
      repoURL: ${HERE}
      path: charts/cart
      helm: ${helm}
`),
      FILES,
    );
    if (!plan || 'option' in plan || plan.content.kind !== 'chart') throw new Error(JSON.stringify(plan));
    return plan.content.values;
  }

  test('in the template, in the same words', async () => {
    expect(await valuesOf('{values: "a: 1", parameters: [{name: b, value: "2"}]}')).toEqual([
      { kind: 'inline', values: { a: 1 }, at: [...TEMPLATE, 'values'] },
      { kind: 'set', name: 'b', value: '2', asString: false, at: [...TEMPLATE, 'parameters', 0, 'value'] },
    ]);
  });

  test('nowhere, with a variable in it', async () => {
    expect(await valuesOf('{values: "a: {{name}}", parameters: [{name: b, value: "{{name}}"}]}')).toEqual([
      { kind: 'inline', values: { a: 'cart' }, at: null },
      { kind: 'set', name: 'b', value: 'cart', asString: false, at: null },
    ]);
  });

  test('values beside those with a variable still have their place', async () => {
    expect(
      await valuesOf(
        '{valuesObject: {host: "{{name}}.x", app: {replicas: 2, name: "{{name}}"}, "{{name}}": 1}}',
      ),
    ).toEqual([
      { kind: 'inline', values: { host: 'cart.x', app: { name: 'cart' }, cart: 1 }, at: null },
      { kind: 'inline', values: { app: { replicas: 2 } }, at: [...TEMPLATE, 'valuesObject'] },
    ]);
  });

  test("nowhere, where the generator's own template says it", async () => {
    const own = ', template: {spec: {source: {helm: {values: "a: 2"}}}}';
    expect(await valuesOf('{values: "a: 1"}', own)).toEqual([{ kind: 'inline', values: { a: 2 }, at: null }]);
  });
});
