import { describe, expect, test } from 'vitest';
import { blame } from '../../src/blame/blame.ts';
import { openRepository } from '../../src/git/open-repository.ts';
import type { Blame } from '../../src/model/layers.ts';
import { type Files, renderers, revisionOf } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';

const kustomized = needsTool('kustomize');
const charted = needsTool('helm');
const MEMORY = 'spec.template.spec.containers[name=lamp].resources.limits.memory';

function lamp(memory: string, image = 'fogbank/lamp:1.0.0'): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: lamp
spec:
  replicas: 1
  selector: {matchLabels: {app: lamp}}
  template:
    metadata: {labels: {app: lamp}}
    spec:
      containers:
        - name: lamp
          image: ${image}
          args: [--beam, wide]
          resources: {limits: {memory: ${memory}, cpu: 1}}
`;
}

function patch(memory: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: lamp
spec:
  template:
    spec:
      containers:
        - name: lamp
          resources:
            limits:
              memory: ${memory}
`;
}

async function layersOf(
  files: Files,
  field = MEMORY,
  root = 'prod',
  name = 'lamp',
): Promise<readonly string[]> {
  const answer = await answerTo(files, field, root, name);
  return answer.layers.map(
    ({ site, kind, origin, value, wins }) =>
      `${wins ? 'wins' : 'hidden'} ${site.file}:${site.line}:${site.column} ${site.path} = ${String(value)} (${kind}${origin === null ? '' : `, ${origin}`})`,
  );
}

async function answerTo(files: Files, field: string, root: string, name = 'lamp'): Promise<Blame> {
  const revision = await revisionOf(files);
  const only = revision.roots.at(root);
  const answer = await blame(
    { revision, renderers, repository: await openRepository(import.meta.dirname) },
    {
      wanted: { kind: 'Deployment', name },
      live: null,
      roots: only && [only],
      areNamed: only !== null,
    },
    field,
  );
  if (answer.kind === 'declined') throw new Error(`${answer.code}: ${answer.reason}`);
  return answer;
}

