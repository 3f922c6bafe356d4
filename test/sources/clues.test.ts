import { describe, expect, test } from 'vitest';
import { clueOf } from '../../src/sources/clues/of-root.ts';
import type { Wanted } from '../../src/sources/wanted.ts';
import { Revision } from '../../src/sources/revision.ts';
import { treeOf } from '../../src/tree/tree.ts';
import { renderers, revisionOf } from '../locate/revisions.ts';

const TILL = { kind: 'Deployment', name: 'till', namespace: 'market' };
const MANIFEST = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: till}\n';
const OTHER = MANIFEST.replace('till', 'scales');
const ELSEWHERE = MANIFEST.replace('{name: till}', '{name: till, namespace: office}');

async function clueIn(files: Readonly<Record<string, string>>, wanted: Wanted = TILL): Promise<unknown> {
  const revision = await revisionOf(files);
  const root = revision.roots.at('a');
  return root && clueOf(revision, root, wanted);
}

describe('a folder of manifests', () => {
  test.each([
    ['with the object', MANIFEST, 'named'],
    ['with another name', OTHER, null],
    ['with the name of another kind', MANIFEST.replace('Deployment', 'StatefulSet'), null],
    ['with the object in another namespace', ELSEWHERE, null],
    ['with a longer name', MANIFEST.replace('till', 'till-eu'), null],
  ])('%s', async (_what, manifest, clue) => {
    expect(await clueIn({ 'a/x.yaml': manifest })).toBe(clue);
  });
});

describe('a kustomization', () => {
  const manifests = { 'a/x.yaml': MANIFEST, 'a/y.yaml': OTHER, 'a/z.yaml': ELSEWHERE };

  test.each([
    ['of the manifest', 'resources: [x.yaml]', 'named'],
    ['of another one', 'resources: [y.yaml]', null],
    ['into the namespace', 'namespace: market\nresources: [x.yaml]', 'named'],
    ['into another namespace', 'namespace: office\nresources: [x.yaml]', null],
    ['of a manifest with another namespace', 'resources: [z.yaml]', null],
    ['that replaces that namespace', 'namespace: market\nresources: [z.yaml]', 'named'],
    [
      'whose namespace is written by something else too',
      `namespace: office\nresources: [x.yaml]\npatches: [{target: {kind: Deployment}, patch: '[{op: add, path: /metadata/namespace, value: market}]'}]`,
      'named',
    ],
    ['with a base that has its name', 'resources: [https://github.com/acme/till//deploy]', 'related'],
    [
      'with a base of its namespace',
      'namespace: market\nresources: [https://github.com/acme/pos//deploy]',
      'placed',
    ],
    ['with a base that has nothing of it', 'resources: [https://github.com/acme/pos//deploy]', 'open'],
    [
      'with a base for another namespace',
      'namespace: office\nresources: [https://github.com/acme/till//deploy]',
      null,
    ],
    [
      'with a base whose image has its name',
      'resources: [https://github.com/acme/pos//deploy]\nimages: [{name: x/till, newTag: v1}]',
      'related',
    ],
    [
      'with a patch of it',
      'resources: [https://github.com/acme/pos//deploy]\npatches: [{target: {kind: Deployment, name: till}, patch: "[]"}]',
      'named',
    ],
    [
      'with a patch of another kind',
      'resources: [y.yaml]\npatches: [{target: {kind: Service, name: till}, patch: "[]"}]',
      null,
    ],
    ['that makes a ConfigMap of its name', 'configMapGenerator: [{name: till}]', null],
    ['with a chart that has its name', 'helmCharts: [{name: till, repo: https://charts.example}]', 'related'],
    [
      'with a chart of another name',
      'helmCharts: [{name: loki, repo: https://charts.example, releaseName: logs}]',
      'open',
    ],
    [
      'with a chart of another namespace',
      'helmCharts: [{name: till, repo: https://charts.example, namespace: office}]',
      null,
    ],
    [
      'with a chart whose values say its name',
      'helmCharts: [{name: web, repo: https://charts.example, valuesInline: {fullnameOverride: till}}]',
      'related',
    ],
    [
      'that renames what it reads',
      `resources: [y.yaml]\npatches: [{target: {kind: Deployment}, patch: '[{op: replace, path: /metadata/name, value: till}]'}]`,
      'related',
    ],
    [
      'that renames it to something else',
      `resources: [y.yaml]\npatches: [{target: {kind: Deployment}, patch: '[{op: replace, path: /metadata/name, value: sign}]'}]`,
      'open',
    ],
  ])('%s', async (_what, text, clue) => {
    expect(await clueIn({ ...manifests, 'a/kustomization.yaml': `${text}\n` })).toBe(clue);
  });

  test('counts the outermost namespace of those around a manifest', async () => {
    const files = {
      ...manifests,
      'b/kustomization.yaml': 'namespace: market\nresources: [../a]\n',
      'c/kustomization.yaml': 'namespace: office\nresources: [../b]\n',
      'a/kustomization.yaml': 'resources: [x.yaml]\n',
    };
    const revision = await revisionOf(files);
    const clues = ['a', 'b', 'c'].map((folder) => clueOf(revision, revision.roots.at(folder)!, TILL));
    expect(clues).toEqual(['named', 'named', null]);
  });

  test('keeps no namespace where a file may write any other', async () => {
    const files = {
      'a/kustomization.yaml': 'namespace: market\nresources: [z.yaml, reader.yaml]\n',
      'a/z.yaml': ELSEWHERE,
      'a/reader.yaml': `${OTHER}spec: {template: {spec: {containers: [{name: c, env: [{name: N, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}]}]}}}\n`,
    };
    expect(await clueIn(files)).toBe('named');
  });

  test.each([
    ['as the name of a Namespace', 'namespace: market', 'named'],
    ['as no name of another one', 'namespace: office', null],
    ['to a Namespace that a kustomization takes in', 'namespace: market\nnamePrefix: eu-', 'named'],
  ])('gives its namespace %s', async (_what, field, clue) => {
    const files = {
      'a/kustomization.yaml': `${field}\nresources: [../b]\n`,
      'b/kustomization.yaml': 'resources: [namespace.yaml]\n',
      'b/namespace.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: placeholder}\n',
    };
    expect(await clueIn(files, { kind: 'Namespace', name: 'market' })).toBe(clue);
  });

  test.each([
    ['of the folder with the manifest', 'https://github.com/Acme/pos.git//b?ref=v1', 'named'],
    ['in another form', 'git@github.com:acme/pos.git//b', 'named'],
    ['of a folder without it', 'https://github.com/acme/pos//c', 'open'],
    ['of another repository', 'https://github.com/other/pos//b', 'open'],
  ])('takes in its own repository by an address %s', async (_what, address, clue) => {
    const files = {
      'a/kustomization.yaml': `resources: ['${address}']\n`,
      'b/kustomization.yaml': 'resources: [x.yaml]\n',
      'b/x.yaml': MANIFEST,
      'c/y.yaml': OTHER,
    };
    const remote = { slug: 'acme/pos', url: 'https://github.com/acme/pos' };
    const revision = await Revision.of(treeOf(files), renderers, remote);
    expect(clueOf(revision, revision.roots.at('a')!, TILL)).toBe(clue);
  });

  test('gives no namespace to what has none', async () => {
    const files = {
      'a/kustomization.yaml': 'namespace: office\nresources: [x.yaml]\n',
      'a/x.yaml': 'apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: till}\n',
    };
    expect(await clueIn(files, { ...TILL, kind: 'PersistentVolume' })).toBe('named');
  });
});

