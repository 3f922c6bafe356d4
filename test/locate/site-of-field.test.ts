import { describe, expect, test } from 'vitest';
import { siteOfField } from '../../src/locate/site-of-field.ts';
import { needsTool } from '../needs.ts';
import { revisionOf, type Files } from './revisions.ts';

const IMAGE = 'spec.template.spec.containers[name=scan].image';

/** `file:line`, or the code of the refusal with the places that it names. */
async function siteOf(files: Files, field: string, object = 'scan'): Promise<string> {
  const revision = await revisionOf(files);
  const target = { wanted: { kind: 'Deployment', name: object }, live: null, roots: null };
  const found = await siteOfField(revision, target, field);
  return found.kind === 'site'
    ? `${found.site.file}:${found.site.line}`
    : [found.code, ...found.candidates].join(' ');
}

const deployment = (image: string, more = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: scan}
spec:
  selector: {matchLabels: {app: scan}}
  template:
    metadata: {labels: {app: scan}}
    spec:
      containers:
        - name: scan
          image: ${image}
${more}`;

const kustomized = needsTool('kustomize');
const charted = needsTool('helm');

describe('the line of an image that several entries speak of', () => {
  const built = (image: string, entries: string): Files => ({
    'lab/scan.yaml': deployment(image),
    'lab/kustomization.yaml': `resources: [scan.yaml]\nimages:\n${entries}`,
  });

  kustomized('is of the one that matches the new name', async () => {
    const entries = '- name: scan\n  newName: lab/scan\n  newTag: "1"\n- name: lab/scan\n  newTag: "2"\n';
    expect(await siteOf(built('scan', entries), IMAGE)).toBe('lab/kustomization.yaml:7');
  });

  kustomized('is of the last one with the name', async () => {
    const entries = '- name: scan\n  newTag: "1"\n- name: scan\n  newTag: "2"\n';
    expect(await siteOf(built('scan', entries), IMAGE)).toBe('lab/kustomization.yaml:6');
  });

  kustomized('is none of an entry that matches nothing', async () => {
    const entries = '- name: other\n  newTag: "2"\n';
    expect(await siteOf(built('scan:2', entries), IMAGE)).toBe('lab/scan.yaml:11');
  });
});

describe('the line of a value that an alias brings', () => {
  const resources = `          resources:
            limits: {memory: &size 1Gi}
            requests: {memory: *size}
`;
  const REQUEST = 'spec.template.spec.containers[name=scan].resources.requests.memory';

  test('is that of its anchor, in a manifest', async () => {
    expect(await siteOf({ 'lab/scan.yaml': deployment('scan:1', resources) }, REQUEST)).toBe(
      'lab/scan.yaml:13',
    );
  });

  kustomized('is that of its anchor, behind a kustomization', async () => {
    const files = {
      'lab/scan.yaml': deployment('scan:1', resources),
      'lab/kustomization.yaml': 'resources: [scan.yaml]\n',
    };
    expect(await siteOf(files, REQUEST)).toBe('lab/scan.yaml:13');
  });

  charted('is that of its anchor, in the values of a chart', async () => {
    const files = {
      'lab/Chart.yaml': 'apiVersion: v2\nname: lab\nversion: 0.1.0\n',
      'lab/values.yaml': 'released: &tag 1.4.0\nscan:\n  tag: *tag\n',
      'lab/templates/scan.yaml': deployment('"scan:{{ .Values.scan.tag }}"'),
    };
    expect(await siteOf(files, IMAGE)).toBe('lab/values.yaml:1');
  });
});

describe('a line that only looks like the field', () => {
  const chart = (values: string, template: string): Files => ({
    'lab/Chart.yaml': 'apiVersion: v2\nname: lab\nversion: 0.1.0\n',
    'lab/values.yaml': values,
    'lab/templates/scan.yaml': template,
  });
  const ROOT = 'spec.template.spec.containers[name=scan].securityContext.readOnlyRootFilesystem';
  const secured = (value: string): string =>
    deployment('scan:1', `          securityContext: {readOnlyRootFilesystem: ${value}}\n`);

  charted('is not named where another boolean is the one', async () => {
    const values = 'readOnlyRootFilesystem: true\nsafe: {readOnlyRootFilesystem: true}\n';
    expect(await siteOf(chart(values, secured('{{ .Values.safe.readOnlyRootFilesystem }}')), ROOT)).toBe(
      'lab/values.yaml:2',
    );
  });

  charted('is not named where the template makes the value', async () => {
    expect(await siteOf(chart('readOnlyRootFilesystem: true\n', secured('{{ eq 1 1 }}')), ROOT)).toBe(
      'no-site',
    );
  });

  kustomized('is not named where a patch has the boolean', async () => {
    const files = {
      'lab/scan.yaml': secured('true'),
      'lab/kustomization.yaml': `resources: [scan.yaml]
patches:
  - target: {kind: Deployment}
    patch: |
      - op: replace
        path: /spec/template/spec/containers/0/securityContext/readOnlyRootFilesystem
        value: true
`,
    };
    expect(await siteOf(files, ROOT)).toBe('lab/kustomization.yaml:7');
  });
});

describe('the line of a field in several roots', () => {
  const overlays = (patches: Readonly<Record<string, string>>): Files => ({
    'base/scan.yaml': deployment('lab/scan:1'),
    'base/kustomization.yaml': 'resources: [scan.yaml]\n',
    ...Object.fromEntries(
      Object.entries(patches).map(([name, patch]) => [
        `${name}/kustomization.yaml`,
        `resources: [../base]\n${patch}`,
      ]),
    ),
  });

  kustomized('is one where all have it from there', async () => {
    const files = overlays({ east: 'namespace: east\n', west: 'namespace: west\nnameSuffix: ""\n' });
    expect(await siteOf(files, IMAGE)).toBe('base/scan.yaml:11');
  });

  kustomized('is open where one has it from elsewhere', async () => {
    const files = overlays({ east: '', west: 'images: [{name: lab/scan, newTag: "1"}]\n' });
    expect(await siteOf(files, IMAGE)).toBe(
      'several-sources east west base/scan.yaml:11 west/kustomization.yaml:2',
    );
  });

  kustomized('is open where one does not have it', async () => {
    const files = overlays({ east: 'replicas: [{name: scan, count: 2}]\n', west: '' });
    expect(await siteOf(files, 'spec.replicas')).toBe('several-sources east west east/kustomization.yaml:2');
  });
});
