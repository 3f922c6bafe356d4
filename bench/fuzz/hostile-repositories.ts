import { treeOf, type Tree } from '../../src/tree/tree.ts';

/** What a repository may not reach, in the words in which it would name it. */
export interface Targets {
  /** A file outside, absolute. */
  readonly secret: string;
  /** A folder outside that anybody may write to, absolute. */
  readonly drop: string;
  /** What answers on the loopback interface. */
  readonly url: string;
  readonly port: number;
}

export interface HostileRepository {
  readonly tree: Tree;
  /** What was changed, in the order of the changes. */
  readonly mutations: readonly string[];
}

interface Draft {
  readonly files: Map<string, string>;
  /** What symlinks are said to lead to. */
  readonly links: Map<string, string>;
}

type Random = () => number;

function oneOf<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random() * list.length)]!;
}

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
spec:
  replicas: 2
  template:
    spec:
      containers:
        - name: server
          image: registry.example/cart:1.2.0
          resources: {limits: {memory: 256Mi}}
`;

const KUSTOMIZED: Readonly<Record<string, string>> = {
  'base/kustomization.yaml': 'resources:\n  - deployment.yaml\n',
  'base/deployment.yaml': DEPLOYMENT,
  'app/kustomization.yaml':
    'namespace: shop\nresources:\n  - ../base\nconfigMapGenerator:\n  - name: settings\n    files:\n      - settings.txt\npatches:\n  - path: patch.yaml\n',
  'app/patch.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: cart\nspec:\n  replicas: 3\n',
  'app/settings.txt': 'level=info\n',
};

const CHART: Readonly<Record<string, string>> = {
  'app/Chart.yaml':
    'apiVersion: v2\nname: cart\nversion: 1.0.0\ndependencies:\n  - name: cache\n    version: 0.1.0\n    repository: file://../cache\n',
  'app/values.yaml': 'image:\n  tag: 1.2.0\nreplicas: 2\n',
  'app/values.schema.json': '{"type": "object", "properties": {"replicas": {"type": "integer"}}}\n',
  'app/templates/deployment.yaml': DEPLOYMENT.replace('1.2.0', '{{ .Values.image.tag }}'),
  'cache/Chart.yaml': 'apiVersion: v2\nname: cache\nversion: 0.1.0\n',
  'cache/values.yaml': 'size: 1\n',
  'cache/templates/map.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cache\ndata:\n  size: "{{ .Values.size }}"\n',
};

const INFLATED: Readonly<Record<string, string>> = {
  'app/kustomization.yaml':
    'helmCharts:\n  - name: cart\n    releaseName: cart\n    valuesFile: values.yaml\nhelmGlobals:\n  chartHome: charts\n',
  'app/values.yaml': 'image:\n  tag: 1.3.0\n',
  'app/charts/cart/Chart.yaml': 'apiVersion: v2\nname: cart\nversion: 1.0.0\n',
  'app/charts/cart/values.yaml': 'image:\n  tag: 1.2.0\n',
  'app/charts/cart/templates/deployment.yaml': DEPLOYMENT.replace('1.2.0', '{{ .Values.image.tag }}'),
};

/** Names of things that are not a repository's to name. */
function hostileNames({ secret, drop, url, port }: Targets): readonly string[] {
  const up = '../'.repeat(12).slice(0, -1);
  return [
    secret,
    `${up}${secret}`,
    `file://${secret}`,
    `file:${secret}`,
    `/proc/self/root${secret}`,
    `link${secret}`,

    '/proc/self/environ',
    '/proc/1/environ',
    `/proc/${process.pid}/environ`,
    '/etc/hostname',
    '/dev/zero',
    `${drop}/made`,
    `${up}${drop}/made`,
    `charts/${up}${drop}/made`,
    url,
    url.replace('http://', 'http:/'),
    `git::${url}`,
    `oci://127.0.0.1:${port}/x`,
    `${url}?ref=main`,
    `ssh://git@127.0.0.1:${port}/x`,
    `127.0.0.1:${port}/x/y.git`,
    'git@127.0.0.1:x/y.git',

    '--post-renderer=/bin/sh',
    '--post-renderer',
    '-f',
    `--values=${secret}`,
    `x,${secret}`,
    `$(cat ${secret})`,
    '.',
    '..',
    '',
    '/',
    '//',
    './',
    '../app',
    'a/../../b',
    '*',
    '~',
    '~/x',
    'con',
    '.git/config',
    'x\\y',
    'x\0y',
    'x'.repeat(300),
    'é'.repeat(200),
    '\ud800',
    'x\u2028y',
    'x\u0085y',
    'x\ry',
    '\u202egnp',
    'app',
    'app/kustomization.yaml',
    'Chart.yaml',
    '../base',
    'templates',
  ];
}

