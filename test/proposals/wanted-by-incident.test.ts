import { describe, expect, test } from 'vitest';
import type { Incident } from '../../src/model/incident.ts';
import { locate } from '../../src/locate/locate.ts';
import type { Finding } from '../../src/model/finding.ts';
import { wantedBy, wishesByObject } from '../../src/proposals/wanted-by-incident.ts';
import { rules } from '../../src/rules/index.ts';
import { revisionOf, type Files } from '../locate/revisions.ts';
import { needsTool } from '../needs.ts';
import { changeOf } from '../../src/model/change.ts';

const IMAGE = 'spec.template.spec.containers[name=server].image';
const MEMORY = 'spec.template.spec.containers[name=server].resources.limits.memory';
const REFERENCE = 'spec.template.spec.containers[name=server].envFrom[0].configMapRef.name';

/** As the rule states them of its cause. */
function ruleTerms(rule: string, cause: string) {
  return rules.find(({ id }) => id === rule)?.causes[cause]?.terms;
}

type Fault = Pick<Finding, 'rule' | 'cause'> & {
  readonly field: string;
  readonly before: string;
  readonly after: string;
  readonly name?: string;
};

const missing = (before: string, after: string): Fault => ({
  rule: 'image-pull',
  cause: 'tag-not-found',
  field: IMAGE,
  before,
  after,
});
const RENAMED: Fault = {
  rule: 'config-reference',
  cause: 'object-renamed',
  field: REFERENCE,
  before: 'prices',
  after: 'tariffs',
};

function incident({ rule, cause, field, before, after, name = 'ledger' }: Fault): Incident {
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'bank', name };
  return {
    finding: {
      rule,
      cause,
      terms: ruleTerms(rule, cause),
      object,
      changes: [changeOf(object, field, before, after)],
    },
  } as unknown as Incident;
}

/** `file:line` of the edit and the number of changes in each root; or the code and the reason of the refusal. */
async function answerTo(files: Files, fault: Fault, others: readonly Fault[] = [], root?: string) {
  const revision = await revisionOf(files);
  const own = incident(fault);
  const only = root === undefined ? null : revision.roots.at(root);
  const { object, field, before, after } = own.finding.changes[0]!;
  const result = await locate(revision, {
    target: { wanted: object, live: null, roots: only && [only] },
    fields: [{ field: field.text, before, after }],
    alsoWanted: wantedBy(own, wishesByObject([own, ...others.map(incident)])),
  });
  if (result.kind === 'declined') return `${result.code}: ${result.reason}`;
  const { file, line, kind } = result.changes[0]!.site;
  const roots = result.proof.roots.map(({ root: at, changes }) => `${at} ${changes.length}`).join(', ');
  return `${kind} ${file}:${line}, ${roots}`;
}

const container = (more: string): string => `{name: server, ${more}}`;
const pods = (name: string, more: string): string =>
  `{metadata: {labels: {app: ${name}}}, spec: {containers: [${container(more)}]}}`;
const deployment = (name: string, more: string, spec = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: bank}
spec: {${spec}selector: {matchLabels: {app: ${name}}}, template: ${pods(name, more)}}
`;
const cronJob = (name: string, more: string): string => `apiVersion: batch/v1
kind: CronJob
metadata: {name: ${name}, namespace: bank}
spec: {schedule: "0 4 * * *", jobTemplate: {spec: {template: ${pods(name, more)}}}}
`;
const hook = (name: string, more: string): string => `apiVersion: batch/v1
kind: Job
metadata: {name: ${name}, namespace: bank, annotations: {helm.sh/hook: pre-upgrade}}
spec: {template: ${pods(name, more)}}
`;

const kustomized = needsTool('kustomize');
const charted = needsTool('helm');

describe('one line behind several workloads', () => {
  const oneEntry = {
    'bank/all.yaml': [
      deployment('ledger', 'image: bank/ledger'),
      deployment('reports', 'image: bank/ledger', 'replicas: 0, '),
      cronJob('closing', 'image: bank/ledger'),
    ].join('---\n'),
    'bank/kustomization.yaml': 'resources: [all.yaml]\nimages:\n  - name: bank/ledger\n    newTag: 7.1.0\n',
  };

  kustomized('changes for all that have the same missing image', async () => {
    expect(await answerTo(oneEntry, missing('bank/ledger:7.1.0', 'bank/ledger:7.0.3'))).toBe(
      'replace bank/kustomization.yaml:4, bank 3',
    );
  });

  kustomized('stays where the image is there and fails on one of them', async () => {
    const fault = { ...missing('bank/ledger:7.1.0', 'bank/ledger:7.0.3'), cause: 'platform-mismatch' };
    expect(await answerTo(oneEntry, fault)).toBe(
      'shared-site: bank/kustomization.yaml:4 also controls Deployment reports in bank, spec.jobTemplate.spec.template.spec.containers[name=server].image of CronJob closing in bank',
    );
  });

  const copied = (name: string): Files => ({
    'bank/all.yaml': deployment('ledger', 'image: "bank/ledger:none"'),
    'bank/versions.yaml': `apiVersion: v1\nkind: ${name}\nmetadata: {name: versions}\ndata: {ledger: 7.1.0}\n`,
    'bank/kustomization.yaml': `resources: [all.yaml, versions.yaml]