describe('layers of a kustomization', () => {
  kustomized(
    'are patch over component over base, each confirmed by a render without those above',
    async () => {
      const files = {
        'base/kustomization.yaml': 'resources: [lamp.yaml]\n',
        'base/lamp.yaml': lamp('128Mi'),
        'bright/kustomization.yaml':
          'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: memory.yaml}]\n',
        'bright/memory.yaml': patch('256Mi'),
        'prod/kustomization.yaml':
          'resources: [../base]\ncomponents: [../bright]\npatches: [{path: more.yaml}]\n',
        'prod/more.yaml': patch('512Mi # for the fog'),
      };
      expect(await layersOf(files)).toEqual([
        'wins prod/more.yaml:12:23 spec.template.spec.containers[0].resources.limits.memory = 512Mi (strategic-merge-patch, overlay)',
        'hidden bright/memory.yaml:12:23 spec.template.spec.containers[0].resources.limits.memory = 256Mi (strategic-merge-patch, component)',
        'hidden base/lamp.yaml:15:40 spec.template.spec.containers[0].resources.limits.memory = 128Mi (resource, base)',
      ]);
    },
  );

  kustomized('are also told where the overlay says what the base says', async () => {
    const files = {
      'base/kustomization.yaml': 'resources: [lamp.yaml]\n',
      'base/lamp.yaml': lamp('128Mi'),
      'prod/kustomization.yaml': 'resources: [../base]\npatches: [{path: more.yaml}]\n',
      'prod/more.yaml': patch('128Mi'),
    };
    expect((await layersOf(files)).map((line) => line.split(' ')[1])).toEqual([
      'prod/more.yaml:12:23',
      'base/lamp.yaml:15:40',
    ]);
  });

  kustomized('are operations of a JSON patch, of a file and inline', async () => {
    const files = {
      'base/kustomization.yaml': 'resources: [lamp.yaml]\n',
      'base/lamp.yaml': lamp('128Mi'),
      'prod/kustomization.yaml': `resources: [../base]
patches:
  - target: {kind: Deployment}
    path: first.yaml
  - target: {kind: Deployment}
    patch: |-
      - op: replace
        path: /spec/template/spec/containers/0/resources/limits/memory
        value: 1Gi
`,
      'prod/first.yaml':
        '- op: replace\n  path: /spec/template/spec/containers/0/resources/limits/memory\n  value: 512Mi\n',
    };
    expect(await layersOf(files)).toEqual([
      'wins prod/kustomization.yaml:9:16 patches[1].patch > [0].value = 1Gi (json-patch, overlay)',
      'hidden prod/first.yaml:3:10 [0].value = 512Mi (json-patch, overlay)',
      'hidden base/lamp.yaml:15:40 spec.template.spec.containers[0].resources.limits.memory = 128Mi (resource, base)',
    ]);
  });

  kustomized('are an images entry over the image of the manifest', async () => {
    const files = {
      'base/kustomization.yaml': 'resources: [lamp.yaml]\nimages: [{name: fogbank/lamp, newTag: 1.1.0}]\n',
      'base/lamp.yaml': lamp('128Mi'),
      'prod/kustomization.yaml': 'resources: [../base]\nimages:\n- name: fogbank/lamp\n  newTag: 1.2.0\n',
    };
    expect(await layersOf(files, 'spec.template.spec.containers[name=lamp].image')).toEqual([
      'wins prod/kustomization.yaml:4:11 images[0].newTag = fogbank/lamp:1.2.0 (images, overlay)',
      'hidden base/kustomization.yaml:2:39 images[0].newTag = fogbank/lamp:1.1.0 (images, base)',
      'hidden base/lamp.yaml:13:18 spec.template.spec.containers[0].image = fogbank/lamp:1.0.0 (resource, base)',
    ]);
  });

  kustomized('are a replicas entry over the manifest', async () => {
    const files = {
      'base/kustomization.yaml': 'resources: [lamp.yaml]\n',
      'base/lamp.yaml': lamp('128Mi'),
      'prod/kustomization.yaml': 'resources: [../base]\nreplicas: [{name: lamp, count: 3}]\n',
    };
    expect(await layersOf(files, 'spec.replicas')).toEqual([
      'wins prod/kustomization.yaml:2:32 replicas[0].count = 3 (replicas, overlay)',
      'hidden base/lamp.yaml:6:13 spec.replicas = 1 (resource, base)',
    ]);
  });

  kustomized('are a labels entry, which no marker shows', async () => {
    const files = {
      'prod/kustomization.yaml': 'resources: [lamp.yaml]\nlabels:\n  - pairs: {team: harbour}\n',
      'prod/lamp.yaml': lamp('128Mi'),
    };
    expect(await layersOf(files, 'metadata.labels.team')).toEqual([
      'wins prod/kustomization.yaml:3:19 labels[0].pairs.team = harbour (labels, base)',
    ]);
  });

  const IDENTIFIED = {
    'base/kustomization.yaml':
      'resources: [lamp.yaml]\nnamespace: quay\nnameSuffix: -blue\ncommonLabels: {crew: night}\n',
    'base/lamp.yaml': lamp('128Mi').replace(
      '  name: lamp\n',
      '  name: lamp\n  namespace: shore\n  labels: {crew: day}\n',
    ),
    'prod/kustomization.yaml':
      'resources: [../base]\nnamespace: harbour\nnamePrefix: north-\nlabels: [{pairs: {crew: all}, includeSelectors: true}]\n',
  };

  kustomized.each([
    [
      'namespace over namespace over the manifest',
      'metadata.namespace',
      [
        'wins prod/kustomization.yaml:2:12 namespace = harbour (namespace, overlay)',
        'hidden base/kustomization.yaml:2:12 namespace = quay (namespace, base)',
        'hidden base/lamp.yaml:5:14 metadata.namespace = shore (resource, base)',
      ],
    ],
    [
      'prefix, suffix and the name between them, which make the name together',
      'metadata.name',
      [
        'wins prod/kustomization.yaml:3:13 namePrefix = north-lamp-blue (name, overlay)',
        'wins base/kustomization.yaml:3:13 nameSuffix = north-lamp-blue (name, base)',
        'wins base/lamp.yaml:4:9 metadata.name = north-lamp-blue (resource, base)',
      ],
    ],
    [
      'labels over commonLabels over the manifest',
      'metadata.labels.crew',
      [
        'wins prod/kustomization.yaml:4:25 labels[0].pairs.crew = all (labels, overlay)',
        'hidden base/kustomization.yaml:4:22 commonLabels.crew = night (labels, base)',
        'hidden base/lamp.yaml:6:18 metadata.labels.crew = day (resource, base)',
      ],
    ],
  ])('are %s', async (_what, field, layers) => {
    expect(await layersOf(IDENTIFIED, field, 'prod', 'north-lamp-blue')).toEqual(layers);
  });

  kustomized('leave out a namespace that another kustomization sets again', async () => {
    const files = { ...IDENTIFIED, 'other/kustomization.yaml': 'resources: [../prod]\nnamespace: reef\n' };
    expect((await layersOf(files, 'metadata.namespace', 'other', 'north-lamp-blue'))[0]).toBe(
      'wins other/kustomization.yaml:2:12 namespace = reef (namespace, overlay)',
    );
  });

  kustomized('are a list that a patch replaces whole', async () => {
    const files = {
      'base/kustomization.yaml': 'resources: [lamp.yaml]\n',
      'base/lamp.yaml': lamp('128Mi'),
      'prod/kustomization.yaml': 'resources: [../base]\npatches: [{path: args.yaml}]\n',
      'prod/args.yaml': patch('1Gi').replace(/ {10}resources:[^]*/, '          args: [--beam, narrow]\n'),
    };
    expect(await layersOf(files, 'spec.template.spec.containers[0].args[1]')).toEqual([
      'wins prod/args.yaml:10:26 spec.template.spec.containers[0].args[1] = narrow (strategic-merge-patch, overlay)',
      'hidden base/lamp.yaml:14:26 spec.template.spec.containers[0].args[1] = wide (resource, base)',
    ]);
  });

  kustomized('are one where nothing lies below', async () => {
    const files = { 'prod/kustomization.yaml': 'resources: [lamp.yaml]\n', 'prod/lamp.yaml': lamp('128Mi') };
    expect(await layersOf(files)).toHaveLength(1);
  });
});

