import { describe, expect, test } from 'vitest';
import { helmfileReleases, isHelmfile } from '../../../src/sources/declarations/helmfile.ts';
import { ownFolder } from '../../../src/sources/declarations/helmfile-release.ts';
import { treeOf } from '../../../src/tree/tree.ts';

const CHART = { 'charts/cart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n' };

/** `cart (environment prod) of charts/cart in shop: {"tag":1}`, or what is refused. */
function releasesOf(files: Readonly<Record<string, string>>, file = 'helmfile.yaml'): readonly string[] {
  return helmfileReleases(treeOf({ ...CHART, ...files }), file).map(({ plan }) => {
    const by = plan.by.replace(/^helmfile \S+ (release )?/, '');
    if ('option' in plan) return `${by}: not followed, ${plan.option}`;
    if (plan.content.kind !== 'chart') throw new Error('no chart');
    const { chart, release, values, unknownValues = [] } = plan.content;
    const from = chart.kind === 'folder' ? chart.path : `${chart.repository}/${chart.name} ${chart.version}`;
    const given = values.map((one) =>
      one.kind === 'file'
        ? one.path
        : one.kind === 'set'
          ? `${one.name}${one.asString ? ':=' : '='}${one.value}`
          : JSON.stringify(one.values),
    );
    const rest = [...(plan.unknowns ?? []), ...unknownValues].map((one) => `; unknown ${one}`);
    return `${by} of ${from} in ${release.namespace}: ${given.join(' ')}${rest.join('')}`;
  });
}

describe('releases', () => {
  test.each([
    [
      'files, inline values and sets in their order',
      {
        'helmfile.yaml': `releases:
  - name: cart
    namespace: shop
    chart: ./charts/cart
    values: [a.yaml, {b: 1}]
    set: [{name: c.d, value: "x,y"}]
    setString: [{name: e, value: 1}]
`,
        'a.yaml': 'a: 1\n',
      },
      ['cart of charts/cart in shop: a.yaml {"b":1} c.d=x\\,y e:=1'],
    ],
    [
      'a release that is not installed, and one whose condition is not met',
      {
        'helmfile.yaml': `environments: {default: {values: [{one: {enabled: false}, two: {enabled: true}}]}}
releases:
  - {name: off, chart: ./charts/cart, installed: false}
  - {name: one, chart: ./charts/cart, condition: one.enabled}
  - {name: two, chart: ./charts/cart, condition: two.enabled}
`,
      },
      ['two of charts/cart in default: '],
    ],
    [
      'published charts',
      {
        'helmfile.yaml': `repositories:
  - {name: acme, url: "https://charts.example/acme"}
  - {name: oci, url: registry.example/charts, oci: true}
releases:
  - {name: a, chart: acme/redis, version: 1.2.3}
  - {name: b, chart: oci/redis}
  - {name: c, chart: "oci://registry.example/x/redis", version: "4"}
  - {name: d, chart: unknown/redis}
  - {name: e, chart: redis}
`,
      },
      [
        'a of https://charts.example/acme/redis 1.2.3 in default: ',
        'b of oci://registry.example/charts/redis * in default: ',
        'c of oci://registry.example/x/redis 4 in default: ',
        'd of unknown/redis * in default: ',
        'e: not followed, redis, the chart of release e of helmfile.yaml',
      ],
    ],
    [
      'what speaks of the release is filled in last',
      {
        'helmfile.yaml': `releases:
  - name: cart
    namespace: shop
    chart: ./charts/{{ .Release.Name }}
    values: ["{{ .Release.Namespace }}/{{\`{{ .Release.Name }}\`}}.yaml"]
`,
        'shop/cart.yaml': '',
      },
      ['cart of charts/cart in shop: shop/cart.yaml'],
    ],
    [
      'lists of a template come before those of the release, and its namespace counts',
      {
        'helmfile.yaml': `templates:
  base: {namespace: shop, values: [{a: 1}], set: [{name: x, value: 1}]}
releases:
  - name: cart
    namespace: other
    chart: ./charts/cart
    inherit: [{template: base, except: [set]}]
    values: [{a: 2}]
`,
      },
      ['cart of charts/cart in shop: {"a":1} {"a":2}'],
    ],
    [
      'a missing file may be forgiven',
      {
        'helmfile.yaml': `releases:
  - {name: a, chart: ./charts/cart, values: [none.yaml], missingFileHandler: Warn}
  - {name: b, chart: ./charts/cart, values: [none.yaml]}
`,
      },
      ['a of charts/cart in default: ', 'b: not followed, none.yaml, which this repository does not have'],
    ],
    [
      'values that lie elsewhere may say otherwise',
      {
        'helmfile.yaml':
          'releases: [{name: a, chart: ./charts/cart, values: [/etc/a.yaml, "git::https://example.org/a@b.yaml", {a: 1}]}]\n',
      },
      [
        'a of charts/cart in default: {"a":1}; unknown /etc/a.yaml, values of release a,; unknown git::https://example.org/a@b.yaml, values of release a,',
      ],
    ],
    [
      'secrets may say otherwise',
      { 'helmfile.yaml': 'releases: [{name: a, chart: ./charts/cart, secrets: [s.yaml]}]\n' },
      ['a of charts/cart in default: ; unknown s.yaml, a file of secrets,'],
    ],
    [
      'what changes the objects behind the chart',
      {
        'helmfile.yaml': `releases:
  - {name: a, chart: ./charts/cart, jsonPatches: [{target: {kind: Deployment}}]}
  - {name: b, chart: ./charts/cart}
`,
      },
      ['a: not followed, jsonPatches of release a of helmfile.yaml', 'b of charts/cart in default: '],
    ],
    [
      'no mapping',
      { 'helmfile.yaml': '- a\n' },
      ['helmfile helmfile.yaml: not followed, helmfile.yaml, which cannot be read as a mapping'],
    ],
  ])('%s', (_name, files, releases) => {
    expect(releasesOf(files as unknown as Readonly<Record<string, string>>)).toEqual(releases);
  });
});