describe('a chart', () => {
  const chart = (template: string, name = 'pos'): Readonly<Record<string, string>> => ({
    'a/Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`,
    'a/templates/x.yaml': template,
  });
  const named = (name: string): string =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  labels:\n    name: x\n  name: ${name}\n`;

  test.each([
    ['that writes its name', chart(named('till')), 'named'],
    ['that writes its name in quotes', chart(named('"till" # fixed')), 'named'],
    ['that writes another one', chart(named('scales')), null],
    ['that writes it for another kind', chart(named('till').replace('Deployment', 'Service')), null],
    ['that is named after its release', chart(named('{{ .Release.Name }}')), 'open'],
    ['that is named after itself', chart(named('{{ .Chart.Name }}'), 'till'), 'related'],
    ['that ends names in another way', chart(named('{{ .Release.Name }}-worker'), 'till'), null],
    [
      'whose names hang on a condition',
      chart(named('{{ if .Values.a }}{{ .Release.Name }}-worker{{ end }}')),
      'open',
    ],
    [
      'whose template makes the kind',
      chart('kind: {{ .Values.kind }}\nmetadata:\n  name: {{ .Release.Name }}\n'),
      'open',
    ],
    ['of helpers', chart('{{ include "workload" . }}'), null],
    [
      'of helpers that write the kind',
      {
        ...chart('{{ include "workload" . }}'),
        'a/templates/_w.tpl': '{{ define "workload" }}\nkind: Deployment\n{{ end }}',
      },
      'open',
    ],
  ])('%s', async (_what, files, clue) => {
    expect(await clueIn(files)).toBe(clue);
  });
});