test('a plain manifest is one layer', async () => {
  expect(await layersOf({ 'prod/lamp.yaml': lamp('128Mi') })).toEqual([
    'wins prod/lamp.yaml:15:40 spec.template.spec.containers[0].resources.limits.memory = 128Mi (manifest)',
  ]);
});

describe('layers of a chart', () => {
  const TEMPLATE = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: lamp
spec:
  replicas: {{ .Values.replicas | default 1 }}
  selector: {matchLabels: {app: lamp}}
  template:
    metadata: {labels: {app: lamp}}
    spec:
      containers:
        - name: lamp
          image: {{ .Values.image }}
          resources: {{- toYaml .Values.resources | nindent 12 }}
`;
  const release = (helm: string): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: lamp
  namespace: argocd
spec:
  project: default
  destination: {server: https://kubernetes.default.svc, namespace: harbour}
  source:
    repoURL: https://github.com/acme/infra
    targetRevision: HEAD
    path: charts/lamp
    helm:
${helm}`;
  const chart = {
    'charts/lamp/Chart.yaml': 'apiVersion: v2\nname: lamp\nversion: 1.0.0\n',
    'charts/lamp/templates/deployment.yaml': TEMPLATE,
    'charts/lamp/values.yaml':
      'image: fogbank/lamp:1.0.0\nreplicas: 2\nresources:\n  limits:\n    memory: 128Mi\n',
  };

  charted('are parameter, inline values, values files in order, and the chart default', async () => {
    const files = {
      ...chart,
      'envs/all.yaml': 'replicas: 3\n',
      'envs/prod.yaml': 'replicas: 4\n',
      'argocd/lamp.yaml': release(`      valueFiles: [../../envs/all.yaml, ../../envs/prod.yaml]
      valuesObject: {replicas: 5}
      parameters: [{name: replicas, value: "6"}]
`),
    };
    expect(await layersOf(files, 'spec.replicas', 'nowhere')).toEqual([
      'wins argocd/lamp.yaml:16:44 spec.source.helm.parameters[0].value = 6 (parameter)',
      'hidden argocd/lamp.yaml:15:32 spec.source.helm.valuesObject.replicas = 5 (inline-values)',
      'hidden envs/prod.yaml:1:11 replicas = 4 (values-file)',
      'hidden envs/all.yaml:1:11 replicas = 3 (values-file)',
      'hidden charts/lamp/values.yaml:2:11 replicas = 2 (chart-default)',
    ]);
  });

  charted(
    'of a value put together from two places: each is taken out alone, so that the other stays',
    async () => {
      const files = {
        ...chart,
        'charts/lamp/templates/deployment.yaml': TEMPLATE.replace(
          '{{ .Values.image }}',
          '{{ .Values.image.repository }}:{{ .Values.image.tag }}',
        ),
        'charts/lamp/values.yaml': 'image: {repository: fogbank/lamp, tag: 1.0.0}\nresources: {}\n',
        'argocd/lamp.yaml': release('      valuesObject: {image: {tag: 1.2.0}}\n'),
      };
      expect(await layersOf(files, 'spec.template.spec.containers[name=lamp].image', 'nowhere')).toEqual([
        'wins charts/lamp/values.yaml:1:21 image.repository = fogbank/lamp:1.2.0 (chart-default)',
        'wins argocd/lamp.yaml:14:35 spec.source.helm.valuesObject.image.tag = fogbank/lamp:1.2.0 (inline-values)',
        'hidden charts/lamp/values.yaml:1:40 image.tag = fogbank/lamp:1.0.0 (chart-default)',
      ]);
    },
  );

  charted('are a key of a text of values over the chart default', async () => {
    const files = {
      ...chart,
      'argocd/lamp.yaml': release(
        '      values: |\n        resources:\n          limits:\n            memory: 1Gi\n',
      ),
    };
    expect(await layersOf(files, MEMORY, 'nowhere')).toEqual([
      'wins argocd/lamp.yaml:17:21 spec.source.helm.values > resources.limits.memory = 1Gi (inline-values)',
      'hidden charts/lamp/values.yaml:5:13 resources.limits.memory = 128Mi (chart-default)',
    ]);
  });
});