/** Fields of a kustomization that make kustomize read, run or fetch something. */
function fieldsNaming(name: string, script: string): readonly string[] {
  const text = JSON.stringify(name);
  const generator = (kind: string, fields: string): string =>
    `generators:\n  - |-\n    {apiVersion: builtin, kind: ${kind}, metadata: {name: x}, ${fields}}\n`;
  const chart = `name: cart, releaseName: cart`;
  return [
    ...[
      'resources',
      'bases',
      'components',
      'crds',
      'configurations',
      'patchesStrategicMerge',
      'generators',
      'transformers',
      'validators',
    ].map((field) => `${field}: [${text}]\n`),
    `patches: [{path: ${text}, target: {kind: Deployment}}]\n`,
    `patchesJson6902: [{path: ${text}, target: {version: v1, kind: Deployment, name: cart}}]\n`,
    `replacements: [{path: ${text}}]\n`,
    `openapi: {path: ${text}}\n`,
    `configMapGenerator: [{name: host, files: [host=${name}]}]\n`,
    `configMapGenerator: [{name: host, files: [${text}]}]\n`,
    `configMapGenerator: [{name: host, envs: [${text}]}]\n`,
    `secretGenerator: [{name: host, env: ${text}}]\n`,
    `helmCharts: [{${chart}, valuesFile: ${text}}]\n`,
    `helmCharts: [{${chart}, additionalValuesFiles: [${text}]}]\n`,
    `helmCharts: [{name: cart, releaseName: ${text}}]\n`,
    `helmCharts: [{name: ${text}, releaseName: cart}]\n`,
    `helmCharts: [{${chart}, repo: ${text}, version: 1.0.0}]\n`,
    `helmCharts: [{${chart}, namespace: ${text}}]\n`,
    `helmCharts: [{${chart}, apiVersions: [${text}]}]\n`,
    `helmCharts: [{${chart}, kubeVersion: ${text}, devel: true, debug: true}]\n`,
    `helmCharts: [{${chart}, nameTemplate: '{{ getHostByName "x.example" }}'}]\n`,
    `helmGlobals: {chartHome: ${text}}\n`,
    `helmGlobals: {configHome: ${text}}\n`,
    `helmChartInflationGenerator: [{chartName: cart, chartHome: ${text}}]\n`,
    generator('HelmChartInflationGenerator', `name: cart, chartHome: charts, releaseName: ${text}`),
    generator('HelmChartInflationGenerator', `name: cart, helmCommand: ./run.sh`),
    generator('ConfigMapGenerator', `files: [host=${name}]`),
    generator('SecretGenerator', `envs: [${text}]`),
    `generators:\n  - '{apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: x}, files: ["host=${name.replaceAll("'", '')}"]} #.yaml'\n`,
    `transformers:\n  - |-\n    {apiVersion: builtin, kind: PatchTransformer, metadata: {name: x}, path: ${text}, target: {kind: Deployment}}\n`,
    `transformers:\n  - |-\n    {apiVersion: example.com/v1, kind: Runs, metadata: {name: x, annotations: {config.kubernetes.io/function: "exec: {path: ${script}}"}}}\n`,
    `transformers:\n  - |-\n    {apiVersion: example.com/v1, kind: Runs, metadata: {name: x, annotations: {config.kubernetes.io/function: "container: {image: x, network: true, mounts: [{type: bind, src: /, dst: /host}]}"}}}\n`,
  ];
}

/** Expressions that charts use to get at what is not theirs. */
function expressions(name: string, { drop }: Targets): readonly string[] {
  const text = JSON.stringify(name.replaceAll('\0', ''));
  return [
    `{{ .Files.Get ${text} | quote }}`,
    `{{ (.Files.Glob ${text}).AsConfig | quote }}`,
    `{{ .Files.Lines ${text} | join "" | quote }}`,
    '{{ getHostByName "localhost" | quote }}',
    '{{ lookup "v1" "Secret" "default" "x" | toJson | quote }}',
    '{{ env "HOME" | quote }}',
    '{{ expandenv "$PATH" | quote }}',
    `{{ tpl (.Files.Get ${text}) . | quote }}`,
    `{{ include ${text} . }}`,
    '{{ range until 3000 }}x{{ end }}',
    `\n---\n#!/bin/sh\ntouch ${drop}/made\n`,
  ];
}

const SEPARATORS = ['\u2028', '\u2029', '\u0085', '\r', '\v', '\f', '\u00a0', '\ufeff'];

type Mutation = readonly [name: string, change: (draft: Draft, random: Random, targets: Targets) => void];

