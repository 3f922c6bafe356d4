import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { manifests, MANIFESTS } from '../../scripts/deploy/kustomize.ts';
import { findTools } from '../../scripts/tools.ts';
import type { KubernetesObject } from '../../src/kubernetes/objects.ts';
import { parseSettings } from '../../src/service/settings.ts';
import { needsTool } from '../needs.ts';

const root = resolve(import.meta.dirname, '../..');
const { helm, kustomize } = await findTools();

needsTool('helm')('the plain manifests follow from the chart: npm run manifests', async () => {
  expect(readFileSync(join(root, MANIFESTS), 'utf8')).toBe(await manifests(helm!.command));
});

describe('kubectl apply -k', () => {
  const test = needsTool('kustomize');
  const build = (): readonly KubernetesObject[] => {
    const folder = join(root, 'deploy/kustomize');
    const text = execFileSync(kustomize!.command, [...kustomize!.args, folder], { encoding: 'utf8' });
    return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
  };

  test('runs the version of package.json', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const images = JSON.stringify(build()).match(/"image":"[^"]+"/g);
    expect(images).toEqual(Array(2).fill(`"image":"ghcr.io/acme/faultline:${version}"`));
  });

  test('mounts the settings that the folder has, which serve can read', () => {
    const objects = build();
    const settings = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && /settings/.test(metadata.name),
    )!;
    const { 'faultline-service.yml': text } = settings['data'] as { 'faultline-service.yml': string };
    expect(parseSettings(text, 'faultline-service.yml', {}).clusters).toMatchObject([{ name: 'production' }]);
    expect(JSON.stringify(objects.find(({ kind }) => kind === 'Deployment'))).toContain(
      `{"name":"${settings.metadata.name}"}`,
    );
  });

  test('binds the role that deploy/rbac.yaml has to the account that serve runs as', () => {
    const objects = build();
    const binding = objects.find(({ kind }) => kind === 'ClusterRoleBinding')!;
    expect(binding['subjects']).toEqual([
      { kind: 'ServiceAccount', name: 'faultline', namespace: 'faultline' },
    ]);
    const role = objects.find(({ kind }) => kind === 'ClusterRole')!;
    const shipped = parseAllDocuments(readFileSync(join(root, 'deploy/rbac.yaml'), 'utf8')).map(
      (document) => document.toJS() as KubernetesObject,
    );
    expect(role['rules']).toEqual(shipped.find(({ kind }) => kind === 'ClusterRole')!['rules']);
  });

  test('makes a namespace that admits restricted pods alone', () => {
    const namespace = build().find(({ kind }) => kind === 'Namespace')!;
    expect(namespace.metadata.labels).toEqual({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  });
});

needsTool('helm')('the examples name values that the chart has', async () => {
  const { refusal, SMALL } = await import('./rendered.ts');
  const application = parse(readFileSync(join(root, 'deploy/examples/argocd.yaml'), 'utf8')) as {
    spec: { source: { helm: { valuesObject: Record<string, unknown> } } };
  };
  const flux = parseAllDocuments(readFileSync(join(root, 'deploy/examples/flux.yaml'), 'utf8')).map(
    (document) => document.toJS() as KubernetesObject,
  );
  const release = flux.find(({ kind }) => kind === 'HelmRelease')!['spec'] as {
    values: Record<string, unknown>;
  };
  for (const values of [application.spec.source.helm.valuesObject, release.values]) {
    expect(Object.keys(values)).toContain('settings');
    // Charts that the release workflow pushed have the repository of the image.
    expect(refusal({ image: SMALL['image'], ...values })).toBe('');
  }
});