replacements:
  - source: {kind: ${name}, name: versions, fieldPath: data.ledger}
    targets:
      - select: {kind: Deployment}
        fieldPaths: [spec.template.spec.containers.0.image]
        options: {delimiter: ":", index: 1}
`,
  });

  kustomized('changes the ConfigMap that the tag is copied from', async () => {
    expect(await answerTo(copied('ConfigMap'), missing('bank/ledger:7.1.0', 'bank/ledger:7.0.3'))).toBe(
      'replace bank/versions.yaml:4, bank 2',
    );
  });

  kustomized('stays where the tag is copied from an object that may do something with it', async () => {
    expect(await answerTo(copied('Register'), missing('bank/ledger:7.1.0', 'bank/ledger:7.0.3'))).toMatch(
      /^shared-site: bank\/versions\.yaml:4 also controls/,
    );
  });

  const twice = ['bank', 'till']
    .map(
      (namespace) => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ${namespace}, namespace: argocd}
spec:
  destination: {namespace: ${namespace}, server: https://kubernetes.default.svc}
  source: {repoURL: https://git.example/acme/platform.git, path: bank, targetRevision: HEAD}
`,
    )
    .join('---\n');
  const folder = (more: string): Files => ({
    'argo/all.yaml': twice,
    'bank/all.yaml': deployment('ledger', more).replace(', namespace: bank', ''),
  });

  test('changes in a folder that two namespaces get, for both', async () => {
    const files = folder('image: "bank/ledger:7.1.0"');
    expect(await answerTo(files, missing('bank/ledger:7.1.0', 'bank/ledger:7.0.3'))).toBe(
      'replace bank/all.yaml:4, bank 1',
    );
  });

  test('stays in such a folder where the fault is one of this namespace', async () => {
    const files = folder('envFrom: [{configMapRef: {name: prices}}]');
    expect(await answerTo(files, RENAMED)).toMatch(/^shared-site: bank is applied to bank by/);
  });

  const chart = (template: string, values: string): Files => ({
    'ledger/Chart.yaml': 'apiVersion: v2\nname: ledger\nversion: 0.1.0\n',
    'ledger/values.yaml': values,
    'ledger/templates/all.yaml': template,
  });
  const image = 'image: "{{ .Values.image.name }}:{{ .Values.image.tag }}"';
  const values = 'image:\n  name: bank/ledger\n  tag: 7.1.0\n';

  charted('changes in the values, and hooks follow', async () => {
    const template = [deployment('ledger', image), hook('migration', image)].join('---\n');
    expect(await answerTo(chart(template, values), missing('bank/ledger:7.1.0', 'bank/ledger:7.0.3'))).toBe(
      'replace ledger/values.yaml:3, ledger 2',
    );
  });

  charted('changes with a variable of the same container that repeats the tag', async () => {
    const env = ', env: [{name: VERSION, value: "{{ .Values.image.tag }}"}]';
    expect(
      await answerTo(
        chart(deployment('ledger', image + env), values),
        missing('bank/ledger:7.1.0', 'bank/ledger:7.0.3'),
      ),
    ).toBe('replace ledger/values.yaml:3, ledger 2');
  });

  charted('stays where a variable of another workload repeats the tag', async () => {
    const env = ', env: [{name: LEDGER_VERSION, value: "{{ .Values.image.tag }}"}]';
    const template = [deployment('ledger', image), deployment('web', `image: bank/web:1${env}`)].join(
      '---\n',
    );
    expect(await answerTo(chart(template, values), missing('bank/ledger:7.1.0', 'bank/ledger:7.0.3'))).toBe(
      'shared-site: ledger/values.yaml:3 also controls spec.template.spec.containers[name=server].env[name=LEDGER_VERSION].value of Deployment web in ledger',
    );
  });

  charted('changes for images of several names where each of them is missing', async () => {
    const tagged = (name: string): string => `image: "bank/${name}:{{ .Values.tag }}"`;
    const template = [deployment('ledger', tagged('ledger')), deployment('web', tagged('web'))].join('---\n');
    const files = chart(template, 'tag: 7.1.0\n');
    const fault = missing('bank/ledger:7.1.0', 'bank/ledger:7.0.3');
    const other = { ...missing('bank/web:7.1.0', 'bank/web:7.0.3'), name: 'web' };
    expect(await answerTo(files, fault, [other])).toBe('replace ledger/values.yaml:1, ledger 2');
    expect(await answerTo(files, fault)).toBe(
      'shared-site: ledger/values.yaml:1 also controls Deployment web in ledger',
    );
    expect(await answerTo(files, fault, [{ ...other, after: 'bank/web:6.9.0' }])).toMatch(/^shared-site: /);
  });

  charted('a size stays with the others', async () => {
    const limits = 'image: a:1, resources: {limits: {memory: "{{ .Values.memory }}"}}';
    const template = [deployment('ledger', limits), deployment('web', limits)].join('---\n');
    const fault = {
      rule: 'oom-killed',
      cause: 'limit-too-low',
      field: MEMORY,
      before: '1Gi',
      after: '2Gi',
    } as const;
    expect(await answerTo(chart(template, 'memory: 1Gi\n'), fault)).toMatch(/^shared-site: /);
  });

  charted(
    'a missing ConfigMap is missing for all that name it, and a Secret of its name is not',
    async () => {
      const refers = (kind: string): string =>
        `image: a:1, envFrom: [{${kind}Ref: {name: "{{ .Values.prices }}"}}]`;
      const files = (kind: string): Files =>
        chart(
          [deployment('ledger', refers('configMap')), deployment('web', refers(kind))].join('---\n'),
          'prices: prices\n',
        );
      expect(await answerTo(files('configMap'), RENAMED)).toBe('replace ledger/values.yaml:1, ledger 2');
      expect(await answerTo(files('secret'), RENAMED)).toMatch(/^shared-site: /);
    },
  );
});