describe('environments', () => {
  const RELEASES = `releases:
  - name: cart
    chart: ./charts/cart
    values: [{tag: "{{ .Values.tag }}", name: "{{ .Environment.Name }}"}]
`;

  test('each has values of its own over those of the whole file, and a part sees those above it', () => {
    const files = {
      'helmfile.yaml': `values: [{tag: a}]
environments:
  dev: {}
  prod: {values: [env/*.yaml]}
---
${RELEASES}`,
      'env/1.yaml': 'tag: b\n',
      'env/2.yaml': 'tag: c\n',
    };
    expect(releasesOf(files)).toEqual([
      'cart (environment dev) of charts/cart in default: {"tag":"a","name":"dev"}',
      'cart (environment prod) of charts/cart in default: {"tag":"c","name":"prod"}',
    ]);
  });

  test('a part of an older helmfile sees the environments that it names itself', () => {
    const files = {
      'helmfile.yaml': `environments: {prod: {values: ["env/{{ .Environment.Name }}.yaml"]}}\n${RELEASES}`,
      'env/prod.yaml': 'tag: b\n',
    };
    expect(releasesOf(files)).toEqual(['cart of charts/cart in default: {"tag":"b","name":"prod"}']);
  });

  test('those with the same files are one release where nothing asks for their name', () => {
    const all = (values: string): string =>
      `environments: {dev: {values: [${values}]}, prod: {values: [${values}]}}\n---\nreleases: [{name: cart, chart: ./charts/cart, values: [{tag: "{{ .Values.tag }}"}]}]\n`;
    const own = { 'a.yaml': 'tag: a\n' };
    expect(releasesOf({ 'helmfile.yaml': all('a.yaml'), ...own })).toEqual([
      'cart of charts/cart in default: {"tag":"a"}',
    ]);
    expect(releasesOf({ 'helmfile.yaml': all('{tag: a}') })).toEqual([
      'cart (environment dev) of charts/cart in default: {"tag":"a"}',
      'cart (environment prod) of charts/cart in default: {"tag":"a"}',
    ]);
  });

  test('a base has its files where the helmfile is, and a helmfile below takes values from above', () => {
    const files = {
      'a/helmfile.yaml': `bases: [../common/base.yaml]\n---\nhelmfiles: [{path: b, values: [{tag: "{{ .Values.tag }}"}]}]\n`,
      'common/base.yaml': 'environments: {prod: {values: [prod.yaml]}}\n',
      'a/prod.yaml': 'tag: d\n',
      'a/b/helmfile.yaml': `environments: {prod: {}}\n---\nreleases: [{name: cart, chart: ../../charts/cart, values: [{tag: "{{ .Values.tag }}"}]}]\n`,
    };
    expect(releasesOf(files, 'a/helmfile.yaml')).toEqual(['cart of charts/cart in default: {"tag":"d"}']);
  });

  test('selectors choose among the releases of a helmfile below', () => {
    const files = {
      'helmfile.yaml': 'helmfiles: [{path: b.yaml, selectors: ["tier=web,name!=c"]}]\n',
      'b.yaml': `releases:
  - {name: a, chart: ./charts/cart, labels: {tier: web}}
  - {name: b, chart: ./charts/cart, labels: {tier: db}}
  - {name: c, chart: ./charts/cart, labels: {tier: web}}
`,
    };
    expect(releasesOf(files)).toEqual(['a of charts/cart in default: ']);
  });

  test('secrets of an environment may say otherwise', () => {
    const files = {
      'helmfile.yaml':
        'environments: {default: {secrets: [s.yaml]}}\nreleases: [{name: a, chart: ./charts/cart}]\n',
    };
    expect(releasesOf(files)).toEqual([
      'a of charts/cart in default: ; unknown s.yaml, the secrets of environment default,',
    ]);
  });
});