function anyFile({ files }: Draft, random: Random, pattern: RegExp = /./): string | undefined {
  const paths = [...files.keys()].filter((path) => pattern.test(path));
  return paths.length === 0 ? undefined : oneOf(paths, random);
}

function edit(draft: Draft, path: string | undefined, change: (text: string) => string): void {
  if (path !== undefined) draft.files.set(path, change(draft.files.get(path)!));
}

const MUTATIONS: readonly Mutation[] = [
  [
    'a value becomes a hostile name',
    (draft, random, targets) =>
      edit(draft, anyFile(draft, random, /\.(ya?ml|json)$/), (text) => {
        const lines = text.split('\n');
        const at = Math.floor(random() * lines.length);
        const name = JSON.stringify(oneOf(hostileNames(targets), random));
        lines[at] = lines[at]!.replace(/(: |- )\S.*$/, (_all, mark: string) => `${mark}${name}`);
        return lines.join('\n');
      }),
  ],
  [
    'a field of a kustomization names something hostile',
    (draft, random, targets) =>
      edit(draft, anyFile(draft, random, /kustomization\.yaml$/), (text) => {
        const field = oneOf(fieldsNaming(oneOf(hostileNames(targets), random), './run.sh'), random);
        const key = field.slice(0, field.indexOf(':'));
        const kept = text.replace(new RegExp(`^${key}:.*\\n(?:[ -].*\\n)*`, 'm'), '');
        return kept + field;
      }),
  ],
  [
    'a field hides behind a line separator',
    (draft, random, targets) =>
      edit(draft, anyFile(draft, random, /kustomization\.yaml$|Chart\.yaml$|values/), (text) => {
        const field = oneOf(fieldsNaming(oneOf(hostileNames(targets), random), './run.sh'), random);
        const separator = oneOf(SEPARATORS, random);
        return `${text}# ${oneOf(['comment', '', '|', '"'], random)}${separator}${field.replaceAll('\n', separator)}\n`;
      }),
  ],
  [
    'a field is written twice, tagged or in another case',
    (draft, random, targets) =>
      edit(draft, anyFile(draft, random, /kustomization\.yaml$/), (text) => {
        const name = JSON.stringify(oneOf(hostileNames(targets), random));
        const field = oneOf(
          [
            `resources: [${name}]\n`,
            `Resources: [${name}]\n`,
            `re\\u0073ources: [${name}]\n`,
            `"re\\x73ources": [${name}]\n`,
            `? resources\n: [${name}]\n`,
            `!!str resources: [${name}]\n`,
            `<<: {resources: [${name}]}\n`,
            `x: &x [${name}]\nresources: *x\n`,
            `resources: !!binary ${Buffer.from(name).toString('base64')}\n`,
            `--- \nresources: [${name}]\n`,
            `... \nresources: [${name}]\n`,
          ],
          random,
        );
        return text + field;
      }),
  ],
  [
    'a committed file has the name of something hostile',
    (draft, random, targets) => {
      const name = oneOf(hostileNames(targets), random);
      const folder = oneOf(['', 'app/', 'base/', 'app/charts/', 'app/templates/'], random);
      draft.files.set(folder + name, oneOf([DEPLOYMENT, 'a: 1\n', '#!/bin/sh\n'], random));
      if (random() < 0.7)
        edit(draft, anyFile(draft, random, /kustomization\.yaml$/), (text) =>
          text.replace('resources:\n', `resources:\n  - ${JSON.stringify(name)}\n`),
        );
    },
  ],
  [
    'a symlink leads somewhere hostile',
    (draft, random, targets) => {
      const path = oneOf([...draft.files.keys(), 'app/link', 'app/charts', 'link'], random);
      const text = draft.files.get(path);
      draft.files.delete(path);
      draft.links.set(path, oneOf(['base', 'app', '.', path, ...hostileNames(targets)], random));
      if (text !== undefined && random() < 0.3) draft.files.set(`${path}/inside`, text);
    },
  ],
  [
    'a dependency has a hostile name, alias, version or repository',
    (draft, random, targets) =>
      edit(draft, anyFile(draft, random, /Chart\.yaml$/), (text) => {
        const name = (): string => JSON.stringify(oneOf(hostileNames(targets), random));
        const dependency = oneOf(
          [
            `{name: ${name()}, version: 0.1.0, repository: "file://../cache"}`,
            `{name: cache, alias: ${name()}, version: 0.1.0, repository: "file://../cache"}`,
            `{name: cache, version: ${name()}, repository: "file://../cache"}`,
            `{name: cache, version: 0.1.0, repository: ${name()}}`,
            `{name: ${name()}, version: 0.1.0, repository: ${name()}}`,
            `{name: cache, version: 0.1.0, repository: "file://../cache", import-values: [${name()}], condition: ${name()}}`,
          ],
          random,
        );
        return `${text.replace(/^dependencies:\n(?: .*\n)*/m, '')}dependencies: [${dependency}]\n`;
      }),
  ],
  [
    'a chart has a hostile name',
    (draft, random, targets) =>
      edit(draft, anyFile(draft, random, /Chart\.yaml$/), (text) =>
        text.replace(/^name: .*$/m, () => `name: ${JSON.stringify(oneOf(hostileNames(targets), random))}`),
      ),
  ],
  [
    'a schema refers to something hostile',
    (draft, random, targets) => {
      const reference = JSON.stringify(oneOf(hostileNames(targets), random).replace(/^\//, 'file:///'));
      const schema = oneOf(
        [
          `{"$ref": ${reference}}`,
          `{"properties": {"image": {"$ref": ${reference}}}}`,
          `{"$id": ${reference}, "$ref": "x.json"}`,
          `{"$schema": ${reference}}`,
          `{"allOf": [{"$ref": ${reference}}], "$defs": {"a": {"$dynamicRef": ${reference}}}}`,
        ],
        random,
      );
      const folder = anyFile(draft, random, /Chart\.yaml$/)?.replace('Chart.yaml', '') ?? 'app/';
      draft.files.set(`${folder}values.schema.json`, schema);
    },
  ],
  [
    'a template asks for something hostile',
    (draft, random, targets) =>
      edit(draft, anyFile(draft, random, /templates\//), (text) => {
        const expression = oneOf(expressions(oneOf(hostileNames(targets), random), targets), random);
        return `${text}---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: asked\ndata:\n  answer: ${expression}\n`;
      }),
  ],
  [
    'the chart renders to a script',
    (draft, random, { drop, secret }) =>
      edit(
        draft,
        anyFile(draft, random, /templates\//),
        () => `#!/bin/sh\ncat ${secret}; touch ${drop}/made; cat\n`,
      ),
  ],
  [
    'lines are lost, doubled or swapped',
    (draft, random) =>
      edit(draft, anyFile(draft, random), (text) => {
        const lines = text.split('\n');
        const at = Math.floor(random() * lines.length);
        const how = random();
        if (how < 0.3) lines.splice(at, 1);
        else if (how < 0.6) lines.splice(at, 0, lines[at]!);
        else lines.push(...lines.splice(at, 1));
        return lines.join('\n');
      }),
  ],
  [
    'a character is put in',
    (draft, random) =>
      edit(draft, anyFile(draft, random), (text) => {
        const at = Math.floor(random() * text.length);
        const character = oneOf(
          [...SEPARATORS, '\0', '\t', '{', '&a ', '*a', '!!x ', '%', '\ud800', '"', "'", '#'],
          random,
        );
        return text.slice(0, at) + character + text.slice(at);
      }),
  ],
  [
    'the files are elsewhere',
    (draft, random, targets) => {
      const path = anyFile(draft, random);
      if (path === undefined) return;
      const text = draft.files.get(path)!;
      draft.files.delete(path);
      draft.files.set(
        `${oneOf(['..', 'app/..', 'app/../..', '.', '/', targets.drop, ''], random)}/${path}`,
        text,
      );
    },
  ],
];

/** One repository that tries to get out: one of a few ordinary ones, with one to four changes. The same `random` makes the same one. */
export function hostileRepository(random: Random, targets: Targets): HostileRepository {
  const base = oneOf([KUSTOMIZED, CHART, INFLATED, { ...CHART, ...INFLATED, ...KUSTOMIZED }], random);
  const draft: Draft = { files: new Map(Object.entries(base)), links: new Map() };
  draft.files.set('app/run.sh', `#!/bin/sh\ntouch ${targets.drop}/made\n`);
  const mutations = Array.from({ length: 1 + Math.floor(random() * 4) }, () => oneOf(MUTATIONS, random));
  for (const [, change] of mutations) change(draft, random, targets);
  return { tree: treeWithLinks(draft), mutations: mutations.map(([name]) => name) };
}

/** Symlinks lead to whatever they say, also where the real trees would have found that to be outside. */
function treeWithLinks({ files, links }: Draft): Tree {
  const tree = treeOf(Object.fromEntries(files));
  const paths = [...new Set([...tree.paths(), ...links.keys()])].sort();
  return {
    ...tree,
    paths: () => paths,
    entry: (path) => {
      const target = links.get(path);
      return target === undefined ? tree.entry(path) : { kind: 'symlink', target };
    },
    read: (path) => (links.has(path) ? undefined : tree.read(path)),
  };
}