describe('a line of several environments', () => {
  const environments = (base: Files, more: string): Files => ({
    ...base,
    'oslo/kustomization.yaml': `resources: [../base${more}]\n`,
    'bern/kustomization.yaml': `resources: [../base${more}]\n`,
  });
  const tagged = environments(
    {
      'base/ledger.yaml': deployment('ledger', 'image: bank/ledger'),
      'base/kustomization.yaml':
        'resources: [ledger.yaml]\nimages:\n  - name: bank/ledger\n    newTag: 7.1.0\n',
    },
    '',
  );

  kustomized('changes where the registry has the image for none of them', async () => {
    expect(await answerTo(tagged, missing('bank/ledger:7.1.0', 'bank/ledger:7.0.3'), [], 'oslo')).toBe(
      'replace base/kustomization.yaml:4, bern 1, oslo 1',
    );
  });

  kustomized('stays where the image is there', async () => {
    const fault = { ...missing('bank/ledger:7.1.0', 'bank/ledger:7.0.3'), cause: 'platform-mismatch' };
    expect(await answerTo(tagged, fault, [], 'oslo')).toBe('add oslo/kustomization.yaml:2, oslo 1');
  });

  kustomized('leaves an environment with a tag of its own as it is', async () => {
    const files = {
      ...tagged,
      'bern/kustomization.yaml': 'resources: [../base]\nimages:\n  - name: bank/ledger\n    newTag: 6.9.0\n',
    };
    expect(await answerTo(files, missing('bank/ledger:7.1.0', 'bank/ledger:7.0.3'), [], 'oslo')).toBe(
      'replace base/kustomization.yaml:4, oslo 1',
    );
  });

  const referring = (inBern: string): Files => ({
    ...environments(
      {
        'base/ledger.yaml': deployment('ledger', 'image: a:1, envFrom: [{configMapRef: {name: prices}}]'),
        'base/kustomization.yaml': 'resources: [ledger.yaml]\n',
        'oslo/map.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: tariffs, namespace: bank}\n',
        'bern/map.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${inBern}, namespace: bank}\n`,
      },
      ', map.yaml',
    ),
  });

  kustomized('changes where each of them has the ConfigMap under its new name alone', async () => {
    expect(await answerTo(referring('tariffs'), RENAMED, [], 'oslo')).toBe(
      'replace base/ledger.yaml:4, bern 1, oslo 1',
    );
  });

  kustomized('stays where one of them has it under the old name, or may have it elsewhere', async () => {
    expect(await answerTo(referring('prices'), RENAMED, [], 'oslo')).toMatch(
      /^add oslo\/kustomization.yaml:/,
    );
    expect(await answerTo(referring('other'), RENAMED, [], 'oslo')).toMatch(/^add oslo\/kustomization.yaml:/);
  });
});
