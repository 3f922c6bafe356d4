import { describe, expect, test } from 'vitest';
import { mayDeclareIn } from '../../src/sources/may-declare.ts';
import { revisionOf } from '../locate/revisions.ts';

/** Whether the root `web`, which holds one file, may declare something. */
async function mayDeclare(text: string, kustomization = 'resources: [it.yaml]\n'): Promise<boolean> {
  const revision = await revisionOf({ 'web/kustomization.yaml': kustomization, 'web/it.yaml': text });
  return mayDeclareIn(revision)(revision.roots.at('web')!);
}

function object(apiVersion: string, kind: string, more = ''): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: it}\n${more}`;
}

const DEFINITION = object(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'spec: {group: example.org, description: "such as argoproj.io/v1alpha1, kind Application"}\n',
);
const ROLLOUT = object('argoproj.io/v1alpha1', 'Rollout', 'spec: {replicas: 2}\n');
const APPLICATION = object('argoproj.io/v1alpha1', 'Application', 'spec: {project: default}\n');

describe('files that may declare what Argo CD or Flux applies', () => {
  test.each([
    ['an Application', APPLICATION],
    ['an ApplicationSet', object('argoproj.io/v1alpha1', 'ApplicationSet')],
    ['a Kustomization', object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization')],
    ['a HelmRelease', object('helm.toolkit.fluxcd.io/v2', 'HelmRelease')],
    ['an Application behind a definition', `${DEFINITION}---\n${APPLICATION}`],
    [
      'a list of Applications',
      `apiVersion: v1\nkind: List\nitems:\n  - ${APPLICATION.replaceAll('\n', '\n    ')}\n`,
    ],
    [
      'a text that a replacement may copy',
      object('v1', 'ConfigMap', 'data: {group: argoproj.io/v1alpha1}\n'),
    ],
    ['a patch by operations', '- {op: replace, path: /apiVersion, value: argoproj.io/v1alpha1}\n'],
    ['an object without a name', 'apiVersion: argoproj.io/v1alpha1\nkind: Application\n'],
    ['a file that is no YAML', `${APPLICATION}  spec: {\n`],
  ])('%s', async (_what, text) => {
    expect(await mayDeclare(text)).toBe(true);
  });

  test('a patch in the kustomization', async () => {
    const patch = `resources: [it.yaml]\npatches:\n  - patch: |-\n      ${APPLICATION.trimEnd().replaceAll('\n', '\n      ')}\n`;
    expect(await mayDeclare(ROLLOUT, patch)).toBe(true);
  });

  test.each([
    ['a Deployment', object('apps/v1', 'Deployment')],
    ['a definition whose description speaks of them', DEFINITION],
    ['a Rollout', ROLLOUT],
    ['a definition and a Rollout', `${DEFINITION}---\n${ROLLOUT}---\n`],
  ])('not %s', async (_what, text) => {
    expect(await mayDeclare(text)).toBe(false);
  });

  test.each([
    ['kind: Rollout', false],
    ['kind: Rollout # {{ .Values.kind }}', true],
    ['kind: {{ .Values.kind }}', true],
    ['kind: ApplicationSet', true],
    ['metadata: {name: it}\nkind: Application', true],
    ['kind: Rollout\n---\napiVersion: argoproj.io/v1alpha1\nkind: Application', true],
  ])('a template of a chart with %j: %j', async (rest, expected) => {
    const revision = await revisionOf({
      'web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
      'web/templates/it.yaml': `apiVersion: argoproj.io/v1alpha1\n${rest}\n`,
    });
    expect(mayDeclareIn(revision)(revision.roots.at('web')!)).toBe(expected);
  });
});