describe('templates', () => {
  const release = (more: string): string => `releases:\n  - name: cart\n    chart: ./charts/cart\n${more}`;

  test.each([
    ['get with a path', 'values: [{a: {{ .Values | get "x.y" 7 }}}]', '{"a":7}'],
    ['a file that is read', 'values: [{a: {{ readFile "a.txt" }}}]', '{"a":5}'],
    ['numbers compare', 'values: [{a: {{ if eq 3 3 }}1{{ else }}2{{ end }}}]', '{"a":1}'],
    [
      'what nobody knows stands for itself',
      'set: [{name: a, value: {{ env "TAG" }}}]',
      'a=xx-unknown-0-xx; unknown {{ env "TAG" }} at helmfile.yaml:4',
    ],
    [
      'so does a condition within a line',
      'set: [{name: a, value: \'{{ if env "A" }}1{{ else }}2{{ end }}\'}]',
      'a=xx-unknown-0-xx; unknown {{ if env "A" }} at helmfile.yaml:4',
    ],
  ])('%s', (_name, line, given) => {
    expect(releasesOf({ 'helmfile.yaml': release(`    ${line}\n`), 'a.txt': '5' })).toEqual([
      `cart of charts/cart in default: ${given}`,
    ]);
  });

  test.each([
    [
      'a name',
      'releases:\n  - name: {{ env "NAME" }}\n    chart: ./charts/cart\n',
      '{{ env "NAME" }} at helmfile.yaml:2',
    ],
    ['a condition', `{{ if env "CI" }}\n${release('')}{{ end }}\n`, '{{ env "CI" }} at helmfile.yaml:1'],
    ['a file that is read', release('    values: [{{ readFile "x" }}]\n'), null],
  ])('%s that nobody knows', (_name, helmfile, option) => {
    const [only] = releasesOf({ 'helmfile.yaml': helmfile });
    expect(only).toContain('not followed');
    if (option !== null) expect(only).toContain(option);
  });
});

test('helmfiles that include each other end', () => {
  const all = Object.fromEntries(
    Array.from({ length: 8 }, (_, index) => [
      `${index}.yaml`,
      'helmfiles: ["*.yaml"]\nreleases: [{name: a, chart: ./charts/cart}]\n',
    ]),
  );
  const releases = releasesOf({ ...all, 'helmfile.yaml': 'helmfiles: ["*.yaml"]\n' });
  expect(releases).toContain('a of charts/cart in default: ');
  expect(releases.length).toBeLessThan(10);
});

test('loops that write nothing end', () => {
  const loop = '{{ range $.Values.many }}'.repeat(6) + '{{ end }}'.repeat(6);
  const many = JSON.stringify(Array.from({ length: 300 }, () => 1));
  const files = { 'helmfile.yaml': `values: [{many: ${many}}]\n---\n${loop}\n` };
  expect(releasesOf(files)).toEqual([expect.stringContaining('a template that becomes more than 1 MiB')]);
});

test('what helmfile takes without being told', () => {
  const names = [
    'helmfile.yaml',
    'a/helmfile.yaml.gotmpl',
    'helmfile.d/1.yaml',
    'a/helmfile.d/b.yaml.gotmpl',
  ];
  expect(names.every(isHelmfile)).toBe(true);
  expect(names.map(ownFolder)).toEqual(['.', 'a', '.', 'a']);
  expect(['helmfile-edge.yaml', 'edge.helmfile.yaml', 'helmfile.edge.yaml.gotmpl'].every(isHelmfile)).toBe(
    true,
  );
  expect(
    ['helmfile.yaml.bak', 'helmfile.d/a/b.yaml', 'helmfiles.yaml', 'helmfile.lock'].some(isHelmfile),
  ).toBe(false);
});
